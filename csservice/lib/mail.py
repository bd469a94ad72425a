"""Rows that are also mails: claimed, sent outside the transaction, at least once (house.md 11).

A row waits with `delivery` queued. A sender claims it by moving `send_at` a lease ahead, so that
nobody beside it takes the same row, and a sender that died leaves it to the next beat. A refusal of
the mail server is tried again with growing pauses; after TRIES the row is failed and says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)  # longer than a batch may take: 20 mails at EMAIL_TIMEOUT each
TRIES = 12  # with the pauses below: a mail server may be away for three hours
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10, 3600


class Mailed(models.Model):
    """A row that is sent by mail."""

    class Delivery(models.TextChoices):
        NONE = "", gettext_lazy("Not sent by mail")
        QUEUED = "queued", gettext_lazy("Being sent")
        SENT = "sent", gettext_lazy("Sent")
        FAILED = "failed", gettext_lazy("Not sent")

    delivery = models.CharField(
        gettext_lazy("delivery"), max_length=6, choices=Delivery, blank=True, default=""
    )
    tries = models.PositiveSmallIntegerField(gettext_lazy("tries"), default=0)
    send_at = models.DateTimeField(gettext_lazy("next try at"), null=True, blank=True)
    delivery_error = models.CharField(
        gettext_lazy("why not sent"), max_length=200, blank=True, default=""
    )

    class Meta:
        abstract = True


_Row = TypeVar("_Row", bound=Mailed)


class MailedQuerySet(models.QuerySet[_Row]):
    """Reads of rows that are sent by mail."""

    def queued(self) -> Self:
        return self.filter(delivery=Mailed.Delivery.QUEUED)

    def failed(self) -> Self:
        """Given up after TRIES; the status page offers to try again."""
        return self.filter(delivery=Mailed.Delivery.FAILED)

    def to_send(self, now: datetime) -> Self:
        """Queued, and neither claimed nor in a pause at `now`; oldest first."""
        return self.queued().filter(Q(send_at=None) | Q(send_at__lte=now)).order_by("pk")


def pause(tries: int) -> timedelta:
    """How long to wait after the try number `tries` failed: 10 s, doubling up to an hour."""
    return timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (tries - 1)))


@transaction.atomic
def claim(rows: MailedQuerySet[_Row], *, now: datetime, limit: int) -> list[_Row]:
    """Take up to `limit` of `rows` that are due, for LEASE; what another sender holds is left."""
    waiting = rows.to_send(now).select_for_update(of=("self",), skip_locked=True)
    taken = list(waiting[:limit])
    for row in taken:
        row.tries, row.send_at = row.tries + 1, now + LEASE
    rows.bulk_update(taken, ["tries", "send_at"])
    return taken


def post(mails: Iterable[tuple[_Row, EmailMessage]], *, now: datetime) -> int:
    """Send each claimed row's mail over one connection and note how it went. Returns how many left.

    Outside any transaction: a mail cannot be taken back.
    """
    connection, sent = get_connection(), 0
    try:
        for row, mail in mails:
            error = _refusal(connection, mail)
            _note(row, error, now=now)
            sent += not error
    finally:
        connection.close()
    return sent


def message_id(kind: str, key: int, at: datetime) -> str:
    """The same for every try at one row: what a receiver knows a second copy by.

    `at`: when the row began, so that a database made anew does not repeat the old one's names.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    return f"<{kind}.{key}.{int(at.timestamp())}@{domain}>"


def _refusal(connection: BaseEmailBackend, mail: EmailMessage) -> str:
    """Try to send; empty, or why not. OSError: network and SMTP; ValueError: an unfit header."""
    if not mail.recipients():
        return _("No address is known.")
    try:
        connection.send_messages([mail])
    except (OSError, ValueError) as error:
        logger.warning("Mail %s not sent: %s", mail.extra_headers.get("Message-ID"), error)
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def _note(row: Mailed, error: str, *, now: datetime) -> None:
    if not error:
        row.delivery, row.send_at = Mailed.Delivery.SENT, None
    elif row.tries >= TRIES:
        row.delivery, row.send_at = Mailed.Delivery.FAILED, None
    else:
        row.send_at = now + pause(row.tries)
    row.delivery_error = error
    row.save(update_fields=["delivery", "send_at", "delivery_error"])
