"""How far two raters agree beyond chance: Cohen's κ, plain and weighted. Pure.

Cohen J. (1960), Educ. Psychol. Meas. 20:37-46; (1968), Psychol. Bull. 70:213-220. The standard
error is the large-sample one of Fleiss, Cohen and Everitt (1969), Psychol. Bull. 72:323-327, for a
κ that is not nought. Categories are 0 … k-1; where they are levels their order is what weights use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

PLAIN, LINEAR, QUADRATIC = "plain", "linear", "quadratic"
Z95 = 1.959963984540054
# Landis and Koch (1977), Biometrics 33:159-174: at least this κ is called so.
WORDS = (
    (0.81, "almost_perfect"),
    (0.61, "substantial"),
    (0.41, "moderate"),
    (0.21, "fair"),
    (0.0, "slight"),
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """`observed` and `expected` agreement (weighted where weights are), 0-1, of `n` ratings.

    `kappa` None: chance alone would agree always, so nothing can be said. `low`, `high`: the 95 %
    interval, within -1 and 1.
    """

    n: int
    observed: float
    expected: float
    kappa: float | None
    low: float | None
    high: float | None

    @property
    def words(self) -> str:
        """The name of the strength (Landis and Koch); empty where there is no κ."""
        if self.kappa is None:
            return ""
        return next((word for least, word in WORDS if self.kappa >= least), "poor")


def table(pairs: Sequence[tuple[int, int]], k: int) -> list[list[int]]:
    """How often the first rater gave the row's category and the second the column's.

    Raises ValueError for fewer than two categories and for one that is not among them.
    """
    if k < 2:
        raise ValueError("at least two categories")
    counts = [[0] * k for _row in range(k)]
    for first, second in pairs:
        if not (0 <= first < k and 0 <= second < k):
            raise ValueError("a category that is not among them")
        counts[first][second] += 1
    return counts


def kappa(counts: Sequence[Sequence[int]], weights: str = PLAIN) -> Agreement:
    """Of a square table of counts. `weights`: how near to agreement two categories count.

    Raises ValueError for an empty or no square table, KeyError for unknown weights.
    """
    k, n = len(counts), sum(map(sum, counts))
    if n == 0 or k < 2 or any(len(row) != k for row in counts):
        raise ValueError("a square table with ratings in it")
    near = _weights(k, weights)
    rows = [sum(row) / n for row in counts]
    columns = [sum(row[j] for row in counts) / n for j in range(k)]
    cells = [(i, j) for i in range(k) for j in range(k)]
    observed = sum(near[i][j] * counts[i][j] for i, j in cells) / n
    expected = sum(near[i][j] * rows[i] * columns[j] for i, j in cells)
    if math.isclose(expected, 1.0, abs_tol=1e-12):
        return Agreement(n, observed, expected, None, None, None)
    found = (observed - expected) / (1 - expected)
    # mean nearness of each category to what the other rater gives
    of_row = [sum(near[i][j] * columns[j] for j in range(k)) for i in range(k)]
    of_column = [sum(near[i][j] * rows[i] for i in range(k)) for j in range(k)]
    spread = sum(
        counts[i][j] / n * (near[i][j] - (of_row[i] + of_column[j]) * (1 - found)) ** 2
        for i, j in cells
    )
    variance = (spread - (found - expected * (1 - found)) ** 2) / (n * (1 - expected) ** 2)
    half = Z95 * math.sqrt(max(0.0, variance))
    return Agreement(n, observed, expected, found, max(-1.0, found - half), min(1.0, found + half))


def _weights(k: int, kind: str) -> list[list[float]]:
    """1 on the diagonal; elsewhere 0, or less the farther apart."""
    power = {PLAIN: 0, LINEAR: 1, QUADRATIC: 2}[kind]
    if power == 0:
        return [[float(i == j) for j in range(k)] for i in range(k)]
    return [[1 - (abs(i - j) / (k - 1)) ** power for j in range(k)] for i in range(k)]
