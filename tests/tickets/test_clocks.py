"""Clocks follow their tickets: the named rules of rivals.md 2.10, on rows."""

from __future__ import annotations

from typing import Any

import pytest

from csservice.ledger.models import Entry
from teams.actions import freeze, save_calendar
from teams.models import Group, User
from tests.factories import (
    after,
    make_calendar,
    make_category,
    make_group,
    make_manager,
    make_ticket,
    make_user,
)
from tests.tickets.support import came, clock_of, make_policy, promising, told
from tickets import actions
from tickets.models import Clock, SlaPolicy

pytestmark = pytest.mark.django_db


# ---- start -------------------------------------------------------------------------------------
def test_a_contact_starts_its_two_clocks_with_the_versions_that_held(
    owner: User, group: Group
) -> None:
    ticket = came(owner, group=group)
    first, whole = clock_of(ticket), clock_of(ticket, "resolution")
    assert (first.due_at, first.target_s, first.state) == (after(300), 300, "running")
    assert (whole.due_at, whole.target_s) == (after(36_000), 36_000)
    assert first.calendar == group.calendar.current
    assert first.policy == SlaPolicy.objects.get(name="Standard").current
    assert (ticket.respond_by, ticket.resolve_by) == (first.due_at, whole.due_at)


def test_the_first_policy_that_a_ticket_meets_applies(owner: User, group: Group) -> None:
    """Ordered by position, never by chance (Frappe's query has no order)."""
    make_policy(promising(120, priority=["high"]), position=2)
    make_policy(promising(60, channel=["chat"], priority=["high"]), position=1)
    assert came(owner, group=group, priority="high", channel="chat").respond_by == after(60)
    assert came(owner, group=group, priority="high").respond_by == after(120)
    assert came(owner, group=group).respond_by == after(300)


def test_a_policy_out_of_force_promises_nothing(owner: User, group: Group) -> None:
    make_policy(promising(60), active=False)
    assert came(owner, group=group).respond_by == after(300)


def test_without_a_policy_in_force_the_plan_holds(owner: User, group: Group) -> None:
    SlaPolicy.objects.update(active=False)
    ticket = came(owner, group=group)
    assert (ticket.respond_by, clock_of(ticket).policy) == (after(300), None)


def test_a_call_taken_live_is_met_at_pick_up(owner: User, group: Group) -> None:
    ticket = came(owner, group=group, channel="phone", live=True, received_at=after(-60))
    row = clock_of(ticket)
    assert (row.state, row.ended_at, row.next_at) == ("met", after(-60), None)
    assert told(row) == ["meet"]


def test_a_promise_counted_day_and_night_ignores_the_group(owner: User) -> None:
    shut = make_group(calendar=make_calendar(week={"6": [[0, 3600]]}))
    said = promising(300)
    said["targets"]["first_response"] = said["targets"]["first_response"] | {"hours": "always"}
    make_policy(said)
    assert came(owner, group=shut).respond_by == after(300)


# ---- versions (rule 2) -------------------------------------------------------------------------
def test_an_applied_clock_keeps_its_versions(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    save_calendar(
        group.calendar_id,
        by=make_user(role="director"),
        name="Other",
        time_zone="Asia/Shanghai",
        week={"6": [[0, 3600]]},
        now=after(10),
    )
    actions.note(ticket.pk, by=owner, text="Looking into it", now=after(20))
    ticket.refresh_from_db()
    assert ticket.respond_by == after(300)
    assert clock_of(ticket).calendar_id != Group.objects.get(pk=group.pk).calendar.current_id


def test_saving_the_same_hours_makes_no_new_version(group: Group) -> None:
    before = group.calendar.current_id
    assert freeze(group.calendar, by=None, now=after(5)).pk == before
    group.calendar.days = {"2026-01-06": []}
    assert freeze(group.calendar, by=None, now=after(5)).number == 2


# ---- answers (rules 7 to 9) --------------------------------------------------------------------
def test_an_answer_meets_the_first_promise_and_nothing_else(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(300))
    assert (clock_of(ticket).state, clock_of(ticket).breached_at) == ("met", None)
    assert clock_of(ticket, "resolution").state == "running"


@pytest.mark.parametrize("deed", ["note", "basics", "assign"])
def test_only_an_answer_to_the_customer_meets_it(owner: User, group: Group, deed: str) -> None:
    ticket = came(owner, group=group)
    if deed == "note":
        actions.note(ticket.pk, by=owner, text="For us", now=after(10))
    elif deed == "basics":
        actions.record_basics(ticket.pk, by=owner, now=after(10))
    else:
        actions.assign(ticket.pk, by=make_manager(groups=[group]), to=owner, now=after(10))
    assert clock_of(ticket).state == "running"


def test_a_late_answer_flags_what_no_sweep_has_seen_yet(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(301))
    row = clock_of(ticket)
    assert (row.breached_at, row.flagged_at, row.next_at) == (after(300), after(301), None)
    assert told(row) == ["breach", "meet"]
    assert Entry.objects.filter(kind="clock.breached").count() == 1


def test_the_first_and_the_next_promise_do_not_overrule_each_other(
    owner: User, group: Group
) -> None:
    """Rule 8 (Zammad 5177): before the first answer the customer's words start no other clock."""
    ticket = came(owner, group=group)
    actions.hear(ticket.pk, by=owner, text="Are you there?", channel="web", now=after(60))
    assert not Clock.objects.filter(ticket=ticket, metric="next_response").exists()
    actions.respond(ticket.pk, by=owner, text="Yes, hello", now=after(100))
    actions.hear(ticket.pk, by=owner, text="And my card?", channel="web", now=after(200))
    actions.hear(ticket.pk, by=owner, text="Hello?", channel="web", now=after(900))
    row = clock_of(ticket, "next_response")
    assert (row.cycle, row.started_at, row.due_at) == (1, after(200), after(7400))
    ticket.refresh_from_db()
    assert ticket.answer_by == after(7400)
    done = actions.respond(ticket.pk, by=owner, text="It is on its way", now=after(1000))
    assert (done.answer_by, clock_of(ticket, "next_response").state) == (None, "met")
    actions.hear(ticket.pk, by=owner, text="Not here yet", channel="web", now=after(5000))
    assert clock_of(ticket, "next_response").cycle == 2


def test_what_is_said_after_the_end_starts_no_clock(owner: User, group: Group) -> None:
    """Chatwoot 10178: a thank-you after the resolution is owed nothing."""
    ticket = make_ticket(step="feedback", group=group, owner=owner)
    actions.hear(ticket.pk, by=owner, text="Thanks!", channel="web", now=after(9000))
    assert not Clock.objects.filter(ticket=ticket, metric="next_response").exists()


def test_an_unanswered_word_ends_with_the_service(owner: User, group: Group) -> None:
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    actions.hear(ticket.pk, by=owner, text="Hurry", channel="web", now=after(900))
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Sent a card", now=after(1000))
    assert clock_of(ticket, "next_response").state == "cancelled"


# ---- pauses (rules 10 and 11) ------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["customer", "third", "hold"])
def test_waiting_pauses_what_the_policy_says_and_never_the_first_answer(
    owner: User, group: Group, reason: str
) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.wait(ticket.pk, by=owner, reason="Passport", for_=reason, now=after(600))
    row = clock_of(ticket, "resolution")
    assert (row.state, row.due_at) == ("paused", None)
    assert row.next_at == after(600 + 3 * 86_400), "a long pause is looked at"
    actions.resume(ticket.pk, by=owner, now=after(4200))
    row = clock_of(ticket, "resolution")
    assert (row.state, row.due_at) == ("running", after(36_000 + 3600))
    ticket.refresh_from_db()
    assert ticket.resolve_by == row.due_at
    assert told(row) == ["pause", "resume"]


def test_a_reason_that_pauses_nothing_leaves_the_clock_running(owner: User, group: Group) -> None:
    make_policy({**promising(300), "pauses": {"customer": ["resolution"]}})
    ticket = came(owner, group=group)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(10))
    actions.record_basics(ticket.pk, by=owner, now=after(20))
    actions.wait(ticket.pk, by=owner, reason="The court", for_="hold", now=after(30))
    assert clock_of(ticket, "resolution").state == "running"


def test_a_ticket_that_waits_still_ends(owner: User, group: Group) -> None:
    """Frappe PR 3776: from pause straight to resolved, the pause counted."""
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(600))
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Done", now=after(90_000))
    row = clock_of(ticket, "resolution")
    assert (row.state, row.ended_at, row.breached_at) == ("met", after(90_000), None)


# ---- reopening (rule 12) -----------------------------------------------------------------------
def test_a_reopened_ticket_has_a_cycle_of_its_own_and_the_first_stays(
    owner: User, group: Group
) -> None:
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Done", now=after(3600))
    actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(90_000))
    first, second = Clock.objects.filter(ticket=ticket, metric="resolution").order_by("cycle")
    assert (first.state, first.ended_at) == ("met", after(3600))
    assert (second.cycle, second.started_at, second.due_at) == (2, after(90_000), after(126_000))


# ---- another target (rule 13) ------------------------------------------------------------------
def test_another_priority_counts_what_was_spent_against_the_new_target(
    owner: User, group: Group
) -> None:
    ticket = came(owner, group=group, priority="low")
    changed = actions.record_basics(ticket.pk, by=owner, priority="high", now=after(3600))
    assert changed.resolve_by == after(4 * 3600)
    row = clock_of(ticket, "resolution")
    assert told(row) == ["retarget"]
    assert row.events.get().data["before"]["target_s"] == 108_000


def test_a_breach_by_the_change_itself_is_nobodys(owner: User, group: Group) -> None:
    ticket = came(owner, group=group, priority="low")
    actions.record_basics(ticket.pk, by=owner, priority="high", now=after(5 * 3600))
    row = clock_of(ticket, "resolution")
    assert (row.inherited, row.breached_at) == (True, after(5 * 3600))


def test_a_saved_ticket_that_is_what_it_was_is_not_counted_anew(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    make_policy(promising(60))
    actions.record_basics(ticket.pk, by=owner, now=after(10))
    assert told(clock_of(ticket)) == []
    assert clock_of(ticket).target_s == 300


def test_the_category_decides_when_it_is_known(owner: User, group: Group) -> None:
    category = make_category()
    make_policy(promising(300, category=[category.pk]))
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    done: dict[str, Any] = {"need": "A card", "answers": {}, "solution": "Send one"}
    actions.analyse(ticket.pk, by=owner, category=category, now=after(900), **done)
    assert clock_of(ticket, "resolution").policy == SlaPolicy.objects.get(name="policy 1").current


# ---- whose time it was (rule 15) ---------------------------------------------------------------
def test_each_change_of_owner_is_in_the_clocks_ledger(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    boss, other = make_manager(groups=[group]), make_user(groups=[group])
    actions.assign(ticket.pk, by=boss, to=other, now=after(100))
    event = clock_of(ticket).events.get(kind="own")
    assert (event.at, event.data["owner"]) == (after(100), other.pk)
    assert clock_of(ticket).first_owner_id == ticket.owner_id


# ---- hand-over ---------------------------------------------------------------------------------
def test_an_expert_has_a_time_to_accept(owner: User, group: Group) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    expert = make_user(groups=[group])
    offer: dict[str, Any] = {"to": expert, "reason": "Tax", "context": ""}
    actions.hand_over(ticket.pk, by=owner, now=after(600), **offer)
    row = clock_of(ticket, "acceptance")
    assert (row.started_at, row.due_at, row.state) == (after(600), after(2400), "running")
    assert clock_of(ticket, "resolution").state == "running", "a hand-over pauses nothing"
    actions.accept(ticket.pk, by=expert, now=after(700))
    assert clock_of(ticket, "acceptance").state == "met"
    actions.hand_over(ticket.pk, by=expert, now=after(800), **offer | {"to": owner})
    actions.return_back(ticket.pk, by=owner, reason="Not mine", now=after(900))
    assert (clock_of(ticket, "acceptance").cycle, clock_of(ticket, "acceptance").state) == (
        2,
        "met",
    )
