"""Tickets, their timeline and clock; customers, catalogue, files and events over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from csservice.ledger import actions as ledger
from teams.actions import freeze
from teams.models import Group, User
from tests.factories import (
    T0,
    after,
    make_attachment,
    make_calendar,
    make_category,
    make_contact,
    make_customer,
    make_entry,
    make_group,
    make_guide,
    make_identifier,
    make_message,
    make_product,
    make_ticket,
)
from tickets.api.shapes import TicketOut, TicketRow
from tickets.models import Customer, Ticket

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
ApiOf = Callable[[User], APIClient]


def numbers(api: APIClient, **asked: Any) -> list[int]:
    return [row["number"] for row in api.get(f"{V1}/tickets/", asked).json()["results"]]


# ---- tickets --------------------------------------------------------------------------------
def test_a_ticket_has_the_shape_that_is_documented(api: APIClient, ticket: Ticket) -> None:
    assert set(api.get(f"{V1}/tickets/").json()["results"][0]) == set(TicketRow().fields)
    whole = api.get(f"{V1}/tickets/{ticket.pk}/")
    assert set(whole.json()) == set(TicketOut().fields)
    assert whole["ETag"] == '"1"'
    assert whole["Cache-Control"] == "private, no-store"


def test_people_see_their_own_tickets_and_a_director_all(
    api: APIClient, director: User, stranger: User, api_of: ApiOf, ticket: Ticket
) -> None:
    assert numbers(api) == [ticket.pk]
    assert numbers(api_of(director)) == [ticket.pk]
    assert numbers(api_of(stranger)) == []
    assert api_of(stranger).get(f"{V1}/tickets/{ticket.pk}/").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"step": "analysis"},
        {"channel": "phone"},
        {"priority": "high"},
        {"waiting_on": "customer"},
        {"is_complaint": "true"},
        {"owner": "owner_id"},
        {"group": "group_id"},
        {"customer": "customer_id"},
        {"category": "category_id"},
        {"received_after": "2026-01-05T10:00:00Z"},
        {"late": "true", "step": "analysis"},
        {"q": "blue"},
        {"open": "true", "channel": "phone"},
    ],
)
def test_tickets_are_filtered(
    asked: dict[str, str], director: User, owner: User, group: Group, api_of: ApiOf
) -> None:
    wanted = make_ticket(
        group=group,
        owner=owner,
        step="analysis",
        channel="phone",
        priority="high",
        waiting_on="customer",
        is_complaint=True,
        category=make_category(),
        subject="Blue card",
        received_at=after(3600),
        responded_at=after(3600 + 301),
    )
    make_ticket()
    filled = {
        name: getattr(wanted, value) if value.endswith("_id") else value
        for name, value in asked.items()
    }
    assert numbers(api_of(director), **filled) == [wanted.pk]


def test_late_is_after_the_promise_and_the_last_instant_keeps_it(
    api: APIClient, group: Group, clock: Any
) -> None:
    ticket = make_ticket(group=group)
    clock.tick(300)
    assert numbers(api, late="true") == []
    assert numbers(api, late="false") == [ticket.pk]
    clock.tick(1)
    assert numbers(api, late="true") == [ticket.pk]
    assert numbers(api, late="false") == []


def test_a_contact_of_a_known_customer_is_taken_in(
    api: APIClient, owner: User, group: Group, li_na: Customer, clock: Any
) -> None:
    sent = {
        "channel": "phone",
        "subject": "Card",
        "description": "Lost it",
        "customer": li_na.pk,
        "product": make_product().pk,
        "category": make_category().pk,
        "priority": "high",
        "group": group.pk,
        "received_at": "2026-01-05T08:59:00Z",
    }
    answer = api.post(f"{V1}/tickets/", sent)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer["Location"] == f"{V1}/tickets/{body['number']}/"
    assert answer["ETag"] == '"1"'
    assert {key: body[key] for key in sent} == sent
    assert body["respond_by"] == "2026-01-05T09:04:00Z"
    assert body["clocks"]["first_response"]["seconds"] == 240


def test_a_customer_is_found_by_contact_or_made(
    api: APIClient, group: Group, li_na: Customer
) -> None:
    sent = {"channel": "web", "subject": "Card"}
    known = api.post(f"{V1}/tickets/", sent | {"customer": {"name": "?", "phone": "13800138000"}})
    new = api.post(f"{V1}/tickets/", sent | {"customer": {"name": "Ada", "language": "en"}})
    assert known.json()["customer"] == li_na.pk
    assert new.json()["customer_name"] == "Ada"


def test_a_call_taken_live_is_answered_at_pick_up(
    api: APIClient, owner: User, group: Group, li_na: Customer
) -> None:
    sent = {"channel": "phone", "subject": "Card", "customer": li_na.pk, "live": True}
    body = api.post(f"{V1}/tickets/", sent).json()
    assert (body["owner"], body["step"]) == (owner.pk, "analysis")
    assert body["clocks"]["first_response"]["state"] == "met"


# ---- timeline and clock ---------------------------------------------------------------------
def test_the_timeline_is_words_and_events_in_one_order(
    api: APIClient, owner: User, ticket: Ticket
) -> None:
    make_entry(key=ticket.pk, by=owner)
    said = make_message(ticket=ticket, author=owner, text="Hello", at=T0)
    file = make_attachment(message=said)
    make_entry(kind="ticket.noted", key=ticket.pk, now=after(60))
    make_message(ticket=ticket, kind="contact", author=None, at=after(30))
    make_entry(key=ticket.pk + 1)
    rows = api.get(f"{V1}/tickets/{ticket.pk}/timeline/").json()["results"]
    assert [row["kind"] for row in rows] == ["reply", "ticket.received", "contact", "ticket.noted"]
    assert rows[0]["attachments"] == [
        {"id": file.pk, "name": "paper.pdf", "type": "application/pdf", "size": file.size}
    ]
    assert rows[1]["by_name"] == "owner"
    assert rows[2]["by"] is None


def test_pages_of_the_timeline_are_whole_both_ways(
    api: APIClient, owner: User, ticket: Ticket
) -> None:
    for n in range(5):
        make_message(ticket=ticket, at=after(n // 2), text=str(n))
        make_entry(key=ticket.pk, now=after(n // 2))
    url = f"{V1}/tickets/{ticket.pk}/timeline/"
    whole = api.get(url).json()["results"]
    assert len(whole) == 10
    there: list[Any] = []
    pages: list[str] = []
    here: str | None = f"{url}?page_size=3"
    while here:
        pages.append(here)
        page = api.get(here).json()
        there += page["results"]
        here = page["next"]
    assert there == whole
    back: list[Any] = []
    here = pages[-1]
    while here:
        page = api.get(here).json()
        back = page["results"] + back
        here = page["previous"]
    assert back == whole
    for cursor in ("x", "WzAsIFsieCIsIDAsIDFdXQ==", "WzAsIFsxLCAwLCAxXV0="):
        assert api.get(url, {"cursor": cursor}).status_code == 400


def test_a_deadline_is_explained_by_the_hours_that_were_counted(
    api: APIClient, owner: User, clock: Any
) -> None:
    """Closing at 18:00 in Shanghai, five minutes are counted in two stretches."""
    week = {str(day): [[9 * 3600, 18 * 3600]] for day in range(5)}
    group = make_group(calendar=make_calendar(week=week))
    ticket = make_ticket(group=group, owner=owner, received_at=after(3600 - 120))
    url = f"{V1}/tickets/{ticket.pk}/explain/"
    body = api.get(url, {"metric": "first_response"}).json()
    assert body["target_s"] == 300
    assert body["calendar"]["time_zone"] == "Asia/Shanghai"
    assert body["counted"] == [
        {"opens": "2026-01-05T09:58:00Z", "closes": "2026-01-05T10:00:00Z", "seconds": 120},
        {"opens": "2026-01-06T01:00:00Z", "closes": "2026-01-06T01:03:00Z", "seconds": 180},
    ]
    assert body["due"] == body["due_today"] == "2026-01-06T01:03:00Z"
    assert body["calendar_changed_since"] is False
    group.calendar.week = {}
    freeze(group.calendar, by=None, now=T0)
    assert api.get(url).json()["calendar_changed_since"] is True
    assert api.get(url, {"metric": "luck"}).status_code == 400


# ---- lists ---------------------------------------------------------------------------------------
def test_lists_run_the_same_queries_for_one_row_and_for_many(
    api: APIClient, ticket: Ticket, sql_of: Callable[..., list[str]]
) -> None:
    customer = ticket.customer
    urls = [
        f"{V1}/customers/",
        f"{V1}/customers/{customer.pk}/",
        f"{V1}/products/",
        f"{V1}/categories/",
        f"{V1}/question-guides/",
        f"{V1}/tickets/{ticket.pk}/timeline/",
    ]

    def fill() -> None:
        make_customer()
        make_contact(customer=customer)
        make_identifier(customer=customer)
        make_product()
        make_guide()
        make_attachment(message=make_message(ticket=ticket))
        make_entry(key=ticket.pk)

    fill()
    api.get(urls[0])
    one = {url: len(sql_of(lambda url=url: api.get(url))) for url in urls}
    for _n in range(9):
        fill()
    many = {url: len(sql_of(lambda url=url: api.get(url))) for url in urls}
    assert one == many
    assert max(many.values()) <= 7


# ---- files and events -----------------------------------------------------------------------
def test_a_file_is_a_download_and_never_shown(api: APIClient, owner: User, ticket: Ticket) -> None:
    file = make_attachment(message=make_message(ticket=ticket), name="纸.pdf")
    answer: Any = api.get(f"{V1}/attachments/{file.pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_lost_file_and_a_strangers_file_are_404(
    api: APIClient, stranger: User, api_of: ApiOf, owner: User, ticket: Ticket
) -> None:
    file = make_attachment(message=make_message(ticket=ticket))
    url = f"{V1}/attachments/{file.pk}/"
    assert api_of(stranger).get(url).status_code == 404
    file.file.delete(save=False)
    answer = api.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_feed_is_the_ledger_in_order_without_a_gap(
    manager: User, api_of: ApiOf, ticket: Ticket
) -> None:
    program = api_of(manager)
    for n in range(5):
        make_entry(key=ticket.pk, by=manager, number=n)
    ledger.seal(now=T0, limit=100)
    make_entry(kind="not.sealed")
    first = program.get(f"{V1}/events/", {"page_size": 3}).json()
    assert [row["seq"] for row in first["results"]] == [1, 2, 3]
    assert first["results"][0] == {
        "seq": 1,
        "at": "2026-01-05T09:00:00Z",
        "by": manager.pk,
        "by_name": "manager",
        "kind": "ticket.received",
        "subject": "ticket",
        "key": str(ticket.pk),
        "data": {"number": 0},
    }
    rest = program.get(first["next"]).json()
    assert [row["seq"] for row in rest["results"]] == [4, 5]
    assert (rest["next"], rest["last"]) == (None, 5)
    nothing = program.get(f"{V1}/events/", {"after": 5}).json()
    assert nothing == {"next": None, "last": 5, "results": []}
    for after_what in ("-1", "x", str(2**63)):
        assert program.get(f"{V1}/events/", {"after": after_what}).status_code == 400
