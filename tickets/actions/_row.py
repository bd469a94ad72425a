"""What every action on one ticket begins with."""

from __future__ import annotations

from django.utils.translation import gettext as _

from csservice.lib.errors import ChangedError, InvalidError
from teams.models import User
from tickets.models import Ticket


def locked(ticket_id: int, *, by: User, seen: int | None = None) -> Ticket:
    """The ticket, row-locked until the transaction ends. `seen`: the version the caller read.

    Raises Ticket.DoesNotExist (not theirs to see), ChangedError (somebody changed it since).
    """
    ticket = Ticket.objects.visible_to(by).select_for_update(of=("self",)).get(pk=ticket_id)
    if seen is not None and seen != ticket.version:
        raise ChangedError(
            _("This ticket has changed since you opened it. Read what is new, then send again.")
        )
    ticket.version += 1
    return ticket


def given(field: str, text: str, said: str) -> str:
    """`text` without blanks around it. Raises InvalidError with `said` when nothing is left."""
    text = text.strip()
    if not text:
        raise InvalidError(field, said)
    return text
