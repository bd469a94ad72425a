"""One box for tickets, customers, people and products; a number jumps (ux.md O1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from teams.models import Group, User
from tests.factories import make_customer, make_product, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}


@pytest.mark.parametrize("typed", ["#{}", "{}", " # {} "])
def test_a_number_opens_its_ticket(typed: str, ticket: Ticket, owner_browser: Client) -> None:
    answer = owner_browser.get("/search/", {"q": typed.format(ticket.pk)})
    assert (answer.status_code, answer["Location"]) == (302, f"/t/{ticket.pk}/")


def test_while_typing_a_number_is_offered_and_does_not_jump(
    ticket: Ticket, owner_browser: Client
) -> None:
    answer = owner_browser.get("/search/", {"q": str(ticket.pk)}, headers=SWAP)
    assert answer.status_code == 200
    assert answer.content.decode().count(f'href="/t/{ticket.pk}/"') == 1


def test_a_number_that_is_not_theirs_to_see_opens_nothing(
    ticket: Ticket, stranger_browser: Client
) -> None:
    answer = stranger_browser.get("/search/", {"q": f"#{ticket.pk}"})
    assert answer.status_code == 200
    assert f"/t/{ticket.pk}/" not in answer.content.decode()


def test_tickets_customers_people_and_products_are_found_together(
    group: Group, owner: User, colleague: User, owner_browser: Client
) -> None:
    colleague.name = "Baltic Kask"
    colleague.save(update_fields=["name"])
    customer = make_customer(name="Baltic Freight")
    ticket = make_ticket(group=group, owner=owner, customer=customer, subject="Supplier unpaid")
    product = make_product(name="Baltic bond")
    page = owner_browser.get("/search/", {"q": "baltic"}).content.decode()
    for found in (f"/t/{ticket.pk}/", f"/customers/{customer.pk}/", f"/products/{product.pk}/"):
        assert found in page
    assert "Baltic Kask" in page


def test_others_tickets_are_not_found(ticket: Ticket, stranger_browser: Client) -> None:
    page = stranger_browser.get("/search/", {"q": ticket.subject}).content.decode()
    assert "Nothing found for" in page


def test_chinese_words_and_pinyin_find(group: Group, owner_browser: Client) -> None:
    customer = make_customer(name="刘敏")
    make_ticket(group=group, customer=customer, subject="信用卡退款未到账")
    for words in ("退款", "刘敏", "liumin", "lm", "刘敏 退款"):
        page = owner_browser.get("/search/", {"q": words}).content.decode()
        assert "信用卡退款未到账" in page, words


def test_the_newest_twenty_come_newest_first(group: Group, owner_browser: Client) -> None:
    made = [make_ticket(group=group, subject="Refund").pk for _ in range(22)]
    found = owner_browser.get("/search/", {"q": "refund"}).context["tickets"]
    assert [hit.number for hit in found] == sorted(made, reverse=True)[:20]


def test_support_finds_its_tickets_and_no_customers(
    support_browser: Client, ticket: Ticket
) -> None:
    make_customer(name="Baltic Freight")
    page = support_browser.get("/search/", {"q": "baltic"}).content.decode()
    assert "Baltic Freight" not in page


def test_without_words_it_says_what_to_type(owner_browser: Client) -> None:
    assert "Type what you know" in owner_browser.get("/search/").content.decode()


@pytest.mark.parametrize("words", ["'", '"', "a' | 'b", "!!", ":*", "\\", "a" * 500, "%", "#"])
def test_no_typing_breaks_it(words: str, owner_browser: Client) -> None:
    assert owner_browser.get("/search/", {"q": words}).status_code == 200


def test_one_hit_or_ten_the_same_queries(
    group: Group, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    make_ticket(group=group, subject="Refund")
    owner_browser.get("/search/?q=refund")
    one = sql_of(lambda: owner_browser.get("/search/?q=refund"))
    for _ in range(9):
        make_ticket(group=group, subject="Refund")
    many = sql_of(lambda: owner_browser.get("/search/?q=refund"))
    assert len(one) == len(many) <= 12, "\n".join(many)


@pytest.mark.parametrize("crowd", [0, 1, 5])
def test_an_old_ticket_is_found_however_many_of_others_came_since(
    crowd: int, group: Group, owner_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.views.search.LATELY", 2)
    ours = make_ticket(group=group, subject="Refund")
    for _ in range(3):
        make_ticket(subject="Quiet")
    for _ in range(crowd):
        make_ticket(subject="Refund")
    found = owner_browser.get("/search/", {"q": "refund"}).context["tickets"]
    assert [hit.number for hit in found] == [ours.pk]
