"""What the beat does about questions that end without the customer's link (W4, F1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from csservice.ledger.models import Entry
from feedback.models import Invitation, Response, rated_through_staff
from tickets import actions as tickets
from tickets.models import Ticket

LOOK_BACK = timedelta(days=30)  # how long the beat may be away without an answer being missed


@transaction.atomic
def expire(*, now: datetime, limit: int) -> int:
    """End up to `limit` links that ran out, on the ticket too. Returns how many were looked at.

    Rows that somebody holds are skipped; the next beat looks again.
    """
    rows = Invitation.objects.run_out(now).select_for_update(of=("self",), skip_locked=True)
    invitations = list(rows[:limit])
    held = _hold(invitations)
    for row in invitations:
        how = row.ending(held[row.ticket_id], now=now)
        if how == Invitation.End.EXPIRED:
            tickets.expire_satisfaction(row.ticket_id, now=now)
        row.finish(how, now=now)
    Invitation.objects.bulk_update(invitations, ["end", "ended_at"])
    return len(invitations)


@transaction.atomic
def overtake(*, now: datetime, limit: int) -> int:
    """End the links of up to `limit` tickets that were reopened, or answered or refused otherwise.

    Returns how many were looked at.
    """
    rows = Invitation.objects.overtaken().select_for_update(of=("self",), skip_locked=True)
    invitations = list(rows[:limit])
    held = _hold(invitations)
    for row in invitations:
        how = row.ending(held[row.ticket_id], now=now)
        if how == Invitation.End.WITHDRAWN and _rescue(row):
            how = Invitation.End.ANSWERED
        row.finish(how, now=now)
    Invitation.objects.bulk_update(invitations, ["end", "ended_at"])
    return len(invitations)


@transaction.atomic
def collect(*, now: datetime, limit: int) -> int:
    """Keep up to `limit` answers that specialists recorded on the ticket as responses (F1).

    Returns how many were looked at. Of two beats beside each other one writes the row.
    """
    rows = rated_through_staff(now - LOOK_BACK).select_for_update(of=("self",), skip_locked=True)
    keys = list(rows.values_list("pk", flat=True)[:limit])
    rated = list(rated_through_staff(now - LOOK_BACK).filter(pk__in=keys))
    Response.objects.bulk_create(_response(ticket) for ticket in rated)
    return len(keys)


def _response(ticket: Ticket) -> Response:
    """An answered ticket has its score and time (ticket_answered_has_a_score_of_1_to_5)."""
    return Response(
        ticket=ticket,
        round=ticket.reopens,
        score=ticket.score or 0,
        comment=ticket.comment,
        via=ticket.answered_via,
        at=ticket.satisfaction_at or ticket.changed_at,
    )


def _hold(invitations: list[Invitation]) -> dict[int, Ticket]:
    """Their tickets, locked, in the order of their numbers, so that two beats cannot cross."""
    keys = sorted({row.ticket_id for row in invitations})
    rows = Ticket.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    return {ticket.pk: ticket for ticket in rows}


def _rescue(invitation: Invitation) -> bool:
    """Whether the service was rated before the ticket was reopened; then the answer is kept.

    `collect` may have come too late for it: the ticket forgot the score when it was reopened. The
    ledger did not; only the comment is gone.
    """
    rated = (
        Entry.objects.about("ticket", invitation.ticket_id)
        .filter(kind__in=["feedback.received", "ticket.reopened"], at__gte=invitation.asked_at)
        .first()
    )
    if rated is None or rated.kind == "ticket.reopened":
        return False
    Response.objects.get_or_create(
        ticket_id=invitation.ticket_id,
        round=invitation.round,
        defaults={"score": rated.data["score"], "via": rated.data["via"], "at": rated.at},
    )
    return True
