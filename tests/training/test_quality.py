"""What a reviewed ticket scores, and which are drawn (training/quality.py)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.quality import SHARES, Item, agreed, drawn, missing, scored

FORM = [
    Item("greets", "Greets", weight=1),
    Item("solves", "Solves", weight=3),
    Item("identity", "Checks identity", weight=1, critical=True),
]


def test_the_score_is_the_weighted_share_of_what_applies() -> None:
    found = scored(FORM, {"greets": "met", "solves": "partly", "identity": "met"})
    assert found.score == Decimal("70.00")  # (1 + 3/2 + 1) of 5
    assert (found.failed, found.critical) == ((), ())


def test_what_does_not_apply_is_left_out_of_both_sides() -> None:
    answers = {"greets": "not_met", "solves": "met", "identity": "does_not_apply"}
    found = scored(FORM, answers)
    assert found.score == Decimal("75.00")
    assert found.failed == ("greets",)


def test_where_nothing_applies_there_is_no_score() -> None:
    assert (
        scored(FORM, dict.fromkeys(("greets", "solves", "identity"), "does_not_apply")).score
        is None
    )


def test_a_critical_item_fails_unless_wholly_met_and_is_counted_apart() -> None:
    found = scored(FORM, {"greets": "met", "solves": "met", "identity": "partly"})
    assert found.critical == found.failed == ("identity",)
    assert found.score == Decimal("90.00")


def test_an_unknown_answer_counts_as_none() -> None:
    assert missing(FORM, {"greets": "met", "solves": "perhaps"}) == ["solves", "identity"]


@given(st.lists(st.sampled_from(sorted(SHARES)), min_size=3, max_size=3))
def test_a_score_is_a_per_cent_and_no_answer_lowers_it_by_getting_better(
    answers: list[str],
) -> None:
    keys = [item.key for item in FORM]
    found = scored(FORM, dict(zip(keys, answers, strict=True)))
    if found.score is None:
        return
    assert 0 <= found.score <= 100
    for key, answer in zip(keys, answers, strict=True):
        if answer in {"not_met", "partly"}:
            better = scored(FORM, dict(zip(keys, answers, strict=True)) | {key: "met"})
            assert better.score is not None
            assert better.score > found.score


@given(st.sets(st.integers(1, 10**6), max_size=40), st.integers(0, 20), st.text(max_size=5))
def test_a_draw_can_be_repeated_and_takes_no_ticket_twice(
    keys: set[int], n: int, seed: str
) -> None:
    first = drawn(keys, n, seed=seed)
    assert first == drawn(sorted(keys, reverse=True), n, seed=seed)
    assert len(set(first)) == len(first) == min(n, len(keys))
    assert set(first) <= keys


def test_every_ticket_is_drawn_as_often_as_another() -> None:
    hits = dict.fromkeys(range(10), 0)
    for seed in range(2000):
        for key in drawn(hits, 3, seed=str(seed)):
            hits[key] += 1
    # 600 each expected; 5 standard deviations of a hypergeometric share are 102
    assert all(abs(n - 600) < 102 for n in hits.values()), hits


@pytest.mark.parametrize("answer", ["met", "partly", "not_met"])
def test_one_item_scores_its_share(answer: str) -> None:
    share = SHARES[answer]
    assert share is not None
    assert scored([Item("one", "One")], {"one": answer}).score == share * 100


def test_two_raters_agree_as_far_as_their_answers_do() -> None:
    same = {"greets": "met", "solves": "partly", "identity": "does_not_apply"}
    found = agreed([(same, same)])
    assert found is not None
    assert (found.n, found.kappa) == (3, 1.0)
    assert agreed([]) is None


def test_the_agreement_is_cohens_kappa_to_the_published_digits() -> None:
    """[[20, 5], [10, 15]] has κ = .4 (domain A2)."""
    cells = [("met", "met", 20), ("met", "not_met", 5), ("not_met", "met", 10)]
    cells.append(("not_met", "not_met", 15))
    pairs = [({"a": one}, {"a": two}) for one, two, n in cells for _n in range(n)]
    found = agreed(pairs)
    assert found is not None
    assert found.kappa == pytest.approx(0.4, abs=5e-5)
