"""How the open tickets take a change of an SLA policy, and what is said before (W1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.factories import after, make_calendar, make_category, make_ticket
from tests.tickets.promises import (
    NOW,
    clock_of,
    due,
    first_within,
    received,
    resolved_within,
    said,
    save,
    standard,
)
from tickets import actions
from tickets.clock import Metric, Mode
from tickets.models import Clock, SlaPolicy, Ticket

pytestmark = pytest.mark.django_db


# ---- open tickets ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("apply", "expected"),
    [
        ("keep", after(300)),
        ("fresh", after(120 + 600)),
        ("recompute", after(600)),
        ("carry", after(600)),
    ],
)
def test_an_open_ticket_takes_a_change_as_it_is_told(
    apply: str, expected: datetime, group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    save(manager, first_within(600), standard(), apply=apply)
    assert due(ticket) == expected
    ticket.refresh_from_db()
    assert ticket.respond_by == expected
    assert clock_of(ticket).policy.number == (1 if apply == "keep" else 2)  # type: ignore[union-attr]
    assert due(ticket, "resolution") == after(36_000)
    kinds = list(clock_of(ticket).events.values_list("kind", flat=True))
    assert kinds == ([] if apply == "keep" else ["retarget"])
    assert Entry.objects.filter(kind="promise.changed").get().data["tickets"] == (apply != "keep")
    assert not list(actions.false_clocks(now=NOW))


def test_a_ticket_that_changed_has_another_version(
    group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    save(manager, first_within(600), standard(), apply="keep")
    kept = Ticket.objects.get(pk=ticket.pk).version
    save(manager, first_within(900), standard(), apply="fresh")
    assert Ticket.objects.get(pk=ticket.pk).version == kept + 1


def test_only_what_counts_otherwise_begins_anew(group: Group, owner: User, manager: User) -> None:
    ticket = received(group, owner)
    save(manager, resolved_within(7200), standard(), apply="fresh")
    assert due(ticket) == after(300)
    assert due(ticket, "resolution") == after(120 + 7200)
    assert clock_of(ticket).policy.number == 2  # type: ignore[union-attr]


def test_a_promise_made_shorter_than_what_was_spent_is_nobodys_fault(
    group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    save(manager, first_within(60), standard(), apply="recompute")
    clock = clock_of(ticket)
    assert clock.inherited
    assert clock.breached_at == NOW


def test_a_promise_that_is_dropped_ends_and_one_that_is_new_begins(
    group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    known = said()
    del known["targets"]["resolution"]
    save(manager, known, standard(), apply="carry")
    assert clock_of(ticket, "resolution").state == "cancelled"
    save(manager, said(), standard(), apply="carry")
    states = Clock.objects.filter(ticket=ticket, metric="resolution").order_by("cycle")
    assert [clock.state for clock in states] == ["cancelled", "running"]


def test_a_pause_that_is_taken_away_ends(group: Group, owner: User, manager: User) -> None:
    ticket = received(group, owner)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(60))
    actions.record_basics(ticket.pk, by=owner, now=after(60))
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(70))
    assert clock_of(ticket, "resolution").state == "paused"
    save(manager, said(pauses={}), standard(), apply="carry")
    assert clock_of(ticket, "resolution").state == "running"


def test_a_ticket_joins_and_leaves_a_policy(group: Group, owner: User, manager: User) -> None:
    cards = make_category()
    ticket = received(group, owner, category=cards)
    other = received(group, owner)
    row = save(manager, first_within(900, when={"category": [cards.pk]}), apply="recompute")
    assert (due(ticket), due(other)) == (after(900), after(300))
    known = first_within(900, when={"channel": ["branch"]})
    save(manager, known, row, name="VIP", apply="recompute")
    assert (due(ticket), due(other)) == (after(300), after(300))
    assert clock_of(ticket).policy.policy.name == "Standard"  # type: ignore[union-attr]


def test_a_closed_ticket_keeps_what_was_promised(group: Group, owner: User, manager: User) -> None:
    ticket = received(group, owner)
    actions.resolve(ticket.pk, by=owner, outcome="withdrawn", summary="Hung up", now=after(60))
    before = due(ticket)
    save(manager, first_within(600), standard(), apply="recompute")
    assert due(ticket) == before


def test_many_open_tickets_cost_as_many_queries_as_one(
    group: Group, owner: User, manager: User, sql_of: Callable[..., list[str]]
) -> None:
    received(group, owner)
    one = sql_of(lambda: save(manager, first_within(600), standard(), apply="fresh"))
    for _n in range(9):
        received(group, owner)
    ten = sql_of(lambda: save(manager, first_within(900), standard(), apply="fresh"))
    assert len(ten) == len(one), "\n".join(ten)
    assert len(one) <= 30


# ---- what would happen ----------------------------------------------------------------------
@pytest.mark.parametrize("mode", list(Mode))
def test_what_would_happen_is_what_happens(
    mode: Mode, group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    found = actions.touched(standard().pk, first_within(600), by=manager, now=NOW)
    first = next(one for one in found.clocks if one.metric == Metric.FIRST_RESPONSE)
    assert (found.count, first.before, first.new_target_s) == (1, after(300), 600)
    assert not Entry.objects.filter(kind="promise.changed").exists()
    save(manager, first_within(600), standard(), apply=mode)
    assert due(ticket) == first.after[mode]


def test_what_would_be_dropped_or_broken_is_said(group: Group, owner: User, manager: User) -> None:
    received(group, owner)
    known = first_within(60)
    del known["targets"]["resolution"]
    found = actions.touched(standard().pk, known, by=manager, now=NOW)
    first, resolution = found.clocks
    assert first.broken == {Mode.RECOMPUTE, Mode.CARRY}
    assert (resolution.dropped, resolution.after) == (True, {})


def test_a_policy_that_is_tried_later_touches_nothing(
    group: Group, owner: User, manager: User
) -> None:
    received(group, owner)
    for_all = save(manager, said(), name="For all")
    assert actions.touched(for_all.pk, said(), by=manager, now=NOW).count == 0
    assert actions.touched(None, said(), by=manager, now=NOW).count == 0
    segment = said(when={"segment": ["personal"]})
    assert actions.touched(None, segment, by=manager, now=NOW).count == 1
    vip = save(manager, segment)
    actions.set_policy_active(vip.pk, by=manager, active=False, now=NOW)
    assert actions.touched(vip.pk, segment, by=manager, now=NOW).count == 0


def test_tickets_of_others_are_counted_and_not_shown(
    other_group: Group, stranger: User, manager: User, director: User
) -> None:
    received(other_group, stranger)
    found = actions.touched(standard().pk, first_within(600), by=manager, now=NOW)
    assert (found.count, found.hidden, found.clocks) == (1, 1, [])
    found = actions.touched(standard().pk, first_within(600), by=director, now=NOW)
    assert (found.count, found.hidden, len(found.tickets)) == (1, 0, 1)


def test_a_given_calendar_counts(group: Group, owner: User, manager: User) -> None:
    week = {"1": [[36_000, 64_800]]}  # Tuesdays from 10 to 18
    calendar = make_calendar(week=week, time_zone="UTC")
    ticket = received(group, owner)
    known = said()
    known["targets"]["first_response"]["hours"] = calendar.pk
    found = actions.touched(standard().pk, known, by=manager, now=NOW)
    opens = 25 * 3600
    assert found.clocks[0].after[Mode.RECOMPUTE] == after(opens + 300)
    save(manager, known, standard(), apply="recompute")
    assert due(ticket) == after(opens + 300)


def test_the_preview_of_ten_costs_as_much_as_of_one(
    group: Group, owner: User, manager: User, sql_of: Callable[..., list[str]]
) -> None:
    def preview() -> Any:
        return actions.touched(standard().pk, first_within(600), by=manager, now=NOW)

    received(group, owner)
    assert manager.group_ids  # read once for each request
    one = sql_of(preview)
    for _n in range(9):
        received(group, owner)
    ten = sql_of(preview)
    assert len(ten) == len(one), "\n".join(ten)


def test_a_deadline_that_has_passed_stays_when_it_is_not_counted_otherwise(
    group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    late = after(1000)
    known = resolved_within(7200)
    found = actions.touched(standard().pk, known, by=manager, now=late)
    first = next(one for one in found.clocks if one.metric == Metric.FIRST_RESPONSE)
    assert (first.changed, first.after[Mode.FRESH]) == (False, after(300))
    save(manager, known, standard(), apply="fresh", now=late)
    assert due(ticket) == after(300)
    assert not clock_of(ticket).events.filter(kind="retarget").exists()


def test_other_warnings_are_those_of_the_version_that_applies(
    group: Group, owner: User, manager: User
) -> None:
    ticket = received(group, owner)
    known = said(ladder=[])
    known["targets"]["first_response"] |= {"warn_s": [200], "hand_on_s": None}
    save(manager, known, standard(), apply="carry")
    assert clock_of(ticket).next_at == after(200)
    assert due(ticket) == after(300)


def test_a_ticket_from_before_there_were_clocks_gets_them_on_the_way(
    group: Group, owner: User, manager: User
) -> None:
    ticket = make_ticket(group=group, owner=owner)
    Clock.objects.filter(ticket=ticket).delete()
    cards = make_category()
    Ticket.objects.filter(pk=ticket.pk).update(category=cards)
    save(manager, first_within(600, when={"category": [cards.pk]}), apply="recompute")
    assert due(ticket) == after(600)
    assert not list(actions.false_clocks(now=NOW))


def test_where_no_policy_is_for_everybody_the_built_in_promise_is(
    group: Group, owner: User, manager: User
) -> None:
    SlaPolicy.objects.update(active=False)
    cards = make_category()
    ticket = received(group, owner, category=cards)
    row = save(manager, first_within(900, when={"category": [cards.pk]}), apply="recompute")
    assert due(ticket) == after(900)
    known = first_within(900, when={"channel": ["branch"]})
    found = actions.touched(row.pk, known, by=manager, now=NOW)
    assert found.clocks[0].new_target_s == 300
    save(manager, known, row, apply="recompute")
    assert due(ticket) == after(300)
    assert clock_of(ticket).policy is None


def test_day_and_night_is_previewed_as_it_counts(group: Group, owner: User, manager: User) -> None:
    ticket = received(group, owner)
    known = first_within(600)
    known["targets"]["first_response"]["hours"] = "always"
    found = actions.touched(standard().pk, known, by=manager, now=NOW)
    save(manager, known, standard(), apply="recompute")
    assert due(ticket) == found.clocks[0].after[Mode.RECOMPUTE] == after(600)


def test_the_database_and_the_rule_agree_whose_ticket_it_is(
    group: Group, owner: User, manager: User
) -> None:
    cards, loans = make_category(), make_category()
    save(manager, said(when={"category": [cards.pk], "priority": ["high"]}), name="Cards")
    save(manager, said(when={"channel": ["phone"], "category": [cards.pk, loans.pk]}), name="Phone")
    for category in (None, cards, loans):
        for priority in ("high", "low"):
            for channel in ("phone", "web"):
                over = {"category": category, "priority": priority, "channel": channel}
                received(group, owner, **over)
    wanted = said(when={"priority": ["high"], "segment": ["personal"]})
    found = actions.touched(None, wanted, by=manager, now=NOW)
    expected = [
        ticket.pk
        for ticket in Ticket.objects.order_by("pk")
        if ticket.priority == "high"
        and ticket.category_id != cards.pk
        and not (ticket.channel == "phone" and ticket.category_id == loans.pk)
    ]
    assert [ticket.pk for ticket in found.tickets] == expected
    assert len(expected) == 3
