"""How good a question is, and how much was learnt between two tests. Pure.

Difficulty is the mean share of the points that was earned (0 to 1, high is easy). Discrimination is
the correlation of that share with the share of all *other* points of the same test (the corrected
item-total correlation; point-biserial where a question is right or wrong). The gain is Hake's:
(post - pre) / (100 - pre), Am. J. Phys. 66:64 (1998).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST = 30  # below it nothing is said of a question but its count
EASY, HARD, WEAK = 0.95, 0.25, 0.15
FULL = 100


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over `n` answers of x, the item's share, and y, the share of the rest of the test."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]]) -> Moments:
        """The sums of these (item, rest)."""
        rows = list(pairs)
        return cls(
            len(rows),
            sum(x for x, _y in rows),
            sum(y for _x, y in rows),
            sum(x * x for x, _y in rows),
            sum(y * y for _x, y in rows),
            sum(x * y for x, y in rows),
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """Of one question; values are None where `n` is too few or nothing varies."""

    n: int
    difficulty: float | None = None
    discrimination: float | None = None

    @property
    def enough(self) -> bool:
        return self.n >= FEWEST

    @property
    def remark(self) -> str:
        """What an author should look at: key, weak, easy, hard; empty: nothing."""
        if self.difficulty is None:
            return ""
        if self.discrimination is not None and self.discrimination < 0:
            return "key"  # who knows more answers it worse: often the key is wrong
        if self.difficulty >= EASY:
            return "easy"
        if self.difficulty <= HARD:
            return "hard"
        weak = self.discrimination is not None and self.discrimination < WEAK
        return "weak" if weak else ""


def worth(sums: Moments) -> Worth:
    """Difficulty and discrimination of a question; only from FEWEST answers on."""
    if sums.n < FEWEST:
        return Worth(sums.n)
    return Worth(sums.n, sums.x / sums.n, correlation(sums))


def correlation(sums: Moments) -> float | None:
    """Pearson's r of the sums, -1 to 1; None where x or y does not vary."""
    n = sums.n
    vx, vy = n * sums.xx - sums.x**2, n * sums.yy - sums.y**2
    tiny = 1e-9 * n * n
    if vx <= tiny or vy <= tiny:
        return None
    r = (n * sums.xy - sums.x * sums.y) / sqrt(vx * vy)
    return max(-1.0, min(1.0, r))


def gain(pre: float, post: float) -> float | None:
    """How much of what was missing before is there after, at most 1; None: nothing was missing."""
    return None if pre >= FULL else (post - pre) / (FULL - pre)


def class_gain(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Hake's gain of a class: of its mean before and its mean after. None where nobody is."""
    if not pairs:
        return None
    n = len(pairs)
    return gain(sum(pre for pre, _post in pairs) / n, sum(post for _pre, post in pairs) / n)
