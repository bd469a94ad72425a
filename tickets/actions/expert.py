"""Handing a ticket to an expert, with its context and one owner at every time (W3, N4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, Membership, User
from teams.roles import Can
from tickets.actions._row import given, locked, save, theirs
from tickets.actions.waiting import end_wait
from tickets.models import Handover, Ticket, Waiting

FIELDS = (
    *("owner", "group", "handed_to", "handed_to_group"),
    *("waiting_on", "waiting_reason", "waiting_since", "assigned_because"),
)


@transaction.atomic
def hand_over(
    ticket_id: int,
    *,
    by: User,
    to: User | Group,
    reason: str,
    context: str,
    now: datetime,
    seen: int | None = None,
) -> Ticket:
    """Offer the ticket to an expert or a group. The owner stays until it is accepted (W3).

    What the customer already told us travels with it, so nothing is asked twice. The resolution
    clock keeps running. Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError
    (`to`, `reason`), RefusedError (not open now, or somebody else's).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    theirs(ticket, by=by)
    reason = given("reason", reason, _("Enter why you hand it over."))[:300]
    _fit(ticket, to)
    ticket.move("hand_over")
    end_wait(ticket)
    person, group = (to, None) if isinstance(to, User) else (None, to)
    ticket.handed_to, ticket.handed_to_group = person, group
    ticket.waiting_on, ticket.waiting_reason = Waiting.EXPERT, reason[:200]
    ticket.waiting_since = now
    offer = Handover.objects.create(
        ticket=ticket,
        giver=by,
        to=person,
        to_group=group,
        reason=reason,
        context=_told(ticket, context),
        at=now,
    )
    save(ticket, *FIELDS, by=by, now=now)
    record(
        "ticket.handed_over",
        "ticket",
        ticket.pk,
        by=by,
        now=now,
        handover=offer.pk,
        to=person.pk if person else None,
        to_group=group.pk if group else None,
    )
    return ticket


def _fit(ticket: Ticket, to: User | Group) -> None:
    if isinstance(to, User) and not to.can(Can.WORK_TICKETS):
        raise InvalidError("to", _("Choose somebody who works tickets."))
    if ticket.is_drill and not isinstance(to, User):
        raise InvalidError("to", _("This is a drill. Hand it over to a colleague by name."))
    if isinstance(to, User) and to.pk == ticket.owner_id:
        raise InvalidError("to", _("The ticket is already theirs. Choose somebody else."))


def _told(ticket: Ticket, context: str) -> dict[str, Any]:
    """What the customer told us so far, as it stands at the hand-over."""
    return {
        "note": context.strip(),
        "need": ticket.need,
        "answers": ticket.answers,
        "guide": ticket.guide_id,
        "solution": ticket.solution,
        "identity_check": ticket.identity_check,
        "reply_language": ticket.reply_language,
    }


@transaction.atomic
def accept(ticket_id: int, *, by: User, now: datetime) -> Ticket:
    """Take over the ticket that was offered to `by` or to one of their groups (W3).

    Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (not offered, or not to them).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    ticket.move("accept")
    _offered_to(ticket, by=by)
    before = ticket.owner_id
    ticket.group_id = _group_of(ticket, by=by)
    ticket.owner = by
    ticket.assigned_because = {"rule": "accepted", "before": before}
    _end_offer(ticket)
    _pending(ticket).update(accepted_at=now, accepted_by=by)
    save(ticket, *FIELDS, by=by, now=now)
    record("ticket.accepted", "ticket", ticket.pk, by=by, now=now, owner=by.pk, before=before)
    return ticket


@transaction.atomic
def return_back(ticket_id: int, *, by: User, reason: str, now: datetime) -> Ticket:
    """Decline the offer, or take it back: the owner goes on, and reads why (W3).

    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`reason`), RefusedError.
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    reason = given("reason", reason, _("Enter why you return it."))[:300]
    ticket.move("return_back")
    if ticket.owner_id != by.pk:
        _offered_to(ticket, by=by)
    _end_offer(ticket)
    _pending(ticket).update(returned_at=now, return_reason=reason)
    save(ticket, *FIELDS, by=by, now=now)
    record("ticket.returned", "ticket", ticket.pk, by=by, now=now, owner=ticket.owner_id)
    return ticket


def settle_offer(ticket: Ticket, *, taker: User, now: datetime) -> None:
    """A manager gives the ticket to whom it was offered: that counts as their acceptance."""
    asked = ticket.handed_to_id == taker.pk or ticket.handed_to_group_id in taker.group_ids
    if ticket.waiting_on == Waiting.EXPERT and asked:
        ticket.group_id = _group_of(ticket, by=taker)
        _end_offer(ticket)
        _pending(ticket).update(accepted_at=now, accepted_by=taker)


def _offered_to(ticket: Ticket, *, by: User) -> None:
    offered = ticket.handed_to_id == by.pk or ticket.handed_to_group_id in by.group_ids
    if not offered and not by.can(Can.ASSIGN_TICKETS):
        raise RefusedError(_("This ticket was offered to somebody else."))


def _group_of(ticket: Ticket, *, by: User) -> int:
    """The ticket's group once `by` has it: the one it was offered to, else one of theirs."""
    if ticket.handed_to_group_id is not None:
        return ticket.handed_to_group_id
    if ticket.group_id in by.group_ids:
        return ticket.group_id
    first = (
        Membership.objects.filter(user=by).order_by("pk").values_list("group", flat=True).first()
    )
    return first or ticket.group_id


def _end_offer(ticket: Ticket) -> None:
    ticket.waiting_on, ticket.waiting_reason, ticket.waiting_since = Waiting.NOBODY, "", None
    ticket.handed_to, ticket.handed_to_group = None, None


def _pending(ticket: Ticket) -> models.QuerySet[Handover]:
    return Handover.objects.filter(ticket=ticket, accepted_at=None, returned_at=None)
