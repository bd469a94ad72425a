"""The queue: what do I answer next? (W1, ux.md S2)."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from csservice.lib.templatetags.ui import icon
from teams.http import Request
from teams.models import User
from teams.models.groups import Segment
from teams.roles import Can
from tickets.models import Channel, Customer
from tickets.views.desk_rows import FIRST, OWED, VIEWS, Counts, Wanted, count, sections

AT_TICKET = re.compile(r"/t/(\d+)/")


@require_safe
def queue(request: Request) -> HttpResponse:
    """Whose tickets, most urgent first, in three groups. The address holds the whole state.

    To a swap it answers the column alone, which is also what `/t/<number>/` loads beside itself.
    """
    _admitted(request.user)
    wanted = Wanted.read(request.GET, first=_first_view(request.user))
    context = _column(request, wanted, count_now(request, wanted))
    return page(request, "tickets/queue.html", context, partial="column")


@require_safe
def queue_rows(request: Request) -> HttpResponse:
    """The rows alone, for the tick of the page. 204 when what the browser has is what there is."""
    _admitted(request.user)
    wanted = Wanted.read(request.GET, first=_first_view(request.user))
    counts = count_now(request, wanted)
    etag = f'"{counts.tag}"'
    if counts.tag == request.GET.get("tag") or etag == request.headers.get("If-None-Match"):
        return HttpResponse(status=204, headers={"ETag": etag, "Cache-Control": "no-store"})
    context = _column(request, wanted, counts)
    answer = page(request, "tickets/queue.html", context, partial="rows")
    answer["ETag"], answer["Cache-Control"] = etag, "no-store"
    return answer


def count_now(request: Request, wanted: Wanted) -> Counts:
    return count(request.user, wanted, now=timezone.now(), selected=_selected(request))


def _admitted(user: User) -> None:
    """Whoever works tickets or sees them all has a queue."""
    if not (user.can(Can.WORK_TICKETS) or user.can(Can.SEE_ALL_TICKETS)):
        raise PermissionDenied(Can.WORK_TICKETS)


def _first_view(user: User) -> str:
    """Where the role's day begins: its own work; a director has none and sees the team's."""
    return "mine" if user.can(Can.WORK_TICKETS) else "team"


def _selected(request: Request) -> int | None:
    """The ticket that stands open beside the queue, by the address of the page that asks."""
    found = AT_TICKET.search(request.htmx.current_url or "") if request.htmx else None
    return int(found[1]) if found else None


def _column(request: Request, wanted: Wanted, counts: Counts) -> dict[str, Any]:
    everything = request.GET.get("all") == "1"
    groups, more = sections(
        request.user,
        wanted,
        now=timezone.now(),
        selected=_selected(request),
        limit=FIRST * 10 if everything else FIRST,
    )
    shown = sum(len(group.rows) for group in groups)
    address = reverse("queue")
    return {
        "wanted": wanted,
        "queue_url": address,
        "selected": _selected(request),
        "flag": icon("flag"),
        "complaint_word": _("Complaint"),
        "take_word": _("Take"),
        "tabs": [_tab(wanted, counts, view, address) for view in VIEWS],
        "groups": groups,
        "tag": counts.tag,
        "owed": next((group.size for group in groups if group.key == OWED), 0),
        "shown": shown,
        "announce": ngettext("%(n)s ticket", "%(n)s tickets", shown) % {"n": shown},
        "more": f"{address}?{wanted.query(all='1')}" if more and not everything else "",
        "rows_url": f"{reverse('queue-rows')}?{wanted.query()}",
        "clear_url": f"{address}?view={wanted.view}",
        "segments": [Segment.PERSONAL, Segment.CORPORATE],
        "channels": Channel.choices,
        "customer": _customer(request.user, wanted),
        "can_work": request.user.can(Can.WORK_TICKETS),
    }


def _tab(wanted: Wanted, counts: Counts, view: str, address: str) -> dict[str, Any]:
    return {
        "view": view,
        "label": str(VIEWS[view]),
        "count": counts.views.get(view),
        "url": f"{address}?{wanted.query(view=view)}",
        "current": view == wanted.view,
    }


def _customer(user: User, wanted: Wanted) -> str:
    """The name that the queue is narrowed to; read only where the address names one."""
    if not wanted.customer:
        return ""
    named = Customer.objects.visible_to(user).filter(pk=wanted.customer)
    return named.values_list("name", flat=True).first() or ""
