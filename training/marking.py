"""What an answer to a question of the bank is worth, by its kind. Pure.

Options are named by their number in the question's list, from 0; for an ordering that list is the
right order. What a learner sees is mixed: `Shown` says which option stands at which place, and a
learner's answer speaks of places, from 1, so that nothing on the page gives the key away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

SINGLE, MULTIPLE, ORDERING, MATCHING, TEXT = "single", "multiple", "ordering", "matching", "text"
KINDS = (SINGLE, MULTIPLE, ORDERING, MATCHING, TEXT)
FEWEST_OPTIONS = 2
MOST_OPTIONS = 8
LONGEST = 4000
# Where each kind keeps its answer.
PARTS = {
    SINGLE: "chosen",
    MULTIPLE: "chosen",
    ORDERING: "places",
    MATCHING: "pairs",
    TEXT: "text",
}

Given = Mapping[str, Any]
Options = Sequence[Mapping[str, Any]]


class Shown(NamedTuple):
    """`options`: the option at each place; `partners`: the same of a matching's other side."""

    options: Sequence[int]
    partners: Sequence[int] = ()


class NotAnAnswerError(ValueError):
    """What was sent does not fit the question."""


# ---- questions ----------------------------------------------------------------------------------
def fault(kind: str, options: Options) -> str:
    """What is wrong with a question's options; empty: nothing.

    few, many, blank, twice, one_right, some_right, partner.
    """
    if kind == TEXT:
        return ""
    texts = [str(one.get("text", "")).strip() for one in options]
    found = {
        "few": len(options) < FEWEST_OPTIONS,
        "many": len(options) > MOST_OPTIONS,
        "blank": not all(texts),
        "twice": len(set(texts)) < len(texts),
    }
    return next((name for name, wrong in found.items() if wrong), "") or _unfit(kind, options)


def _unfit(kind: str, options: Options) -> str:
    right = sum(bool(one.get("right")) for one in options)
    partners = {str(one.get("partner", "")).strip() for one in options}
    if kind == SINGLE and right != 1:
        return "one_right"
    if kind == MULTIPLE and not right:
        return "some_right"
    if kind == MATCHING and ("" in partners or len(partners) < FEWEST_OPTIONS):
        return "partner"
    return ""


def partners(options: Options) -> list[int]:
    """One option for each different partner: what a matching's other side offers."""
    first: dict[str, int] = {}
    for number, option in enumerate(options):
        first.setdefault(str(option.get("partner", "")), number)
    return list(first.values())


# ---- answers ------------------------------------------------------------------------------------
def checked(kind: str, shown: Shown, given: Given) -> dict[str, Any]:
    """`given` as it is kept: {} when nothing is answered. Raises NotAnAnswerError.

    chosen: [place, …] · places: {place of an option: its rank} · pairs: {place: place of a partner}
    · text: words, at most LONGEST.
    """
    part = PARTS[kind]
    if set(given) - {part}:
        raise NotAnAnswerError
    try:
        kept = _READ[part](kind, shown, given.get(part))
    except (TypeError, ValueError, AttributeError):
        raise NotAnAnswerError from None
    return {part: kept} if kept else {}


def _chosen(kind: str, shown: Shown, sent: Any) -> list[int]:
    kept = sorted({_place(one, shown.options) for one in sent or ()})
    if kind == SINGLE and len(kept) > 1:
        raise NotAnAnswerError
    return kept


def _places(kind: str, shown: Shown, sent: Any) -> dict[str, int]:
    return _mapped(sent, shown.options, shown.options)


def _pairs(kind: str, shown: Shown, sent: Any) -> dict[str, int]:
    return _mapped(sent, shown.options, shown.partners)


def _text(kind: str, shown: Shown, sent: Any) -> str:
    if not isinstance(sent or "", str) or len(sent or "") > LONGEST:
        raise NotAnAnswerError
    return (sent or "").strip()


def _mapped(sent: Any, sources: Sequence[int], ends: Sequence[int]) -> dict[str, int]:
    return {
        str(_place(source, sources)): _place(end, ends)
        for source, end in sorted((sent or {}).items())
    }


def _place(one: Any, places: Sequence[int]) -> int:
    if isinstance(one, bool | float) or not 1 <= int(one) <= len(places):
        raise NotAnAnswerError
    return int(one)


_READ: dict[str, Callable[[str, Shown, Any], Any]] = {
    "chosen": _chosen,
    "places": _places,
    "pairs": _pairs,
    "text": _text,
}


# ---- worth --------------------------------------------------------------------------------------
def share(kind: str, options: Options, shown: Shown, given: Given) -> float | None:
    """How much of the points `given` earns, 0 to 1; None for free text: a trainer says.

    single: all or nothing. multiple: right ones less wrong ones, of all right ones, never below 0:
    choosing everything earns nothing. ordering: pairs in the right order less those in the wrong
    one, of all pairs (Kendall's tau), never below 0. matching: right pairs of all.
    """
    if kind == TEXT:
        return None
    return _WORTH[kind](options, shown, given)


def _of_choice(options: Options, shown: Shown, given: Given) -> float:
    chosen = [
        bool(options[shown.options[place - 1]].get("right")) for place in given.get("chosen", ())
    ]
    rights = sum(bool(one.get("right")) for one in options)
    hits = sum(chosen)
    return float(max(0, hits - (len(chosen) - hits)) / rights)


def _of_order(options: Options, shown: Shown, given: Given) -> float:
    rank = {shown.options[int(place) - 1]: at for place, at in given.get("places", {}).items()}
    sums = [
        (rank[late] > rank[early]) - (rank[late] < rank[early])
        for early, late in combinations(range(len(options)), 2)
        if early in rank and late in rank
    ]
    n = len(options)
    return float(max(0, sum(sums)) / (n * (n - 1) / 2))


def _of_pairs(options: Options, shown: Shown, given: Given) -> float:
    hits = sum(
        options[shown.options[int(place) - 1]]["partner"]
        == options[shown.partners[end - 1]]["partner"]
        for place, end in given.get("pairs", {}).items()
    )
    return float(hits / len(options))


_WORTH: dict[str, Callable[[Options, Shown, Given], float]] = {
    SINGLE: _of_choice,
    MULTIPLE: _of_choice,
    ORDERING: _of_order,
    MATCHING: _of_pairs,
}


# ---- whole tests --------------------------------------------------------------------------------
def score(points: float, out_of: float) -> float:
    """0 to 100, two places; nothing to earn is 0."""
    return round(100 * points / out_of, 2) if out_of else 0.0


def may_overwrite(*, seen: int | None, revision: int, window: str, last_window: str) -> bool:
    """Whether an answer may take the place of the one kept.

    `revision` counts what was kept, `seen` is the one the sender knew; None: whatever it is. The
    window that wrote last may write again without having read what it wrote itself.
    """
    return seen is None or seen == revision or (bool(window) and window == last_window)
