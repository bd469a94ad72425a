"""What waits and what was given up: rows, mails, the ledger (T4). Raises DatabaseError."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csservice.ledger.models import Entry, Head
from csservice.lib.mail import Mailed, MailedQuerySet
from csservice.status.parts import PATIENCE_S, Part, State, first_line
from feedback.models import Invitation
from tickets.models import Message, Ticket
from training.models import Letter, SessionMail


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of what waits; those of tickets and their mails are served by partial indexes."""

    unanswered: int
    unassigned: int
    late: int
    to_flag: int
    unsealed: int
    replies: int
    invitations: int
    replies_failed: int
    invitations_failed: int
    training: int
    training_failed: int

    @property
    def queued(self) -> int:
        return self.replies + self.invitations + self.training

    @property
    def failed(self) -> int:
        return self.replies_failed + self.invitations_failed + self.training_failed


def backlog(now: datetime) -> Backlog:
    """What waits in real service; a drill is none."""
    real = Ticket.objects.real()
    of_training = [_counted(rows) for rows in _of_training()]
    return Backlog(
        unanswered=real.unanswered().count(),
        unassigned=real.waiting_for_owner().count(),
        late=real.overdue(now).count(),
        to_flag=real.to_flag(now).count(),
        unsealed=Entry.objects.unsealed().count(),
        replies=Message.objects.queued().count(),
        invitations=Invitation.objects.queued().open().count(),
        replies_failed=Message.objects.failed().count(),
        invitations_failed=Invitation.objects.failed().open().count(),
        training=sum(queued for queued, _failed in of_training),
        training_failed=sum(failed for _queued, failed in of_training),
    )


def _of_training() -> tuple[MailedQuerySet[Any], ...]:
    """The reminders of the quarter's cycle, and the mails of sessions."""
    return Letter.objects.all(), SessionMail.objects.all()


def _counted(rows: MailedQuerySet[Any]) -> tuple[int, int]:
    """Of mails: how many wait, and how many were given up. One query."""
    states = Mailed.Delivery.QUEUED, Mailed.Delivery.FAILED
    counts = {state.value: Count("pk", filter=Q(delivery=state)) for state in states}
    found = rows.aggregate(**counts)
    return found["queued"], found["failed"]


def failures(limit: int = 5) -> list[Mailed]:
    """The newest mails that were given up, and those refused so far, with the reason."""
    lists: tuple[MailedQuerySet[Any], ...] = (
        Message.objects.all(),
        Invitation.objects.open(),
        *_of_training(),
    )
    return [
        row
        for rows in lists
        for some in (rows.failed(), rows.queued().exclude(delivery_error=""))
        for row in some.order_by("-pk")[:limit]
    ]


def work(found: Backlog) -> Part:
    """Whether the jobs keep up: what they look for must be near nothing."""
    if found.to_flag:
        said = ngettext(
            "%(count)s late ticket is not flagged yet",
            "%(count)s late tickets are not flagged yet",
            found.to_flag,
        )
        return Part("backlog", State.SOON, said % {"count": found.to_flag})
    if found.unassigned:
        said = ngettext(
            "%(count)s ticket waits for somebody to be available",
            "%(count)s tickets wait for somebody to be available",
            found.unassigned,
        )
        return Part("backlog", State.SOON, said % {"count": found.unassigned})
    return Part("backlog", State.OK, _("Nothing waits for a job"))


def mail(found: Backlog) -> Part:
    """Whether mail leaves: the server, what waits, what was given up."""
    trouble = unreachable()
    if trouble:
        said = _("Mail cannot be sent: %(error)s. %(count)s wait and are tried again.")
        return Part("mail", State.LATE, said % {"error": trouble, "count": found.queued})
    if found.failed:
        said = ngettext(
            "%(count)s mail was given up after many tries",
            "%(count)s mails were given up after many tries",
            found.failed,
        )
        return Part("mail", State.LATE, said % {"count": found.failed})
    said = ngettext("Mail leaves; %(count)s waits", "Mail leaves; %(count)s wait", found.queued)
    return Part("mail", State.OK, said % {"count": found.queued})


def unreachable() -> str:
    """Why mail cannot leave, as far as it can be told without sending; empty: nothing is wrong."""
    kind = settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]
    try:
        if kind == "smtp":
            address = (settings.EMAIL_HOST, settings.EMAIL_PORT)
            socket.create_connection(address, timeout=PATIENCE_S).close()
        elif kind == "filebased":
            folder = Path(settings.EMAIL_FILE_PATH)  # type: ignore[misc]
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return first_line(error)
    return ""


def ledger(found: Backlog) -> Part:
    """The end of the sealed chain and what waits for it."""
    head = Head.objects.filter(pk=1).first()
    said = _("Sealed up to entry %(seq)s; %(count)s wait") % {
        "seq": head.seq if head else 0,
        "count": found.unsealed,
    }
    return Part("ledger", State.SOON if found.unsealed > 10_000 else State.OK, said)
