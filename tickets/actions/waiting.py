"""Waiting for the customer: the resolution clock stands still; the five minutes never do (W3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams.models import User
from teams.roles import Can
from tickets.actions._row import given, locked, save, theirs
from tickets.models import Ticket, Waiting
from tickets.models.choices import PAUSES

FIELDS = ("waiting_on", "waiting_reason", "waiting_since")


@transaction.atomic
def wait(
    ticket_id: int, *, by: User, reason: str, now: datetime, for_: str = Waiting.CUSTOMER
) -> Ticket:
    """Pause what the policy pauses until somebody is back: the customer, a third party, or the
    regulator (`for_`); `reason` says what for.

    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`reason`; `for`: an expert is waited
    for by hand-over), RefusedError (not open now, or somebody else's).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    if for_ not in PAUSES:
        raise InvalidError("for", _("Wait for the customer; an expert is asked by hand-over."))
    theirs(ticket, by=by)
    reason = given("reason", reason, _("Enter what you wait for."))
    ticket.move("wait")
    ticket.waiting_on, ticket.waiting_reason = Waiting(for_), reason[:200]
    ticket.waiting_since = now
    save(ticket, *FIELDS, by=by, now=now)
    record("ticket.waiting", "ticket", ticket.pk, by=by, now=now, reason=reason[:200], on=for_)
    return ticket


@transaction.atomic
def resume(ticket_id: int, *, by: User, now: datetime) -> Ticket:
    """Work goes on: the resolution deadline moves by the open time that was waited.

    Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (nothing is waited for).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    theirs(ticket, by=by)
    ticket.move("resume")
    end_wait(ticket)
    save(ticket, *FIELDS, by=by, now=now)
    record("ticket.resumed", "ticket", ticket.pk, by=by, now=now)
    return ticket


def end_wait(ticket: Ticket) -> None:
    """End what the ticket waits for, in memory."""
    ticket.waiting_on, ticket.waiting_reason, ticket.waiting_since = Waiting.NOBODY, "", None
