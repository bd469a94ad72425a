"""The queue: whose tickets, in which order, and that an unchanged one is cheap (W1, ux.md S2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from teams.models import Group, User
from tests.factories import T0, after, make_customer, make_ticket
from tickets.models import Ticket

SWAP: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
pytestmark = pytest.mark.usefixtures("clock")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def order(answer: Any, *tickets: Ticket) -> list[int]:
    """The numbers of `tickets` as they stand on the page."""
    said = text(answer)
    return sorted((t.pk for t in tickets), key=lambda pk: said.index(f'id="row-{pk}"'))


def test_the_queue_groups_by_what_is_owed_and_puts_the_most_urgent_first(
    owner: User, group: Group, owner_browser: Client
) -> None:
    waits = make_ticket(group=group, owner=owner, step="analysis", waiting_on="customer")
    later = make_ticket(group=group, owner=owner, received_at=after(-10))
    first = make_ticket(group=group, owner=owner, received_at=after(-100))
    doing = make_ticket(group=group, owner=owner, step="analysis")
    answer = owner_browser.get("/queue/")
    assert order(answer, waits, later, first, doing) == [first.pk, later.pk, doing.pk, waits.pk]
    said = text(answer)
    assert said.index("Reply due") < said.index("In progress")
    assert said.index("In progress") < said.index("Waiting")
    assert "3:20 left" in said


def test_each_view_shows_its_own_and_counts_them(
    owner: User, colleague: User, group: Group, other_group: Group, owner_browser: Client
) -> None:
    mine = make_ticket(group=group, owner=owner)
    free = make_ticket(group=group)
    theirs = make_ticket(group=group, owner=colleague)
    hidden = make_ticket(group=other_group)
    closed = make_ticket(group=group, step="closed", owner=owner)
    shown = {"mine": {mine}, "unassigned": {free}, "team": {mine, free, theirs}, "closed": {closed}}
    for view, tickets in shown.items():
        said = text(owner_browser.get(f"/queue/?view={view}"))
        for ticket in (mine, free, theirs, hidden, closed):
            assert (f'id="row-{ticket.pk}"' in said) is (ticket in tickets), (view, ticket)
        assert 'Team <span class="num">3</span>' in said


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("segment=corporate", "company"),
        ("channel=phone", "called"),
        ("late=1", "late"),
        ("q=cheque", "called"),
    ],
)
def test_filters_narrow_the_queue(
    asked: str, found: str, owner: User, group: Group, owner_browser: Client
) -> None:
    tickets = {
        "company": make_ticket(
            group=group, owner=owner, customer=make_customer(segment="corporate")
        ),
        "called": make_ticket(group=group, owner=owner, channel="phone", subject="Lost cheque"),
        "late": make_ticket(group=group, owner=owner, received_at=after(-301)),
    }
    said = text(owner_browser.get(f"/queue/?view=mine&{asked}"))
    assert [name for name, t in tickets.items() if f'id="row-{t.pk}"' in said] == [found]
    assert "Clear filters" in said


def test_a_filter_that_finds_nothing_offers_to_clear_it(owner_browser: Client) -> None:
    assert "No tickets are yours" in text(owner_browser.get("/queue/"))
    said = text(owner_browser.get("/queue/?channel=phone&view=team"))
    assert "No tickets fit these filters" in said
    assert 'href="/queue/?view=team"' in said


@pytest.mark.parametrize("asked", ["view=x", "customer=a", "customer=9" + "9" * 30, "segment=%00"])
def test_a_wish_that_means_nothing_is_left_out(asked: str, owner_browser: Client) -> None:
    assert owner_browser.get(f"/queue/?{asked}").status_code == 200


def test_the_tick_answers_nothing_when_nothing_changed(
    ticket: Ticket, owner: User, owner_browser: Client
) -> None:
    first = owner_browser.get("/queue/rows/", **SWAP)
    tag = first["ETag"].strip('"')
    again = owner_browser.get(f"/queue/rows/?tag={tag}", **SWAP)
    assert (again.status_code, again.content) == (204, b"")
    by_header = owner_browser.get("/queue/rows/", HTTP_IF_NONE_MATCH=first["ETag"], **SWAP)
    assert by_header.status_code == 204
    Ticket.objects.filter(pk=ticket.pk).update(changed_at=after(1))
    changed = owner_browser.get(f"/queue/rows/?tag={tag}", **SWAP)
    assert changed.status_code == 200
    assert f'id="row-{ticket.pk}"' in text(changed)
    assert "<html" not in text(changed)


def test_the_tick_notices_a_ticket_that_left(ticket: Ticket, owner_browser: Client) -> None:
    other = make_ticket(group=ticket.group, owner=ticket.owner, received_at=after(-5))
    tag = owner_browser.get("/queue/rows/", **SWAP)["ETag"].strip('"')
    Ticket.objects.filter(pk=other.pk).update(owner=None)
    assert owner_browser.get(f"/queue/rows/?tag={tag}", **SWAP).status_code == 200


def test_a_swap_gets_the_column_and_marks_the_open_ticket(
    ticket: Ticket, owner_browser: Client
) -> None:
    beside: dict[str, Any] = {**SWAP, "HTTP_HX_CURRENT_URL": f"http://testserver/t/{ticket.pk}/"}
    said = text(owner_browser.get("/queue/", **beside))
    assert "<html" not in said
    link = f'id="open-{ticket.pk}" href="/t/{ticket.pk}/" hx-get="/t/{ticket.pk}/"'
    assert f'{link} aria-current="true"' in said
    assert '<h2 id="queue-h">' in said


@pytest.mark.parametrize("role", ["owner", "colleague", "manager", "director", "support"])
def test_every_role_has_a_queue(
    role: str, ticket: Ticket, request: pytest.FixtureRequest, browser_of: Callable[..., Client]
) -> None:
    browser = browser_of(request.getfixturevalue(role))
    answer = browser.get("/queue/?view=team")
    assert answer.status_code == 200
    sees = role != "support"
    assert (f'id="row-{ticket.pk}"' in text(answer)) is sees


def test_a_director_starts_with_the_team(ticket: Ticket, director_browser: Client) -> None:
    assert f'id="row-{ticket.pk}"' in text(director_browser.get("/queue/"))


def test_an_unassigned_ticket_is_taken_from_the_queue(
    group: Group, owner: User, owner_browser: Client
) -> None:
    free = make_ticket(group=group)
    assert f'action="/t/{free.pk}/take/"' in text(owner_browser.get("/queue/?view=unassigned"))
    answer = owner_browser.post(f"/t/{free.pk}/take/", {"next": "/queue/"})
    assert answer["Location"] == "/queue/"
    free.refresh_from_db()
    assert free.owner == owner


def test_a_taken_ticket_opens_beside_the_queue(
    group: Group, owner: User, owner_browser: Client
) -> None:
    free = make_ticket(group=group)
    answer = owner_browser.post(f"/t/{free.pk}/take/", **SWAP, HTTP_HX_TARGET="div#work")
    assert 'id="ctx"' in text(answer)
    assert answer["HX-Push-Url"] == f"/t/{free.pk}/"


@pytest.mark.parametrize("url", ["/queue/", "/queue/?view=team", "/queue/rows/?view=team"])
def test_the_queue_runs_the_same_queries_for_one_row_and_for_ten(
    url: str, ticket: Ticket, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    owner_browser.get(url)  # the first page of a process also reads its settings
    one = sql_of(lambda: owner_browser.get(url))
    for _n in range(9):
        make_ticket(group=ticket.group, owner=ticket.owner)
    many = sql_of(lambda: owner_browser.get(url))
    assert len(one) == len(many) <= 8, "\n".join(many)


def test_more_than_a_hundred_are_shown_on_demand(
    group: Group, owner: User, owner_browser: Client
) -> None:
    customer = make_customer()
    for _n in range(101):
        make_ticket(group=group, owner=owner, customer=customer, received_at=T0)
    said = text(owner_browser.get("/queue/"))
    assert said.count('class="q-row"') == 100
    assert "Show more" in said
    assert text(owner_browser.get("/queue/?view=mine&all=1")).count('class="q-row"') == 101
