"""Opening hours: when the clocks of a group's tickets run (W1, T5)."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.htmx import page
from csservice.lib.wording import listed
from teams import actions
from teams.counted import counted, unknown_years
from teams.forms import CalendarForm, DueForm, ImportForm, country_name
from teams.hours import NeverOpenError, deadline
from teams.http import Request
from teams.models import Calendar, CalendarVersion
from teams.roles import Can
from teams.views import hours_words

MOST_VERSIONS = 50


class Shown(NamedTuple):
    """One calendar as a list shows it."""

    calendar: Calendar
    week: list[hours_words.Weekday]
    lines: list[tuple[str, str]]
    country: str
    missing: list[int]
    groups: list[str]
    mine: bool


@require_safe
def calendars(request: Request) -> HttpResponse:
    """All opening hours and the groups that keep them."""
    request.user.must(Can.MANAGE_PEOPLE)
    mine = set(Calendar.objects.run_by(request.user).values_list("pk", flat=True))
    rows = Calendar.objects.select_related("current").in_name_order().prefetch_related("groups")
    shown = [_shown(row, mine=row.pk in mine) for row in rows]
    return page(request, "teams/settings_hours.html", {"shown": shown}, partial="section")


def _shown(row: Calendar, *, mine: bool) -> Shown:
    said = _version(row).known()
    return Shown(
        calendar=row,
        week=hours_words.week(said),
        lines=hours_words.lines(said),
        country=country_name(row.country) if row.country else "",
        missing=hours_words.missing_years(said, timezone.now()),
        groups=[str(group) for group in row.groups.all()],
        mine=mine,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_new(request: Request) -> HttpResponse:
    """Add opening hours."""
    request.user.must(Can.MANAGE_PEOPLE)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: Request, pk: int) -> HttpResponse:
    """Change opening hours; promises made before stay as they were made."""
    request.user.must(Can.MANAGE_PEOPLE)
    return _edit(request, _mine(request, pk))


def _mine(request: Request, pk: int) -> Calendar:
    """Raises Http404, PermissionDenied (another manager's)."""
    row: Calendar = get_object_or_404(Calendar.objects.select_related("current"), pk=pk)
    if not Calendar.objects.run_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)
    return row


def _version(row: Calendar) -> CalendarVersion:
    """What the calendar says now; one that was never saved by an action is read as it stands."""
    return row.current or CalendarVersion(calendar=row, number=0, spec=row.text())


def _edit(request: Request, row: Calendar | None) -> HttpResponse:
    form = CalendarForm(request.POST or None, calendar=row)
    key = row.pk if row else None
    saved = form.tried(actions.save_calendar, key, by=request.user, now=timezone.now())
    if saved is not None:
        messages.success(request, _("The opening hours are saved. They hold for new tickets."))
        return _to(request, saved)
    context = {"form": form, "calendar": row, **_typed(form)} | (_about(row) if row else {})
    status = 422 if form.errors else 200
    return page(request, "teams/settings_calendar.html", context, partial="section", status=status)


@require_safe
def calendar_drawn(request: Request) -> HttpResponse:
    """The week drawn as it is being typed; nothing is kept."""
    request.user.must(Can.MANAGE_PEOPLE)
    context = _typed(CalendarForm(request.GET))
    return page(request, "teams/settings_hours_drawn.html", context, partial="drawn")


def _typed(form: CalendarForm) -> dict[str, Any]:
    """The week of the fields as they stand, drawn, and the days that cannot be read."""
    week, unread = form.typed()
    said = {"week": week}
    return {
        "drawn": hours_words.week(said),
        "drawn_overnight": hours_words.overnight(said),
        "unread": listed(unread),
    }


def _to(request: Request, saved: Calendar) -> HttpResponse:
    answer = redirect("calendar", saved.pk)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


def _about(row: Calendar) -> dict[str, Any]:
    """What the page of a calendar shows beside its form."""
    newest = row.versions.select_related("made_by").order_by("-number")[: MOST_VERSIONS + 1]
    version = _version(row)
    return {
        "changes": hours_words.changes(list(newest))[:MOST_VERSIONS],
        **_pictures(version),
        **_tested(DueForm(None, tz=row.time_zone, initial=_example(row.time_zone)), version),
    }


def _pictures(version: CalendarVersion) -> dict[str, Any]:
    said, now = version.known(), timezone.now()
    return {
        "version": version,
        "week": hours_words.week(said),
        "overnight": hours_words.overnight(said),
        "years": hours_words.years(said, now),
        "missing": hours_words.missing_years(said, now),
        "country": country_name(said["country"]) if said["country"] else "",
        "tz": said["tz"],
    }


# ---- versions -------------------------------------------------------------------------------
@require_safe
def calendar_version(request: Request, pk: int, number: int) -> HttpResponse:
    """Opening hours as they were: what promises of then are counted by."""
    request.user.must(Can.MANAGE_PEOPLE)
    found = _numbered(pk, number)
    after = CalendarVersion.objects.filter(calendar=pk, number=number + 1).first()
    mine = Calendar.objects.run_by(request.user).filter(pk=pk).exists()
    context = {"calendar": found.calendar, "after": after, "mine": mine, **_pictures(found)}
    return page(request, "teams/settings_hours_version.html", context, partial="section")


def _numbered(pk: int, number: int) -> CalendarVersion:
    rows = CalendarVersion.objects.select_related("calendar", "made_by")
    found: CalendarVersion = get_object_or_404(rows, calendar=pk, number=number)
    return found


# ---- a question -----------------------------------------------------------------------------
@require_safe
def calendar_test(request: Request, pk: int) -> HttpResponse:
    """When a contact would be due, and which days are counted until then. By GET: it is a link."""
    request.user.must(Can.MANAGE_PEOPLE)
    row = get_object_or_404(Calendar.objects.select_related("current"), pk=pk)
    number = request.GET.get("version", "")
    asked = number.isascii() and number.isdigit() and len(number) < 7
    found = _numbered(pk, int(number)) if asked else _version(row)
    tz = str(found.known()["tz"])
    form = DueForm(
        request.GET if "start" in request.GET else None,
        tz=tz,
        initial=_example(tz) | {"version": found.number if asked else None},
    )
    mine = Calendar.objects.run_by(request.user).filter(pk=pk).exists()
    context = {"calendar": row, "mine": mine, **_tested(form, found)}
    status = 422 if form.errors else 200
    return page(request, "teams/settings_hours_test.html", context, partial="tester", status=status)


def _example(tz: str) -> dict[str, Any]:
    """Five minutes from now."""
    local = timezone.now().astimezone(ZoneInfo(tz))
    return {"start": f"{local:%Y-%m-%dT%H:%M}", "amount": 5, "unit": "minutes"}


def _tested(form: DueForm, version: CalendarVersion) -> dict[str, Any]:
    """The form and, when it is sent and right, its answer."""
    context: dict[str, Any] = {"test": form, "tested_version": version, "tz": form.zone.key}
    if not form.is_valid():
        return context
    hours, said = version.hours(), version.known()
    start, seconds = form.cleaned_data["start"], form.cleaned_data["seconds"]
    try:
        due = deadline(hours, start, seconds)
    except NeverOpenError:
        form.add_error(None, _("These hours hold too little open time for that."))
        return context
    return context | {
        "start": hours_words.moment(start, hours.tz),
        "due": hours_words.moment(due, hours.tz),
        "told": hours_words.told(counted(said, hours, start, due), hours.tz),
        "query": urlencode({k: v for k, v in form.data.items() if k in form.fields}),
        "unknown": unknown_years(said, start, due),
    }


# ---- a year's holidays from a file ----------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_import(request: Request, pk: int) -> HttpResponse:
    """The holidays of a year that the library does not know: text or file, preview, import."""
    request.user.must(Can.MANAGE_PEOPLE)
    row = _mine(request, pk)
    wanted = {"year": request.GET.get("year") or _next(row)}
    form = ImportForm(request.POST or None, request.FILES or None, initial=wanted)
    saved = None
    if request.POST.get("step") == "import":
        saved = form.tried(actions.import_public_days, pk, by=request.user, now=timezone.now())
    if saved is not None:
        said = _("The holidays of %(year)s are imported. They hold for new tickets.")
        messages.success(request, said % {"year": form.cleaned_data["year"]})
        return _to(request, row)
    days = None if form.errors else form.tried(actions.preview_public_days)
    context = {"form": form, "calendar": row, "country": country_name(row.country)}
    if days:
        context |= {"days": days, **_preview(row, form.cleaned_data, days)}
    status = 422 if form.errors else 200
    return page(
        request, "teams/settings_hours_import.html", context, partial="section", status=status
    )


def _next(row: Calendar) -> int:
    """The first year, from this one on, that is not known."""
    said = _version(row).known()
    now = timezone.now()
    missing = hours_words.missing_years(said, now)
    return missing[0] if missing else now.astimezone(ZoneInfo(row.time_zone)).year + 1


def _preview(row: Calendar, given: dict[str, Any], days: Any) -> dict[str, Any]:
    """What an import would bring, and what of it is new or replaced."""
    prefix = f"{given['year']}-"
    kept = {day: known for day, known in row.public.items() if day.startswith(prefix)}
    new = {day.isoformat(): found.kind for day, found in days.items()}
    return {
        "given": given,
        "lines": hours_words.preview_lines(days),
        "off": sum(kind == "off" for kind in new.values()),
        "work": sum(kind == "work" for kind in new.values()),
        "source": row.years.get(str(given["year"]), ""),
        "kept": len(kept),
        "gone": sorted(set(kept) - set(new)),
        "added": sorted(set(new) - set(kept)),
    }
