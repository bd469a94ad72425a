"""Which questions a test draws from the bank, at random and again the same by its seed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

ANY = ""
MOST_QUESTIONS = 60
Bank = Mapping[tuple[str, str], Sequence[int]]


class Draw(NamedTuple):
    """`n` questions of an area and a difficulty; ANY difficulty: whatever is left of the area."""

    area: str
    difficulty: str
    n: int


class Short(NamedTuple):
    """A draw that the bank has too few questions for: it has `has`."""

    draw: Draw
    has: int


def read(draws: Iterable[Mapping[str, Any]]) -> list[Draw]:
    """The draws of a course, like ones added up, those of any difficulty last."""
    wanted: dict[tuple[str, str], int] = {}
    for one in draws:
        place = (str(one["area"]), str(one.get("difficulty") or ANY))
        wanted[place] = wanted.get(place, 0) + int(one["n"])
    found = [Draw(*place, n) for place, n in wanted.items() if n > 0]
    return sorted(found, key=lambda draw: draw.difficulty == ANY)


def lacks(draws: Sequence[Draw], counts: Mapping[tuple[str, str], int]) -> list[Short]:
    """The draws that cannot be made of `counts` (area, difficulty) -> questions; in order."""
    left = dict(counts)
    found: list[Short] = []
    for draw in draws:
        places = _places(draw, left)
        has = sum(left[place] for place in places)
        if has < draw.n:
            found.append(Short(draw, has))
        _take(left, places, draw.n)
    return found


def _places(draw: Draw, known: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(
        (area, difficulty)
        for area, difficulty in known
        if area == draw.area and draw.difficulty in {ANY, difficulty}
    )


def _take(left: dict[tuple[str, str], int], places: Iterable[tuple[str, str]], n: int) -> None:
    for place in places:
        taken = min(n, left[place])
        left[place] -= taken
        n -= taken


def drawn(draws: Sequence[Draw], bank: Bank, *, seed: str) -> list[int]:
    """The questions of one test, each once, mixed. Raises ValueError where the bank is short."""
    random = Random(seed)  # noqa: S311 - chance, not a secret
    found: list[int] = []
    for draw in draws:
        pool = sorted({pk for place in _places(draw, bank) for pk in bank[place]} - set(found))
        found += random.sample(pool, draw.n)
    random.shuffle(found)
    return found


def mixed(numbers: Iterable[int], *, seed: str) -> list[int]:
    """`numbers` in an order of chance, the same for the same seed."""
    found = list(numbers)
    Random(seed).shuffle(found)  # noqa: S311 - chance, not a secret
    return found
