"""Every page and every API route, as everybody: each gets what the matrix says, none is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from tests.conftest import Clock
from tests.matrix import LIBRARIES, PEOPLE, Row, rows
from tests.world import BODIES, World
from tickets.views.ticket_verbs import VERBS

ROWS = rows()
FINE = {200, 201, 204, 302, 303, 400, 409, 412, 422}


def patterns(under: Any) -> Iterator[URLPattern]:
    """Every address of ours, with what it asks for; libraries are met by their first part."""
    for pattern in under:
        if str(pattern.pattern) in LIBRARIES:
            continue
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        elif pattern.name:
            yield pattern


PATTERNS = {str(pattern.name): pattern for pattern in patterns(get_resolver().url_patterns)}

POSTED = {row.name for row in ROWS if row.method == "POST"}
READ_ONLY = sorted(name for name in set(PATTERNS) - POSTED if not name.startswith("api-"))


def methods(pattern: URLPattern) -> set[str]:
    """What a route of a viewset answers to; a page is asked in a test of its own."""
    return {method.upper() for method in getattr(pattern.callback, "actions", {})} - {"HEAD"}


def word(response: HttpResponse, expected: str) -> str:
    """The answer in the words of the matrix."""
    status = response.status_code
    to_login = status == 302 and response["Location"].startswith(settings.LOGIN_URL)
    if status == 401 or to_login:
        return "in"
    if str(status) == expected:
        return expected
    return "ok" if status in FINE else str(status)


def ask(world: World, row: Row, url: str, body: dict[str, Any], who: str) -> HttpResponse:
    """One person's call, undone afterwards."""
    person = getattr(world, who)
    client: Client = APIClient() if row.name.startswith("api-") else Client()
    if who != "nobody":
        client.force_login(type(person).objects.get(pk=person.pk))
    with transaction.atomic():
        response: HttpResponse = getattr(client, row.method.lower())(url, body or None)
        transaction.set_rollback(True)
    return response


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.method} {r.name}:{r.verb}".rstrip(":"))
def test_everybody_gets_what_the_matrix_says(row: Row, clock: Clock) -> None:
    world = World()
    place = row.place(world, set(PATTERNS[row.name].pattern.converters))
    body = BODIES[row.name](world) if row.method != "GET" and row.name in BODIES else {}
    url = reverse(row.name, kwargs=place)
    gets = dict(zip(PEOPLE, row.gets, strict=True))
    found = {who: word(ask(world, row, url, body, who), gets[who]) for who in PEOPLE}
    assert found == gets


def test_no_address_is_without_a_row() -> None:
    assert set(PATTERNS) == {row.name for row in ROWS}


def test_no_method_of_the_api_is_without_a_row() -> None:
    known = {(row.name, row.method) for row in ROWS}
    offered = {(name, method) for name, p in PATTERNS.items() for method in methods(p)}
    assert offered - known == set()


def test_no_verb_of_a_ticket_is_without_a_row() -> None:
    assert {row.verb for row in ROWS if row.name == "ticket-verb"} == set(VERBS)


@pytest.mark.django_db
@pytest.mark.parametrize("name", READ_ONLY)
def test_a_page_without_a_row_for_posting_takes_no_posts(name: str, clock: Clock) -> None:
    world = World()
    row = Row(name, "POST", "", ())
    url = reverse(name, kwargs=row.place(world, set(PATTERNS[name].pattern.converters)))
    assert ask(world, row, url, {}, "director").status_code in {403, 405}


@pytest.mark.django_db
@pytest.mark.parametrize(("url", "gets"), LIBRARIES.values(), ids=LIBRARIES)
def test_the_pages_of_libraries(url: str, gets: str, clock: Clock) -> None:
    world = World()
    for who, expected in zip(PEOPLE, gets.split(), strict=True):
        response = ask(world, Row("page", "GET", "", ()), url, {}, who)
        signed = "in" if "login" in response.headers.get("Location", "") else "ok"
        assert signed == expected, who
