"""The clock of a promise: a pure function of its own ledger and frozen opening hours (W1, K2).

A clock is one promise of one ticket: a metric in a cycle. It starts once; whatever happens to it is
an event after that, and none is ever changed. `replay` reads the events into a State, which answers
every question: when it is due, what was spent and by whom, whether the promise was broken and when.
Seconds are open seconds of the hours that the clock is counted in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from teams.hours import Hours, deadline, elapsed


class Metric(StrEnum):
    """What is promised. Each has a clock of its own; none overrules another."""

    FIRST_RESPONSE = "first_response"  # a human answer after reception (W1); never pauses
    NEXT_RESPONSE = "next_response"  # an answer to what the customer wrote since
    UPDATE = "update"  # word from us, at least this often, while the customer waits
    RESOLUTION = "resolution"  # the matter settled (W3)
    ACCEPTANCE = "acceptance"  # the expert takes over, or returns it (N4)
    COMPLAINT_ACK = "complaint_ack"  # the complaint acknowledged
    COMPLAINT_FINAL = "complaint_final"  # the final letter


COMPLAINTS = frozenset({Metric.COMPLAINT_ACK, Metric.COMPLAINT_FINAL})  # a pack's, no policy's


class Kind(StrEnum):
    """What can happen to a clock. START is the clock's own row, all others are events."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    MEET = "meet"
    UNMEET = "unmeet"  # the answer never reached the customer
    WARN = "warn"
    HAND_ON = "hand_on"
    ESCALATE = "escalate"  # a rung of the ladder is told; also after the breach
    BREACH = "breach"  # said to somebody; that it happened is a question of time alone
    ASK_WAIVER = "ask_waiver"
    WAIVE = "waive"  # by a second person
    CANCEL = "cancel"
    RESTORE = "restore"  # what was cancelled by mistake runs on as if it had not been
    REOPEN = "reopen"  # the ticket was opened again and the promise goes on; not since it was met
    CHECK = "check"  # it has stood still for so long that somebody should look
    RETARGET = "retarget"
    OWN = "own"


UNDONE = {Kind.UNMEET: "met", Kind.RESTORE: "cancelled", Kind.REOPEN: "met"}
CHECK_AFTER = timedelta(days=3)  # of the calendar, for a pause is not counted in open time


class Mode(StrEnum):
    """How a running clock takes a changed policy or calendar."""

    CARRY = "carry"  # what was spent counts against the new target
    FRESH = "fresh"  # the new target from now on
    RECOMPUTE = "recompute"  # as if the new target and hours had held from the start


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a clock's ledger. `at`: when it took effect, aware UTC.

    `data` of START and RETARGET: `target_s`, `calendar` (a version's key), of RETARGET also `mode`;
    of PAUSE `reason`; of START and OWN `owner`, `group`.
    """

    kind: Kind
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


Spans = tuple[tuple[datetime, datetime], ...]
HoursOf = Callable[[int], Hours]


@dataclass(frozen=True, slots=True)
class State:
    """A clock as its ledger leaves it.

    `carried_s`: open seconds spent before the last carried retarget; `spans`: the stretches it ran
    since then, `all_spans`: since its start; `since`: it has been running from then on.
    """

    started_at: datetime
    target_s: float
    calendar: int
    since: datetime | None
    carried_s: float = 0
    spans: Spans = ()
    all_spans: Spans = ()
    paused_for: str = ""
    met_at: datetime | None = None
    cancelled_at: datetime | None = None
    broken_at: datetime | None = None  # found broken when it was retargeted
    inherited: bool = False
    waived: bool = False

    @property
    def ended(self) -> bool:
        return self.met_at is not None or self.cancelled_at is not None

    @property
    def name(self) -> str:
        """running, paused, met or cancelled."""
        if self.ended:
            return "met" if self.met_at else "cancelled"
        return "running" if self.since else "paused"

    def spent_s(self, hours: Hours, at: datetime | None = None) -> float:
        """Open seconds counted until `at`, which is not before the last event."""
        run = sum(elapsed(hours, start, end) for start, end in self.spans)
        if self.since and at:
            run += elapsed(hours, self.since, at)
        return self.carried_s + run

    def reaches(self, hours: Hours, seconds: float) -> datetime | None:
        """When `seconds` are or were spent; None while it stands and has not come that far."""
        left = seconds - self.carried_s
        if left <= 0:
            return self._since_carried
        for start, end in self.spans:
            run = elapsed(hours, start, end)
            if run >= left:
                return deadline(hours, start, left)
            left -= run
        return deadline(hours, self.since, left) if self.since else None

    @property
    def _since_carried(self) -> datetime | None:
        return self.spans[0][0] if self.spans else self.since

    def due_at(self, hours: Hours) -> datetime | None:
        """The last instant that keeps the promise, or would have; None while paused in time."""
        return (_run_on(self) if self.ended else self).reaches(hours, self.target_s)

    def breached_at(self, hours: Hours, now: datetime) -> datetime | None:
        """The instant the promise broke, if it has by `now`. The last instant still keeps it."""
        if self.broken_at is not None:
            return self.broken_at
        end = self.met_at or self.cancelled_at or now
        due = self.due_at(hours)
        return due if due is not None and due < end else None

    def if_resumed(self, hours: Hours, at: datetime) -> datetime | None:
        """The deadline if a paused clock went on at `at`."""
        return replace(self, since=at, paused_for="").due_at(hours) if not self.since else None


def replay(start: Event, events: Iterable[Event], hours_of: HoursOf) -> State:
    """The state of a clock. Events are in the order they were written.

    What cannot happen to it any more changes nothing: an answered clock is not paused (answer and
    pause in one save), a cancelled one not met.
    """
    state = State(
        started_at=start.at,
        target_s=start.data["target_s"],
        calendar=start.data["calendar"],
        since=start.at,
    )
    for event in events:
        state = after(state, event, hours_of)
    return state


def after(state: State, event: Event, hours_of: HoursOf) -> State:
    """The state when `event` has happened too."""
    match event.kind:
        case Kind.PAUSE if state.since and not state.ended:
            return replace(_stopped(state, event.at), paused_for=event.data.get("reason", "-"))
        case Kind.RESUME if not state.since and not state.ended:
            return replace(state, since=event.at, paused_for="")
        case Kind.MEET if not state.ended:
            return replace(_stopped(state, event.at), met_at=event.at)
        case Kind.CANCEL if not state.ended:
            return replace(_stopped(state, event.at), cancelled_at=event.at)
        case Kind.UNMEET | Kind.RESTORE | Kind.REOPEN if state.name == UNDONE[event.kind]:
            return _undone(state, event)
        case Kind.WAIVE:
            return replace(state, waived=True)
        case Kind.RETARGET if not state.ended:
            return _retargeted(state, event, hours_of)
    return state


def _stopped(state: State, at: datetime) -> State:
    """No longer running from `at` on."""
    if state.since is None:
        return state
    ran = ((state.since, max(at, state.since)),)
    return replace(
        state, since=None, spans=state.spans + ran, all_spans=state.all_spans + ran, paused_for=""
    )


def _undone(state: State, event: Event) -> State:
    """Running again: opened again from then on, the time in between not counted (rule 12);
    else as if it had never ended."""
    if event.kind is Kind.REOPEN:
        return replace(state, met_at=None, since=event.at)
    return _run_on(state)


def _run_on(state: State) -> State:
    """As if it had never been met: the time since counts, for the customer has no answer."""
    end = state.met_at or state.cancelled_at
    if not state.spans or state.spans[-1][1] != end:
        return replace(state, met_at=None, cancelled_at=None)
    return replace(
        state,
        met_at=None,
        cancelled_at=None,
        since=state.spans[-1][0],
        spans=state.spans[:-1],
        all_spans=state.all_spans[:-1],
    )


def _retargeted(state: State, event: Event, hours_of: HoursOf) -> State:
    """Counted by another target and other hours from `event.at` on.

    A promise that had been broken before stays so. One that is broken only because the target
    became shorter than what was spent is broken at that instant, and inherited: nobody's fault.
    """
    old, at = hours_of(state.calendar), event.at
    broken = state.breached_at(old, at)
    new = replace(
        state, target_s=event.data["target_s"], calendar=event.data["calendar"], broken_at=broken
    )
    hours, running = hours_of(new.calendar), state.since is not None
    match Mode(event.data.get("mode", Mode.CARRY)):
        case Mode.CARRY:
            stopped = _stopped(new, at)
            new = replace(
                stopped, carried_s=state.spent_s(old, at), spans=(), since=at if running else None
            )
        case Mode.FRESH:
            stopped = _stopped(new, at)
            new = replace(stopped, carried_s=0, spans=(), since=at if running else None)
        case Mode.RECOMPUTE:
            new = replace(new, carried_s=0, spans=new.all_spans)
    new = replace(new, paused_for=state.paused_for)
    if broken is None and new.spent_s(hours, at) > new.target_s:
        return replace(new, broken_at=at, inherited=True)
    return new


def booked(
    start: Event, events: Iterable[Event], hours_of: HoursOf, now: datetime
) -> dict[tuple[int | None, int | None], float]:
    """Open seconds by (owner, group) at that time; together they are what was spent."""
    known = [start, *events]
    state = replay(start, known[1:], hours_of)
    ran = state.all_spans + (((state.since, now),) if state.since else ())
    hours = hours_of(state.calendar)
    owned = [event for event in known if event.kind in {Kind.START, Kind.OWN}]
    ends = [event.at for event in owned[1:]] + [now]
    found: defaultdict[tuple[int | None, int | None], float] = defaultdict(float)
    for event, end in zip(owned, ends, strict=True):
        seconds = sum(elapsed(hours, max(a, event.at), min(b, end)) for a, b in ran)
        if seconds:
            found[event.data.get("owner"), event.data.get("group")] += seconds
    return dict(found)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be said when a clock has run `seconds`: a warning, the hand-on, the breach."""

    seconds: float
    kind: Kind
    to: str = ""  # of ESCALATE: the rung


def pending(
    state: State,
    marks: Iterable[Mark],
    hours: Hours,
    *,
    told_s: float,
    breached: bool,
    checked: datetime | None = None,
) -> list[tuple[datetime, Mark]]:
    """What is still to be said, each with its instant, in order; nothing of a clock that ended.

    `told_s`: marks up to there were said; `breached`: so was the breach. The breach is due right
    after the last instant that keeps the promise. A pause of CHECK_AFTER asks for a check, once;
    `checked`: when one was asked for last.
    """
    if state.ended:
        return []
    found = [
        (at, mark)
        for mark in sorted(marks, key=lambda mark: mark.seconds)
        if told_s < mark.seconds
        and (mark.seconds < state.target_s or mark.kind is Kind.ESCALATE)
        and (at := state.reaches(hours, mark.seconds))
    ]
    due = state.broken_at or state.due_at(hours)
    if due is not None and not breached:
        found.append((due, Mark(state.target_s, Kind.BREACH)))
    if state.paused_for and state.all_spans:
        stopped = state.all_spans[-1][1]
        if checked is None or checked < stopped:
            found.append((stopped + CHECK_AFTER, Mark(-len(state.all_spans), Kind.CHECK, "owner")))
    return sorted(found, key=lambda said: (said[0], said[1].seconds))


# ---- as data: the snapshot a row keeps beside its events -------------------------------------
MOMENTS = ("started_at", "since", "met_at", "cancelled_at", "broken_at")
PLAIN = ("target_s", "calendar", "carried_s", "paused_for", "inherited", "waived")
STRETCHES = ("spans", "all_spans")


def to_data(state: State) -> dict[str, Any]:
    """The state as JSON, without what is empty."""
    said = {name: getattr(state, name) for name in PLAIN if getattr(state, name)}
    for name in MOMENTS:
        if (moment := getattr(state, name)) is not None:
            said[name] = moment.isoformat()
    for name in STRETCHES:
        if spans := getattr(state, name):
            said[name] = [[start.isoformat(), end.isoformat()] for start, end in spans]
    return said


def from_data(said: Mapping[str, Any]) -> State:
    """The state that `to_data` wrote."""
    read: dict[str, Any] = {"since": None, "calendar": 0, **said}
    for name in MOMENTS:
        if read.get(name):
            read[name] = datetime.fromisoformat(read[name])
    for name in STRETCHES:
        read[name] = tuple(
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in read.get(name, ())
        )
    return State(**read)


def begun(start: Event) -> State:
    """The state of a clock that has just started."""
    return replay(start, (), _nothing)


def _nothing(calendar: int) -> Hours:
    raise LookupError(calendar)
