"""Writes of groups, skills and opening hours (T3, T5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError
from teams import actions
from teams.models import Calendar, Group, Skill, User
from tests.factories import T0, make_calendar, make_group, make_manager, make_skill

pytestmark = pytest.mark.django_db
NINE_TO_SIX = {"0": [[9 * 3600, 18 * 3600]]}


def calendar(by: User, pk: int | None = None, **over: Any) -> Calendar:
    fields: dict[str, Any] = {"name": "Office", "time_zone": "Asia/Shanghai", "week": NINE_TO_SIX}
    return actions.save_calendar(pk, by=by, now=T0, **fields | over)


def test_a_director_adds_a_group_and_its_manager(director: User, manager: User) -> None:
    group = actions.save_group(
        None,
        by=director,
        now=T0,
        name=" Wealth ",
        name_zh="理财",
        segment="personal",
        manager=manager,
        calendar=make_calendar(),
    )
    assert (group.name, group.manager) == ("Wealth", manager)
    entry = Entry.objects.get(kind="group.added")
    assert entry.data["after"]["manager"] == manager.pk


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "cards"}, "name"),
        ({"segment": "x"}, "segment"),
        ({"calendar": None}, "calendar"),
        ({"manager": "owner"}, "manager"),
    ],
)
def test_a_wrong_group_is_refused_and_not_written(
    director: User, owner: User, group: Group, over: dict[str, Any], field: str
) -> None:
    fields: dict[str, Any] = {"name": "New", "segment": "personal", "calendar": group.calendar}
    fields |= {"manager": owner} if field == "manager" else over
    with pytest.raises(InvalidError) as refusal:
        actions.save_group(None, by=director, now=T0, **fields)
    assert refusal.value.field == field
    assert Group.objects.count() == 1
    assert not Entry.objects.exists()


def test_a_manager_changes_name_and_hours_of_their_group_with_a_reason(
    manager: User, group: Group
) -> None:
    hours = make_calendar()
    before = group.calendar.pk
    with pytest.raises(InvalidError, match="reason"):
        actions.save_group(group.pk, by=manager, now=T0, name="Card desk")
    actions.save_group(
        group.pk, by=manager, now=T0, reason="clearer", name="Card desk", calendar=hours
    )
    group.refresh_from_db()
    assert (group.name, group.calendar) == ("Card desk", hours)
    assert Entry.objects.get(kind="group.changed").data == {
        "before": {"name": "Cards", "calendar": before},
        "after": {"name": "Card desk", "calendar": hours.pk},
        "reason": "clearer",
    }


def test_a_manager_makes_no_group_and_changes_no_segment_manager_or_others_group(
    manager: User, group: Group, other_group: Group
) -> None:
    tries: list[tuple[int | None, dict[str, Any]]] = [
        (None, {"name": "New", "segment": "personal", "calendar": group.calendar}),
        (group.pk, {"segment": "corporate"}),
        (group.pk, {"manager": None}),
        (other_group.pk, {"name": "Mine"}),
    ]
    for pk, fields in tries:
        with pytest.raises(PermissionDenied):
            actions.save_group(pk, by=manager, now=T0, reason="x", **fields)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("who", ["owner", "support"])
def test_only_those_who_manage_keep_groups_skills_and_hours(
    who: str, request: pytest.FixtureRequest, group: Group
) -> None:
    by = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        actions.save_group(group.pk, by=by, now=T0, reason="x", name="y")
    with pytest.raises(PermissionDenied):
        actions.save_skill(None, by=by, name="x", now=T0)
    with pytest.raises(PermissionDenied):
        calendar(by)
    assert not Entry.objects.exists()
    assert not Skill.objects.exists()


def test_a_skill_is_added_renamed_and_never_doubled(manager: User) -> None:
    skill = actions.save_skill(None, by=manager, name="Payments", name_zh="支付", now=T0)
    assert actions.save_skill(skill.pk, by=manager, name="payments", now=T0).name == "payments"
    for name in ("PAYMENTS", " "):
        with pytest.raises(InvalidError):
            actions.save_skill(None, by=manager, name=name, now=T0)
    assert Skill.objects.count() == 1
    assert [e.kind for e in Entry.objects.order_by("pk")] == ["skill.added", "skill.changed"]


def test_names_are_read_in_the_language_of_the_reader() -> None:
    group, skill = make_group(name="Cards", name_zh="银行卡组"), make_skill(name="Tax")
    with translation.override("zh-hans"):
        assert (str(group), str(skill)) == ("银行卡组", "Tax")
    assert str(group) == "Cards"


def test_hours_are_added_and_changed_on_record(manager: User) -> None:
    made = calendar(manager, days={"2026-10-01": []})
    assert made.hours().week[0][0].end_s == 18 * 3600
    kept = calendar(manager, made.pk, week=None)
    assert (kept.week, kept.days) == ({}, {"2026-10-01": []})
    assert [e.kind for e in Entry.objects.order_by("pk")] == ["calendar.added", "calendar.changed"]


def test_always_open_keeps_its_single_days(manager: User) -> None:
    made = calendar(manager, week=None, days={"2026-10-01": []})
    assert not made.hours().on(date(2026, 10, 1))
    assert made.hours().on(date(2026, 10, 2))[0].end_s == 86_400


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"week": {}}, "week"),
        ({"week": {"0": []}}, "week"),
        ({"week": {"7": [[0, 60]]}}, "week"),
        ({"week": {"0": [[60, 60]]}}, "week"),
        ({"week": {"0": [[0, 90_000]]}}, "week"),
        ({"week": {"0": [[0, 7200], [3600, 9000]]}}, "week"),
        ({"week": {"0": [[0, 60, 90]]}}, "week"),
        ({"days": {"first of May": []}}, "days"),
        ({"time_zone": "Mars/North"}, "time_zone"),
        ({"time_zone": "/etc/passwd"}, "time_zone"),
        ({"name": " "}, "name"),
    ],
)
def test_hours_that_no_clock_can_count_in_are_refused(
    director: User, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        calendar(director, **over)
    assert refusal.value.field == field
    assert not Calendar.objects.exists()
    assert not Entry.objects.exists()


def test_a_manager_leaves_the_hours_of_others_groups_alone(manager: User, group: Group) -> None:
    make_group(calendar=group.calendar, manager=make_manager())
    with pytest.raises(PermissionDenied):
        calendar(manager, group.calendar.pk)
    assert not Entry.objects.exists()


def test_hours_without_a_name_of_their_own_are_refused(director: User) -> None:
    calendar(director)
    with pytest.raises(InvalidError):
        calendar(director, name="OFFICE")
    assert Calendar.objects.count() == 1
