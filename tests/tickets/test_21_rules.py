"""The 21 rules of a clock (rivals.md 2.10), each by its number, on the product's own actions.

One test a rule that fails when the rule breaks; each names where its edges are tested in depth.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from csservice.lib.errors import InvalidError
from teams.actions import save_calendar
from teams.hours import Hours, Window, deadline, elapsed
from teams.models import Calendar, Group, Membership, User
from tests.factories import (
    T0,
    after,
    make_calendar,
    make_contact,
    make_customer,
    make_group,
    make_manager,
    make_ticket,
    make_user,
)
from tests.tickets.promises import first_within, save, standard
from tests.tickets.support import came, clock_of, make_policy, promising, told
from tickets import actions, clock
from tickets.actions._row import save as save_ticket
from tickets.actions.arrival import settle
from tickets.actions.policies import KEEP
from tickets.models import Alert, Clock, Message, SlaPolicy, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(group: Group) -> User:
    boss = make_manager(groups=[group], presence="available")
    Group.objects.filter(pk=group.pk).update(manager=boss)
    return boss


def days(hours: Any) -> dict[str, Any]:
    return dict.fromkeys("0123456", hours)


def verified() -> str:
    out = StringIO()
    call_command("verify_clocks", stdout=out, stderr=out)
    return out.getvalue()


def test_rule_1_the_columns_are_a_function_of_the_ledger(owner: User, group: Group) -> None:
    """More: test_clocks_told.py, test_clock.py."""
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(600))
    actions.resume(ticket.pk, by=owner, now=after(900))
    assert "are what their ledgers say" in verified()
    Clock.objects.filter(ticket=ticket, state="running").update(due_at=F("started_at"))
    with pytest.raises(CommandError):
        verified()


@pytest.mark.parametrize(("apply", "due"), [(KEEP, 300), ("fresh", 180), ("recompute", 60)])
def test_rule_2_an_edit_keeps_retargets_or_recomputes_as_it_is_told(
    apply: str, due: int, owner: User, group: Group, boss: User
) -> None:
    """More: test_policies_open.py, test_pages_promises.py (the tickets are shown first)."""
    ticket, ended = came(owner, group=group), came(owner, group=group)
    actions.respond(ended.pk, by=owner, text="Hello there", now=after(200))
    assert actions.touched(standard().pk, first_within(60), by=boss, now=after(30)).count == 2
    save(boss, first_within(60), row=standard(), apply=apply, now=after(120))
    row = clock_of(ticket)
    assert row.due_at == after(due)
    assert row.policy is not None
    assert row.policy.number == (1 if apply == KEEP else 2)
    assert (clock_of(ended).state, clock_of(ended).breached_at) == ("met", None), "never silently"


def test_rule_3_a_clock_runs_to_the_second_and_the_server_sends_what_is_left(
    owner: User, group: Group, api: APIClient, clock: Any
) -> None:
    """The browser counts from the server's clock: tests/browser/test_clock.py."""
    ticket = came(owner, group=group)
    clock.now = after(61)
    body = api.get(f"/api/v1/tickets/{ticket.pk}/").json()
    assert body["clocks"]["first_response"]["seconds"] == 239
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(300.000001))
    assert clock_of(ticket).breached_at == after(300), "a microsecond late is late"


def test_rule_4_deadline_and_elapsed_agree_where_holidays_and_pauses_meet(owner: User) -> None:
    """More, second by second: tests/teams/test_hours.py; GLPI 10594."""
    week = days([[9 * 3600, 18 * 3600]])
    calendar = make_calendar(week=week, days={"2026-01-06": []})
    ticket = make_ticket(step="analysis", group=make_group(calendar=calendar), owner=owner)
    Membership.objects.create(user=owner, group=ticket.group)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(1800))
    actions.resume(ticket.pk, by=owner, now=after(2400))
    row = clock_of(ticket, "resolution")
    assert row.due_at is not None
    state = clock_state(row)
    assert state.spent_s(calendar.hours(), row.due_at) == row.target_s


def clock_state(row: Clock) -> clock.State:
    return clock.from_data(row.snapshot)


def test_rule_5_windows_nights_half_days_openings_and_days_of_23_hours_count() -> None:
    """More: tests/teams/test_hours.py, test_public_days.py."""
    lunch = Hours("Asia/Shanghai", {0: (Window(32_400, 43_200), Window(46_800, 64_800))})
    night = Hours("Asia/Shanghai", {0: (Window(79_200, 108_000),)})
    spring = Hours("Europe/London", {day: (Window(0, 86_400),) for day in range(7)})
    monday = T0.replace(hour=0)
    assert elapsed(lunch, monday, monday.replace(day=6)) == 8 * 3600
    assert elapsed(night, monday, monday.replace(day=6)) == 8 * 3600
    march = T0.replace(month=3, day=29, hour=0)
    assert deadline(spring, march, 23 * 3600) == march.replace(hour=23), "a day of 23 hours"
    half = make_calendar(week={"0": [[0, 86_400]]}, days={"2026-01-05": [[61_200, 64_800]]})
    assert elapsed(half.hours(), T0, T0.replace(day=6)) == 3600, "a half day beats the week"
    opened = make_calendar(week={"1": [[0, 3600]]}, days={"2026-01-05": [[61_200, 64_800]]})
    assert elapsed(opened.hours(), T0, after(7200)) == 3600, "and so does a single opening"


def test_rule_6_a_calendar_without_open_time_is_refused_at_save() -> None:
    """The walk is bounded too: tests/teams/test_hours.py."""
    with pytest.raises(InvalidError) as refusal:
        save_calendar(
            None,
            by=make_user(role="director"),
            name="Never",
            time_zone="Asia/Shanghai",
            week={"0": []},
            now=T0,
        )
    assert refusal.value.field == "week"
    assert not Calendar.objects.filter(name="Never").exists()


def test_rule_7_only_a_human_answer_that_arrives_counts(owner: User, group: Group) -> None:
    """Notes and changes of the step: test_clocks.py; a call counts at pick-up, there too."""
    customer = make_customer()
    make_contact(customer=customer, kind="email", value="li@mail.example")
    ticket = came(owner, group=group, channel="email", customer=customer)
    Message.objects.create(
        ticket=ticket, kind=Message.Kind.AUTOMATIC, channel="email", text="We got it", at=after(1)
    )
    actions.note(ticket.pk, by=owner, text="Looking into it", now=after(2))
    assert clock_of(ticket).state == "running"
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(100))
    assert clock_of(ticket).ended_at == after(100)
    sent = Message.objects.get(ticket=ticket, first_response=True)
    Message.objects.filter(pk=sent.pk).update(delivery=Message.Delivery.FAILED)
    settle([sent.pk], now=after(4000))
    assert clock_of(ticket).state == "running", "a bounce un-meets it"


def test_rule_8_the_next_response_begins_after_the_first_is_met(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    actions.hear(ticket.pk, by=owner, text="Hello?", channel="web", now=after(50))
    assert not Clock.objects.filter(ticket=ticket, metric="next_response").exists()
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(100))
    actions.hear(ticket.pk, by=owner, text="And?", channel="web", now=after(150))
    assert (clock_of(ticket).state, clock_of(ticket).due_at) == ("met", after(300))
    assert clock_of(ticket, "next_response").started_at == after(150)


def test_rule_9_answer_and_pause_in_one_save_is_met_then_paused(owner: User, group: Group) -> None:
    """Zammad 3551, Frappe PR 3776; as a rule: test_clock.py."""
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.hear(ticket.pk, by=owner, text="And?", channel="web", now=after(600))
    saved = Ticket.objects.get(pk=ticket.pk)
    saved.heard_at, saved.said_at = None, after(700)
    saved.move("wait")
    saved.waiting_on, saved.waiting_reason, saved.waiting_since = "customer", "It", after(700)
    save_ticket(saved, "heard_at", "waiting_on", "waiting_since", by=owner, now=after(700))
    assert told(clock_of(ticket, "next_response")) == ["meet"]
    assert told(clock_of(ticket, "resolution")) == ["pause"]


def test_rule_10_a_policy_says_which_reason_pauses_what(owner: User, group: Group) -> None:
    """First response never pauses: refused at save, and test_clocks.py."""
    make_policy({**promising(300), "pauses": {"third": ["resolution"]}})
    for reason, state in (("customer", "running"), ("third", "paused"), ("hold", "running")):
        ticket = make_ticket(step="analysis", group=group, owner=owner)
        actions.wait(ticket.pk, by=owner, reason="It", for_=reason, now=after(600))
        assert clock_of(ticket, "resolution").state == state
    boss = make_manager(groups=[group])
    with pytest.raises(InvalidError):
        save(boss, {**promising(300), "pauses": {"hold": ["first_response"]}}, row=standard())


def test_rule_11_a_long_pause_asks_for_a_check_and_says_when_it_would_be_due(
    owner: User, group: Group, api: APIClient, clock: Any
) -> None:
    """Once, and not before three days: test_clocks_told.py."""
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(3600))
    actions.flag_breaches(now=after(3600 + 3 * 86_400 + 1), limit=9)
    assert told(clock_of(ticket, "resolution")) == ["pause", "check"]
    assert Alert.objects.filter(ticket=ticket, user=owner).count() == 1
    clock.now = after(7200)
    body = api.get(f"/api/v1/tickets/{ticket.pk}/explain/?metric=resolution").json()
    assert (body["due"], body["if_resumed"]) == ("2026-01-05T20:00:00Z", True)
    assert "If it goes on now, it is due Tue 04:00." in " ".join(body["sentences"])


@pytest.mark.parametrize(
    ("how", "cycles"),
    [("new", ["met", "running"]), ("continue", ["running"]), ("both", ["running", "running"])],
)
def test_rule_12_opened_again_a_policy_says_what_goes_on_and_thanks_open_nothing(
    how: str, cycles: list[str], owner: User, group: Group
) -> None:
    """Figures, properties, the page and one click to confirm: test_reopened.py."""
    make_policy({**promising(300), "reopened": how})
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Done", now=after(3600))
    actions.hear(ticket.pk, by=owner, text="Thank you!", channel="web", now=after(3700))
    actions.set_aside(ticket.pk, by=owner, now=after(3800))
    rows = Clock.objects.filter(ticket=ticket, metric="resolution").order_by("cycle")
    assert [row.state for row in rows] == ["met"]
    actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(9000))
    assert [row.state for row in rows.all()] == cycles


def test_rule_13_a_change_carries_what_was_spent_and_its_own_breach_is_inherited(
    owner: User, group: Group
) -> None:
    """Pauses from before are carried too: test_clock.py."""
    ticket = came(owner, group=group, priority="low")
    actions.record_basics(ticket.pk, by=owner, priority="normal", now=after(3600))
    assert clock_of(ticket, "resolution").due_at == after(36_000)
    actions.record_basics(ticket.pk, by=owner, priority="high", now=after(5 * 3600))
    row = clock_of(ticket, "resolution")
    assert (row.inherited, row.breached_at) == (True, after(5 * 3600))


def test_rule_14_a_breach_is_never_undone_and_a_waiver_stands_beside_it(
    owner: User, group: Group, boss: User
) -> None:
    """Who may not waive: test_clocks_told.py."""
    ticket = came(owner, group=group)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(400))
    save(boss, first_within(900), row=standard(), apply="recompute", now=after(500))
    actions.record_basics(ticket.pk, by=owner, priority="low", now=after(600))
    for by in (owner, boss):
        asked = {"metric": "first_response", "reason": "The line was down"}
        actions.waive(ticket.pk, by=by, now=after(700), **asked)
    row = clock_of(ticket)
    assert (row.breached_at, row.waived_at) == (after(300), after(700))


def test_rule_15_each_second_is_booked_to_whose_it_was(
    owner: User, group: Group, boss: User, api: APIClient, clock: Any
) -> None:
    """All seconds together are what was spent, by property: test_clock.py."""
    ticket, other = came(owner, group=group), make_user(groups=[group])
    first = ticket.owner_id
    actions.assign(ticket.pk, by=boss, to=other, now=after(100))
    clock.now = after(160)
    body = api.get(f"/api/v1/tickets/{ticket.pk}/explain/?metric=first_response").json()
    booked = {one["owner"]: one["open_s"] for one in body["booked"]}
    assert booked == {first: 100, other.pk: 60}


def test_rule_16_warnings_at_60_and_85_percent_and_what_was_missed_is_marked_late(
    owner: User, group: Group
) -> None:
    """By a due-time index, not a scan: test_plans.py; as it runs: tests/browser/test_clock.py."""
    ticket, missed = came(owner, group=group), came(owner, group=group)
    Ticket.objects.filter(pk=missed.pk).update(owner=owner)
    assert clock_of(ticket).next_at == after(180)
    Clock.objects.filter(ticket=missed).update(next_at=None)  # the worker is down for this one
    for seconds in (180.5, 255.5):
        actions.flag_breaches(now=after(seconds), limit=9)
    warned = clock_of(ticket).events.filter(kind="warn").order_by("pk")
    assert [(event.at, event.data) for event in warned] == [(after(180), {}), (after(255), {})]
    Clock.objects.filter(ticket=missed, metric="first_response").update(next_at=after(180))
    actions.flag_breaches(now=after(900), limit=9)
    late = clock_of(missed).events.get(kind="breach")
    assert (late.at, late.data) == (after(300), {"late": True})


def test_rule_17_who_is_told_is_within_their_hours_else_somebody_above(
    owner: User, group: Group, boss: User
) -> None:
    """Every rung, and who is there outside the hours: test_escalation.py."""
    User.objects.filter(pk=owner.pk).update(presence="available")
    head = make_user(role="director", presence="available")
    said = promising(300)
    said["targets"]["first_response"] = said["targets"]["first_response"] | {"hours": "always"}
    make_policy(said)
    Calendar.objects.filter(pk=group.calendar_id).update(week={"6": [[0, 3600]]})
    save_calendar(
        group.calendar_id, by=head, name="Sunday", time_zone="UTC", week={"6": [[0, 3600]]}, now=T0
    )
    ticket = came(owner, group=Group.objects.get(pk=group.pk))
    Ticket.objects.filter(pk=ticket.pk).update(owner=owner)
    actions.flag_breaches(now=after(181), limit=9)
    alert = Alert.objects.get(ticket=ticket)
    assert (alert.user, alert.fallback) == (head, True)


def test_rule_18_a_merge_keeps_the_earliest_start_and_its_undo_restores_the_clocks(
    owner: User, group: Group
) -> None:
    """A split, its origin and its undo: test_split.py."""
    customer = make_customer()
    early = came(owner, group=group, customer=customer, received_at=after(-120))
    kept = came(owner, group=group, customer=customer)
    actions.merge(early.pk, by=owner, into=kept, now=after(60))
    assert clock_of(kept).started_at == after(-120)
    actions.unmerge(early.pk, by=owner, now=after(90))
    kept.refresh_from_db()
    early.refresh_from_db()
    assert (kept.respond_by, early.respond_by) == (after(300), after(180))
    verified()


def test_rule_19_a_deadline_names_its_windows_holidays_pauses_and_versions(
    owner: User, api: APIClient
) -> None:
    """In words of both languages: test_explained.py; on the page: test_pages_clocks.py."""
    head = make_user(role="director")
    calendar = save_calendar(
        None,
        by=head,
        name="Shop",
        time_zone="Asia/Shanghai",
        week=days([[9 * 3600, 18 * 3600]]),
        days={"2026-01-06": []},
        day_names={"2026-01-06": "Stocktaking"},
        now=T0,
    )
    group = make_group(calendar=calendar)
    Membership.objects.create(user=owner, group=group)
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(600))
    actions.resume(ticket.pk, by=owner, now=after(900))
    body = api.get(f"/api/v1/tickets/{ticket.pk}/explain/?metric=resolution").json()
    assert [(one["on"], one["name"]) for one in body["closed"]] == [("2026-01-06", "Stocktaking")]
    assert body["days"]
    assert [pause["open_s"] for pause in body["pauses"]] == [300]
    assert (body["calendar"]["version"], body["policy"]["version"]) == (1, 1)
    assert any("Stocktaking" in one for one in body["sentences"])


def test_rule_20_a_draft_runs_on_the_past_and_changes_nothing(group: Group, boss: User) -> None:
    """Hours, order, cost and the page: test_simulation.py."""
    for seconds in (50, 200, 400):
        make_ticket(
            step="analysis", group=group, responded_at=after(seconds), basics_at=after(seconds)
        )
    before = list(Clock.objects.order_by("pk").values())
    row = actions.simulate(
        by=boss, now=after(9000), start=after(-9000), end=after(9000), said=promising(120)
    )
    actions.run_simulations(now=after(9000))
    row.refresh_from_db()
    first = row.result["first_response"]
    assert (first["before_kept"], first["after_kept"], first["after_due"]) == (2, 1, 3)
    assert list(Clock.objects.order_by("pk").values()) == before
    assert SlaPolicy.objects.count() == 1


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Europe/London", "America/New_York"]),
    opens=st.integers(0, 80_000),
    lasts=st.integers(3600, 86_400),  # shorter days reach past the years that are counted
    start=st.integers(0, 400 * 86_400),
    seconds=st.integers(1, 200_000),
    more=st.integers(0, 200_000),
)
def test_rule_21_what_was_waited_until_the_deadline_is_what_was_promised(
    zone: str, opens: int, lasts: int, start: int, seconds: int, more: int
) -> None:
    """The other properties: tests/teams/test_hours.py, test_clock.py, test_reopened.py."""
    hours = Hours(zone, {day: (Window(opens, opens + lasts),) for day in (0, 2, 4)})
    begun = after(start)
    due = deadline(hours, begun, seconds)
    assert elapsed(hours, begun, due) == seconds
    assert deadline(hours, begun, seconds + more) >= due, "monotone"
    closed = {due.date(): ()}
    assert deadline(Hours(zone, hours.week, closed), begun, seconds) >= due, "a holiday adds"
