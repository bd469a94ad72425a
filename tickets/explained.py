"""How a clock came to say what it says: counted days, pauses, changes, whose time. Pure (rule 19).

Numbers and instants only; `clock_words` says them. The arithmetic is that of `clock` and `counted`:
what was carried over and the seconds of all days are the target, whenever there is a deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from teams.counted import CountedDay, counted, unknown_years
from teams.hours import DAY_S, Hours, Window, elapsed
from tickets import clock
from tickets.clock import Event, HoursOf, Kind, Mode, Spans, State

SaidOf = Callable[[int], Mapping[str, Any]]
ALWAYS = 0  # the key where every second counts
EVERY_SECOND = Hours.always("UTC")
ALWAYS_SAID: Mapping[str, Any] = {"tz": "UTC", "names": {}, "years": {}, "country": ""}


@dataclass(frozen=True, slots=True)
class Pause:
    """It stood still for `reason` until `end` (None: it still does); so many open `seconds`."""

    start: datetime
    end: datetime | None
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Retarget:
    """Another promise or other hours from `at` on, and what had been spent by then on which days.

    `before` and `after`: the target in seconds; the calendars by their versions' keys.
    """

    at: datetime
    mode: Mode
    before: float
    after: float
    calendar_before: int
    calendar_after: int
    spent_s: float
    days: tuple[CountedDay, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Open seconds of a person and a group (rule 15)."""

    owner: int | None
    group: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock at `now`.

    `due_at`: the last instant that keeps the promise; of a clock that stands still in time, what it
    would be if it went on now (`if_resumed`). `days` are counted by `calendar` from `counted_from`
    (the start, or the last change that carried over or began anew) until `due_at`, `closed` the
    days in between on which nothing is open. `left_s` is negative when more was spent.
    """

    metric: str
    cycle: int
    started_at: datetime
    target_s: float
    calendar: int
    tz: str
    always: bool
    state: str
    due_at: datetime | None
    if_resumed: bool
    spent_s: float
    left_s: float
    ended_at: datetime | None
    breached_at: datetime | None
    inherited: bool
    waived: bool
    counted_from: datetime
    carried_s: float
    days: tuple[CountedDay, ...]
    closed: tuple[CountedDay, ...]
    pauses: tuple[Pause, ...]
    retargets: tuple[Retarget, ...]
    booked: tuple[Share, ...]
    unknown_years: tuple[int, ...]


def explain(
    start: Event,
    events: Iterable[Event],
    hours_of: HoursOf,
    said_of: SaidOf,
    now: datetime,
    *,
    metric: str,
    cycle: int,
) -> Explanation:
    """The clock of `start` and its events, which are in the order they were written.

    `said_of`: `CalendarVersion.known()` of a version's key, `hours_of` its hours. `now` is not
    before the last event. Raises what they raise.
    """
    ledger = list(events)
    walk = _Walk(start, hours_of, said_of)
    for event in ledger:
        walk.step(event)
    state, hours, said = walk.state, hours_of(walk.state.calendar), said_of(walk.state.calendar)
    due, resumed = state.due_at(hours), False
    if due is None and not state.ended:
        due, resumed = state.if_resumed(hours, now), True
    spans = _spans(state, due, now)
    days, closed = _counted(said, hours, spans)
    spent = state.spent_s(hours, now)
    return Explanation(
        metric=metric,
        cycle=cycle,
        started_at=state.started_at,
        target_s=state.target_s,
        calendar=state.calendar,
        tz=hours.tz,
        always=_always(hours),
        state=state.name,
        due_at=due,
        if_resumed=resumed,
        spent_s=spent,
        left_s=state.target_s - spent,
        ended_at=state.met_at or state.cancelled_at,
        breached_at=state.breached_at(hours, now),
        inherited=state.inherited,
        waived=state.waived,
        counted_from=walk.counted_from,
        carried_s=state.carried_s,
        days=days,
        closed=closed,
        pauses=walk.paused_until(now),
        retargets=tuple(walk.retargets),
        booked=_booked(start, ledger, hours_of, now),
        unknown_years=tuple(sorted({y for a, b in spans for y in unknown_years(said, a, b)})),
    )


@dataclass(slots=True)
class _Walk:
    """The ledger read once more, for what the state itself does not keep."""

    start: Event
    hours_of: HoursOf
    said_of: SaidOf
    state: State = field(init=False)
    counted_from: datetime = field(init=False)
    pauses: list[Pause] = field(default_factory=list)
    retargets: list[Retarget] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state, self.counted_from = clock.begun(self.start), self.start.at

    def step(self, event: Event) -> None:
        before = self.state
        self.state = clock.after(before, event, self.hours_of)
        if event.kind is Kind.RETARGET and not before.ended:
            self._retarget(before, event)
        if event.kind is Kind.REOPEN and before.met_at and not self.state.ended:
            hours = self.hours_of(before.calendar)
            between = elapsed(hours, before.met_at, event.at)
            self.pauses.append(Pause(before.met_at, event.at, "ended", between))
        stood, stands = _stands(before), _stands(self.state)
        if stands and not stood:
            self.pauses.append(Pause(event.at, None, self.state.paused_for, 0))
        elif stood and not stands:
            self._resume(before, event.at)

    def _retarget(self, before: State, event: Event) -> None:
        hours, mode = self.hours_of(before.calendar), Mode(event.data.get("mode", Mode.CARRY))
        days, _closed = _counted(self.said_of(before.calendar), hours, _run(before, event.at))
        self.retargets.append(
            Retarget(
                at=event.at,
                mode=mode,
                before=before.target_s,
                after=self.state.target_s,
                calendar_before=before.calendar,
                calendar_after=self.state.calendar,
                spent_s=before.spent_s(hours, event.at),
                days=days,
            )
        )
        self.counted_from = self.start.at if mode is Mode.RECOMPUTE else event.at

    def _resume(self, before: State, at: datetime) -> None:
        pause, hours = self.pauses[-1], self.hours_of(before.calendar)
        self.pauses[-1] = replace(pause, end=at, seconds=elapsed(hours, pause.start, at))

    def paused_until(self, now: datetime) -> tuple[Pause, ...]:
        """All pauses; the last one may still go on."""
        if not _stands(self.state):
            return tuple(self.pauses)
        hours, last = self.hours_of(self.state.calendar), self.pauses[-1]
        open_s = elapsed(hours, last.start, now)
        return (*self.pauses[:-1], replace(last, seconds=open_s))


def _stands(state: State) -> bool:
    return not state.ended and state.since is None


def _run(state: State, until: datetime) -> Spans:
    """The stretches that the clock ran since the last change that carried over."""
    return state.spans + (((state.since, until),) if state.since else ())


def _spans(state: State, due: datetime | None, now: datetime) -> Spans:
    """The stretches until the deadline: what it ran, and what it has to run or would have had."""
    if due is None:
        return state.spans
    spans, ended = state.spans, state.met_at or state.cancelled_at
    if state.since or not state.ended:
        spans += ((state.since or now, due),)
    elif spans and spans[-1][1] == ended:
        spans = (*spans[:-1], (spans[-1][0], due))
    return tuple((a, min(b, due)) for a, b in spans if a < min(b, due))


def _counted(
    said: Mapping[str, Any], hours: Hours, spans: Spans
) -> tuple[tuple[CountedDay, ...], tuple[CountedDay, ...]]:
    """(days with a counted second, days on which nothing is open) of `spans`, each day once."""
    found: dict[date, CountedDay] = {}
    for start, end in spans:
        for day in counted(said, hours, start, end):
            known = found.get(day.on)
            found[day.on] = _joined(known, day) if known else day
    days = sorted(found.values(), key=lambda day: day.on)
    closed = (day for day in days if not day.seconds and not hours.on(day.on))
    return tuple(day for day in days if day.seconds), tuple(closed)


def _joined(a: CountedDay, b: CountedDay) -> CountedDay:
    return replace(a, stretches=a.stretches + b.stretches, seconds=a.seconds + b.seconds)


def _always(hours: Hours) -> bool:
    """Open at every second of every day."""
    whole = [Window(0, DAY_S)]
    return not hours.days and all(list(hours.week.get(day, ())) == whole for day in range(7))


def _booked(
    start: Event, events: Iterable[Event], hours_of: HoursOf, now: datetime
) -> tuple[Share, ...]:
    found = clock.booked(start, events, hours_of, now)
    return tuple(Share(owner, group, seconds) for (owner, group), seconds in found.items())
