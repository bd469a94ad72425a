"""Whether every clock's columns are what its ledger says (rule 1). Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from teams.hours import Hours
from teams.models import CalendarVersion
from tickets import clock
from tickets.actions._policy import ALWAYS, EVERY_SECOND
from tickets.models import Clock, ClockEvent

BATCH = 1000


def false_clocks(*, now: datetime) -> Iterator[tuple[int, str]]:
    """(key, what differs) of each clock whose columns are not the replay of its events."""
    hours: dict[int, Hours] = {ALWAYS: EVERY_SECOND}
    for version in CalendarVersion.objects.all():
        hours[version.pk] = version.hours()
    last = 0
    while rows := list(Clock.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        events = defaultdict(list)
        for event in ClockEvent.objects.filter(clock__in=rows).order_by("pk"):
            events[event.clock_id].append(event.event)
        for row in rows:
            state = clock.replay(row.start, events[row.pk], hours.__getitem__)
            if difference := _difference(row, state, hours[state.calendar], now):
                yield row.pk, difference


def _difference(row: Clock, state: clock.State, hours: Hours, now: datetime) -> str:
    """The name of the first column that is not what the ledger says; empty when all are."""
    wanted = {
        "state": state.name,
        "target_s": state.target_s,
        "calendar_id": state.calendar or None,
        "ended_at": state.met_at or state.cancelled_at,
        "inherited": state.inherited,
        "snapshot": clock.to_data(state),
    }
    if state.name == "running":
        wanted["due_at"] = state.due_at(hours)
    if row.flagged_at is not None or state.ended:
        wanted["breached_at"] = state.breached_at(hours, now)
    found = [name for name, value in wanted.items() if getattr(row, name) != value]
    return found[0] if found else ""
