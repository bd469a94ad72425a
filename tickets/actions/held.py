"""Replies of people who learn: released by a certified colleague, or given back (issue 4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions._row import given, locked, save
from tickets.actions.receive import reindex
from tickets.actions.thread import _delivery, checked_answer, note
from tickets.models import Message, Ticket


def may_release(user: User, ticket: Ticket, now: datetime) -> bool:
    """A colleague whose own certificates are valid; whoever runs the work always, so that a group
    in which nobody is certified yet can begin."""
    if not user.can(Can.WORK_TICKETS):
        return False
    return user.can(Can.ASSIGN_TICKETS) or not user.learns_in(ticket.group, now)


@transaction.atomic
def release_reply(
    ticket_id: int,
    *,
    by: User,
    message: int,
    now: datetime,
    text: str | None = None,
    seen: int | None = None,
) -> Ticket:
    """Send a held reply; `text` as it was corrected. The customer is answered now, by its author.

    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError (`seen`), RefusedError (one's own,
    not certified, not held any more), InvalidError (`text`); then nothing is written.
    """
    by.must(Can.WORK_TICKETS)
    ticket, held = _held(ticket_id, message, by=by, now=now, seen=seen)
    held.text = checked_answer(held.text if text is None else text)
    ticket.move("respond")
    author = held.author or by
    first = ticket.answer(by=author, now=now)
    ticket.heard_at, ticket.said_at = None, now
    ticket.finish_reception()
    held.kind, held.at, held.first_response = Message.Kind.REPLY, now, first
    held.delivery = _delivery(ticket, held.kind)
    held.save(update_fields=["kind", "at", "first_response", "delivery", "text"])
    reindex(ticket, added=held.text)
    save(ticket, "step", "owner", "responded_at", "heard_at", "said_at", by=by, now=now)
    record(
        "ticket.responded" if first else "ticket.replied",
        "ticket",
        ticket.pk,
        by=author,
        now=now,
        message=held.pk,
        how=held.kind,
        released_by=by.pk,
    )
    return ticket


@transaction.atomic
def return_reply(
    ticket_id: int,
    *,
    by: User,
    message: int,
    reason: str,
    now: datetime,
    seen: int | None = None,
) -> Ticket:
    """Give a held reply back: it is not sent; a note names the author and says why.

    Raises as `release_reply`, InvalidError (`reason`).
    """
    by.must(Can.WORK_TICKETS)
    ticket, held = _held(ticket_id, message, by=by, now=now, seen=seen)
    reason = given("reason", reason, _("Enter the reason."))
    held.kind = Message.Kind.RETURNED
    held.save(update_fields=["kind"])
    record("ticket.reply_returned", "ticket", ticket.pk, by=by, now=now, message=held.pk)
    return note(ticket_id, by=by, text=f"{_named(ticket, held)}{reason}", now=now)


def _named(ticket: Ticket, held: Message) -> str:
    """The author's name as notes name people, where they may still see the ticket."""
    author = held.author
    if author is None or not Ticket.objects.visible_to(author).filter(pk=ticket.pk).exists():
        return ""
    return f"@{author.username} "


def _held(
    ticket_id: int, message: int, *, by: User, now: datetime, seen: int | None
) -> tuple[Ticket, Message]:
    """The ticket and its held reply, both locked, when `by` may decide on it."""
    ticket = locked(ticket_id, by=by, seen=seen)
    rows = ticket.messages.select_for_update(of=("self",)).select_related("author")
    held = rows.filter(pk=message).first()
    if held is None:
        raise InvalidError("message", _("There is no such reply on this ticket."))
    if held.kind != Message.Kind.HELD:
        raise RefusedError(_("This reply does not wait for release any more."))
    if held.author_id == by.pk:
        raise RefusedError(_("Somebody else releases your reply."))
    if not may_release(by, ticket, now):
        raise RefusedError(_("A colleague with valid certificates releases replies here."))
    return ticket, held
