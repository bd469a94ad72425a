"""Writes of groups, skills and opening hours (T3, T5)."""

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
from teams.actions._row import checked_reason, given, write
from teams.hours import NeverOpenError
from teams.models import Calendar, Group, Skill, User
from teams.models.groups import Segment
from teams.roles import Can

Week = Mapping[str, Sequence[Sequence[int]]]
PLAIN = frozenset({"name", "name_zh", "calendar"})


@transaction.atomic
def save_group(
    group_id: int | None, *, by: User, now: datetime, reason: str = "", **fields: Any
) -> Group:
    """A new group (None), or what is given changed: name, name_zh, segment, manager, calendar.

    New groups, segments and managers are a director's (T1); a change says why.
    Raises PermissionDenied, Group.DoesNotExist, InvalidError (field); then nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    if group_id is None:
        by.must(Can.MANAGE_ALL_PEOPLE)
        group = Group()
    else:
        group = Group.objects.visible_to(by).select_for_update().get(pk=group_id)
        reason = checked_reason(reason)
    changed = {k: v for k, v in fields.items() if _plain(getattr(group, k, None)) != _plain(v)}
    _must_change(group, changed, by=by)
    return _write(group, changed, by=by, now=now, reason=reason)


def _must_change(group: Group, changed: Mapping[str, Any], *, by: User) -> None:
    if set(changed) - PLAIN:
        by.must(Can.MANAGE_ALL_PEOPLE)
    if group.pk and not Group.objects.run_by(by).filter(pk=group.pk).exists():
        raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)


def _write(group: Group, changed: dict[str, Any], *, by: User, now: datetime, reason: str) -> Group:
    new = group.pk is None
    before = {} if new else {key: _plain(getattr(group, key)) for key in changed}
    for key, value in changed.items():
        setattr(group, key, value)
    group.name = given("name", group.name, _("Enter the group's name."))
    if group.segment not in Segment.values:
        raise InvalidError("segment", _("Choose the customers that the group serves."))
    if group.calendar_id is None:
        raise InvalidError("calendar", _("Choose opening hours."))
    if group.manager and not group.manager.can(Can.MANAGE_PEOPLE):
        raise InvalidError("manager", _("Choose somebody whose role is manager or director."))
    refuse_double(group, "name", _("Another group has this name. Enter another."))
    write(group)
    after = {key: _plain(value) for key, value in changed.items()}
    kind = "group.added" if new else "group.changed"
    said = {"before": before, "after": after, "reason": reason}
    record(kind, "group", group.pk, by=by, now=now, **said)
    return group


@transaction.atomic
def save_skill(
    skill_id: int | None, *, by: User, name: str, now: datetime, name_zh: str = ""
) -> Skill:
    """A new skill (None), or another name for one. Raises PermissionDenied, InvalidError (name)."""
    by.must(Can.MANAGE_PEOPLE)
    skill = Skill() if skill_id is None else Skill.objects.select_for_update().get(pk=skill_id)
    skill.name = given("name", name, _("Enter the skill's name."))
    skill.name_zh = name_zh.strip()
    refuse_double(skill, "name", _("Another skill has this name. Enter another."))
    write(skill)
    kind = "skill.added" if skill_id is None else "skill.changed"
    record(kind, "skill", skill.pk, by=by, now=now, name=skill.name, name_zh=skill.name_zh)
    return skill


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
) -> Calendar:
    """New opening hours (None), or changed ones. `week`: "0" (Monday) to "6" -> [[from_s, to_s]].

    `week` None is day and night. `days`, "2026-10-01" -> windows of that day; None leaves them.
    A manager changes only hours that no other manager's group keeps.
    Raises PermissionDenied, Calendar.DoesNotExist, InvalidError (a week that is never open, …).
    """
    by.must(Can.MANAGE_PEOPLE)
    if calendar_id is None:
        calendar = Calendar()
    else:
        calendar = Calendar.objects.select_for_update().get(pk=calendar_id)
        if not Calendar.objects.run_by(by).filter(pk=calendar_id).exists():
            raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)
    before = {"week": calendar.week, "days": calendar.days, "time_zone": calendar.time_zone}
    calendar.name = given("name", name, _("Enter a name for the opening hours."))
    refuse_double(calendar, "name", _("Other opening hours have this name. Enter another."))
    calendar.time_zone = checked_zone(time_zone)
    _set_windows(calendar, week, calendar.days if days is None else days)
    write(calendar)
    after = {"week": calendar.week, "days": calendar.days, "time_zone": calendar.time_zone}
    kind = "calendar.added" if calendar_id is None else "calendar.changed"
    record(kind, "calendar", calendar.pk, by=by, now=now, before=before, after=after)
    return calendar


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
    try:
        calendar.hours()
    except NeverOpenError:
        raise InvalidError("week", _("Give one day of the week opening hours.")) from None
    except (TypeError, ValueError):
        raise InvalidError("week", _("Let the closing time be after the opening time.")) from None


def checked_zone(name: str) -> str:
    """An IANA time zone's name. Raises InvalidError (time_zone)."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidError("time_zone", _("Choose a time zone from the list.")) from None
    return name


def refuse_double(row: Group | Skill | Calendar, field: str, said: str) -> None:
    """Raises InvalidError (field) when another row has the same value."""
    same = type(row)._default_manager.filter(**{f"{field}__iexact": getattr(row, field)})
    if same.exclude(pk=row.pk).exists():
        raise InvalidError(field, said)


def _plain(value: Any) -> Any:
    """A value for the ledger: rows by their key."""
    return getattr(value, "pk", value)
