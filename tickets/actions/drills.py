"""The end of a drill's simulated tickets (L4): closed, never surveyed, told of to nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from csservice.ledger.models import record
from teams.models import User
from teams.roles import Can
from tickets.actions._row import save
from tickets.actions.waiting import end_wait
from tickets.models import Alert, Handover, Outcome, Satisfaction, Step, Ticket
from tickets.models.choices import BEGUN, OPEN

FIELDS = (
    *("step", "waiting_on", "waiting_reason", "waiting_since", "handed_to", "handed_to_group"),
    *("outcome", "summary", "resolved_at", "closed_at", "satisfaction", "satisfaction_at"),
    "heard_at",
)


@transaction.atomic
def end_drill(tickets: Iterable[int], *, by: User, now: datetime) -> int:
    """Close what is still open of these drill tickets. Returns how many.

    What was not served ends as withdrawn: no time to resolve is measured of it, and a promise that
    was already broken stays broken. Real tickets are never touched.
    Raises PermissionDenied.
    """
    by.must(Can.RUN_TRAINING)
    mine = Ticket.objects.filter(pk__in=list(tickets), is_drill=True)
    Alert.objects.filter(ticket__in=mine, seen_at=None).update(seen_at=now)  # of no use any more
    rows = mine.filter(step__in=sorted(OPEN))
    done = 0
    for ticket in rows.select_related("customer").order_by("pk").select_for_update(of=("self",)):
        _end(ticket, now=now)
        save(ticket, *FIELDS, by=by, now=now)
        record("ticket.closed", "ticket", ticket.pk, by=by, now=now, drill=True)
        done += 1
    return done


def _end(ticket: Ticket, *, now: datetime) -> None:
    """In memory, by the moves that there are."""
    end_wait(ticket)
    ticket.handed_to = ticket.handed_to_group = None
    Handover.objects.filter(ticket=ticket, accepted_at=None, returned_at=None).update(
        returned_at=now
    )
    if ticket.step != Step.FEEDBACK:
        ticket.move("withdraw" if ticket.step in BEGUN else "resolve")
        ticket.outcome, ticket.resolved_at = Outcome.WITHDRAWN, now
    ticket.heard_at = None
    if not ticket.satisfaction:
        ticket.satisfaction, ticket.satisfaction_at = Satisfaction.EXPIRED, now
    ticket.move("close")
    ticket.closed_at = now
