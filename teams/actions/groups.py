"""Writes of groups and skills (T3, T5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams.actions._row import checked_reason, given, refuse_double, write
from teams.models import Group, Skill, User
from teams.models.groups import Segment
from teams.roles import Can

PLAIN = frozenset({"name", "name_zh", "calendar", "certified_only"})


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


def _plain(value: Any) -> Any:
    """A value for the ledger: rows by their key."""
    return getattr(value, "pk", value)
