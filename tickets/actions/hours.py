"""Opening hours that changed, and the open tickets that are counted in the hours of before."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams.models import Calendar, User
from teams.roles import Can
from tickets.actions import _offers
from tickets.actions._carried import carry
from tickets.actions.touched import MOST, Touched, moved
from tickets.clock import Mode
from tickets.models import Clock, Ticket
from tickets.models.choices import WORK
from tickets.models.ticket_reads import TicketQuerySet


def under_earlier_hours(calendar: Calendar) -> TicketQuerySet:
    """Open tickets with a clock that an earlier version of `calendar` counts."""
    rows = Clock.objects.open().filter(calendar__calendar=calendar)
    held = rows.exclude(calendar=calendar.current_id).values("ticket")
    return Ticket.objects.filter(pk__in=held, step__in=WORK)


def touched_by_hours(calendar_id: int, *, by: User, now: datetime) -> Touched:
    """Those tickets, with their deadlines before and by each mode; nothing is written.

    At most `MOST` are read. Raises PermissionDenied, Calendar.DoesNotExist.
    """
    by.must(Can.MANAGE_PROMISES)
    rows = under_earlier_hours(Calendar.objects.get(pk=calendar_id))
    count = rows.count()
    if not count:
        return Touched(0)
    seen = rows.filter(pk__in=Ticket.objects.visible_to(by).values("pk"))
    tickets = list(seen.select_related("customer", "group__calendar").order_by("pk")[:MOST])
    hidden = max(0, min(count, MOST) - len(tickets))
    return Touched(count, hidden, moved(tickets, _offers.in_force(), now=now), tickets)


@transaction.atomic
def carry_hours(calendar_id: int, *, by: User, mode: str, now: datetime) -> int:
    """Count the open tickets under earlier versions of the hours by the hours of now.

    `mode`: fresh (from now) or recompute (as if the hours had held from the start). Returns how
    many tickets changed. Raises PermissionDenied, Calendar.DoesNotExist, InvalidError (`mode`).
    """
    by.must(Can.MANAGE_PROMISES)
    if mode not in {Mode.FRESH, Mode.RECOMPUTE}:
        raise InvalidError("mode", _("Choose what happens to the open tickets."))
    calendar = Calendar.objects.select_for_update().get(pk=calendar_id)
    keys = list(under_earlier_hours(calendar).order_by("pk").values_list("pk", flat=True))
    changed = carry(keys, Mode(mode), by=by, now=now)
    record("calendar.carried", "calendar", calendar.pk, by=by, now=now, mode=mode, tickets=changed)
    return changed
