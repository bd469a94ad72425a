"""The quarter's cycle (L5) and participation (K4): days, reminders, counts. Pure.

Days are days where the institution is; the edge knows the time zone. What stands here was decided
in docs/decisions/0020-quarterly-cycle.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tickets.heat import Quarter as Quarter

DAY = timedelta(days=1)
FORTNIGHT = 14  # days of notice: before the due day, and after a long leave
GRACE = 30  # days beyond the quarter's end for who joins on its last day; less by what is left
LATE_OPENING = 7  # days: an outage this long at a quarter's start moves nobody's due day
FOLLOW = 62  # days after a quarter's end that its people are still looked after
TARGET = 95  # of a hundred who must attend


class Span(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def bounds(quarter: Quarter) -> Span:
    """The first and the last day of a quarter."""
    then = quarter.after()
    first = date(quarter.year, quarter.number * 3 - 2, 1)
    return Span(first, date(then.year, then.number * 3 - 2, 1) - DAY)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day that an instant falls on in a time zone."""
    return at.astimezone(zone).date()


def quarter_of(at: datetime, zone: ZoneInfo) -> Quarter:
    """The quarter that an instant falls into in a time zone."""
    return Quarter.of(day_of(at, zone))


# ---- when it is due ---------------------------------------------------------------------------
def begins(quarter: Quarter, *, joined: date, opened: date) -> date:
    """The day a person's time in the quarter begins, from which `due_day` is reckoned.

    The quarter's first day, or the day they joined if later. A cycle opened more than LATE_OPENING
    days into the quarter, as by a new installation, begins for everybody on the day it was opened.
    """
    first = bounds(quarter).first
    late = opened if (opened - first).days > LATE_OPENING else first
    return max(first, joined, late)


def due_day(quarter: Quarter, *, begin: date, away: Iterable[Span] = ()) -> date:
    """The last day on which the training counts as in time.

    The quarter's last day; for whose time begins later, GRACE days more in proportion to the part
    of the quarter that they missed, so that nobody has fewer than GRACE days. Who is away on that
    day, or comes back from a leave of a fortnight or more shortly before, is due after they are
    back: as many days later as they were away, a fortnight at most.
    """
    whole = bounds(quarter)
    missed = (begin - whole.first).days
    # rounded up, so that the days left and the days given never fall below GRACE
    due = whole.last + -(-GRACE * missed // whole.days) * DAY
    for span in merged(away):
        given = min(FORTNIGHT, span.days)
        if span.first <= due and (span.last >= due or span.days >= FORTNIGHT):
            due = max(due, span.last + given * DAY)
    return due


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same days with neighbours and overlaps joined, in order."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.first <= found[-1].last + DAY:
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def counts_on(quarter: Quarter, due: date, day: date) -> bool:
    """Whether a training on `day` is one of this quarter: inside it, or while it was still due."""
    whole = bounds(quarter)
    return whole.first <= day <= max(whole.last, due)


# ---- reminders --------------------------------------------------------------------------------
class Step(StrEnum):
    """What is said to whom about one due day; each once."""

    FORTNIGHT = "d14"
    WEEK = "d7"
    DAY = "d1"
    MISSED = "missed"
    ESCALATED = "escalated"


# Days from the due day. Both after a miss go on the day after: to the person and to the manager.
OFFSETS: dict[Step, int] = {
    Step.FORTNIGHT: -14,
    Step.WEEK: -7,
    Step.DAY: -1,
    Step.MISSED: 1,
    Step.ESCALATED: 1,
}


class Owed(NamedTuple):
    """A reminder and the day on which it is to go."""

    step: Step
    day: date


def reminders(due: date, *, since: date) -> list[Owed]:
    """Every reminder of a due day, in order; none for days before `since`.

    `since`: the day the person's time began (`begins`). Nobody is reminded of days before it.
    """
    owed = (Owed(step, due + days * DAY) for step, days in OFFSETS.items())
    return [one for one in owed if one.day >= since]


def due_reminders(
    due: date, *, since: date, today: date, sent: Iterable[tuple[str, date]] = ()
) -> tuple[list[Owed], date | None]:
    """Those that are to go by `today` and did not, the oldest first; and the day of the next one.

    `sent`: the steps that went, each with the due day it was about. A notice goes once, also where
    the due day moved since; a miss is told once for each due day that was missed. After an outage
    several are to go at once: each is due, once, and the letter says which came late.
    """
    gone = {(step, due if OFFSETS[Step(step)] < 0 else about) for step, about in sent}
    left = [one for one in reminders(due, since=since) if (one.step, due) not in gone]
    now = [one for one in left if one.day <= today]
    return now, min((one.day for one in left if one.day > today), default=None)


# ---- participation (K4) -----------------------------------------------------------------------
class State(StrEnum):
    """How one person stands in one cycle."""

    ATTENDED = "attended"
    OPEN = "open"
    MISSED = "missed"
    EXCUSED = "excused"
    LEFT = "left"
    LATER = "later"  # due after the quarter, as of a joiner or somebody on leave


def state(
    *,
    last: date,
    due: date,
    today: date,
    attended: bool,
    excused: bool,
    left: date | None,
) -> State:
    """How a person stands on `today` in a cycle whose quarter ends on `last`.

    Who attended, attended, whatever came after. Who left on or before the due day is not required;
    who left after it has missed it.
    """
    if attended:
        return State.ATTENDED
    if excused:
        return State.EXCUSED
    if left is not None and left <= due:
        return State.LEFT
    if due < today:
        return State.MISSED
    return State.LATER if due > last else State.OPEN


@dataclass(frozen=True, slots=True)
class Participation:
    """K4 of any set of people and cycles: a complete count, so there is no interval.

    Required are those who attended, those still to go and those who missed it. Excused, left and
    due later are listed beside it and stand in no share.
    """

    attended: int = 0
    open: int = 0
    missed: int = 0
    excused: int = 0
    left: int = 0
    later: int = 0
    target: int = TARGET

    @property
    def required(self) -> int:
        return self.attended + self.open + self.missed

    @property
    def gaps(self) -> int:
        """Required and not attended: to go or missed."""
        return self.open + self.missed

    @property
    def listed(self) -> int:
        """Everybody, required or not."""
        return self.required + self.excused + self.left + self.later

    @property
    def rate(self) -> float | None:
        """Attended of required, 0 to 1; None where nobody is required."""
        return self.attended / self.required if self.required else None

    @property
    def percent(self) -> int | None:
        """Of a hundred, rounded down so that 100 means all; None where nobody is required."""
        return self.attended * 100 // self.required if self.required else None

    @property
    def to_go(self) -> int:
        """How many more must attend to reach the target; 0 where it is met."""
        wanted = -(-self.target * self.required // 100)
        return max(0, wanted - self.attended)

    @property
    def met(self) -> bool:
        """Whether the target is reached; with nobody required there is nothing to miss."""
        return self.to_go == 0

    def __add__(self, other: Participation) -> Participation:
        """The two sets together, against the target of the first."""
        counts = {str(name): getattr(self, name) + getattr(other, name) for name in State}
        return Participation(**counts, target=self.target)


def participation(states: Iterable[State], *, target: int = TARGET) -> Participation:
    """The count of these states."""
    counted = Counter(str(one) for one in states)
    return Participation(**counted, target=target)


# ---- the matrix -------------------------------------------------------------------------------
NOTHING = "none"  # no place in the cycle
CODES: tuple[str, ...] = (NOTHING, *State)
BITS = 3


def packed(code: str, place: int) -> int:
    """The state of the area at `place` as a part of one number for a person's whole quarter."""
    return CODES.index(code) << (BITS * place)


def unpacked(number: int, areas: Sequence[str]) -> list[str]:
    """The states of the areas, in their order, from the sum of `packed`."""
    return [CODES[(number >> (BITS * place)) & (2**BITS - 1)] for place in range(len(areas))]
