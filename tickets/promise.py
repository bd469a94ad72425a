"""The promises to a customer: five minutes to a first answer (W1, K2), a time to resolve. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from teams.hours import Hours, deadline, elapsed

FIRST_RESPONSE_S = 300
RESOLVE_S = {"high": 4 * 3600, "normal": 10 * 3600, "low": 30 * 3600}
SOON_S, URGENT_S = 150, 60
ASK_FOR = timedelta(days=14)  # how long the link for satisfaction lives
REOPEN_FOR = timedelta(days=14)


def substantive(text: str) -> bool:
    """Whether a text can be an answer: two letters or digits of any script at least (W1)."""
    return sum(sign.isalnum() for sign in text) >= 2


def respond_by(hours: Hours, received_at: datetime) -> datetime:
    """The last instant that keeps the five minutes (W1): 300 s of open time after reception."""
    return deadline(hours, received_at, FIRST_RESPONSE_S)


def resolve_by(hours: Hours, received_at: datetime, priority: str) -> datetime:
    """When the ticket should be resolved: RESOLVE_S of open time after reception."""
    return deadline(hours, received_at, RESOLVE_S[priority])


def moved_by_pause(
    hours: Hours, due: datetime, *, paused_at: datetime, resumed_at: datetime
) -> datetime:
    """A deadline after a pause: what was left of it in open time, counted from `resumed_at`.

    A deadline that had passed before the pause stays where it was.
    """
    if paused_at >= due:
        return due
    return deadline(hours, resumed_at, elapsed(hours, paused_at, due))


@dataclass(frozen=True, slots=True)
class Chip:
    """One clock as it is shown. `state`: ok soon urgent late met missed paused.

    `due`: the instant that the browser counts to, while the clock runs. `seconds`: how long the
    answer took (met), how late it came (missed), or how far away the deadline is (negative: past).
    """

    metric: str
    state: str
    due: datetime
    seconds: int
    target_s: int

    @property
    def thresholds(self) -> tuple[int, int]:
        """Seconds left at which the clock turns soon, and urgent; the browser counts by them too."""
        if self.metric == "first_response":
            return SOON_S, URGENT_S
        return self.target_s // 4, max(1800, self.target_s // 10)


def first_response(
    *, received_at: datetime, due: datetime, responded_at: datetime | None, now: datetime
) -> Chip:
    """The five-minute clock (W1). The last instant still keeps it."""
    if responded_at is not None:
        state = "met" if responded_at <= due else "missed"
        since = received_at if state == "met" else due
        taken = max(0, int((responded_at - since).total_seconds()))
        return Chip("first_response", state, due, taken, FIRST_RESPONSE_S)
    left = (due - now).total_seconds()
    return Chip(
        "first_response", _running(left, SOON_S, URGENT_S), due, int(left // 1), FIRST_RESPONSE_S
    )


def resolution(
    *,
    received_at: datetime,
    due: datetime,
    resolved_at: datetime | None,
    paused: bool,
    priority: str,
    now: datetime,
) -> Chip:
    """The clock of the resolution; it stands still while the customer is waited for."""
    target = RESOLVE_S[priority]
    if resolved_at is not None:
        state = "met" if resolved_at <= due else "missed"
        since = received_at if state == "met" else due
        return Chip(
            "resolution", state, due, max(0, int((resolved_at - since).total_seconds())), target
        )
    left = (due - now).total_seconds()
    if paused:
        return Chip("resolution", "paused", due, int(left // 1), target)
    soon, urgent = target // 4, max(1800, target // 10)
    return Chip("resolution", _running(left, soon, urgent), due, int(left // 1), target)


def _running(left: float, soon: int, urgent: int) -> str:
    if left < 0:
        return "late"
    if left <= urgent:
        return "urgent"
    return "soon" if left <= soon else "ok"
