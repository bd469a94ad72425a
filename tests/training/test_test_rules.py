"""The rules of tests: what an answer is worth, what is drawn, how good a question is, the gain."""

from __future__ import annotations

from itertools import permutations
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import drawing, items, marking
from training.drawing import Draw, Short
from training.items import Moments
from training.marking import NotAnAnswerError, Shown

CARDS = [{"text": text, "right": text in {"b", "d"}} for text in "abcd"]
ONE = [{"text": text, "right": text == "b"} for text in "abc"]
STEPS = [{"text": text} for text in "wxyz"]
PAIRS = [{"text": "loan", "partner": "credit"}, {"text": "card", "partner": "payments"}]
PAIRS += [{"text": "overdraft", "partner": "credit"}]
MIX = Shown([2, 0, 3, 1])  # place 1 shows option 2


# ---- what an answer is worth ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("chosen", "earned"),
    [
        ([2], 0.0),
        ([4], 0.5),  # place 4 shows b
        ([3, 4], 1.0),
        ([1, 4], 0.0),
        ([1, 3, 4], 0.5),
        ([1, 2, 3, 4], 0.0),
        ([], 0.0),
    ],
)
def test_several_right_answers_earn_right_ones_less_wrong_ones(
    chosen: list[int], earned: float
) -> None:
    assert marking.share("multiple", CARDS, MIX, {"chosen": chosen}) == earned


def test_one_right_answer_is_all_or_nothing() -> None:
    shown = Shown([1, 0, 2])
    assert marking.share("single", ONE, shown, {"chosen": [1]}) == 1
    assert marking.share("single", ONE, shown, {"chosen": [2]}) == 0
    assert marking.share("single", ONE, shown, {}) == 0


@pytest.mark.parametrize(
    ("ranks", "earned"),
    [
        ({"2": 1, "4": 2, "1": 3, "3": 4}, 1.0),  # w x y z
        ({"2": 4, "4": 3, "1": 2, "3": 1}, 0.0),
        ({"2": 2, "4": 1, "1": 3, "3": 4}, 4 / 6),  # one neighbouring pair turned round
        ({"2": 1, "4": 2}, 1 / 6),  # half done
        ({"2": 1, "4": 1, "1": 1, "3": 1}, 0.0),  # all in the same place says nothing
        ({}, 0.0),
    ],
)
def test_an_order_earns_its_pairs(ranks: dict[str, int], earned: float) -> None:
    shown = Shown([2, 0, 3, 1])
    assert marking.share("ordering", STEPS, shown, {"places": ranks}) == pytest.approx(earned)


def test_answering_an_order_by_chance_earns_little() -> None:
    shown = Shown([0, 1, 2, 3])
    tries = [dict(zip("1234", ranks, strict=True)) for ranks in permutations(range(1, 5))]
    earned = [marking.share("ordering", STEPS, shown, {"places": one}) or 0 for one in tries]
    assert sum(earned) / len(earned) < 0.25


def test_pairs_are_compared_by_their_words_where_two_have_the_same_partner() -> None:
    others = marking.partners(PAIRS)
    assert others == [0, 1]
    shown = Shown([2, 1, 0], [1, 0])  # overdraft, card, loan / payments, credit
    right = {"pairs": {"1": 2, "2": 1, "3": 2}}
    assert marking.share("matching", PAIRS, shown, right) == 1
    assert marking.share("matching", PAIRS, shown, {"pairs": {"1": 2}}) == pytest.approx(1 / 3)
    assert marking.share("matching", PAIRS, shown, {"pairs": {"1": 1, "2": 2}}) == 0


def test_only_a_trainer_knows_what_free_text_is_worth() -> None:
    assert marking.share("text", [], Shown([]), {"text": "Hello"}) is None


CASES = [
    ("single", ONE, Shown([1, 0, 2])),
    ("multiple", CARDS, MIX),
    ("ordering", STEPS, MIX),
    ("matching", PAIRS, Shown([2, 1, 0], [1, 0])),
]


@given(case=st.sampled_from(CASES), data=st.data())
def test_every_answer_that_is_kept_is_worth_between_nothing_and_all(
    case: tuple[str, Any, Shown], data: st.DataObject
) -> None:
    kind, options, shown = case
    place = st.integers(1, len(shown.options)).map(str)
    end = st.integers(1, len(shown.partners) or len(shown.options))
    most = 1 if kind == "single" else len(options)
    sent = {
        "chosen": st.lists(end, max_size=most),
        "places": st.dictionaries(place, end),
        "pairs": st.dictionaries(place, end),
    }[marking.PARTS[kind]]
    kept = marking.checked(kind, shown, {marking.PARTS[kind]: data.draw(sent)})
    assert marking.checked(kind, shown, kept) == kept
    worth = marking.share(kind, options, shown, kept)
    assert worth is not None
    assert 0 <= worth <= 1


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("single", {"chosen": [1, 2]}),
        ("single", {"chosen": [4]}),
        ("single", {"chosen": [0]}),
        ("single", {"chosen": ["a"]}),
        ("single", {"chosen": [True]}),
        ("single", {"chosen": 7}),
        ("single", {"text": "b"}),
        ("ordering", {"places": {"9": 1}}),
        ("ordering", {"places": [1, 2]}),
        ("matching", {"pairs": {"1": 3}}),
        ("text", {"text": 5}),
        ("text", {"text": "x" * 4001}),
    ],
)
def test_what_does_not_fit_the_question_is_no_answer(kind: str, sent: dict[str, Any]) -> None:
    shown = Shown([1, 0, 2], [1, 0])
    with pytest.raises(NotAnAnswerError):
        marking.checked(kind, shown, sent)


def test_an_empty_answer_is_kept_as_no_answer() -> None:
    assert marking.checked("text", Shown([]), {"text": "  "}) == {}
    assert marking.checked("single", Shown([0, 1]), {}) == {}
    assert marking.checked("single", Shown([0, 1]), {"chosen": ["2"]}) == {"chosen": [2]}


@pytest.mark.parametrize(
    ("kind", "options", "fault"),
    [
        ("single", ONE, ""),
        ("single", ONE[:1], "few"),
        ("single", [*ONE, ONE[0]], "twice"),
        ("single", CARDS, "one_right"),
        ("multiple", [{"text": "a"}, {"text": "b"}], "some_right"),
        ("multiple", [{"text": str(n), "right": True} for n in range(9)], "many"),
        ("ordering", [{"text": "a"}, {"text": " "}], "blank"),
        ("matching", PAIRS, ""),
        ("matching", [{"text": "a", "partner": "x"}, {"text": "b", "partner": "x"}], "partner"),
        ("matching", [{"text": "a", "partner": "x"}, {"text": "b"}], "partner"),
        ("text", [], ""),
    ],
)
def test_a_question_that_cannot_be_answered_is_found(kind: str, options: Any, fault: str) -> None:
    assert marking.fault(kind, options) == fault


@pytest.mark.parametrize(
    ("seen", "window", "may"),
    [(3, "mine", True), (2, "mine", False), (2, "last", True), (None, "", True), (2, "", False)],
)
def test_an_old_window_writes_nothing_over(seen: int | None, window: str, *, may: bool) -> None:
    found = marking.may_overwrite(seen=seen, revision=3, window=window, last_window="last")
    assert found is may


def test_a_score_is_of_a_hundred_and_nothing_to_earn_is_nothing() -> None:
    assert marking.score(2, 3) == 66.67
    assert marking.score(0, 0) == 0


# ---- what is drawn -------------------------------------------------------------------------------
BANK = {
    ("product", "easy"): [1, 2, 3],
    ("product", "hard"): [4, 5],
    ("service", "easy"): [6, 7],
}
COUNTS = {place: len(found) for place, found in BANK.items()}


def test_like_draws_add_up_and_those_of_any_difficulty_come_last() -> None:
    said = [
        {"area": "product", "n": 1},
        {"area": "product", "difficulty": "easy", "n": 1},
        {"area": "product", "difficulty": "easy", "n": 2},
        {"area": "service", "difficulty": "easy", "n": 0},
    ]
    assert drawing.read(said) == [Draw("product", "easy", 3), Draw("product", "", 1)]


def test_a_bank_that_is_short_is_said_by_draw() -> None:
    easy, rest = Draw("product", "easy", 3), Draw("product", "", 3)
    assert drawing.lacks([easy, Draw("product", "", 2)], COUNTS) == []
    assert drawing.lacks([easy, rest], COUNTS) == [Short(rest, 2)]
    missing = Draw("emergency", "", 1)
    assert drawing.lacks([missing], COUNTS) == [Short(missing, 0)]


def test_the_same_seed_draws_the_same_and_another_one_another() -> None:
    draws = [Draw("product", "easy", 2), Draw("product", "", 2), Draw("service", "easy", 1)]
    first = drawing.drawn(draws, BANK, seed="a")
    assert first == drawing.drawn(draws, BANK, seed="a")
    assert len({tuple(drawing.drawn(draws, BANK, seed=str(n))) for n in range(20)}) > 5


places = st.tuples(st.sampled_from(["product", "service"]), st.sampled_from(["easy", "hard"]))


@given(
    counts=st.dictionaries(places, st.integers(0, 6)),
    sizes=st.dictionaries(
        st.tuples(st.sampled_from(["product", "service"]), st.sampled_from(["", "easy", "hard"])),
        st.integers(0, 5),
    ),
    seed=st.text(max_size=5),
)
def test_what_lacks_nothing_is_drawn_as_asked(
    counts: dict[tuple[str, str], int], sizes: dict[tuple[str, str], int], seed: str
) -> None:
    bank: dict[tuple[str, str], list[int]] = {}
    owner: dict[int, tuple[str, str]] = {}
    for place, n in counts.items():
        bank[place] = list(range(len(owner), len(owner) + n))
        owner |= dict.fromkeys(bank[place], place)
    said = [{"area": area, "difficulty": hard, "n": n} for (area, hard), n in sizes.items()]
    draws = drawing.read(said)
    if drawing.lacks(draws, counts):
        with pytest.raises(ValueError, match=r"[Ss]ample"):
            drawing.drawn(draws, bank, seed=seed)
        return
    found = drawing.drawn(draws, bank, seed=seed)
    assert len(set(found)) == len(found) == sum(draw.n for draw in draws)
    for draw in draws:
        if draw.difficulty:
            assert sum(owner[pk] == draw[:2] for pk in found) >= draw.n


@given(n=st.integers(0, 8), seed=st.text(max_size=5))
def test_mixing_loses_nothing(n: int, seed: str) -> None:
    assert sorted(drawing.mixed(range(n), seed=seed)) == list(range(n))


# ---- how good a question is ----------------------------------------------------------------------
# Scores of the other items of ten people, four of whom had the item right: the point-biserial by
# its own formula, (M1 - M0) / s * sqrt(p q), is 0.798 006.
REST = [9.0, 8.0, 8.0, 7.0, 6.0, 5.0, 5.0, 4.0, 3.0, 2.0]
RIGHT = [1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def point_biserial(right: list[float], rest: list[float]) -> float:
    """By the textbook's formula, which shares nothing with ours."""
    n, ones = len(rest), [y for x, y in zip(right, rest, strict=True) if x]
    zeros = [y for x, y in zip(right, rest, strict=True) if not x]
    mean = sum(rest) / n
    deviation = sqrt(sum((y - mean) ** 2 for y in rest) / n)
    p = len(ones) / n
    return (sum(ones) / len(ones) - sum(zeros) / len(zeros)) / deviation * sqrt(p * (1 - p))


def test_discrimination_is_the_point_biserial_where_an_item_is_right_or_wrong() -> None:
    pairs = list(zip(RIGHT, REST, strict=True)) * 3
    found = items.worth(Moments.of(pairs))
    assert found.n == 30
    assert found.difficulty == pytest.approx(0.4)
    assert found.discrimination == pytest.approx(point_biserial(RIGHT, REST))
    assert found.remark == ""


def test_too_few_answers_say_nothing() -> None:
    found = items.worth(Moments.of([(1.0, 0.5)] * 29))
    assert (found.n, found.enough, found.difficulty, found.remark) == (29, False, None, "")


@pytest.mark.parametrize(
    ("pairs", "remark"),
    [
        ([(0.0, 0.9), (1.0, 0.2)] * 15, "key"),
        ([(1.0, 0.5), (1.0, 0.7)] * 15, "easy"),
        ([(0.0, 0.5), (0.0, 0.7)] * 15, "hard"),
        ([(1.0, 0.5), (0.0, 0.5), (1.0, 0.7), (0.0, 0.7)] * 8, "weak"),
    ],
)
def test_what_an_author_should_look_at_is_said(
    pairs: list[tuple[float, float]], remark: str
) -> None:
    assert items.worth(Moments.of(pairs)).remark == remark


shares = st.floats(0, 1, allow_nan=False)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), shares), min_size=2, max_size=40))
def test_a_correlation_is_between_minus_one_and_one_and_turns_with_its_sign(
    pairs: list[tuple[float, float]],
) -> None:
    found = items.correlation(Moments.of(pairs))
    turned = items.correlation(Moments.of([(1 - x, y) for x, y in pairs]))
    if found is None:
        assert turned is None
        return
    assert -1 <= found <= 1
    assert turned == pytest.approx(-found, abs=1e-6)


# ---- gain ----------------------------------------------------------------------------------------
def test_the_gain_is_the_share_of_what_was_missing() -> None:
    assert items.gain(60, 84) == pytest.approx(0.60)  # domain.md A2
    assert items.gain(60, 60) == 0
    assert items.gain(60, 40) == pytest.approx(-0.5)
    assert items.gain(100, 100) is None
    assert items.class_gain([(40, 70), (80, 98)]) == pytest.approx(24 / 40)
    assert items.class_gain([]) is None


per_cent = st.floats(0, 100, allow_nan=False)


@given(pre=st.floats(0, 99), one=per_cent, two=per_cent)
def test_a_gain_is_at_most_one_and_grows_with_the_test_after(
    pre: float, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    first, second = items.gain(pre, low), items.gain(pre, high)
    assert first is not None
    assert second is not None
    assert first <= second <= 1 + 1e-9
    assert first == pytest.approx((low - pre) / (100 - pre))
