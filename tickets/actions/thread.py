"""What is said on a ticket: answers, notes, calls, the customer's words (W1, N4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets import promise
from tickets.actions._row import given, locked, save
from tickets.actions.files import Upload, store
from tickets.actions.receive import reindex
from tickets.actions.waiting import end_wait
from tickets.models import (
    Alert,
    Channel,
    Contact,
    Mention,
    Message,
    Step,
    Ticket,
    Viewer,
    Waiting,
)
from tickets.models.choices import WORK

MENTION = re.compile(r"(?<![\w@.])@([\w.+-]*\w)")
PRESENT = timedelta(seconds=30)
MAILED = frozenset({Channel.EMAIL, Channel.WEB})


@transaction.atomic
def respond(
    ticket_id: int,
    *,
    by: User,
    text: str,
    now: datetime,
    files: Sequence[Upload] = (),
    seen: int | None = None,
    internal: bool = False,
) -> Ticket:
    """Answer the customer. The first substantive human answer stops the five-minute clock (W1).

    Where the group asks for certificates and `by` lacks one, the reply is held: the customer gets
    it, and the clock stops, when a colleague releases it (tickets/actions/held.py).
    `internal` makes it a note, which is no answer. The ticket is whose first answer it is.
    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError (`seen`), InvalidError (`text`,
    `files`), RefusedError (closed); then nothing is written.
    """
    by.must(Can.WORK_TICKETS)
    if internal:
        return note(ticket_id, by=by, text=text, now=now, files=files, seen=seen)
    ticket = locked(ticket_id, by=by, seen=seen)
    if by.learns_in(ticket.group, now) and not ticket.is_drill:  # who practises sends
        return _held(ticket, by=by, text=text, now=now, files=files)
    return _answered(ticket, Message.Kind.REPLY, by=by, text=text, now=now, files=files)


@transaction.atomic
def log_call(
    ticket_id: int, *, by: User, text: str, now: datetime, seen: int | None = None
) -> Ticket:
    """Record a call with the customer that has been made; it is an answer like a reply (W1).

    Raises as `respond`.
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    return _answered(ticket, Message.Kind.CALL, by=by, text=text, now=now, files=())


def _answered(
    ticket: Ticket, kind: str, *, by: User, text: str, now: datetime, files: Sequence[Upload]
) -> Ticket:
    text = checked_answer(text)
    ticket.move("respond")
    first = ticket.answer(by=by, now=now)
    ticket.heard_at, ticket.said_at = None, now
    ticket.finish_reception()
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        channel=Channel.PHONE if kind == Message.Kind.CALL else ticket.channel,
        author=by,
        text=text,
        at=now,
        first_response=first,
        delivery=_delivery(ticket, kind),
    )
    store(message, files)
    reindex(ticket, added=text)
    save(ticket, "step", "owner", "responded_at", "heard_at", "said_at", by=by, now=now)
    record(
        "ticket.responded" if first else "ticket.replied",
        "ticket",
        ticket.pk,
        by=by,
        now=now,
        message=message.pk,
        how=kind,
    )
    return ticket


def checked_answer(text: str) -> str:
    """The words of an answer. Raises InvalidError."""
    text = given("text", text, _("Write the answer."))
    if not promise.substantive(text):
        raise InvalidError("text", _("Write an answer in words; signs alone are no answer."))
    return text


def _held(ticket: Ticket, *, by: User, text: str, now: datetime, files: Sequence[Upload]) -> Ticket:
    """Keep the reply for a colleague to release. No answer yet: every clock runs on."""
    text = checked_answer(text)
    ticket.move("respond")
    if ticket.messages.held().filter(author=by).exists():
        raise RefusedError(_("Your last reply still waits for release."))
    message = ticket.messages.create(
        kind=Message.Kind.HELD, channel=ticket.channel, author=by, text=text, at=now
    )
    store(message, files)
    save(ticket, by=by, now=now)
    record("ticket.reply_held", "ticket", ticket.pk, by=by, now=now, message=message.pk)
    return ticket


def _delivery(ticket: Ticket, kind: str) -> str:
    """Queued for the mail where the customer wrote and an address is known; else not mailed."""
    mailed = kind == Message.Kind.REPLY and ticket.channel in MAILED
    return Message.Delivery.QUEUED if mailed and reply_address(ticket) else Message.Delivery.NONE


def reply_address(ticket: Ticket) -> str:
    """Where mail to the ticket's customer goes: where they asked to be reached, else their
    preferred address; empty when none is known, and in a drill. Reads only."""
    if ticket.is_drill:
        return ""
    if "@" in ticket.reach_at:
        return ticket.reach_at
    known = ticket.customer.contacts.filter(kind=Contact.Kind.EMAIL)
    return known.order_by("-preferred", "pk").values_list("value", flat=True).first() or ""


@transaction.atomic
def note(
    ticket_id: int,
    *,
    by: User,
    text: str,
    now: datetime,
    files: Sequence[Upload] = (),
    seen: int | None = None,
) -> Ticket:
    """Leave a note for colleagues; `@username` in it names them. No answer to the customer (N4).

    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError (`text`: empty, or it
    names somebody who is not there or may not see the ticket).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    text = given("text", text, _("Write the note."))
    ticket.move("note")
    named = _named(ticket, text)
    message = Message.objects.create(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        channel=ticket.channel,
        author=by,
        text=text,
        at=now,
    )
    Mention.objects.bulk_create(Mention(message=message, user=user) for user in named)
    store(message, files)
    reindex(ticket, added=text)
    save(ticket, by=by, now=now)
    record(
        "ticket.noted",
        "ticket",
        ticket.pk,
        by=by,
        now=now,
        message=message.pk,
        mentioned=[user.pk for user in named],
    )
    return ticket


def _named(ticket: Ticket, text: str) -> list[User]:
    names = set(MENTION.findall(text))
    people = list(User.objects.at_work().filter(username__in=names)) if names else []
    for name in sorted(names - {user.username for user in people}):
        raise InvalidError("text", _("Nobody here is called @%(name)s.") % {"name": name})
    for user in people:
        if not Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists():
            raise InvalidError(
                "text",
                _("%(name)s may not see this ticket. Hand it over instead.") % {"name": user},
            )
    return people


@transaction.atomic
def see_mentions(ticket_id: int, *, by: User, now: datetime) -> int:
    """Mark the notes on the ticket that name `by` as read. Returns how many were unread."""
    by.must(Can.WORK_TICKETS)
    unread = Mention.objects.filter(message__ticket=ticket_id, user=by, seen_at=None)
    return int(unread.update(seen_at=now))


@transaction.atomic
def see_alerts(ticket_id: int | None, *, by: User, now: datetime) -> int:
    """Mark what `by` was told of the clocks of a ticket, or of all (None), as seen.

    Returns how many were not yet.
    """
    by.must(Can.KEEP_OWN)
    unseen = Alert.objects.filter(user=by, seen_at=None)
    if ticket_id is not None:
        unseen = unseen.filter(ticket=ticket_id)
    return int(unseen.update(seen_at=now))


@transaction.atomic
def hear(
    ticket_id: int,
    *,
    by: User,
    text: str,
    channel: str,
    now: datetime,
    files: Sequence[Upload] = (),
) -> Ticket:
    """Keep what the customer said or wrote since; ends the wait for the customer.

    After the end it opens nothing again: somebody looks at it, and either sets it aside or opens
    the ticket again (rule 12).
    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError, RefusedError (closed).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    text = given("text", text, _("Enter what the customer said."))
    ticket.move("hear")
    waited = ticket.waiting_on == Waiting.CUSTOMER
    if waited:
        end_wait(ticket)
    if ticket.responded_at and ticket.heard_at is None and ticket.step in WORK:
        ticket.heard_at = now  # the next answer is owed from here; before the first, that is
    elif ticket.step == Step.FEEDBACK and not ticket.heard_after_the_end:
        ticket.heard_at = now
    message = Message.objects.create(
        ticket=ticket, kind=Message.Kind.CONTACT, channel=channel, text=text, at=now
    )
    store(message, files)
    reindex(ticket, added=text)
    save(ticket, "waiting_on", "waiting_reason", "waiting_since", "heard_at", by=by, now=now)
    record(
        "ticket.heard",
        "ticket",
        ticket.pk,
        by=by,
        now=now,
        message=message.pk,
        channel=channel,
        resumed=waited,
    )
    return ticket


@transaction.atomic
def set_aside(ticket_id: int, *, by: User, now: datetime) -> Ticket:
    """What the customer said after the end needs nothing more: thanks, as a rule (rule 12).

    Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (the service has not ended, or
    nothing was said since).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    ticket.move("set_aside")
    if not ticket.heard_after_the_end:
        raise RefusedError(_("The customer said nothing since the end, so nothing is to be done."))
    ticket.heard_at = None
    save(ticket, "heard_at", by=by, now=now)
    record("ticket.set_aside", "ticket", ticket.pk, by=by, now=now)
    return ticket


@transaction.atomic
def look(ticket_id: int, *, by: User, now: datetime, writing: bool = False) -> list[Viewer]:
    """Note that `by` has the ticket open; returns the colleagues who had it open in the last 30 s.

    Presence is no history: not in the ledger. Raises PermissionDenied, Ticket.DoesNotExist.
    """
    by.must(Can.WORK_TICKETS)
    ticket = Ticket.objects.visible_to(by).only("pk").get(pk=ticket_id)
    Viewer.objects.update_or_create(
        ticket=ticket, user=by, defaults={"seen_at": now, "writing": writing}
    )
    return list(Viewer.objects.others(ticket, by.pk, now - PRESENT))
