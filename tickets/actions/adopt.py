"""Clocks for tickets that came without: history that was imported, or from before clocks (W1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from csservice.lib.bulk import update_each
from tickets.actions._clocks import TOOK, Clocks
from tickets.models import Clock, ClockEvent, Ticket


@transaction.atomic
def adopt_clocks(*, now: datetime, limit: int) -> int:
    """Give up to `limit` tickets without clocks those of the promises in their columns.

    Nothing is flagged anew: what was not flagged and is broken, the next sweep flags. Returns how
    many tickets got clocks. Four queries and what policies and hours cost.
    """
    rows = Ticket.objects.filter(clocks=None).select_related("group__calendar").order_by("pk")
    found = [adopted(ticket, now=now) for ticket in rows[:limit]]
    Clock.objects.bulk_create([row for clocks in found for row in clocks.rows], batch_size=1000)
    ClockEvent.objects.bulk_create(
        [event for clocks in found for event in clocks.events], batch_size=1000
    )
    update_each([clocks.ticket for clocks in found], TOOK)
    return len(found)


def adopted(ticket: Ticket, *, now: datetime) -> Clocks:
    """The clocks of one ticket by its columns, in memory; a step."""
    clocks = Clocks(ticket, [], now, None, quiet=True)
    clocks.adopt()
    clocks.follow()
    return clocks
