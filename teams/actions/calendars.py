"""Writes of opening hours: each save is a new version; promises keep theirs (W1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams import public_days
from teams.actions._row import freeze, given, refuse_double, write
from teams.hours import NeverOpenError
from teams.models import Calendar, User
from teams.roles import Can

Week = Mapping[str, Sequence[Sequence[int]]]
ON_RECORD = ("name", "time_zone", "week", "days", "country", "years")


@transaction.atomic
def save_calendar(
    calendar_id: int | None,
    *,
    by: User,
    name: str,
    time_zone: str,
    week: Week | None,
    now: datetime,
    days: Week | None = None,
    **more: Any,
) -> Calendar:
    """New opening hours (None), or changed ones. `week`: "0" (Monday) to "6" -> [[from_s, to_s]].

    `week` None is day and night. `days`, "2026-10-01" -> windows of that day. Also `name_zh`,
    `country` (whose public holidays are off; "" none) and `day_names`, date -> why that day is
    different. What is not given stays. A manager changes only hours that no other's group keeps.
    Raises PermissionDenied, Calendar.DoesNotExist, InvalidError (a week that is never open, …).
    """
    by.must(Can.MANAGE_PEOPLE)
    calendar = Calendar() if calendar_id is None else _theirs(calendar_id, by=by)
    before = _on_record(calendar)
    calendar.name = given("name", name, _("Enter a name for the opening hours."))
    refuse_double(calendar, "name", _("Other opening hours have this name. Enter another."))
    calendar.name_zh = str(more.get("name_zh", calendar.name_zh)).strip()
    calendar.time_zone = checked_zone(time_zone)
    _set_country(calendar, more.get("country", calendar.country), now=now)
    _set_windows(calendar, week, calendar.days if days is None else days)
    names = more.get("day_names", calendar.day_names)
    calendar.day_names = {day: names[day] for day in calendar.days if names.get(day)}
    write(calendar)
    freeze(calendar, by=by, now=now)
    kind = "calendar.added" if calendar_id is None else "calendar.changed"
    after = _on_record(calendar)
    record(kind, "calendar", calendar.pk, by=by, now=now, before=before, after=after)
    return calendar


@transaction.atomic
def import_public_days(
    calendar_id: int, *, by: User, year: int, text: str, now: datetime
) -> Calendar:
    """The holidays and make-up days of a year that the library does not know, from a file's text.

    Replaces what was known of that year. Formats: teams.public_days.read_days.
    Raises PermissionDenied, Calendar.DoesNotExist, InvalidError (`text`: the line, `country`).
    """
    by.must(Can.MANAGE_PEOPLE)
    calendar = _theirs(calendar_id, by=by)
    if not calendar.country:
        raise InvalidError("country", _("Choose the country of the public holidays first."))
    _set_year(calendar, year, preview_public_days(text, year), source="file")
    write(calendar)
    freeze(calendar, by=by, now=now)
    record("calendar.imported", "calendar", calendar.pk, by=by, now=now, year=year)
    return calendar


def preview_public_days(text: str, year: int) -> Mapping[date, public_days.PublicDay]:
    """What an import of `text` would bring; nothing is written. Raises InvalidError (`text`)."""
    try:
        return public_days.read_days(text, year)
    except public_days.NotReadError as refusal:
        said = _("No day was found. Write a line for each: 2027-02-06 off Spring Festival.")
        if refusal.line:
            said = _("This is no day of %(year)s, or comes twice: %(line)s")
            said %= {"year": year, "line": refusal.line[:80]}
        raise InvalidError("text", said) from None


@transaction.atomic
def extend_calendars(*, now: datetime) -> int:
    """Give every calendar with a country the holidays of this and the next year where the library
    has come to know them. Returns how many calendars got a new version."""
    found = 0
    rows = Calendar.objects.exclude(country="").order_by("pk").select_for_update(skip_locked=True)
    for calendar in rows:
        before = dict(calendar.years)
        _learn(calendar, now=now)
        if calendar.years == before:
            continue
        write(calendar)
        freeze(calendar, by=None, now=now)
        record(
            "calendar.extended",
            "calendar",
            calendar.pk,
            by=None,
            now=now,
            years=sorted(set(calendar.years) - set(before)),
        )
        found += 1
    return found


def _theirs(calendar_id: int, *, by: User) -> Calendar:
    calendar = Calendar.objects.select_for_update().get(pk=calendar_id)
    if not Calendar.objects.run_by(by).filter(pk=calendar_id).exists():
        raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)
    return calendar


def _on_record(calendar: Calendar) -> dict[str, Any]:
    return {name: getattr(calendar, name) for name in ON_RECORD}


def _set_country(calendar: Calendar, country: str, *, now: datetime) -> None:
    """Whose holidays are off; what is known of another country's goes. Raises InvalidError."""
    if country and country not in public_days.countries():
        raise InvalidError("country", _("Choose a country from the list."))
    if country != calendar.country:
        calendar.country, calendar.public, calendar.years = country, {}, {}
    _learn(calendar, now=now)


def _learn(calendar: Calendar, *, now: datetime) -> None:
    """The years from the last to the next that are not known yet, where the library has them."""
    year = now.astimezone(ZoneInfo(calendar.time_zone)).year
    for missing in range(year - 1, year + 2) if calendar.country else ():
        if str(missing) not in calendar.years:
            try:
                known = public_days.known_days(calendar.country, missing)
            except public_days.UnknownYearError:
                continue  # the page and the status say so, until it is imported
            _set_year(calendar, missing, known, source="library")


def _set_year(
    calendar: Calendar, year: int, days: Mapping[date, public_days.PublicDay], *, source: str
) -> None:
    others = {day: kept for day, kept in calendar.public.items() if not day.startswith(f"{year}-")}
    calendar.public = dict(sorted((others | public_days.to_data(days)).items()))
    calendar.years = dict(sorted((calendar.years | {str(year): source}).items()))


def _set_windows(calendar: Calendar, week: Week | None, days: Week) -> None:
    """Windows of the week and of single days, checked by the rule that counts in them."""
    calendar.days = {day: [list(window) for window in windows] for day, windows in days.items()}
    calendar.week = {
        day: [list(window) for window in windows] for day, windows in (week or {}).items()
    }
    if week is not None and not any(week.values()):
        raise InvalidError(
            "week", _("Give one day of the week opening hours, or choose always open.")
        )
    if set(calendar.week) - {str(day) for day in range(7)}:
        raise InvalidError("week", _("Name the days 0 (Monday) to 6 (Sunday)."))
    for day in calendar.days:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise InvalidError("days", _("Write dates as 2026-10-01.")) from None
    calendar.spec = ""
    try:
        calendar.hours()
    except NeverOpenError:
        raise InvalidError("week", _("Give one day of the week opening hours.")) from None
    except (TypeError, ValueError):
        raise InvalidError(
            "week", _("Let each time end after it starts, and none of a day overlap.")
        ) from None


def checked_zone(name: str) -> str:
    """An IANA time zone's name. Raises InvalidError (time_zone)."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidError("time_zone", _("Choose a time zone from the list.")) from None
    return name
