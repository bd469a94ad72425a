"""A new contact: logged while the customer speaks, once however often pressed (W1, ux.md S4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from teams.models import Group, User
from tests.factories import (
    T0,
    make_category,
    make_customer,
    make_group,
    make_ticket,
    make_user,
)
from tickets import actions
from tickets.actions import once
from tickets.models import Customer, Ticket

SWAP: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
pytestmark = pytest.mark.usefixtures("clock")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def sent(**over: Any) -> dict[str, Any]:
    fields = {"key": str(uuid4()), "channel": "phone", "priority": "normal"}
    return fields | {"segment": "personal", "subject": "Card blocked"} | over


@pytest.fixture
def li_na(db: None) -> Customer:
    return make_customer(name="Li Na", contacts=[("phone", "13800138000")])


def test_a_live_call_opens_at_the_analysis_and_is_mine(
    li_na: Customer, owner: User, owner_browser: Client
) -> None:
    answer = owner_browser.post("/t/new/", sent(customer=li_na.pk, q="Li Na", then="start"))
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/t/{ticket.pk}/"
    assert (ticket.step, ticket.owner, ticket.customer) == ("analysis", owner, li_na)
    assert ticket.responded_at == ticket.received_at


def test_a_letter_that_is_started_is_mine_and_still_owed_an_answer(
    li_na: Customer, owner: User, owner_browser: Client
) -> None:
    owner_browser.post("/t/new/", sent(customer=li_na.pk, channel="email", then="start"))
    ticket = Ticket.objects.get()
    assert (ticket.step, ticket.owner, ticket.responded_at) == ("reception", owner, None)


def test_saved_to_the_queue_it_waits_for_whoever_is_there(
    li_na: Customer, owner_browser: Client
) -> None:
    answer = owner_browser.post("/t/new/", sent(customer=li_na.pk, then="queue"))
    assert answer["Location"] == "/queue/"
    ticket = Ticket.objects.get()
    assert (ticket.step, ticket.owner) == ("reception", None)


@pytest.mark.parametrize("swap", [{}, SWAP])
def test_pressed_twice_it_is_one_ticket(
    swap: dict[str, Any], li_na: Customer, owner_browser: Client
) -> None:
    form = sent(customer=li_na.pk)
    answers = [owner_browser.post("/t/new/", form, **swap) for _press in range(2)]
    assert Ticket.objects.count() == 1
    places = {a.get("HX-Redirect") or a.get("Location") for a in answers}
    assert places == {f"/t/{Ticket.objects.get().pk}/"}


def test_another_persons_key_is_another_contact(
    li_na: Customer, colleague: User, owner_browser: Client, browser_of: Callable[[User], Client]
) -> None:
    form = sent(customer=li_na.pk)
    owner_browser.post("/t/new/", form)
    browser_of(colleague).post("/t/new/", form)
    assert Ticket.objects.count() == 2


def test_a_refused_contact_leaves_its_key_free(owner_browser: Client, li_na: Customer) -> None:
    form = sent(name="New One", reach="12")
    refused = owner_browser.post("/t/new/", form)
    assert refused.status_code == 422
    assert "Enter a phone number, for example" in text(refused)
    owner_browser.post("/t/new/", form | {"reach": "13900139000"})
    assert Ticket.objects.get().customer.name == "New One"


def test_a_known_number_finds_the_customer_again(li_na: Customer, owner_browser: Client) -> None:
    owner_browser.post("/t/new/", sent(name="Li N.", reach="138 0013 8000"))
    assert Ticket.objects.get().customer == li_na


def test_without_a_script_the_matches_are_offered(li_na: Customer, owner_browser: Client) -> None:
    answer = owner_browser.post("/t/new/", sent(q="li na"))
    said = text(answer)
    assert answer.status_code == 422
    assert "Choose the customer, or add a new one." in said
    assert f'name="customer" value="{li_na.pk}"' in said
    assert 'value="Card blocked"' in said
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("customer", ["x", "0", "9" * 30])
def test_a_customer_that_is_not_there_is_not_taken(customer: str, owner_browser: Client) -> None:
    assert owner_browser.post("/t/new/", sent(customer=customer)).status_code == 422


def test_what_is_missing_is_said_in_words(owner_browser: Client) -> None:
    said = text(owner_browser.post("/t/new/", sent(subject=""), **SWAP))
    assert "Enter what it is about." in said
    assert "Enter the customer&#x27;s name, phone or number." in said
    assert "<html" not in said


def test_the_drawer_is_a_part_and_the_page_is_whole(owner_browser: Client) -> None:
    assert "<html" in text(owner_browser.get("/t/new/"))
    assert "<html" not in text(owner_browser.get("/t/new/", **SWAP))


def test_it_begins_with_the_customer_that_the_address_names(
    li_na: Customer, owner_browser: Client
) -> None:
    said = text(owner_browser.get(f"/t/new/?customer={li_na.pk}"))
    assert f'name="customer" value="{li_na.pk}"' in said
    assert 'value="Li Na"' in said


def test_the_hint_names_the_guide_and_what_is_open(
    li_na: Customer, group: Group, owner_browser: Client
) -> None:
    make_category(name="Lost card", words="card, 卡")
    ticket = make_ticket(group=group, customer=li_na, subject="Cannot sign in")
    said = text(owner_browser.get(f"/t/new/hint/?customer={li_na.pk}&subject=My+card"))
    assert "Guide suggested: Lost card" in said
    assert f"#{ticket.pk} Cannot sign in" in said
    assert text(owner_browser.get("/t/new/hint/?customer=x&subject=")).strip() == ""


def test_the_subject_chooses_the_category(li_na: Customer, owner_browser: Client) -> None:
    category = make_category(words="card, 卡")
    owner_browser.post("/t/new/", sent(customer=li_na.pk))
    assert Ticket.objects.get().category == category


@pytest.mark.parametrize("role", ["director", "support"])
def test_who_keeps_no_customers_takes_no_contact(
    role: str, request: pytest.FixtureRequest, browser_of: Callable[[User], Client]
) -> None:
    browser = browser_of(request.getfixturevalue(role))
    assert browser.get("/t/new/").status_code == 403
    assert browser.post("/t/new/", sent(name="X")).status_code == 403
    assert not Ticket.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first waits inside its transaction; without the unique key both would take it in."""
    by, customer, meet = make_user(groups=[make_group()]), make_customer(), Barrier(2)
    receive = actions.receive

    def receive_after_meeting(**given: Any) -> Ticket:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return receive(**given)

    def press() -> int:
        try:
            ticket = once.receive_once(
                "key", by=by, channel="phone", start=True, now=T0, subject="x", customer=customer
            )
        finally:
            connection.close()
        return ticket.pk

    monkeypatch.setattr(once, "receive", receive_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        numbers = set(pool.map(lambda _press: press(), range(2)))
    assert numbers == {Ticket.objects.get().pk}
