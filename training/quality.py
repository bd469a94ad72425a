"""What a reviewed ticket scores, and which tickets are drawn for review (plan K1, domain A2).

Pure. A review form has weighted items; each is met, partly met, not met, or does not apply. The
score is the weighted share of what applies; failed critical items are counted apart and never
hidden in the score, nor do they set it to nought: "a separate critical-error accuracy" (domain A2).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from training.agreement import Agreement, kappa, table

MET, PARTLY, NOT_MET, DOES_NOT_APPLY = "met", "partly", "not_met", "does_not_apply"
SHARES: dict[str, Decimal | None] = {
    MET: Decimal(1),
    PARTLY: Decimal("0.5"),
    NOT_MET: Decimal(0),
    DOES_NOT_APPLY: None,
}
MOST_ITEMS = 40
ENOUGH = 0.6  # below this κ a score should not touch pay (domain A2)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a review form. `weight` 1-100; a `critical` one is an error that must not be.

    `area`: what training is about it (Area), empty where none is.
    """

    key: str
    name: str
    name_zh: str = ""
    help: str = ""
    help_zh: str = ""
    weight: int = 1
    critical: bool = False
    area: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` 0-100 with two digits, None where nothing applied; the keys of what failed."""

    score: Decimal | None
    failed: tuple[str, ...]
    critical: tuple[str, ...]


def read(items: Iterable[Mapping[str, object]]) -> list[Item]:
    """The items of a version as it keeps them."""
    return [Item(**one) for one in items]  # type: ignore[arg-type]


def missing(items: Sequence[Item], answers: Mapping[str, str]) -> list[str]:
    """Keys of items without an answer that means something."""
    return [item.key for item in items if answers.get(item.key) not in SHARES]


def scored(items: Sequence[Item], answers: Mapping[str, str]) -> Scored:
    """What the answers come to. Raises KeyError where one is missing (see `missing`).

    A critical item fails unless it is wholly met; another fails where it is not met at all.
    """
    shares = {item.key: SHARES[answers[item.key]] for item in items}
    applied = [(item, share) for item in items if (share := shares[item.key]) is not None]
    weight = sum(item.weight for item, _share in applied)
    got = sum((item.weight * share for item, share in applied), Decimal(0))
    failed = [item for item, share in applied if share == 0 or (item.critical and share < 1)]
    score = (got * 100 / weight).quantize(Decimal("0.01"), ROUND_HALF_EVEN) if weight else None
    return Scored(
        score,
        tuple(item.key for item in failed),
        tuple(item.key for item in failed if item.critical),
    )


def drawn(keys: Collection[int], n: int, *, seed: str) -> list[int]:
    """`n` of `keys` at random, each as likely as another; the same for the same seed and keys."""
    return sorted(random.Random(seed).sample(sorted(keys), min(n, len(keys))))  # noqa: S311


def agreed(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, str]]]) -> Agreement | None:
    """How far two raters chose the same answers beyond chance; None where nothing was rated twice.

    "Does not apply" is an answer like another: raters who differ on it do not agree.
    """
    places = {answer: place for place, answer in enumerate(SHARES)}
    both = [
        (places[first[key]], places[second[key]])
        for first, second in pairs
        for key in first
        if first[key] in places and second.get(key) in places
    ]
    return kappa(table(both, len(places))) if both else None
