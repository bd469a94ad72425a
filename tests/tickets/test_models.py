"""Tickets: what may never be true, the one table of moves, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from csservice.lib.errors import RefusedError
from teams.models import Group, User
from tests.factories import (
    T0,
    after,
    make_attachment,
    make_category,
    make_contact,
    make_contact_person,
    make_customer,
    make_guide,
    make_handover,
    make_identifier,
    make_message,
    make_product,
    make_ticket,
    make_user,
    make_viewer,
)
from tests.tickets.support import VERBS
from tickets.models import (
    Category,
    Customer,
    Guide,
    Mention,
    Product,
    Step,
    Ticket,
    TicketSearch,
    Waiting,
)


# ---- the table of moves ---------------------------------------------------------------------
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("waiting", Waiting)
@pytest.mark.parametrize("verb", Ticket.MOVES)
def test_a_verb_works_only_from_its_steps_and_waits(verb: str, step: str, waiting: str) -> None:
    ticket, move = Ticket(step=step, waiting_on=waiting), Ticket.MOVES[verb]
    if step in move.sources and (move.waits is None or waiting in move.waits):
        assert verb in ticket.moves
        ticket.move(verb)
        assert ticket.step == (move.end or step)
    else:
        assert verb not in ticket.moves
        with pytest.raises(RefusedError, match="Not possible now"):
            ticket.move(verb)
        assert ticket.step == step


def test_every_verb_but_the_inner_ones_is_offered_and_has_an_action() -> None:
    assert set(VERBS) | {"finish_reception", "lose_answer"} == set(Ticket.MOVES)
    offered = {verb for step in Step for verb in Ticket(step=step).offered}
    waiting = {verb for w in Waiting for verb in Ticket(step="analysis", waiting_on=w).offered}
    assert offered | waiting == set(Ticket.MOVES) - Ticket.INNER


def test_a_refusal_speaks_the_readers_language_and_names_the_step() -> None:
    with pytest.raises(RefusedError, match=r"^Not possible now: Close\. The step is: Reception\.$"):
        Ticket(step="reception").move("close")


# ---- transitions in memory ------------------------------------------------------------------
def test_the_first_answer_stops_the_clock_and_makes_the_ticket_theirs() -> None:
    by, ticket = User(pk=7), Ticket(received_at=T0)
    assert ticket.answer(by=by, now=after(60))
    assert (ticket.responded_at, ticket.owner) == (after(60), by)
    assert not ticket.answer(by=User(pk=8), now=after(90))
    assert (ticket.responded_at, ticket.owner) == (after(60), by)


def test_an_answer_is_never_before_the_contact_whatever_a_machines_clock_says() -> None:
    ticket = Ticket(received_at=T0)
    ticket.answer(by=User(pk=7), now=after(-1))
    assert ticket.responded_at == T0


def test_a_late_answer_after_the_service_takes_the_ticket_from_nobody() -> None:
    owner, ticket = User(pk=7), Ticket(received_at=T0, step="feedback")
    ticket.owner = owner
    assert ticket.answer(by=User(pk=8), now=after(60))
    assert ticket.owner == owner


def test_reception_ends_with_an_answer_and_the_basics_and_not_before() -> None:
    ticket = Ticket()
    assert not ticket.finish_reception()
    ticket.responded_at = after(60)
    assert not ticket.finish_reception()
    ticket.basics_at = after(90)
    assert ticket.finish_reception()
    assert ticket.step == Step.ANALYSIS
    assert not ticket.finish_reception()


# ---- constraints: wrong facts are impossible ------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("waiting", Waiting)
def test_a_right_ticket_stands_in_every_step(step: str, waiting: str) -> None:
    ticket = make_ticket(step=step, waiting_on=waiting)
    assert Ticket.objects.get(pk=ticket.pk).step == step


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("step", "wrong", "name"),
    [
        ("analysis", {"owner": None}, "ticket_past_reception_has_an_owner"),
        ("analysis", {"responded_at": None}, "ticket_in_analysis_was_answered_and_has_basics"),
        ("analysis", {"basics_at": None}, "ticket_in_analysis_was_answered_and_has_basics"),
        ("resolution", {"need": ""}, "ticket_in_resolution_has_need_category_solution"),
        ("resolution", {"solution": ""}, "ticket_in_resolution_has_need_category_solution"),
        ("resolution", {"category": None}, "ticket_in_resolution_has_need_category_solution"),
        ("resolution", {"resolved_at": T0}, "ticket_after_service_has_an_outcome"),
        ("feedback", {"resolved_at": None}, "ticket_after_service_has_an_outcome"),
        ("feedback", {"outcome": ""}, "ticket_after_service_has_an_outcome"),
        ("feedback", {"closed_at": T0}, "ticket_closed_has_its_time"),
        ("closed", {"closed_at": None}, "ticket_closed_has_its_time"),
        ("closed", {"score": 5}, "ticket_answered_has_a_score_of_1_to_5"),
        ("closed", {"satisfaction": "answered"}, "ticket_answered_has_a_score_of_1_to_5"),
        (
            "closed",
            {"satisfaction": "answered", "score": 6},
            "ticket_answered_has_a_score_of_1_to_5",
        ),
        ("analysis", {"waiting_on": "expert"}, "ticket_waits_for_an_expert_by_name"),
        (
            "analysis",
            {"responded_at": T0 - timedelta(seconds=1)},
            "ticket_is_answered_after_it_came",
        ),
    ],
)
def test_a_wrong_ticket_cannot_be_written(step: str, wrong: dict[str, Any], name: str) -> None:
    ticket = make_ticket(step=step)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**wrong)


@pytest.mark.django_db
def test_a_ticket_handed_to_somebody_waits_for_them() -> None:
    ticket, expert = make_ticket(step="analysis"), make_user()
    with (
        pytest.raises(IntegrityError, match="ticket_waits_for_an_expert_by_name"),
        transaction.atomic(),
    ):
        Ticket.objects.filter(pk=ticket.pk).update(handed_to=expert)


@pytest.mark.django_db
def test_other_things_that_are_never_twice() -> None:
    message = make_message(first_response=True)
    handed, customer = make_ticket(step="analysis", waiting_on="expert"), make_customer()
    make_contact(customer=customer, value="13800138000", preferred=True)
    identifier = make_identifier(number="6222000011112222")
    guide = make_guide()
    calls: tuple[Callable[[], object], ...] = (
        lambda: make_message(ticket=message.ticket, first_response=True),
        lambda: make_handover(ticket=handed),
        lambda: make_contact(customer=customer, preferred=True),
        lambda: make_contact(customer=customer, value="13800138000"),
        lambda: make_identifier(number="6222000011112222"),
        lambda: make_guide(category=guide.category, version=2),
    )
    for again in calls:
        with pytest.raises(IntegrityError), transaction.atomic():
            again()
    assert identifier.number() == "6222000011112222"


# ---- reads ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_ticket_is_seen_by_its_owner_its_group_whom_it_is_handed_to_and_the_director(
    ticket: Ticket,
    owner: User,
    colleague: User,
    stranger: User,
    manager: User,
    director: User,
    support: User,
) -> None:
    def see() -> set[User]:
        people = (owner, colleague, stranger, manager, director, support)
        return {p for p in people if Ticket.objects.visible_to(p).filter(pk=ticket.pk).exists()}

    assert see() == {owner, colleague, manager, director}
    Ticket.objects.filter(pk=ticket.pk).update(waiting_on="expert", handed_to=support)
    assert see() == {owner, colleague, manager, director, support}


@pytest.mark.django_db
def test_a_ticket_handed_to_a_group_is_seen_by_that_group(
    stranger: User, other_group: Group
) -> None:
    ticket = make_ticket(step="analysis", waiting_on="expert", handed_to_group=other_group)
    assert Ticket.objects.visible_to(stranger).get() == ticket


@pytest.mark.django_db
def test_who_left_sees_nothing(ticket: Ticket) -> None:
    for role in ("director", "specialist"):
        gone = make_user(role=role, groups=[ticket.group], is_active=False)
        assert not Ticket.objects.visible_to(gone).exists()
        assert not Customer.objects.visible_to(gone).exists()
        assert not Product.objects.visible_to(gone).exists()
        assert not Category.objects.visible_to(gone).exists()
        assert not Guide.objects.visible_to(gone).exists()


@pytest.mark.django_db
def test_support_sees_no_customers(support: User, owner: User, director: User) -> None:
    make_customer()
    assert Customer.objects.visible_to(owner).exists()
    assert Customer.objects.visible_to(director).exists()
    assert not Customer.objects.visible_to(support).exists()


@pytest.mark.parametrize(("seconds", "late"), [(299, False), (300, False), (301, True)])
@pytest.mark.django_db
def test_the_last_second_of_the_promise_still_keeps_it(seconds: int, late: bool) -> None:
    make_ticket()
    assert Ticket.objects.overdue(after(seconds)).exists() is late
    assert Ticket.objects.to_flag(after(seconds)).exists() is late


@pytest.mark.django_db
def test_a_flagged_ticket_is_overdue_but_not_flagged_again() -> None:
    make_ticket(breached_at=after(301))
    assert Ticket.objects.overdue(after(400)).exists()
    assert not Ticket.objects.to_flag(after(400)).exists()


@pytest.mark.django_db
def test_what_is_mine_what_waits_and_what_is_settled() -> None:
    me = make_user()
    mine = make_ticket(owner=me)
    handed = make_ticket(step="analysis", waiting_on="expert", handed_to=me)
    make_ticket(step="closed", owner=me)
    free = make_ticket(received_at=after(9))
    first = make_ticket()
    grouped = make_ticket(step="analysis", waiting_on="expert", handed_to_group=free.group)
    settled = make_ticket(step="feedback", satisfaction="refused")
    make_ticket(step="feedback")
    assert set(Ticket.objects.of(me)) == {mine, handed}
    assert set(Ticket.objects.unassigned()) == {free, first, grouped}
    assert list(Ticket.objects.waiting_for_owner()) == [first, free]
    assert set(Ticket.objects.settled()) == {settled}


@pytest.mark.django_db
def test_tickets_are_found_by_their_words_newest_first() -> None:
    old = make_ticket(subject="Card lost in Berlin 4711", customer=make_customer(name="刘敏"))
    new = make_ticket(subject="Card eaten", description="银行卡被吞")
    found = Ticket.objects.found_by
    assert list(found("card").newest_of_hits()) == [new, old]
    assert list(found("berl 47")) == [old]
    assert list(found("吞卡")) == []
    assert list(found("卡被")) == [new]
    assert list(found("liumin")) == list(found("刘")) == [old]
    assert list(found("card nowhere")) == list(found("")) == list(found("'\"*)")) == []


@pytest.mark.django_db
def test_customers_are_found_by_name_phone_and_suffix() -> None:
    customer = make_customer(
        name="刘敏", other_name="Liu Min", contacts=[("phone", "13800138000"), ("email", "m@x.cn")]
    )
    make_identifier(customer=customer, number="6222000011114321")
    make_customer(name="Somebody else")
    for words in ("刘敏", "lm", "liu min", "8000", "138001", "4321", "m@x.cn", str(customer.pk)):
        assert list(Customer.objects.found_by(words)) == [customer], words
    assert Customer.objects.reached_at("+8613800138000").get() == customer
    assert Customer.objects.with_identifier("6222000011114321").get() == customer


@pytest.mark.django_db
def test_what_came_since_an_hour() -> None:
    make_ticket(received_at=after(-1))
    fresh = make_ticket(received_at=T0)
    assert list(Ticket.objects.received_since(T0)) == [fresh]


@pytest.mark.django_db
def test_words_of_tickets_are_found_newest_first() -> None:
    old, new = make_ticket(subject="Card lost"), make_ticket(subject="Card eaten")
    hits = TicketSearch.objects.newest_hits("card")
    assert [hit.pk for hit in hits] == [new.pk, old.pk]
    assert str(hits[0]) == str(new.pk)


@pytest.mark.django_db
def test_catalogue_rows_in_use() -> None:
    guide, product = make_guide(), make_product()
    make_guide(category=guide.category, version=2, in_force=False)
    make_product(active=False)
    make_category(active=False)
    assert Guide.objects.in_force().get() == guide
    assert Product.objects.offered().get() == product
    assert Category.objects.in_use().get() == guide.category


@pytest.mark.django_db
def test_rows_have_names_for_people() -> None:
    product = make_product(name="Steady", name_zh="稳健")
    assert str(product) == "Steady"
    with translation.override("zh-hans"):
        assert str(product) == "稳健"
        assert str(make_category(name="Cards")) == "Cards"
    customer = make_customer(name="刘敏")
    ticket = make_ticket(subject="Card", customer=customer)
    message = make_message(ticket=make_ticket(step="analysis"))
    user = make_user(name="Ada")
    mention = Mention.objects.create(message=message, user=user)
    handover = make_handover(ticket=message.ticket)
    assert [str(customer), str(ticket), ticket.number] == ["刘敏", f"#{ticket.pk} Card", ticket.pk]
    assert str(make_contact(value="13800138000")) == "+86 •••• 8000"
    assert str(make_contact_person(name="Speaker")) == "Speaker"
    assert str(make_identifier(number="62220001")) == "•••• 0001"
    assert str(message) == f"reply {message.pk}"
    assert str(mention) == f"{user.pk} in {message.pk}"
    assert str(handover) == f"{message.ticket_id} by {message.ticket.owner_id}"
    assert str(make_viewer(ticket=ticket, user=user)) == f"{user.pk} sees {ticket.pk}"
    attachment = make_attachment(message=message)
    assert str(attachment) == "paper.pdf"
    assert str(attachment.file.name).startswith(f"attachments/{attachment.digest[:2]}/")
    assert str(make_guide(category=make_category(name="Loans"))) == "Loans v1"
    assert [str(ticket.words), str(customer.words)] == [str(ticket.pk), str(customer.pk)]
