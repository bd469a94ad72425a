"""The quarterly cycle: opened, followed, attended, excused (L5, K4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Absence, Group, User
from tests.factories import make_group, make_manager, make_user
from training import actions
from training.actions._book import book
from training.models import Area, Cycle, CycleMember, Record, Reminder
from training.quarters import Quarter, State

pytestmark = pytest.mark.django_db
Q1 = Quarter(2026, 1)
OPEN = datetime(2025, 12, 31, 16, 5, tzinfo=UTC)  # 5 minutes after midnight in Shanghai
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LAST = date(2026, 3, 31)


def person(group: Group | None = None, **over: Any) -> User:
    groups = [group] if group else []
    return make_user(groups=groups, **{"date_joined": LONG_AGO} | over)


def train(user: User, area: str = "product", at: datetime = OPEN + 20 * DAY, **over: Any) -> Record:
    said = {"way": "course", "source": f"test:{area}:{at:%Y%m%d}", "by": None, "now": at}
    return book(user, area=area, at=at, **said | over)


def opened() -> None:
    """The quarter is open; the standing people were there long before."""
    User.objects.update(date_joined=LONG_AGO)
    actions.open_due(now=OPEN)


def member(user: User, area: str = "product", quarter: Quarter = Q1) -> CycleMember:
    rows = CycleMember.objects.select_related("cycle")
    found = rows.filter(cycle__in=Cycle.objects.of(quarter), cycle__area=area)
    return found.get(user=user)


# ---- opening ----------------------------------------------------------------------------------
def test_a_quarter_opens_with_everybody_at_work_in_every_area(group: Group) -> None:
    staff = [person(group), person(role="director"), person(role="support")]
    gone = person(group, is_active=False)
    assert actions.open_due(now=OPEN) == 4
    assert {cycle.area for cycle in Cycle.objects.all()} == set(Area)
    assert CycleMember.objects.count() == 4 * len(staff)
    assert not CycleMember.objects.filter(user=gone).exists()
    row = member(staff[0])
    assert (row.group, row.since, row.due_on, row.remind_on) == (
        group,
        date(2026, 1, 1),
        LAST,
        date(2026, 3, 17),
    )


def test_opening_again_changes_nothing() -> None:
    person()
    actions.open_due(now=OPEN)
    before = list(CycleMember.objects.values_list())
    assert actions.open_due(now=OPEN + DAY) == 0
    assert list(CycleMember.objects.values_list()) == before
    assert Entry.objects.filter(kind="training.opened").count() == 4


def test_the_group_at_that_time_stays(group: Group, other_group: Group) -> None:
    one = person(group)
    actions.open_due(now=OPEN)
    one.memberships.update(group=other_group)
    actions.follow_people(now=OPEN + 3 * DAY)
    assert member(one).group == group


def test_a_manager_counts_in_the_group_they_run() -> None:
    mine = make_group()
    manager = make_manager(runs=[mine], date_joined=LONG_AGO)
    actions.open_due(now=OPEN)
    assert member(manager).group == mine


def test_a_manager_opens_this_quarter_and_the_next_but_no_other(manager: User) -> None:
    assert actions.open_quarter(Q1, by=manager, now=OPEN) == 4
    assert actions.open_quarter(Q1.after(), by=manager, now=OPEN) == 4
    for quarter in (Q1.before(), Q1.after().after()):
        with pytest.raises(RefusedError):
            actions.open_quarter(quarter, by=manager, now=OPEN)
    assert Cycle.objects.count() == 8
    assert {cycle.opened_by for cycle in Cycle.objects.all()} == {manager}


def test_a_specialist_opens_nothing(owner: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.open_quarter(Q1, by=owner, now=OPEN)
    assert not Cycle.objects.exists()


def test_what_was_booked_before_the_cycle_opened_counts() -> None:
    one = person()
    early = train(one, at=OPEN + timedelta(hours=1))
    actions.open_due(now=OPEN + 3 * DAY)
    assert member(one).record == early
    assert member(one).remind_on is None


# ---- following --------------------------------------------------------------------------------
def test_who_joins_is_due_in_proportion() -> None:
    person()
    actions.open_due(now=OPEN)
    new = make_user(date_joined=datetime(2026, 2, 14, 17, tzinfo=UTC))  # the 15th in Shanghai
    assert actions.follow_people(now=datetime(2026, 2, 16, 3, tzinfo=UTC)) == 4
    row = member(new)
    assert (row.since, row.due_on) == (date(2026, 2, 15), date(2026, 4, 15))
    assert row.state_on(LAST) is State.LATER
    assert actions.follow_people(now=datetime(2026, 2, 16, 4, tzinfo=UTC)) == 0


def test_who_leaves_is_required_no_longer_and_stays_in_the_list() -> None:
    one, other = person(), person()
    actions.open_due(now=OPEN)
    train(other)
    at = datetime(2026, 2, 3, 2, tzinfo=UTC)
    for user in (one, other):
        user.leave(at)
        user.save(update_fields=User.LEAVE_FIELDS)
    actions.follow_people(now=at + 2 * DAY)
    assert (member(one).left_on, member(one).remind_on) == (date(2026, 2, 3), None)
    assert member(one).state_on(date(2026, 2, 5)) is State.LEFT
    assert member(other).state_on(date(2026, 2, 5)) is State.ATTENDED


def test_who_comes_back_is_required_again_with_time_as_a_joiner() -> None:
    one = person()
    actions.open_due(now=OPEN)
    one.leave(OPEN + DAY)
    one.save(update_fields=User.LEAVE_FIELDS)
    actions.follow_people(now=OPEN + 2 * DAY)
    one.is_active = True
    one.save(update_fields=["is_active"])
    actions.follow_people(now=datetime(2026, 2, 15, 2, tzinfo=UTC))
    row = member(one)
    assert (row.left_on, row.since, row.due_on) == (None, date(2026, 2, 15), date(2026, 4, 15))


# ---- attending --------------------------------------------------------------------------------
def test_a_training_counts_for_its_area_and_quarter() -> None:
    one = person()
    actions.open_due(now=OPEN)
    row = train(one)
    assert member(one).record == row
    assert member(one).attended_at == row.at
    assert member(one).remind_on is None
    assert member(one, "service").record is None


def test_a_training_that_was_not_passed_does_not_count() -> None:
    one = person()
    actions.open_due(now=OPEN)
    train(one, passed=False)
    assert member(one).record is None


def test_a_training_counts_once() -> None:
    one = person()
    actions.open_due(now=OPEN)
    first, second = train(one), train(one, at=OPEN + 30 * DAY)
    assert member(one).record == first
    assert not CycleMember.objects.filter(record=second).exists()


def test_a_training_after_the_quarter_counts_for_who_is_still_due() -> None:
    one = person(date_joined=datetime(2026, 3, 20, tzinfo=UTC))
    actions.open_due(now=OPEN)
    actions.follow_people(now=datetime(2026, 3, 21, tzinfo=UTC))
    actions.open_due(now=datetime(2026, 4, 1, 3, tzinfo=UTC))
    first = train(one, at=datetime(2026, 4, 10, tzinfo=UTC))
    second = train(one, at=datetime(2026, 4, 20, tzinfo=UTC))
    assert member(one).record == first
    assert member(one, quarter=Q1.after()).record == second


def test_a_correction_takes_a_training_back_and_another_takes_its_place() -> None:
    one = person()
    actions.open_due(now=OPEN)
    train(one, source="a")
    train(one, source="b", at=OPEN + 30 * DAY)
    train(one, source="a", passed=False)
    assert member(one).record is not None
    assert member(one).record.source == "b"  # type: ignore[union-attr]
    train(one, source="b", at=OPEN + 30 * DAY, area="service")
    assert member(one).record is None
    assert member(one).remind_on == date(2026, 1, 31)
    assert member(one, "service").record is not None


# ---- excusing ---------------------------------------------------------------------------------
def test_an_excuse_says_why_and_by_whom_and_can_be_revoked(
    manager: User, owner: User, group: Group
) -> None:
    opened()
    pk = CycleMember.objects.get(user=owner, cycle__area="product").pk
    row = actions.excuse(pk, by=manager, reason=" At the regulator ", now=OPEN + DAY)
    assert (row.excused_by, row.excused_because) == (manager, "At the regulator")
    assert row.state_on(LAST) is State.EXCUSED
    assert row.remind_on is None
    row = actions.revoke_excuse(pk, by=manager, reason="Back", now=OPEN + 2 * DAY)
    assert row.state_on(LAST) is State.OPEN
    kinds = Entry.objects.about("member", pk).values_list("kind", flat=True)
    assert list(kinds) == ["training.excused", "training.required"]


def test_an_excuse_is_refused_without_a_reason_twice_or_after_attending(
    manager: User, owner: User
) -> None:
    opened()
    pk = CycleMember.objects.get(user=owner, cycle__area="product").pk
    with pytest.raises(InvalidError):
        actions.excuse(pk, by=manager, reason=" ", now=OPEN)
    with pytest.raises(RefusedError):
        actions.revoke_excuse(pk, by=manager, reason="why", now=OPEN)
    actions.excuse(pk, by=manager, reason="why", now=OPEN)
    with pytest.raises(RefusedError):
        actions.excuse(pk, by=manager, reason="why", now=OPEN)
    train(owner, "service")
    other = CycleMember.objects.get(user=owner, cycle__area="service").pk
    with pytest.raises(RefusedError):
        actions.excuse(other, by=manager, reason="why", now=OPEN)
    assert Entry.objects.filter(kind="training.excused").count() == 1


def test_nobody_excuses_others_people_or_themselves(
    manager: User, owner: User, stranger: User
) -> None:
    opened()
    for user in (stranger, manager):
        row = CycleMember.objects.filter(user=user).first()
        assert row is not None
        with pytest.raises(CycleMember.DoesNotExist):
            actions.excuse(row.pk, by=manager, reason="why", now=OPEN)
    mine = CycleMember.objects.filter(user=owner).first()
    assert mine is not None
    with pytest.raises(PermissionDenied):
        actions.excuse(mine.pk, by=owner, reason="why", now=OPEN)
    assert not CycleMember.objects.filter(excused_at__isnull=False).exists()


# ---- reading ----------------------------------------------------------------------------------
def test_the_states_in_sql_are_those_of_the_rule(owner: User, manager: User) -> None:
    """Each member is in exactly one state, and in the one that the rule says."""
    opened()
    rows = list(CycleMember.objects.filter(user=owner))
    train(owner, rows[0].cycle.area)
    actions.excuse(rows[1].pk, by=manager, reason="why", now=OPEN)
    CycleMember.objects.filter(pk=rows[2].pk).update(left_on=date(2026, 2, 1))
    CycleMember.objects.filter(pk=rows[3].pk).update(due_on=date(2026, 4, 9))
    CycleMember.objects.filter(user=manager, cycle=rows[0].cycle).update(left_on=date(2026, 4, 3))
    for today in (date(2026, 2, 2), LAST, date(2026, 4, 1), date(2026, 4, 10)):
        for row in CycleMember.objects.with_state(today).select_related("cycle"):
            assert row.state == row.state_on(today)  # type: ignore[attr-defined]
        counts = CycleMember.objects.aggregate(**CycleMember.objects.counted(today))
        assert sum(counts.values()) == CycleMember.objects.count()


def test_people_see_their_own_and_managers_their_peoples(
    owner: User, stranger: User, manager: User, director: User
) -> None:
    opened()
    seen = {
        user.pk: set(CycleMember.objects.visible_to(user).values_list("user", flat=True))
        for user in (owner, manager, director)
    }
    assert seen[owner.pk] == {owner.pk}
    assert seen[manager.pk] == {owner.pk, manager.pk}
    assert seen[director.pk] == {owner.pk, stranger.pk, manager.pk, director.pk}
    assert not Reminder.objects.exists()


# ---- leave ------------------------------------------------------------------------------------
def away(user: User, first: date, last: date) -> None:
    Absence.objects.create(user=user, starts_on=first, ends_on=last, noted_at=OPEN, noted_by=user)


def test_who_is_on_leave_when_the_quarter_opens_is_due_when_back() -> None:
    one = person()
    away(one, date(2026, 1, 1), date(2026, 4, 30))
    actions.open_due(now=OPEN)
    row = member(one)
    assert (row.due_on, row.remind_on) == (date(2026, 5, 14), date(2026, 4, 30))
    assert row.state_on(date(2026, 4, 30)) is State.LATER
    assert row.state_on(date(2026, 5, 15)) is State.MISSED


def test_a_leave_that_comes_later_moves_the_day_and_one_that_is_cut_short_does_not() -> None:
    one, other = person(), person()
    actions.open_due(now=OPEN)
    away(one, date(2026, 3, 25), date(2026, 4, 10))
    assert actions.follow_people(now=OPEN + 60 * DAY) == 4
    assert member(one).due_on == date(2026, 4, 24)
    assert member(other).due_on == LAST
    Absence.objects.update(ends_on=date(2026, 3, 26))
    assert actions.follow_people(now=OPEN + 61 * DAY) == 0
    assert member(one).due_on == date(2026, 4, 24)
    moved = Entry.objects.filter(kind="training.moved")
    assert [entry.data for entry in moved] == [{"people": [one.pk]}] * 4


def test_a_notice_does_not_come_twice_because_the_day_moved() -> None:
    one = person()
    actions.open_due(now=OPEN)
    notice = datetime(2026, 3, 17, 1, tzinfo=UTC)
    actions.remind(now=notice, limit=10)
    away(one, date(2026, 3, 20), date(2026, 4, 10))
    for n in range(60):
        now = notice + n * DAY
        actions.follow_people(now=now)
        actions.remind(now=now, limit=10)
    steps = Reminder.objects.filter(member=member(one)).order_by("pk")
    assert [(row.step, row.planned_on) for row in steps] == [
        ("d14", date(2026, 3, 17)),
        ("d7", date(2026, 4, 17)),
        ("d1", date(2026, 4, 23)),
        ("missed", date(2026, 4, 25)),
        ("escalated", date(2026, 4, 25)),
    ]
