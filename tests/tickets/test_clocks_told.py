"""What clocks say on time, and what becomes of a broken promise (rivals.md 2.10, on rows)."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import (
    after,
    make_contact,
    make_customer,
    make_manager,
    make_ticket,
    make_user,
)
from tests.tickets.support import came, clock_of, make_policy, promising, told
from tickets import actions, policy
from tickets.actions.arrival import settle
from tickets.models import Alert, Clock, ClockEvent, Message, Ticket

pytestmark = pytest.mark.django_db


# ---- what is said on time (rule 16) ------------------------------------------------------------
def test_warnings_come_at_three_minutes_and_four_and_a_quarter(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    for seconds, kinds in ((180, 0), (180.1, 1), (255.1, 2)):
        actions.flag_breaches(now=after(seconds), limit=9)
        assert told(clock_of(ticket)).count("warn") == kinds
    events = clock_of(ticket).events.filter(kind="warn").order_by("pk")
    assert [event.at for event in events] == [after(180), after(255)]
    assert not any(event.data for event in events), "on time, not late"


def test_at_four_and_a_half_minutes_the_next_free_person_gets_it(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    Ticket.objects.filter(pk=ticket.pk).update(owner=owner)
    free = make_user(groups=[group], presence="available")
    actions.flag_breaches(now=after(271), limit=9)
    ticket.refresh_from_db()
    assert (ticket.owner, ticket.assigned_because["rule"]) == (free, "hand_on")
    kinds = [kind for kind in told(clock_of(ticket)) if kind != "escalate"]
    assert kinds == ["warn", "warn", "hand_on", "own"]


def test_nobody_free_leaves_it_where_it_is(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    before = ticket.owner_id
    actions.flag_breaches(now=after(271), limit=9)
    ticket.refresh_from_db()
    assert ticket.owner_id == before


def test_after_an_outage_everything_missed_is_said_late_and_once(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    assert actions.flag_breaches(now=after(900), limit=9) == 1
    events = clock_of(ticket).events.exclude(kind="escalate").order_by("pk")
    assert [(event.kind, event.data) for event in events] == [
        ("warn", {"late": True}),
        ("warn", {"late": True}),
        ("breach", {"late": True}),
    ]
    assert clock_of(ticket).breached_at == after(300)
    assert actions.flag_breaches(now=after(901), limit=9) == 0


def test_a_sweep_looks_at_no_more_than_its_limit_and_the_earliest_first(
    owner: User, group: Group
) -> None:
    tickets = [came(owner, group=group, received_at=after(-n)) for n in (0, 30, 60)]
    assert actions.flag_breaches(now=after(301), limit=2) == 2
    flagged = [Ticket.objects.get(pk=t.pk).breached_at is not None for t in tickets]
    assert flagged == [False, True, True]


# ---- a waiver (rule 14) ------------------------------------------------------------------------
def late(owner: User, group: Group) -> Ticket:
    ticket = came(owner, group=group)
    return actions.respond(ticket.pk, by=owner, text="Hello there", now=after(400))


def waive(ticket: Ticket, by: User, **over: Any) -> Ticket:
    fields: dict[str, Any] = {"metric": "first_response", "reason": "The line was down"} | over
    return actions.waive(ticket.pk, by=by, now=after(500), **fields)


def test_two_people_waive_and_the_breach_stays_a_fact(owner: User, group: Group) -> None:
    ticket = late(owner, group)
    waive(ticket, owner)
    assert clock_of(ticket).waived_at is None
    waive(ticket, make_manager(groups=[group]))
    row = clock_of(ticket)
    assert (row.waived_at, row.breached_at) == (after(500), after(300))
    assert told(row) == ["breach", "meet", "ask_waiver", "waive"]
    kinds = list(Entry.objects.filter(kind__startswith="clock.w").values_list("kind", flat=True))
    assert sorted(kinds) == ["clock.waived", "clock.waiver_asked"]


def test_nobody_waives_alone_nor_without_a_breach_nor_twice(owner: User, group: Group) -> None:
    kept = came(owner, group=group)
    actions.respond(kept.pk, by=owner, text="Hello there", now=after(300))
    with pytest.raises(RefusedError):
        waive(kept, owner)
    ticket, boss = late(owner, group), make_manager(groups=[group])
    waive(ticket, boss)
    with pytest.raises(RefusedError):
        waive(ticket, boss)
    with pytest.raises(PermissionDenied):
        waive(ticket, owner)
    assert clock_of(ticket).waived_at is None
    waive(ticket, make_manager(groups=[group]))
    with pytest.raises(RefusedError):
        waive(ticket, boss)


@pytest.mark.parametrize(
    ("over", "field"), [({"metric": "luck"}, "metric"), ({"reason": " "}, "reason")]
)
def test_a_waiver_names_its_promise_and_its_reason(
    owner: User, group: Group, over: dict[str, str], field: str
) -> None:
    ticket = late(owner, group)
    with pytest.raises(InvalidError) as refusal:
        waive(ticket, owner, **over)
    assert refusal.value.field == field
    assert not ClockEvent.objects.filter(kind="ask_waiver").exists()


# ---- an answer that never arrived (rule 7) -----------------------------------------------------
def mailed(owner: User, group: Group) -> tuple[Ticket, Message]:
    customer = make_customer()
    make_contact(customer=customer, kind="email", value="li@mail.example")
    ticket = came(owner, group=group, channel="email", customer=customer)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(100))
    return ticket, Message.objects.get(ticket=ticket, first_response=True)


def given_up(message: Message, now: Any) -> None:
    Message.objects.filter(pk=message.pk).update(delivery=Message.Delivery.FAILED)
    settle([message.pk], now=now)


def test_a_bounced_answer_un_meets_the_promise(owner: User, group: Group) -> None:
    ticket, message = mailed(owner, group)
    given_up(message, after(4000))
    ticket.refresh_from_db()
    assert (ticket.responded_at, ticket.step) == (None, "reception")
    assert told(clock_of(ticket))[:2] == ["meet", "unmeet"]
    actions.flag_breaches(now=after(4001), limit=9)
    row = clock_of(ticket)
    assert (row.state, row.breached_at) == ("running", after(300))


def test_a_later_answer_that_arrived_takes_its_place(owner: User, group: Group) -> None:
    ticket, message = mailed(owner, group)
    actions.log_call(ticket.pk, by=owner, text="Spoke with her", now=after(200))
    given_up(message, after(4000))
    ticket.refresh_from_db()
    assert ticket.responded_at == after(200)
    assert (clock_of(ticket).state, clock_of(ticket).ended_at) == ("met", after(200))


def test_an_answer_sent_again_meets_it_then(owner: User, group: Group) -> None:
    ticket, message = mailed(owner, group)
    given_up(message, after(4000))
    Message.objects.filter(pk=message.pk).update(delivery=Message.Delivery.SENT)
    settle([message.pk], now=after(5000))
    ticket.refresh_from_db()
    assert ticket.responded_at == after(5000)
    assert clock_of(ticket).breached_at == after(300)


# ---- merging (rule 18) -------------------------------------------------------------------------
def test_a_merged_ticket_keeps_the_earlier_start(owner: User, group: Group) -> None:
    customer = make_customer()
    early = came(owner, group=group, customer=customer, received_at=after(-120))
    late_one = came(owner, group=group, customer=customer)
    actions.merge(early.pk, by=owner, into=late_one, now=after(60))
    row = clock_of(late_one)
    assert (row.started_at, row.due_at) == (after(-120), after(180))
    late_one.refresh_from_db()
    assert late_one.respond_by == after(180)
    assert clock_of(early).state == "cancelled"


# ---- the ledger is the truth (rule 1) ----------------------------------------------------------
def test_columns_are_what_the_ledger_says(owner: User, group: Group) -> None:
    ticket = came(owner, group=group, priority="low")
    actions.flag_breaches(now=after(301), limit=9)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(400))
    actions.record_basics(ticket.pk, by=owner, priority="high", now=after(500))
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(600))
    actions.hear(ticket.pk, by=owner, text="Here it is", channel="web", now=after(9000))
    out = StringIO()
    call_command("verify_clocks", stdout=out)
    assert "3 clocks are what their ledgers say." in out.getvalue()
    Clock.objects.filter(ticket=ticket, metric="resolution").update(due_at=after(1))
    with pytest.raises(CommandError, match="1 clocks differ"):
        call_command("verify_clocks", stdout=StringIO(), stderr=StringIO())


def test_a_ticket_from_before_clocks_keeps_the_promises_of_its_columns(
    owner: User, group: Group
) -> None:
    ticket = make_ticket(group=group, owner=owner, respond_by=after(417))
    Clock.objects.all().delete()
    out = StringIO()
    call_command("adopt_clocks", stdout=out)
    assert "1 tickets were given clocks." in out.getvalue()
    assert (clock_of(ticket).due_at, clock_of(ticket).target_s) == (after(417), 417)
    Clock.objects.all().delete()
    done = actions.respond(ticket.pk, by=owner, text="Hello there", now=after(400))
    assert done.respond_by == after(417)
    assert clock_of(ticket).state == "met"


def test_a_sweep_costs_the_same_however_many_are_due(owner: User, group: Group) -> None:
    cost = []
    for number in (1, 12):
        now = after(-1000 * number)
        for _one in range(number):
            came(owner, group=group, received_at=now)
        with CaptureQueriesContext(connection) as queries:
            assert actions.flag_breaches(now=now + timedelta(seconds=301), limit=99) == number
        cost.append(len(queries))
    assert cost[0] == cost[1] <= 20


def test_an_undone_merge_restores_the_clocks_of_both(owner: User, group: Group) -> None:
    customer = make_customer()
    early = came(owner, group=group, customer=customer, received_at=after(-120))
    late_one = came(owner, group=group, customer=customer)
    actions.merge(early.pk, by=owner, into=late_one, now=after(60))
    undone = actions.unmerge(early.pk, by=owner, now=after(90))
    assert (undone.step, undone.merged_into, undone.respond_by) == ("reception", None, after(180))
    assert (clock_of(early).state, clock_of(early).due_at) == ("running", after(180))
    late_one.refresh_from_db()
    assert late_one.respond_by == after(300)
    rows = Clock.objects.filter(ticket=late_one, metric="first_response").order_by("cycle")
    assert [row.state for row in rows] == ["running", "cancelled"]
    call_command("verify_clocks", stdout=StringIO())


def test_only_a_merge_into_what_is_open_is_undone(owner: User, group: Group) -> None:
    ticket = came(owner, group=group)
    with pytest.raises(RefusedError):
        actions.unmerge(ticket.pk, by=owner, now=after(60))
    into = came(owner, group=group, customer=ticket.customer)
    actions.merge(ticket.pk, by=owner, into=into, now=after(60))
    Ticket.objects.filter(pk=into.pk).update(
        step="closed", outcome="solved", resolved_at=after(70), closed_at=after(70), owner=owner
    )
    with pytest.raises(RefusedError):
        actions.unmerge(ticket.pk, by=owner, now=after(90))
    assert clock_of(ticket).state == "cancelled"


# ---- a pause that lasts (rule 11) ------------------------------------------------------------
def test_a_long_pause_asks_its_owner_for_a_check_once(owner: User, group: Group) -> None:
    User.objects.filter(pk=owner.pk).update(presence="available")
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=after(600))
    three_days = 3 * 86_400 + 600
    actions.flag_breaches(now=after(three_days - 1), limit=9)
    assert "check" not in told(clock_of(ticket, "resolution"))
    for seconds in (three_days + 1, three_days + 90_000):
        actions.flag_breaches(now=after(seconds), limit=9)
    assert told(clock_of(ticket, "resolution")).count("check") == 1
    assert Alert.objects.get(user=owner, seconds__lt=0).long_pause
    actions.resume(ticket.pk, by=owner, now=after(three_days + 100_000))
    row = clock_of(ticket, "resolution")
    assert (row.state, row.told_s >= 0) == ("running", True)


# ---- word while the customer waits -----------------------------------------------------------
def test_word_from_us_is_due_again_after_each_word(owner: User, group: Group) -> None:
    said = promising(300)
    said["targets"] = {
        **said["targets"],
        "update": {"seconds": dict.fromkeys(policy.PRIORITIES, 3600), "hours": "group"},
    }
    make_policy(said)
    ticket = came(owner, group=group)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(60))
    actions.record_basics(ticket.pk, by=owner, now=after(90))
    assert clock_of(ticket, "update").due_at == after(3660)
    actions.log_call(ticket.pk, by=owner, text="Still looking", now=after(3000))
    rows = Clock.objects.filter(ticket=ticket, metric="update").order_by("cycle")
    assert [(row.state, row.ended_at) for row in rows] == [("met", after(3000)), ("running", None)]
    actions.flag_breaches(now=after(6601), limit=9)
    assert clock_of(ticket, "update").breached_at == after(6600)
    actions.resolve(ticket.pk, by=owner, outcome="withdrawn", summary="Gone", now=after(7000))
    assert clock_of(ticket, "update").state == "cancelled"
