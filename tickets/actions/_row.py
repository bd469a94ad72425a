"""What every action on one ticket begins and ends with."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from csservice.lib.rows import update
from teams.models import User
from teams.roles import Can
from tickets.actions._clocks import follow
from tickets.models import Ticket


def locked(ticket_id: int, *, by: User | None, seen: int | None = None) -> Ticket:
    """The ticket, row-locked until the transaction ends. `seen`: the version the caller read.

    `by` None is the system or the customer's own link: every ticket is there.
    Raises Ticket.DoesNotExist (not theirs to see), ChangedError (somebody changed it since).
    """
    rows = Ticket.objects.visible_to(by) if by else Ticket.objects.all()
    ticket = rows.select_for_update(of=("self",)).get(pk=ticket_id)
    if seen is not None and seen != ticket.version:
        raise ChangedError(
            _("This ticket has changed since you opened it. Read what is new, then send again.")
        )
    return ticket


def save(ticket: Ticket, *fields: str, by: User | None, now: datetime) -> None:
    """Write the named fields, the clocks that follow the ticket, and the next version, which
    readers and programs compare. A promise found broken is flagged on the way: none is missed."""
    deadlines = follow(ticket, by=by, now=now)
    ticket.version += 1
    ticket.changed_at = now
    update(ticket, *dict.fromkeys((*fields, *deadlines, "version", "changed_at")))


def theirs(ticket: Ticket, *, by: User) -> None:
    """Raises RefusedError unless `by` owns the ticket or runs the work: one owner (N4)."""
    if ticket.owner_id == by.pk or by.can(Can.ASSIGN_TICKETS):
        return
    if ticket.owner is None:
        raise RefusedError(_("Nobody owns this ticket yet. Take it first."))
    raise RefusedError(
        _("This ticket is %(owner)s's. Take over by hand-over, or ask a manager to assign it.")
        % {"owner": ticket.owner}
    )


def given(field: str, text: str, said: str) -> str:
    """`text` without blanks around it. Raises InvalidError with `said` when nothing is left."""
    text = text.strip()
    if not text:
        raise InvalidError(field, said)
    return text
