"""Shares and their intervals, to the digits of domain.md A3, E2 and E4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csservice.lib.proportions import (
    Share,
    difference,
    difference_in_differences,
    wilson,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (81, 263, 0.255289, 0.366210),
        (15, 148, 0.062386, 0.160487),
        (0, 20, 0, 0.161125),
        (1, 29, 0.006113, 0.171755),
        (45, 50, 0.786398, 0.956524),
        (8, 10, 0.490162, 0.943318),
        (170, 200, 0.793944, 0.892864),
        (4, 5, 0.375535, 0.963776),
        (10, 10, 0.722467, 1),
        (900, 1000, 0.879848, 0.917091),
    ],
)
def test_wilson_agrees_with_the_published_figures(
    hits: int, n: int, low: float, high: float
) -> None:
    found = wilson(Share(hits, n))
    assert found.low == pytest.approx(low, abs=5e-7)
    assert found.high == pytest.approx(high, abs=5e-7)


@pytest.mark.parametrize(
    ("before", "after", "value", "low", "high", "p"),
    [
        (Share(30, 600), Share(48, 600), 0.03, 0.001974, 0.058578, 0.0351),
        (Share(120, 2400), Share(25, 200), 0.075, 0.034985, 0.128618, 9e-6),
        (Share(56, 70), Share(48, 80), -0.2, -0.333873, -0.052431, None),
    ],
)
def test_newcombe_agrees_with_the_published_figures(
    before: Share, after: Share, value: float, low: float, high: float, p: float | None
) -> None:
    found = difference(before, after)
    assert found.value == pytest.approx(value, abs=5e-5)
    assert found.low == pytest.approx(low, abs=5e-7)
    assert found.high == pytest.approx(high, abs=5e-7)
    if p is not None:
        assert found.p == pytest.approx(p, abs=5e-5)


def test_the_difference_in_differences_says_not_yet_shown() -> None:
    shares = Share(160, 200), Share(190, 210), Share(150, 190), Share(155, 195)
    found = difference_in_differences(*shares)
    assert (round(found.value * 100, 2), round(found.low * 100, 2)) == (9.94, -0.66)
    assert (round(found.high * 100, 2), round(found.p or 0, 3)) == (20.53, 0.066)


SHARES = st.integers(1, 500).flatmap(lambda n: st.integers(0, n).map(lambda hits: Share(hits, n)))


@given(SHARES)
def test_an_interval_holds_its_share_and_stays_a_share(share: Share) -> None:
    found = wilson(share)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(SHARES, SHARES)
def test_a_difference_turned_round_is_the_same_with_the_other_sign(one: Share, two: Share) -> None:
    there, back = difference(one, two), difference(two, one)
    assert there.low == pytest.approx(-back.high, abs=1e-12)
    assert there.low <= there.value <= there.high
    assert there.p == pytest.approx(back.p, abs=1e-12)


@given(SHARES, SHARES)
def test_a_control_that_moves_alike_leaves_nothing(one: Share, two: Share) -> None:
    assert difference_in_differences(one, two, one, two).value == pytest.approx(0, abs=1e-12)
