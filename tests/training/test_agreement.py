"""Cohen's κ against published figures, and what must hold for every table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.agreement import LINEAR, PLAIN, QUADRATIC, Z95, kappa, table

# Agresti (1990), Categorical Data Analysis, p. 366, as analysed by the R package vcd: 91 married
# couples' answers to one question, four ordered categories.
COUPLES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
TABLES = (
    st.integers(2, 5)
    .flatmap(
        lambda k: st.lists(
            st.lists(st.integers(0, 30), min_size=k, max_size=k), min_size=k, max_size=k
        )
    )
    .filter(lambda rows: any(map(any, rows)))
)
KINDS = st.sampled_from([PLAIN, LINEAR, QUADRATIC])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_two_categories_as_published(counts: list[list[int]], expected: float) -> None:
    assert kappa(counts).kappa == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("weights", "expected", "error"), [(PLAIN, 0.1293, 0.0686), (LINEAR, 0.2374, 0.0783)]
)
def test_four_ordered_categories_as_published(weights: str, expected: float, error: float) -> None:
    found = kappa(COUPLES, weights)
    assert found.kappa is not None
    assert found.low is not None
    assert found.kappa == pytest.approx(expected, abs=5e-5)
    assert (found.kappa - found.low) / Z95 == pytest.approx(error, abs=5e-5)
    assert found.n == 91


def test_the_strength_has_its_name() -> None:
    assert kappa([[20, 5], [10, 15]]).words == "fair"
    assert kappa([[9, 0], [0, 9]]).words == "almost_perfect"
    assert kappa([[0, 9], [9, 0]]).words == "poor"


def test_where_both_always_say_the_same_thing_nothing_can_be_said() -> None:
    found = kappa([[12, 0], [0, 0]])
    assert (found.kappa, found.low, found.high, found.words) == (None, None, None, "")
    assert found.observed == 1


@pytest.mark.parametrize("wrong", [[], [[0, 0], [0, 0]], [[1, 2], [3]], [[5]]])
def test_no_square_table_with_ratings_is_refused(wrong: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="square"):
        kappa(wrong)


@pytest.mark.parametrize(("pairs", "k"), [([(0, 2)], 2), ([(-1, 0)], 2), ([], 1)])
def test_a_category_that_is_not_there_is_refused(pairs: list[tuple[int, int]], k: int) -> None:
    with pytest.raises(ValueError, match="categor"):
        table(pairs, k)


def test_pairs_are_counted() -> None:
    assert table([(0, 1), (0, 1), (2, 2)], 3) == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


@given(counts=TABLES, weights=KINDS)
def test_kappa_is_at_most_1_and_within_its_interval(counts: list[list[int]], weights: str) -> None:
    found = kappa(counts, weights)
    if found.kappa is not None and found.low is not None and found.high is not None:
        assert found.kappa <= 1 + 1e-9
        assert found.low - 1e-9 <= max(-1.0, found.kappa)
        assert found.kappa <= found.high + 1e-9


@given(counts=TABLES, weights=KINDS)
def test_it_does_not_matter_who_is_the_first_rater(counts: list[list[int]], weights: str) -> None:
    turned = [list(column) for column in zip(*counts, strict=True)]
    one, other = kappa(counts, weights).kappa, kappa(turned, weights).kappa
    assert one == pytest.approx(other) if one is not None else other is None


@given(counts=TABLES, times=st.integers(2, 5))
def test_more_of_the_same_ratings_narrow_the_interval_only(
    counts: list[list[int]], times: int
) -> None:
    one, more = kappa(counts), kappa([[n * times for n in row] for row in counts])
    if one.kappa is not None:
        assert more.kappa == pytest.approx(one.kappa)
        assert one.high is not None
        assert one.low is not None
        assert more.high is not None
        assert more.low is not None
        assert more.high - more.low <= one.high - one.low + 1e-9


@given(counts=TABLES)
def test_of_two_categories_weights_change_nothing(counts: list[list[int]]) -> None:
    if len(counts) == 2:
        plain, linear = kappa(counts).kappa, kappa(counts, LINEAR).kappa
        assert plain == pytest.approx(linear) if plain is not None else linear is None


@given(n=st.lists(st.integers(1, 20), min_size=2, max_size=5), weights=KINDS)
def test_perfect_agreement_is_1(n: list[int], weights: str) -> None:
    counts = [[n[i] if i == j else 0 for j in range(len(n))] for i in range(len(n))]
    assert kappa(counts, weights).kappa == pytest.approx(1)
