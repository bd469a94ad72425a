"""Shares with their intervals: one, the difference of two, and a difference in differences.

Pure. Every interval is of 95 % unless `z` says otherwise. Wilson 1927; Newcombe 1998, Statistics in
Medicine 17:873 (method 10, hybrid score); the difference in differences by its normal error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.975)


class Share(NamedTuple):
    """`hits` of `n`."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share, 0 to 1. Raises ZeroDivisionError where there is nothing to share."""
        return self.hits / self.n


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value between `low` and `high`; `p`: how likely so much is where there is no difference."""

    value: float
    low: float
    high: float
    p: float | None = None


def wilson(share: Share, *, z: float = Z95) -> Estimate:
    """The score interval of a share: right for small `n` and near 0 and 1, never outside them."""
    p, n = share.value, share.n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # at 0 and 1 the bound is exact; floating point would miss it by a hair
    low = 0.0 if share.hits == 0 else centre - half
    high = 1.0 if share.hits == n else centre + half
    return Estimate(p, low, high)


def difference(before: Share, after: Share, *, z: float = Z95) -> Estimate:
    """After less before: Newcombe's interval, the p of the pooled two-proportion test."""
    one, two = wilson(before, z=z), wilson(after, z=z)
    delta = after.value - before.value
    low = delta - sqrt((after.value - two.low) ** 2 + (one.high - before.value) ** 2)
    high = delta + sqrt((two.high - after.value) ** 2 + (before.value - one.low) ** 2)
    pooled = (before.hits + after.hits) / (before.n + after.n)
    error = sqrt(pooled * (1 - pooled) * (1 / before.n + 1 / after.n))
    return Estimate(delta, low, high, _two_sided(delta / error) if error else 1.0)


def difference_in_differences(
    before: Share, after: Share, control_before: Share, control_after: Share, *, z: float = Z95
) -> Estimate:
    """How much more `before` → `after` moved than the control did."""
    moved = after.value - before.value
    value = moved - (control_after.value - control_before.value)
    shares = (before, after, control_before, control_after)
    error = sqrt(sum(one.value * (1 - one.value) / one.n for one in shares))
    p = _two_sided(value / error) if error else (0.0 if value else 1.0)
    return Estimate(value, value - z * error, value + z * error, p)


def _two_sided(score: float) -> float:
    return 2 * (1 - NORMAL.cdf(abs(score)))
