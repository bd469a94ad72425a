"""The promises to a customer: five minutes to a first answer (W1, K2), a time to resolve. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from teams.hours import Hours, deadline, elapsed

FIRST_RESPONSE_S = 300
RESOLVE_S = {"high": 4 * 3600, "normal": 10 * 3600, "low": 30 * 3600}
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
        """Seconds left at which the clock turns soon, and urgent; the browser counts by them."""
        if self.metric == "first_response":
            return self.target_s // 2, self.target_s // 5
        if self.metric == "resolution":
            return self.target_s // 4, max(1800, self.target_s // 10)
        return self.target_s // 4, self.target_s // 10


def first_response(
    *,
    received_at: datetime,
    due: datetime,
    responded_at: datetime | None,
    target_s: int = FIRST_RESPONSE_S,
    took_s: int | None = None,
    now: datetime,
) -> Chip:
    """The five-minute clock (W1). The last instant still keeps it.

    `took_s`: open seconds that the answer took by its clock; without them the wall clock counts.
    """
    if responded_at is not None:
        state = "met" if responded_at <= due else "missed"
        taken = responded_at - due
        if state == "met":
            taken = _taken(received_at, due, responded_at, target_s)
        seconds = _spent(state, took_s, target_s, taken)
        return Chip("first_response", state, due, seconds, target_s)
    left = _left(due, now)
    chip = Chip("first_response", "ok", due, left, target_s)
    return replace(chip, state=_running(left, *chip.thresholds))


def next_response(*, due: datetime, target_s: int, now: datetime) -> Chip:
    """The clock of what the customer wrote since the last answer; it runs, or there is none."""
    return running("next_response", due=due, target_s=target_s, now=now)


def running(metric: str, *, due: datetime, target_s: int, now: datetime) -> Chip:
    """A clock of any metric that runs."""
    left = _left(due, now)
    chip = Chip(metric, "ok", due, left, target_s)
    return replace(chip, state=_running(left, *chip.thresholds))


def _taken(
    received_at: datetime, due: datetime, responded_at: datetime, target_s: int
) -> timedelta:
    """How long an answer in time took: of a contact that came while closed, since the opening."""
    opened = due - timedelta(seconds=target_s)
    return responded_at - (max(received_at, opened) if responded_at >= opened else received_at)


def _spent(state: str, took_s: int | None, target_s: int, wall: timedelta) -> int:
    """Open seconds taken (met) or over (missed); of a ticket without clocks, those of the wall."""
    if took_s is None:
        return max(0, int(wall.total_seconds()))
    return took_s if state == "met" else max(0, took_s - target_s)


def _left(due: datetime, now: datetime) -> int:
    """Whole seconds to the deadline, as the clock shows them; negative once it is past."""
    return int((due - now).total_seconds() // 1)


def resolution(
    *,
    received_at: datetime,
    due: datetime,
    resolved_at: datetime | None,
    paused: bool,
    target_s: int,
    took_s: int | None = None,
    now: datetime,
) -> Chip:
    """The clock of the resolution; it stands still while the customer is waited for.

    `took_s`: as of the first response.
    """
    if resolved_at is not None:
        state = "met" if resolved_at <= due else "missed"
        since = received_at if state == "met" else due
        seconds = _spent(state, took_s, target_s, resolved_at - since)
        return Chip("resolution", state, due, seconds, target_s)
    left = _left(due, now)
    chip = Chip("resolution", "paused", due, left, target_s)
    return chip if paused else replace(chip, state=_running(left, *chip.thresholds))


def _running(left: int, soon: int, urgent: int) -> str:
    """By the seconds that are shown, so that words and state never disagree."""
    if left < 0:
        return "late"
    if left <= urgent:
        return "urgent"
    return "soon" if left <= soon else "ok"
