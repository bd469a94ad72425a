"""When the five minutes are missed: from the quarter down to the tickets (W1, K2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from teams.http import Request
from teams.models import Group, User
from teams.roles import Can
from tickets.heat import TARGET, Cell, Quarter, grid, whole
from tickets.models import Channel, Clock, Ticket
from tickets.models.ticket_reads import TicketQuerySet

MOST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; anything unknown is as if it were not there."""

    quarter: Quarter
    group: str = ""
    channel: str = ""

    @classmethod
    def read(cls, request: Request, *, now: datetime) -> Wanted:
        given = request.GET
        quarter = Quarter.read(given.get("quarter", "")) or Quarter.of(timezone.localdate(now))
        group, channel = given.get("group", ""), given.get("channel", "")
        return cls(
            quarter,
            group if group.isdecimal() and len(group) < 10 else "",
            channel if channel in Channel.values else "",
        )

    def query(self, **more: object) -> str:
        """The address of the same, with `more`."""
        said = {"quarter": self.quarter, "group": self.group, "channel": self.channel} | more
        return urlencode({name: value for name, value in said.items() if value})


def tickets(user: User, wanted: Wanted, zone: ZoneInfo) -> TicketQuerySet:
    """What came in the quarter and `user` may see; drills are none. Index: ticket_by_reception."""
    start, end = wanted.quarter.span(zone)
    rows = Ticket.objects.visible_to(user).filter(
        received_at__gte=start, received_at__lt=end, is_drill=False
    )
    if wanted.group:
        rows = rows.filter(group=int(wanted.group))
    return rows.filter(channel=wanted.channel) if wanted.channel else rows


def missed(now: datetime) -> Q:
    """Answered after the promise, or not yet and past it; the last instant still keeps it."""
    return Q(responded_at__gt=F("respond_by")) | Q(responded_at=None, respond_by__lt=now)


def cells(rows: TicketQuerySet, now: datetime, zone: ZoneInfo) -> list[list[Cell]]:
    """The grid of these tickets, by the hour they came. One query."""
    late = missed(now)
    found = (
        rows.order_by()
        .annotate(day=ExtractIsoWeekDay("received_at", tzinfo=zone))
        .annotate(hour=ExtractHour("received_at", tzinfo=zone))
        .values_list("day", "hour")
        .annotate(
            due=Count("pk", filter=late | Q(responded_at__isnull=False)),
            missed=Count("pk", filter=late),
        )
    )
    return grid(found)


@require_safe
def heat(request: Request) -> HttpResponse:
    """Each hour of each weekday of a quarter: how often the promise was kept."""
    request.user.must(Can.SEE_LIVE)
    now, zone = timezone.now(), _zone()
    wanted = Wanted.read(request, now=now)
    rows = tickets(request.user, wanted, zone)
    lines = cells(rows, now, zone)
    waived = Clock.objects.filter(
        ticket__in=rows.filter(missed(now)).values("pk"),
        metric="first_response",
        waived_at__isnull=False,
    )
    context = {
        "wanted": wanted,
        "lines": list(zip(day_names(), lines, strict=True)),
        "hours": range(24),
        "whole": whole(lines),
        "waived": waived.count(),
        "target": TARGET,
        "query": wanted.query(),
        "before": wanted.query(quarter=wanted.quarter.before()),
        "after": wanted.query(quarter=wanted.quarter.after()),
        "last": wanted.quarter >= Quarter.of(timezone.localdate(now)),
        "groups": Group.objects.visible_to(request.user).in_name_order(),
        "channels": Channel.choices,
    }
    return page(request, "tickets/heat.html", context, partial="map")


@require_safe
def heat_tickets(request: Request) -> HttpResponse:
    """The tickets behind a cell, or behind the whole quarter: those whose promise was missed."""
    request.user.must(Can.SEE_LIVE)
    now, zone = timezone.now(), _zone()
    wanted = Wanted.read(request, now=now)
    rows = tickets(request.user, wanted, zone).filter(missed(now))
    day, hour = (_number(request.GET.get(name, "")) for name in ("day", "hour"))
    if day is not None and 1 <= day <= 7:
        rows = rows.annotate(day=ExtractIsoWeekDay("received_at", tzinfo=zone)).filter(day=day)
    if hour is not None and 0 <= hour <= 23:
        rows = rows.annotate(hour=ExtractHour("received_at", tzinfo=zone)).filter(hour=hour)
    shown = rows.select_related("customer", "owner", "group").order_by("-received_at", "-pk")
    context = {
        "wanted": wanted,
        "rows": shown[:MOST],
        "count": rows.count(),
        "most": MOST,
        "day": day_names()[day - 1] if day and 1 <= day <= 7 else "",
        "hour": hour if hour is not None and 0 <= hour <= 23 else None,
        "query": wanted.query(),
        "now": now,
    }
    return page(request, "tickets/heat_tickets.html", context, partial="list")


def day_names() -> list[str]:
    """Monday to Sunday in the reader's language."""
    return [
        *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday")),
        *(_("Friday"), _("Saturday"), _("Sunday")),
    ]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 3 else None


def _zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())
