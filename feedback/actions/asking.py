"""The question goes out: one invitation a service, mailed where an address is known (W4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from csservice.ledger.models import Entry, entry
from csservice.lib.mail import claim, message_id, post
from feedback.models import Invitation, not_asked
from feedback.words import SCORES, matter
from teams.models import User
from teams.roles import Can
from tickets.actions import reply_address
from tickets.models import Ticket
from tickets.promise import ASK_FOR


@transaction.atomic
def ask(*, now: datetime, limit: int) -> int:
    """Invite the customers of up to `limit` tickets whose service ended to rate it.

    Tickets that somebody holds are skipped; the next beat looks again. The rows are read again
    once they are held, so of two beats beside each other one asks; the constraint
    a_ticket_is_asked_once_a_round would refuse the other. Returns how many were looked at.
    """
    held = not_asked().select_for_update(of=("self",), skip_locked=True)
    keys = list(held.values_list("pk", flat=True)[:limit])
    tickets = list(not_asked().filter(pk__in=keys).select_related("customer"))
    invitations = Invitation.objects.bulk_create(_invitation(t, now=now) for t in tickets)
    Entry.objects.bulk_create(_asked(invitations, now=now))
    return len(keys)


def _invitation(ticket: Ticket, *, now: datetime) -> Invitation:
    address = reply_address(ticket)
    return Invitation(
        ticket=ticket,
        round=ticket.reopens,
        language=ticket.reply_language or ticket.customer.language,
        address=address,
        delivery=Invitation.Delivery.QUEUED if address else Invitation.Delivery.NONE,
        asked_at=now,
        expires_at=now + ASK_FOR,
    )


def _asked(invitations: Iterable[Invitation], *, now: datetime) -> Iterable[Entry]:
    return (
        entry(
            "feedback.asked",
            "ticket",
            row.ticket_id,
            by=None,
            now=now,
            round=row.round,
            by_mail=bool(row.address),
        )
        for row in invitations
    )


def send_invitations(*, now: datetime, limit: int) -> int:
    """Mail up to `limit` invitations that are due. Returns how many were tried.

    Claimed first, sent outside the transaction, at least once; see csservice/lib/mail.py.
    """
    rows = claim(Invitation.objects.all(), now=now, limit=limit)
    full = Invitation.objects.select_related("ticket__category", "ticket__owner")
    whole = full.in_bulk([row.pk for row in rows])
    post(((row, letter(whole[row.pk])) for row in rows), now=now)
    return len(rows)


def letter(invitation: Invitation) -> EmailMultiAlternatives:
    """The mail in the customer's language: five links, as text and as a table; no tracking."""
    with override(invitation.language):
        context = {
            "invitation": invitation,
            "matter": matter(invitation.ticket),
            "language": "zh-Hans" if invitation.language.startswith("zh") else "en",
            "choices": [
                {
                    "score": score,
                    "word": word,
                    "link": f"{invitation.link}?r={score}&lang={invitation.language}",
                }
                for score, word in SCORES.items()
            ],
        }
        mail = EmailMultiAlternatives(
            subject=_("Did we solve it? 1 question"),
            body=render_to_string("mail/invitation.txt", context),
            to=[invitation.address],
            headers={
                "Message-ID": message_id("invitation", invitation.pk, invitation.asked_at),
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(render_to_string("mail/invitation.html", context), "text/html")
    return mail


@transaction.atomic
def send_again(*, by: User, now: datetime) -> int:
    """Queue the open invitations whose mail was given up (T4). Returns how many.

    Raises PermissionDenied.
    """
    by.must(Can.SEE_STATUS)
    given_up = Invitation.objects.failed().open()
    return given_up.update(delivery=Invitation.Delivery.QUEUED, tries=0, send_at=now)
