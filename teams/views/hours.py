"""Opening hours: when the clocks of a group's tickets run (W1, T5)."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.htmx import page
from teams import actions
from teams.forms import DAYS, CalendarForm, write_windows
from teams.http import Request
from teams.models import Calendar
from teams.roles import Can


class Shown(NamedTuple):
    """One calendar as a list shows it."""

    calendar: Calendar
    lines: list[tuple[str, str]]
    groups: list[str]
    mine: bool


@require_safe
def calendars(request: Request) -> HttpResponse:
    """All opening hours and the groups that keep them."""
    request.user.must(Can.MANAGE_PEOPLE)
    mine = set(Calendar.objects.run_by(request.user).values_list("pk", flat=True))
    rows = Calendar.objects.in_name_order().prefetch_related("groups")
    shown = [
        Shown(row, lines(row), [str(group) for group in row.groups.all()], row.pk in mine)
        for row in rows
    ]
    return page(request, "teams/settings_hours.html", {"shown": shown}, partial="section")


def lines(calendar: Calendar) -> list[tuple[str, str]]:
    """The week as (days, times), equal neighbours in one line."""
    if not calendar.week:
        return [(_("Every day"), _("Always open"))]
    found: list[tuple[str, str, str]] = []
    for day, label in enumerate(DAYS):
        shut = pgettext("opening hours", "Closed")
        times = write_windows(calendar.week.get(str(day), [])) or shut
        if found and found[-1][2] == times:
            found[-1] = (found[-1][0], str(label), times)
        else:
            found.append((str(label), str(label), times))
    span = _("%(first)s to %(last)s")
    return [
        (first if first == last else span % {"first": first, "last": last}, times)
        for first, last, times in found
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_new(request: Request) -> HttpResponse:
    """Add opening hours."""
    request.user.must(Can.MANAGE_PEOPLE)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: Request, pk: int) -> HttpResponse:
    """Change opening hours; promises made before stay as they were made."""
    request.user.must(Can.MANAGE_PEOPLE)
    row = get_object_or_404(Calendar, pk=pk)
    if not Calendar.objects.run_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)
    return _edit(request, row)


def _edit(request: Request, row: Calendar | None) -> HttpResponse:
    form = CalendarForm(request.POST or None, calendar=row)
    key = row.pk if row else None
    if form.tried(actions.save_calendar, key, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("The opening hours are saved. They hold for new tickets."))
        answer = redirect("settings-hours")
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": answer["Location"]})
        return answer
    context = {"form": form, "calendar": row}
    status = 422 if form.errors else 200
    return page(request, "teams/settings_calendar.html", context, partial="section", status=status)
