"""Who is told that a promise comes near or broke, and on which rung (rule 17)."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from csservice.lib.bulk import update_each
from teams.actions import note_absence
from teams.models import Group, Membership, User
from tests.factories import T0, after, make_calendar, make_group, make_manager, make_user
from tests.tickets.support import came, clock_of, make_policy, promising, told
from tickets import actions, ladder
from tickets.models import Alert, Clock, Ticket
from tickets.numbers import waiting

PEOPLE = {"owner": [1], "group": [1, 2, 3], "manager": [4], "director": [5, 6]}


# ---- the rule ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("to", "on_duty", "users", "rung", "fallback"),
    [
        ("owner", [1, 4], (1,), "owner", False),
        ("owner", [2, 4], (2,), "group", True),
        ("group", [2, 3], (2, 3), "group", False),
        ("manager", [1, 5], (5,), "director", True),
        ("director", [1], (5, 6), "director", False),
        ("owner", [], (1,), "owner", False),
    ],
)
def test_whoever_is_on_duty_is_told_and_else_the_rung_above(
    to: str,
    on_duty: list[int],
    users: tuple[int, ...],
    rung: str,
    fallback: bool,
) -> None:
    assert ladder.recipients(to, PEOPLE, on_duty) == ladder.Told(users, rung, fallback)


def test_where_nobody_stands_at_all_nobody_is_told() -> None:
    assert ladder.recipients("manager", {"owner": [1]}, [1]) is None
    assert ladder.recipients("owner", {"manager": [4]}, []) == ladder.Told((4,), "manager", True)


@given(
    people=st.dictionaries(
        st.sampled_from(ladder.RUNGS), st.lists(st.integers(1, 9), max_size=3, unique=True)
    ),
    on_duty=st.sets(st.integers(1, 9)),
    more=st.sets(st.integers(1, 9)),
    to=st.sampled_from(ladder.RUNGS),
)
def test_nobody_below_the_rung_is_told_and_somebody_is_where_anybody_stands(
    people: dict[str, list[int]], on_duty: set[int], more: set[int], to: str
) -> None:
    present = on_duty | more
    found = ladder.recipients(to, people, on_duty, present)
    above = ladder.RUNGS[ladder.RUNGS.index(to) :]
    assert (found is not None) is any(people.get(rung) for rung in above)
    if found:
        assert found.rung in above
        assert set(found.users) <= set(people[found.rung])
        for there in (on_duty, present):
            assert set(found.users) <= there or not any(
                set(people.get(rung, ())) & there for rung in above
            )


# ---- on rows -----------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(group: Group) -> User:
    boss = make_manager(groups=[group], presence="available")
    Group.objects.filter(pk=group.pk).update(manager=boss)
    return boss


@pytest.fixture
def head() -> User:
    return make_user(role="director", presence="available")


def owned(owner: User, group: Group) -> Ticket:
    User.objects.filter(pk=owner.pk).update(presence="available")
    ticket = came(owner, group=group)
    Ticket.objects.filter(pk=ticket.pk).update(owner=owner)
    return ticket


def test_the_ladder_goes_from_the_owner_to_the_manager_to_the_director(
    owner: User, group: Group, boss: User, head: User
) -> None:
    owned(owner, group)
    steps = [(180.5, owner), (300.5, boss), (600.5, head)]
    for n, (seconds, who) in enumerate(steps, 1):
        actions.flag_breaches(now=after(seconds), limit=9)
        alerts = list(Alert.objects.order_by("pk"))
        assert len(alerts) == n
        assert (alerts[-1].user, alerts[-1].fallback) == (who, False)
        assert actions.flag_breaches(now=after(seconds), limit=9) == 0, "told once"
    assert [alert.late for alert in Alert.objects.order_by("pk")] == [False, True, True]


def test_an_owner_who_is_away_is_stood_in_for(owner: User, group: Group, boss: User) -> None:
    ticket = owned(owner, group)
    User.objects.filter(pk=owner.pk).update(presence="away")
    User.objects.filter(memberships__group=group).exclude(pk=boss.pk).update(presence="away")
    actions.flag_breaches(now=after(181), limit=9)
    alert = Alert.objects.get(ticket=ticket)
    assert (alert.user, alert.rung, alert.fallback) == (boss, "group", True)


def test_who_is_on_leave_is_stood_in_for_though_shown_as_available(
    owner: User, group: Group, boss: User
) -> None:
    ticket = owned(owner, group)
    User.objects.filter(memberships__group=group).exclude(pk__in=[boss.pk, owner.pk]).update(
        presence="away"
    )
    today = T0.date()
    told = {"starts_on": today, "ends_on": today, "kind": "leave", "now": T0}
    note_absence(owner.pk, by=boss, **told)  # type: ignore[arg-type]
    actions.flag_breaches(now=after(181), limit=9)
    alert = Alert.objects.get(ticket=ticket)
    assert (alert.user, alert.rung, alert.fallback) == (boss, "group", True)


NIGHT = {"0": [[0, 3600]]}  # where the clock of T0 shows 17:00 nobody of these hours is there


def test_who_is_at_work_outside_their_hours_is_told_only_when_nobody_is_on_duty(
    owner: User, group: Group, boss: User, head: User
) -> None:
    """Rule 17: of the rungs above, whoever is within their hours comes first; then who is there."""
    said = promising(300)
    said["targets"]["first_response"] = said["targets"]["first_response"] | {"hours": "always"}
    make_policy(said)
    closed = make_group(calendar=make_calendar(week=NIGHT), manager=boss)
    Membership.objects.filter(user__in=[owner, boss]).update(group=closed)
    Group.objects.exclude(pk=closed.pk).update(manager=None)
    ticket = owned(owner, closed)
    actions.flag_breaches(now=after(181), limit=9)
    alert = Alert.objects.get(ticket=ticket)
    assert (alert.user, alert.rung, alert.fallback) == (head, "director", True)
    User.objects.filter(pk=head.pk).update(presence="away")
    other = owned(owner, closed)
    actions.flag_breaches(now=after(181), limit=9)
    alert = Alert.objects.get(ticket=other)
    assert (alert.user, alert.rung, alert.fallback) == (owner, "owner", False)


def test_one_open_group_of_several_is_enough_to_be_on_duty(
    owner: User, group: Group, boss: User, head: User
) -> None:
    """Rule 17."""
    Membership.objects.create(user=owner, group=make_group(calendar=make_calendar(week=NIGHT)))
    ticket = owned(owner, group)
    actions.flag_breaches(now=after(181), limit=9)
    assert Alert.objects.get(ticket=ticket).user == owner


def test_an_answer_in_time_tells_nobody_more(owner: User, group: Group, boss: User) -> None:
    ticket = owned(owner, group)
    actions.flag_breaches(now=after(181), limit=9)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(200))
    actions.flag_breaches(now=after(9000), limit=9)
    assert Alert.objects.filter(clock=clock_of(ticket)).count() == 1
    assert "breach" not in told(clock_of(ticket))


def test_the_bell_counts_what_was_told_until_the_ticket_is_opened(
    owner: User, group: Group, client: Client
) -> None:
    ticket = owned(owner, group)
    actions.flag_breaches(now=after(181), limit=9)
    assert waiting(owner)["mentions"] == 1
    client.force_login(owner)
    shown = client.get("/mentions/").content.decode()
    assert "First response: the time runs short" in shown
    client.post(f"/t/{ticket.pk}/look/")
    assert waiting(owner)["mentions"] == 0


def test_a_director_ticks_off_what_was_told(
    head: User, owner: User, group: Group, client: Client
) -> None:
    owned(owner, group)
    actions.flag_breaches(now=after(601), limit=9)
    client.force_login(head)
    assert "the time ran out" in client.get("/mentions/").content.decode()
    client.post("/mentions/")
    assert not Alert.objects.filter(user=head, seen_at=None).exists()


def test_a_sweep_that_escalates_costs_the_same_for_many(
    owner: User, group: Group, boss: User, django_assert_max_num_queries: object
) -> None:
    for _one in range(9):
        owned(owner, group)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        actions.flag_breaches(now=after(181), limit=99)
    assert Alert.objects.count() == 9


def test_after_an_outage_nobody_is_flooded(
    owner: User, group: Group, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.actions._escalate.MOST", 3)
    for _one in range(7):
        owned(owner, group)
    actions.flag_breaches(now=after(301), limit=99)
    assert Alert.objects.filter(user=boss).count() == 3
    assert Clock.objects.exclude(flagged_at=None).count() == 7, "all are flagged all the same"


# ---- many rows in one statement ----------------------------------------------------------------
def test_each_row_gets_its_own_values(owner: User, group: Group) -> None:
    rows = [clock_of(came(owner, group=group)) for _one in range(3)]
    for n, row in enumerate(rows):
        row.told_s, row.next_at, row.snapshot = n, after(n) if n else None, {"n": n}
    update_each(rows, ["told_s", "next_at", "snapshot"])
    update_each([], ["told_s"])
    found = Clock.objects.filter(metric="first_response").order_by("pk")
    assert [(row.told_s, row.next_at, row.snapshot) for row in found] == [
        (0, None, {"n": 0}),
        (1, after(1), {"n": 1}),
        (2, after(2), {"n": 2}),
    ]
    assert found[0].started_at == T0, "the other columns stay"
