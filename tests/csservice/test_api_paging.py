"""Keyset pages: whole under inserts, forward and back, at the same cost everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from rest_framework.test import APIClient

from csservice.lib.paging import Place, decode, encode
from teams.models import Group
from tests.factories import T0, make_customer, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
URL = "/api/v1/tickets/"


@pytest.fixture
def seven(group: Group) -> list[int]:
    """Numbers of seven tickets, two and two received at the same instant."""
    customer = make_customer()
    return [
        make_ticket(group=group, customer=customer, received_at=T0 + timedelta(hours=n // 2)).pk
        for n in range(7)
    ]


def walk(api: APIClient, url: str | None, to: str = "next") -> Iterator[list[int]]:
    while url:
        page = api.get(url).json()
        yield [row["number"] for row in page["results"]]
        url = page[to]


def chained(pages: Iterable[list[int]]) -> list[int]:
    return list(chain.from_iterable(pages))


@pytest.mark.parametrize("ordering", ["number", "received_at", "respond_by", "resolve_by"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_pages_are_the_whole_list_once_in_order(
    sign: str, ordering: str, api: APIClient, seven: list[int]
) -> None:
    pages = list(walk(api, f"{URL}?page_size=3&ordering={sign}{ordering}"))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert chained(pages) == (seven[::-1] if sign else seven)


@pytest.mark.parametrize("ordering", ["number", "-received_at"])
def test_the_way_back_is_the_way_there(ordering: str, api: APIClient, seven: list[int]) -> None:
    first = f"{URL}?page_size=2&ordering={ordering}"
    urls: list[str] = []
    url: str | None = first
    while url:
        urls.append(url)
        url = api.get(url).json()["next"]
    there = list(walk(api, first))
    back = list(walk(api, urls[-1], "previous"))
    assert chained(back[::-1]) == chained(there)
    assert sorted(chained(back)) == seven


def test_rows_that_come_in_meanwhile_are_neither_skipped_nor_doubled(
    api: APIClient, seven: list[int], group: Group
) -> None:
    page = api.get(f"{URL}?page_size=3").json()
    new = make_ticket(group=group).pk
    rest = chained(walk(api, page["next"]))
    found = [row["number"] for row in page["results"]] + rest
    assert found == seven[::-1]
    assert new not in found
    older = api.get(page["next"]).json()["previous"]
    assert new not in [row["number"] for row in api.get(older).json()["results"]]


def test_the_first_page_leads_nowhere_back_and_the_last_nowhere_on(
    api: APIClient, seven: list[int]
) -> None:
    only = api.get(URL).json()
    assert only["next"] is only["previous"] is None
    assert len(only["results"]) == 7


def test_a_place_after_the_end_leads_to_the_beginning(api: APIClient, seven: list[int]) -> None:
    cursor = encode(Place(back=False, values=[0]))
    page = api.get(URL, {"cursor": cursor}).json()
    assert page["results"] == []
    assert api.get(page["previous"]).json()["results"]


def test_a_page_has_at_most_200_rows(
    api: APIClient, seven: list[int], sql_of: Callable[..., list[str]]
) -> None:
    sql = sql_of(lambda: api.get(f"{URL}?page_size=100000"))
    assert any("LIMIT 201" in statement for statement in sql)
    assert not any("COUNT(" in statement for statement in sql)


def test_pages_of_a_search_are_whole_too(api: APIClient, group: Group) -> None:
    numbers = [make_ticket(group=group, subject="Lost card").pk for _n in range(5)]
    make_ticket(group=group, subject="Loan")
    assert list(walk(api, f"{URL}?q=lost&page_size=2")) == [
        numbers[:2:-1],
        numbers[2:0:-1],
        numbers[:1],
    ]
    assert chained(walk(api, f"{URL}?q=lost&page_size=2&ordering=received_at")) == numbers


def test_a_list_runs_the_same_queries_for_one_row_and_for_many(
    api: APIClient, group: Group, sql_of: Callable[..., list[str]]
) -> None:
    make_ticket(group=group)
    api.get(URL)
    one = sql_of(lambda: api.get(URL))
    for _n in range(9):
        make_ticket(group=group)
    many = sql_of(lambda: api.get(URL))
    assert len(one) == len(many) <= 4, "\n".join(many)
    assert Ticket.objects.count() == 10


@pytest.mark.parametrize("values", [[1], ["2026-01-01T00:00:00+00:00", 7]])
def test_a_cursor_is_read_as_it_was_written(values: list[Any]) -> None:
    assert decode(encode(Place(back=True, values=values)), len(values)) == (True, values)
