"""Reception and the first answer: when the five minutes start, and what ends them (W1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import (
    T0,
    after,
    make_calendar,
    make_contact,
    make_customer,
    make_group,
    make_product,
    make_ticket,
)
from tests.tickets.support import NOW, kinds, last, unchanged
from tickets import actions
from tickets.models import Customer, Message, Ticket

pytestmark = pytest.mark.django_db


def receive(by: User, **over: Any) -> Ticket:
    known = {"name": "Ada Lovelace", "phone": "138 0013 8000"}
    fields: dict[str, Any] = {"channel": "web", "subject": "Card lost", "customer": known}
    return actions.receive(by=by, **fields | {"now": T0} | over)


# ---- receive --------------------------------------------------------------------------------
def test_a_contact_becomes_a_ticket_with_a_clock(owner: User, group: Group) -> None:
    ticket = receive(owner, subject="  Card lost ", description=" in Berlin ")
    assert (ticket.step, ticket.waiting_on, ticket.version) == ("reception", "nobody", 1)
    assert (ticket.subject, ticket.description) == ("Card lost", "in Berlin")
    assert (ticket.received_at, ticket.respond_by) == (T0, after(300))
    assert ticket.resolve_by == T0 + timedelta(hours=10)
    assert (ticket.responded_at, ticket.group) == (None, group)
    assert kinds(ticket) == ["ticket.received"]
    assert last(ticket).data["channel"] == "web"
    assert Ticket.objects.found_by("berlin ada 138001").exists() is False
    assert Ticket.objects.found_by("berlin ada").get() == ticket


def test_the_clock_starts_when_the_contact_came_and_stands_while_closed(owner: User) -> None:
    office = make_group(calendar=make_calendar(time_zone="UTC", week={"1": [[32400, 61200]]}))
    ticket = receive(owner, group=office)
    assert ticket.respond_by == datetime(2026, 1, 6, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(minutes=4), timedelta(days=7)])
def test_a_contact_may_have_come_up_to_a_week_ago(ago: timedelta, owner: User) -> None:
    ticket = receive(owner, received_at=T0 - ago)
    assert ticket.respond_by == T0 - ago + timedelta(seconds=300)


@pytest.mark.parametrize(
    "at", [T0 + timedelta(seconds=1), T0 - timedelta(days=7, seconds=1)], ids=["future", "old"]
)
def test_a_contact_from_the_future_or_long_ago_is_refused(at: datetime, owner: User) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        receive(owner, received_at=at)
    assert refusal.value.field == "received_at"


def test_a_contact_is_about_something(owner: User) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        receive(owner, subject=" ")
    assert refusal.value.field == "subject"


def test_a_director_takes_in_no_contacts(director: User) -> None:
    with unchanged(), pytest.raises(PermissionDenied):
        receive(director)


def test_support_takes_in_a_known_customers_contact_and_makes_none(
    support: User, group: Group
) -> None:
    with unchanged(), pytest.raises(PermissionDenied):
        receive(support)
    assert receive(support, customer=make_customer()).group == group


def test_nobody_serves_such_customers(support: User) -> None:
    company = make_customer(segment="corporate")
    with unchanged(), pytest.raises(InvalidError, match="No group serves") as refusal:
        receive(support, customer=company)
    assert refusal.value.field == "customer"


def test_a_known_number_is_the_known_customer(owner: User) -> None:
    known = make_contact(value="13800138000").customer
    assert receive(owner).customer == known
    assert Customer.objects.count() == 1


def test_a_number_of_two_customers_is_nobodys_for_certain(owner: User) -> None:
    for _ in range(2):
        make_contact(value="13800138000")
    assert receive(owner).customer.name == "Ada Lovelace"


def test_a_new_customer_prefers_the_first_way_they_gave(owner: User) -> None:
    customer = receive(
        owner, customer={"name": "刘敏", "email": "Min@X.cn", "language": "zh-hans"}
    ).customer
    assert (customer.segment, customer.language) == ("personal", "zh-hans")
    contact = customer.contacts.get()
    assert (contact.kind, contact.value, contact.preferred) == ("email", "min@x.cn", True)
    assert Customer.objects.found_by("liumin").get() == customer


def test_a_customer_without_a_number_or_address_is_taken_in(owner: User) -> None:
    customer = receive(owner, customer={"name": "Walked in", "segment": "corporate"}, live=True)
    assert customer.customer.segment == "corporate"
    assert not customer.customer.contacts.exists()


def test_a_wrong_number_is_said_and_nothing_is_written(owner: User) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        receive(owner, customer={"name": "Ada", "phone": "call me"})
    assert refusal.value.field == "phone"


def test_a_call_taken_live_is_answered_at_pick_up_and_in_analysis(
    owner: User, group: Group
) -> None:
    ticket = receive(owner, channel="phone", live=True, now=NOW, received_at=after(30))
    assert (ticket.step, ticket.owner, ticket.group) == ("analysis", owner, group)
    assert (ticket.responded_at, ticket.basics_at) == (after(30), after(30))
    assert ticket.assigned_because == {"rule": "live"}
    call = Message.objects.get()
    assert (call.kind, call.first_response, call.at) == ("call", True, after(30))


def test_a_live_call_stays_in_the_group_that_serves_or_the_takers_own(
    owner: User, group: Group, support: User
) -> None:
    corporate = make_group(segment="corporate")
    company = make_customer(segment="corporate")
    assert receive(owner, live=True, customer=company).group == group
    assert receive(support, live=True, customer=company).group == corporate
    assert receive(support, live=True, customer=company, group=group).group == group


# ---- the first answer -----------------------------------------------------------------------
@pytest.mark.parametrize(("seconds", "flagged"), [(299, False), (300, False), (301, True)])
def test_the_answer_stops_the_clock_and_flags_what_came_late(
    seconds: int, flagged: bool, ticket: Ticket, owner: User
) -> None:
    done = actions.respond(ticket.pk, by=owner, text="Hello there", now=after(seconds))
    assert done.responded_at == after(seconds)
    assert (done.breached_at is not None) is flagged
    assert kinds(ticket) == ["clock.breached"] * flagged + ["ticket.responded"]


def test_a_flag_that_the_sweep_set_is_not_set_again(ticket: Ticket, owner: User) -> None:
    assert actions.flag_breaches(now=after(301), limit=9) == 1
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(400))
    assert kinds(ticket) == ["clock.breached", "ticket.responded"]


@pytest.mark.parametrize("text", ["…", "?", "k", "👍"])
def test_signs_are_no_answer(text: str, ticket: Ticket, owner: User) -> None:
    for verb in (actions.respond, actions.log_call):
        with unchanged(), pytest.raises(InvalidError, match="signs alone"):
            verb(ticket.pk, by=owner, text=text, now=NOW)


def test_neither_a_note_nor_the_customer_nor_a_change_is_an_answer(
    ticket: Ticket, owner: User
) -> None:
    actions.respond(ticket.pk, by=owner, text="For us", now=NOW, internal=True)
    actions.note(ticket.pk, by=owner, text="For us", now=NOW)
    actions.hear(ticket.pk, by=owner, text="Hello?", channel="web", now=NOW)
    actions.record_basics(ticket.pk, by=owner, now=NOW, priority="high")
    actions.assign(ticket.pk, by=owner, to=owner, now=NOW)
    actions.mark_complaint(ticket.pk, by=owner, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.step, ticket.responded_at) == ("reception", None)
    assert not Message.objects.filter(first_response=True).exists()
    assert not Message.objects.filter(kind="automatic").exists()


def test_reception_ends_only_with_an_answer_and_the_basics(ticket: Ticket, owner: User) -> None:
    assert actions.respond(ticket.pk, by=owner, text="Hello there", now=NOW).step == "reception"
    assert actions.record_basics(ticket.pk, by=owner, now=NOW).step == "analysis"
    assert last(ticket).data["reception_over"] is True


def test_the_basics_may_come_before_the_answer(ticket: Ticket, owner: User) -> None:
    assert actions.record_basics(ticket.pk, by=owner, now=NOW).step == "reception"
    assert actions.respond(ticket.pk, by=owner, text="Hello there", now=NOW).step == "analysis"


def test_the_ticket_is_whose_first_answer_it_is(ticket: Ticket, colleague: User) -> None:
    assert actions.respond(ticket.pk, by=colleague, text="Hello there", now=NOW).owner == colleague


def test_later_answers_are_replies_and_change_no_owner(
    ticket: Ticket, owner: User, colleague: User
) -> None:
    actions.log_call(ticket.pk, by=owner, text="Called her", now=NOW)
    done = actions.respond(ticket.pk, by=colleague, text="And this", now=after(200))
    assert (done.owner, done.responded_at) == (owner, NOW)
    assert kinds(ticket) == ["ticket.responded", "ticket.replied"]
    assert list(Message.objects.in_order().values_list("kind", "first_response", "channel")) == [
        ("call", True, "phone"),
        ("reply", False, "web"),
    ]


def test_a_ticket_after_its_service_may_still_be_answered(owner: User) -> None:
    done = make_ticket(step="feedback", owner=owner)
    assert actions.respond(done.pk, by=owner, text="Thank you", now=NOW).step == "feedback"


def test_an_answer_finds_the_ticket(ticket: Ticket, owner: User) -> None:
    actions.respond(ticket.pk, by=owner, text="Look at the kaleidoscope", now=NOW)
    assert Ticket.objects.found_by("kaleido").get() == ticket


@pytest.mark.parametrize(
    ("channel", "reach_at", "known", "delivery"),
    [
        ("web", "", [("email", "m@x.cn")], "queued"),
        ("email", "here@x.cn", [], "queued"),
        ("web", "13800138000", [], ""),
        ("phone", "", [("email", "m@x.cn")], ""),
    ],
)
def test_an_answer_is_mailed_where_the_customer_wrote_and_can_be_reached(
    channel: str, reach_at: str, known: list[tuple[str, str]], delivery: str, owner: User
) -> None:
    customer = make_customer(contacts=known)
    ticket = make_ticket(channel=channel, reach_at=reach_at, owner=owner, customer=customer)
    actions.respond(ticket.pk, by=owner, text="Hello there", now=NOW)
    assert Message.objects.get().delivery == delivery


# ---- basics ---------------------------------------------------------------------------------
def test_the_basics_are_recorded(ticket: Ticket, owner: User) -> None:
    other, product = make_customer(name="刘敏", language="zh-hans"), make_product()
    done = actions.record_basics(
        ticket.pk,
        by=owner,
        now=NOW,
        reach_at=" +8613800138000 ",
        identity_check="passed",
        customer=other,
        subject=" Card eaten ",
        product=product,
        priority="high",
    )
    done.refresh_from_db()
    assert (done.customer, done.product, done.subject) == (other, product, "Card eaten")
    assert (done.reply_language, done.reach_at) == ("zh-hans", "+8613800138000")
    assert (done.identity_check, done.basics_at) == ("passed", NOW)
    assert done.resolve_by == T0 + timedelta(hours=4)
    assert Ticket.objects.found_by("liumin eaten").get() == ticket


def test_the_basics_recorded_again_keep_their_first_time(ticket: Ticket, owner: User) -> None:
    actions.record_basics(ticket.pk, by=owner, now=NOW, priority="normal")
    again = actions.record_basics(ticket.pk, by=owner, now=after(200), customer=ticket.customer)
    assert (again.basics_at, again.resolve_by) == (NOW, ticket.resolve_by)


@pytest.mark.parametrize("field", ["reply_language", "identity_check", "priority"])
def test_a_basic_that_is_no_option_is_refused(field: str, ticket: Ticket, owner: User) -> None:
    wrong: dict[str, Any] = {field: "none"}
    with unchanged(), pytest.raises(InvalidError) as refusal:
        actions.record_basics(ticket.pk, by=owner, now=NOW, **wrong)
    assert refusal.value.field == field


def test_support_puts_no_unseen_customer_on_a_ticket(support: User) -> None:
    ticket = make_ticket(owner=support)
    unseen = make_customer()
    with unchanged(), pytest.raises(Customer.DoesNotExist):
        actions.record_basics(ticket.pk, by=support, now=NOW, customer=unseen)


def test_nothing_is_heard_or_answered_on_a_closed_ticket(owner: User) -> None:
    closed = make_ticket(step="closed", owner=owner)
    calls: tuple[Callable[[], object], ...] = (
        lambda: actions.respond(closed.pk, by=owner, text="Hello there", now=NOW),
        lambda: actions.hear(closed.pk, by=owner, text="Hello", channel="web", now=NOW),
    )
    for call in calls:
        with unchanged(), pytest.raises(RefusedError):
            call()
