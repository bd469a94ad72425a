"""What clocks have to say when their time comes: warnings, the hand-on, breaches (W1, rule 16)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from csservice.ledger.models import COLUMNS, Entry, line
from csservice.lib.bulk import insert_each, update_each
from teams.models import CalendarVersion
from tickets import clock, complaints, policy
from tickets.actions._escalate import ALERT, alerts
from tickets.actions._policy import EVERY_SECOND
from tickets.actions._projected import Promise, marks_of
from tickets.actions.assign import hand_on
from tickets.clock import Kind, Mark, Metric
from tickets.models import Alert, Clock, ClockEvent, Complaint, SlaPolicyVersion, Ticket

TOLD = ("told_s", "next_at", "flagged_at", "breached_at", "checked_at")
READ = (
    *("ticket", "metric", "cycle", "calendar", "policy", "snapshot", "target_s", "due_at"),
    *("flagged_at", "breached_at", "checked_at", "told_s", "next_at"),
)
LATE_S = 2  # said later than this after its instant, an event is marked late
LATE = json.dumps({"late": True})


EVENT = ("clock_id", "kind", "at", "noted_at", "by_id", "data")


@dataclass
class Told:
    """What one sweep says: values of ClockEvent and of the ledger, and whom the ladder tells."""

    now: datetime
    events: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    rungs: list[tuple[Clock, Mark]] = field(default_factory=list)
    broken: list[Clock] = field(default_factory=list)
    warned: list[Clock] = field(default_factory=list)
    hand_on: list[int] = field(default_factory=list)

    def say(self, row: Clock, at: datetime, mark: Mark) -> None:
        if mark.to:
            self.rungs.append((row, mark))
        if mark.kind is Kind.ESCALATE:
            return  # whom it tells is its record
        late = (self.now - at).total_seconds() > LATE_S
        self.events.append((row.pk, mark.kind.value, at, self.now, None, LATE if late else "{}"))
        if mark.kind is Kind.HAND_ON:
            self.hand_on.append(row.ticket_id)
        if mark.kind is Kind.CHECK:
            row.checked_at = self.now
        if mark.kind is Kind.BREACH:
            said = {"metric": row.metric, "cycle": row.cycle, "due": at.isoformat()}
            key = row.ticket_id
            self.entries.append(line("clock.breached", "ticket", key, now=self.now, **said))


@transaction.atomic
def flag_breaches(*, now: datetime, limit: int) -> int:
    """Say, once each, what clocks have to say by now, up to `limit` of them and what else their
    tickets have. Returns how many were taken: `limit`, when there may be more.

    The cost is of what is due, not of what is open (index clock_to_tell). Tickets that somebody is
    working on right now are skipped: their own save flags them, or the next sweep does. The truth
    of a breach does not depend on this: it is a function of the clock's ledger (rules 1 and 14).
    """
    due = Ticket.objects.with_something_to_tell(now)
    held = due.select_for_update(of=("self",), skip_locked=True)
    found = list(held.values_list("pk", flat=True)[:limit])
    due_rows = Clock.objects.due_to_tell(now).filter(ticket__in=set(found)).only(*READ)
    rows = list(due_rows) if found else []
    told = Told(now)
    _tell(rows, told)
    _write(told)
    for ticket in told.hand_on:
        hand_on(ticket, now=now)
    return len(found)


def _tell(rows: Sequence[Clock], told: Told) -> None:
    calendars = CalendarVersion.objects.in_bulk({row.calendar_id for row in rows} - {None})
    policies = SlaPolicyVersion.objects.in_bulk({row.policy_id for row in rows} - {None})
    cases = {row.ticket_id for row in rows if row.metric in clock.COMPLAINTS}
    packs = dict(
        Complaint.objects.filter(ticket__in=cases).values_list("ticket", "said") if cases else ()
    )
    marks: dict[tuple[Any, ...], list[Mark]] = {}  # of most rows they are the same
    for row in rows:
        hours = calendars[row.calendar_id].hours() if row.calendar_id else EVERY_SECOND
        pack = packs[row.ticket_id] if row.metric in clock.COMPLAINTS else ""
        alike = row.policy_id, row.metric, row.target_s, pack
        if alike not in marks:
            said: Promise = policies[row.policy_id].said() if row.policy_id else policy.BUILT_IN
            marks[alike] = marks_of(row, complaints.layers(pack) if pack else said)
        state = clock.from_data(row.snapshot)
        waiting = clock.pending(
            state,
            marks[alike],
            hours,
            told_s=row.told_s,
            breached=row.flagged_at is not None,
            checked=row.checked_at,
        )
        passed = [(at, mark) for at, mark in waiting if at < told.now]
        gone = any(mark.kind is Kind.BREACH for _at, mark in passed)
        for at, mark in passed:
            if not (gone and mark.kind is Kind.HAND_ON):  # too late to be of use
                told.say(row, at, mark)
        row.told_s = max([row.told_s, *(mark.seconds for _at, mark in passed)])
        row.next_at = next((at for at, _mark in waiting if at >= told.now), None)
        (told.broken if gone else told.warned).append(row)


def _write(told: Told) -> None:
    """A statement a kind of row, whatever their number."""
    now = told.now
    first = [row.ticket_id for row in told.broken if row.metric == Metric.FIRST_RESPONSE]
    for row in told.broken:
        row.flagged_at, row.breached_at = now, row.breached_at or row.due_at
    update_each([*told.broken, *told.warned], TOLD)
    if first:
        Ticket.objects.filter(pk__in=first, breached_at=None).update(
            breached_at=now, changed_at=now, version=F("version") + 1
        )
    insert_each(Alert, ALERT, alerts(told.rungs, now=now), ignore_conflicts=True)
    insert_each(ClockEvent, EVENT, told.events)
    insert_each(Entry, COLUMNS, told.entries)
