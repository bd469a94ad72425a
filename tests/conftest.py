"""What every test may ask for: standing people, signed-in clients, SQL and plans."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

from teams.models import Group, User
from tests.factories import T0, make_group, make_manager, make_ticket, make_token, make_user
from tickets.models import Ticket

# How long one example takes is the machine's affair: a busy one must not fail the suite.
hypothesis_settings.register_profile("steady", deadline=None)
hypothesis_settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Races, locks and plans need PostgreSQL; without it they are skipped and say so."""
    if connection.vendor == "postgresql":
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL=postgres://…")
    for item in items:
        if "postgres" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _apart() -> Iterator[None]:
    """No test sees another's cache or language."""
    cache.clear()
    with translation.override("en"):
        yield


class Clock:
    """The edges' clock; tests set it and step it."""

    def __init__(self) -> None:
        self.now: datetime = T0

    def tick(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`timezone.now()` stands at T0 until the test steps it."""
    stands = Clock()
    monkeypatch.setattr(timezone, "now", lambda: stands.now)
    return stands


# ---- standing people ------------------------------------------------------------------------
@pytest.fixture
def group(db: None) -> Group:
    """The group of owner, colleague and manager."""
    return make_group(name="Cards")


@pytest.fixture
def other_group(db: None) -> Group:
    """The group of stranger."""
    return make_group(name="Loans")


@pytest.fixture
def owner(group: Group) -> User:
    """A specialist whose ticket it is."""
    return make_user(username="owner", groups=[group])


@pytest.fixture
def colleague(group: Group) -> User:
    """A specialist of the same group."""
    return make_user(username="colleague", groups=[group])


@pytest.fixture
def stranger(other_group: Group) -> User:
    """A specialist of another group: may not know of the ticket."""
    return make_user(username="stranger", groups=[other_group])


@pytest.fixture
def manager(group: Group) -> User:
    """Runs the owner's group."""
    return make_manager(username="manager", runs=[group])


@pytest.fixture
def director(db: None) -> User:
    return make_user(role="director", username="director")


@pytest.fixture
def support(db: None) -> User:
    """Technical support, in no group."""
    return make_user(role="support", username="support")


@pytest.fixture
def ticket(group: Group, owner: User) -> Ticket:
    """The owner's, in reception, waiting for its first answer since T0."""
    return make_ticket(group=group, owner=owner)


# ---- browsers and programs ------------------------------------------------------------------
@pytest.fixture
def browser_of(db: None) -> Callable[[User], Client]:
    """A signed-in browser of anybody."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def owner_browser(owner: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(owner)


@pytest.fixture
def stranger_browser(stranger: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(stranger)


@pytest.fixture
def manager_browser(manager: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(manager)


@pytest.fixture
def director_browser(director: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(director)


@pytest.fixture
def support_browser(support: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(support)


@pytest.fixture
def api_of(db: None) -> Callable[[User], APIClient]:
    """A program of anybody: signs each call with a bearer token."""

    def program(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(user)}")
        return client

    return program


@pytest.fixture
def api(owner: User, api_of: Callable[[User], APIClient]) -> APIClient:
    """The owner's program."""
    return api_of(owner)


# ---- the database's view --------------------------------------------------------------------
@pytest.fixture
def sql_of() -> Callable[..., list[str]]:
    """Call it with a thunk: the SQL statements that the thunk ran, in order."""

    def run(thunk: Callable[[], Any]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            thunk()
        return [q["sql"] for q in captured.captured_queries]

    return run


@pytest.fixture
def indexes_of(db: None) -> Callable[[QuerySet[Any]], set[str]]:
    """Names of the indexes in a queryset's plan, with sequential scans priced out of reach.

    A test table is too small for PostgreSQL to want an index; this asks whether it *can* use one.
    """

    def plan(queryset: QuerySet[Any]) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        return names_in(plan_of(queryset), "Index Name")

    return plan


def plan_of(queryset: QuerySet[Any]) -> dict[str, Any]:
    """PostgreSQL's plan of a queryset, as its JSON."""
    plan: dict[str, Any] = json.loads(queryset.explain(format="json"))[0]["Plan"]
    return plan


def names_in(node: dict[str, Any], what: str) -> set[str]:
    """All values of `what` in a plan."""
    own = {node[what]} if what in node else set()
    return own.union(*(names_in(child, what) for child in node.get("Plans", [])))
