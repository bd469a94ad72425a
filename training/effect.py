"""Whether a course helped: the person's tickets before and after, against colleagues (L5, K4).

Pure. "Good" is decided by what the need came from: a kept promise after a breach, a rating of 4 or
5 after anything else. The person was chosen because something had gone wrong, so a plain before and
after would mostly show luck turning (regression to the mean): colleagues who have not had the
course are the comparison (domain E4), and nothing is said about fewer than LEAST tickets a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from csservice.lib.proportions import Estimate, Share, difference_in_differences

WINDOW = 30  # the tickets of that kind before the course, and the next ones after it
LEAST = 10  # of the person on either side
LEAST_OTHERS = 20  # of colleagues on either side


class Verdict(StrEnum):
    """What can honestly be said."""

    TOO_FEW = "too_few"
    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not_shown"  # the interval holds nought


@dataclass(frozen=True, slots=True)
class Effect:
    """`estimate`: how many points more the person's share moved than the colleagues' did."""

    verdict: Verdict
    before: Share
    after: Share
    others_before: Share
    others_after: Share
    estimate: Estimate | None = None


def measured(before: Share, after: Share, others_before: Share, others_after: Share) -> Effect:
    """The effect with its interval of 95 %, or that there are too few tickets to say."""
    shares = (before, after, others_before, others_after)
    few = min(before.n, after.n) < LEAST or min(others_before.n, others_after.n) < LEAST_OTHERS
    if few:
        return Effect(Verdict.TOO_FEW, *shares)
    found = difference_in_differences(*shares)
    verdict = Verdict.NOT_SHOWN
    if found.low > 0:
        verdict = Verdict.BETTER
    elif found.high < 0:
        verdict = Verdict.WORSE
    return Effect(verdict, *shares, estimate=found)
