"""What the result of a test says: what was answered, what would have been right, the gain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from training import items as rule
from training.models import Attempt, AttemptItem, Kind, Purpose, Question


class Line(NamedTuple):
    """One question of a result. `state`: right, partly, wrong, none (not answered), waits."""

    item: AttemptItem
    state: str
    given: list[str]
    key: list[str]


class Gain(NamedTuple):
    """How much was learnt: the test before against the first one after."""

    before: float
    after: float
    value: float | None


def lines_of(items: Iterable[AttemptItem], *, key: bool) -> list[Line]:
    """The lines of a result; `key`: with what would have been right."""
    return [
        Line(item, state_of(item), given_words(item), key_words(item.question) if key else [])
        for item in items
    ]


def state_of(item: AttemptItem) -> str:
    """How an answer did."""
    if item.points is None:
        return "waits"
    if not item.is_answered:
        return "none"
    share = item.share or 0
    return "right" if share >= 1 else "partly" if share > 0 else "wrong"


def given_words(item: AttemptItem) -> list[str]:
    """The answer in the reader's language, a line each."""
    question, shown, given = item.question, item.mix, item.given
    if "chosen" in given:
        return [question.option(shown.options[place - 1]) for place in given["chosen"]]
    if "places" in given:
        ranks = sorted((rank, int(place)) for place, rank in given["places"].items())
        return [f"{rank}. {question.option(shown.options[place - 1])}" for rank, place in ranks]
    if "pairs" in given:
        return [
            _pair(question, shown.options[int(place) - 1], shown.partners[end - 1])
            for place, end in sorted(given["pairs"].items())
        ]
    return [given["text"]] if given else []


def key_words(question: Question) -> list[str]:
    """What is right, in the reader's language; of free text nothing but its explanation."""
    numbers = range(len(question.options))
    if question.kind == Kind.ORDERING:
        return [f"{number + 1}. {question.option(number)}" for number in numbers]
    if question.kind == Kind.MATCHING:
        return [_pair(question, number, number) for number in numbers]
    rights = (number for number in numbers if question.options[number].get("right"))
    return [question.option(number) for number in rights]


def _pair(question: Question, number: int, end: int) -> str:
    return f"{question.option(number)} → {question.partner(end)}"


def gain_of(tried: Iterable[Attempt]) -> Gain | None:
    """From the test before to the first one after, both marked; else None.

    The first, since later ones would measure practice in the test, too.
    """
    scores = {
        one.purpose: float(one.score) for one in tried if one.score is not None and one.number == 1
    }
    if set(scores) != set(Purpose.values):
        return None
    before, after = scores[Purpose.BEFORE], scores[Purpose.AFTER]
    return Gain(before, after, rule.gain(before, after))
