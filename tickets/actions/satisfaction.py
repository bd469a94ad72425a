"""How the question for satisfaction ends on the ticket: answered, refused, run out (W4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions._row import locked, save
from tickets.models import AnsweredVia, Satisfaction, Ticket

FIELDS = ("satisfaction", "score", "comment", "answered_via", "satisfaction_at")


@transaction.atomic
def record_satisfaction(
    ticket_id: int, *, by: User | None, score: int, comment: str, via: str, now: datetime
) -> Ticket:
    """Record the customer's answer, 1 very poor to 5 very good, once for each service (W4, K1).

    `by` None: the customer's own link, whose signature the caller has checked.
    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`score`, `channel`), RefusedError
    (not being asked, or already ended).
    """
    if by is not None:
        by.must(Can.WORK_TICKETS)
    ticket = _asked(ticket_id, by=by)
    if score not in range(1, 6):
        raise InvalidError("score", _("Choose a score from 1 to 5."))
    if via not in AnsweredVia.values:
        raise InvalidError("channel", _("Choose how the customer was asked."))
    ticket.satisfaction, ticket.score, ticket.comment = (
        Satisfaction.ANSWERED,
        score,
        comment.strip(),
    )
    ticket.answered_via, ticket.satisfaction_at = via, now
    save(ticket, *FIELDS, by=by, now=now)
    record("feedback.received", "ticket", ticket.pk, by=by, now=now, score=score, via=via)
    return ticket


@transaction.atomic
def refuse_satisfaction(ticket_id: int, *, by: User | None, now: datetime) -> Ticket:
    """Record that the customer does not want to answer: a refusal is an answer too (W4).

    Raises as `record_satisfaction`.
    """
    if by is not None:
        by.must(Can.WORK_TICKETS)
    return _ended(ticket_id, Satisfaction.REFUSED, "feedback.refused", by=by, now=now)


@transaction.atomic
def expire_satisfaction(ticket_id: int, *, now: datetime) -> Ticket:
    """Record that the link ran out without an answer (W4). Raises RefusedError if it had ended."""
    return _ended(ticket_id, Satisfaction.EXPIRED, "feedback.expired", by=None, now=now)


def _asked(ticket_id: int, *, by: User | None) -> Ticket:
    ticket = locked(ticket_id, by=by)
    ticket.move("satisfaction")
    if ticket.satisfaction:
        raise RefusedError(_("The question for satisfaction has already ended."))
    return ticket


def _ended(ticket_id: int, how: str, kind: str, *, by: User | None, now: datetime) -> Ticket:
    ticket = _asked(ticket_id, by=by)
    ticket.satisfaction, ticket.satisfaction_at = how, now
    save(ticket, *FIELDS, by=by, now=now)
    record(kind, "ticket", ticket.pk, by=by, now=now)
    return ticket
