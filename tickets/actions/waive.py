"""A broken promise that nobody could keep: waived by two people, and still a fact (rule 14)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions._clocks import Clocks
from tickets.actions._row import given, locked, save
from tickets.clock import Kind, Metric
from tickets.models import Clock, ClockEvent, Ticket


@transaction.atomic
def waive(ticket_id: int, *, by: User, metric: str, reason: str, now: datetime) -> Ticket:
    """Ask that a broken promise be waived; a second person's call, a manager's, grants it.

    The breach stays on record with its waiver beside it, and both figures are reported.
    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`metric`, `reason`), RefusedError
    (kept, waived already, or it was `by` who asked).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    ticket.move("waive")
    reason = given("reason", reason, _("Enter why nobody could keep it."))[:300]
    clocks = Clocks.of(ticket, now=now, by=by)
    row = _broken(clocks, metric)
    asked = row.events.filter(kind=Kind.ASK_WAIVER).order_by("pk").last()
    if asked is None:
        clocks.add(row, Kind.ASK_WAIVER, now, reason=reason)
        row.waiver_asked_at = now
        kind = "clock.waiver_asked"
    else:
        _second(asked, by=by)
        clocks.add(row, Kind.WAIVE, now, reason=reason, asked_by=asked.by_id)
        row.waived_at = now
        kind = "clock.waived"
    clocks.write()
    save(ticket, by=by, now=now)
    record(kind, "ticket", ticket.pk, by=by, now=now, metric=metric, cycle=row.cycle, reason=reason)
    return ticket


def _broken(clocks: Clocks, metric: str) -> Clock:
    """The latest broken clock of `metric`. Raises InvalidError, RefusedError."""
    if metric not in set(Metric):
        raise InvalidError("metric", _("Choose one of the ticket's promises."))
    rows = [row for row in clocks.rows if row.metric == metric]
    broken = [
        row
        for row in rows
        if row.breached_at
        or (state := clocks.state(row)).breached_at(clocks.hours_of(state.calendar), clocks.now)
    ]
    if not broken:
        raise RefusedError(_("This promise was not broken, so there is nothing to waive."))
    if broken[-1].waived_at is not None:
        raise RefusedError(_("This broken promise is waived already."))
    return broken[-1]


def _second(asked: ClockEvent, *, by: User) -> None:
    """Four eyes. Raises RefusedError, PermissionDenied."""
    if asked.by_id == by.pk:
        raise RefusedError(_("You asked for it; a second person has to agree."))
    by.must(Can.ASSIGN_TICKETS)
