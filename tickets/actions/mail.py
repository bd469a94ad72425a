"""Replies leave by mail: at least once, never lost, each try on record (W3)."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from csservice.ledger.models import record
from csservice.lib.mail import claim, message_id, post
from teams.models import User
from teams.roles import Can
from tickets.actions.arrival import settle
from tickets.actions.thread import reply_address
from tickets.models import Attachment, Message


def send_replies(*, now: datetime, limit: int) -> int:
    """Mail up to `limit` replies that are due to their customers. Returns how many were tried.

    Claimed first, sent outside the transaction, at least once; see csservice/lib/mail.py.
    """
    rows = claim(Message.objects.all(), now=now, limit=limit)
    full = Message.objects.select_related("author", "ticket__customer")
    whole = full.prefetch_related("attachments").in_bulk([row.pk for row in rows])
    post(((row, letter(whole[row.pk])) for row in rows), now=now)
    settle([row.pk for row in rows], now=now)
    return len(rows)


def letter(reply: Message) -> EmailMessage:
    """The reply as a mail in the customer's language, in one conversation with those before it."""
    ticket = reply.ticket
    thread = message_id("ticket", ticket.pk, ticket.received_at)
    with override(ticket.reply_language or ticket.customer.language):
        mail = EmailMessage(
            subject=_("Re: %(subject)s [#%(number)s]")
            % {"subject": " ".join(ticket.subject.split()), "number": ticket.number},
            body=render_to_string("mail/reply.txt", {"reply": reply, "ticket": ticket}),
            to=[reply_address(ticket)],
            headers={
                "Message-ID": message_id("reply", reply.pk, reply.at),
                "References": thread,
                "In-Reply-To": thread,
            },
        )
    for attachment in reply.attachments.all():
        mail.attach(attachment.name, _bytes(attachment), attachment.type)
    return mail


def _bytes(attachment: Attachment) -> bytes:
    with attachment.file.open("rb") as file:
        return bytes(file.read())


@transaction.atomic
def send_replies_again(*, by: User, now: datetime) -> int:
    """Queue the replies whose mail was given up (T4). Returns how many. Raises PermissionDenied."""
    by.must(Can.SEE_STATUS)
    queued = Message.Delivery.QUEUED
    count = Message.objects.failed().update(delivery=queued, tries=0, send_at=now)
    if count:
        record("mail.requeued", "mail", "replies", by=by, now=now, count=count)
    return count
