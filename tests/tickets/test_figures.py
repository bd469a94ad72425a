"""One figure everywhere: what a promise took is open time of its clock's hours (W1, K2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from teams.models import Group, User
from tests.factories import T0, after, make_calendar, make_group, make_ticket, make_user
from tests.tickets.support import came, clock_of
from tickets import actions, clock, promise
from tickets.clock_words import length
from tickets.models import Clock, ClockEvent, Ticket

pytestmark = pytest.mark.django_db
V1 = "/api/v1/tickets/"


def took(ticket: Ticket) -> tuple[int | None, int | None]:
    found = Ticket.objects.get(pk=ticket.pk)
    return found.respond_took_s, found.resolve_took_s


def by_the_clock(ticket: Ticket, metric: str) -> int:
    row = clock_of(ticket, metric)
    hours = row.calendar.hours() if row.calendar else None
    assert hours is not None
    return int(clock.from_data(row.snapshot).spent_s(hours))


@pytest.fixture
def overnight(owner: User, group: Group) -> Ticket:
    """Came in the evening, answered and resolved the next working day."""
    return came(owner, group=group, received_at=T0)


def test_an_answer_in_time_took_its_open_seconds(owner: User, overnight: Ticket) -> None:
    actions.respond(overnight.pk, by=owner, text="Hello there", now=after(200))
    assert took(overnight) == (200, None)


def test_nights_are_no_part_of_how_late_it_was(
    director_browser: Client, api_of: Callable[[User], APIClient]
) -> None:
    office = {str(day): [[9 * 3600, 18 * 3600]] for day in range(5)}
    group = make_group(calendar=make_calendar(week=office))
    owner = make_user(groups=[group])
    overnight, api = came(owner, group=group), api_of(owner)
    actions.respond(overnight.pk, by=owner, text="Hello", now=after(400) + timedelta(days=1))
    spent = by_the_clock(overnight, "first_response")
    assert took(overnight)[0] == spent < 9 * 3600 + 401, "a day is nine open hours"
    page = director_browser.get(f"/t/{overnight.pk}/").content.decode()
    assert f"{length(spent - 300)} late" in page, "the panel counts alike"
    said = api.get(f"{V1}{overnight.pk}/").json()["clocks"]["first_response"]
    why = api.get(f"{V1}{overnight.pk}/explain/").json()
    assert said["state"] == why["state"] == "missed"
    assert said["seconds"] == why["seconds"] == spent - 300


def test_a_lost_answer_takes_its_figure_back(owner: User, overnight: Ticket) -> None:
    actions.respond(overnight.pk, by=owner, text="Hello there", now=after(200))
    Ticket.objects.filter(pk=overnight.pk).update(responded_at=None, owner=owner)
    actions.note(overnight.pk, by=owner, text="It came back", now=after(900))
    assert took(overnight) == (None, None)


def test_a_chip_counts_open_time_where_it_is_known() -> None:
    given: dict[str, Any] = {"received_at": T0, "due": after(90_000), "target_s": 300}
    kept = promise.first_response(
        **given, responded_at=after(80_000), took_s=120, now=after(90_001)
    )
    late = promise.first_response(
        **given, responded_at=after(99_000), took_s=420, now=after(99_001)
    )
    assert [(chip.state, chip.seconds) for chip in (kept, late)] == [("met", 120), ("missed", 120)]
    whole = promise.resolution(
        received_at=T0, due=after(9), resolved_at=after(99), paused=False, target_s=9, now=after(99)
    )
    assert (whole.state, whole.seconds) == ("missed", 90)


def test_what_came_before_is_filled_in_once(owner: User, overnight: Ticket) -> None:
    actions.respond(overnight.pk, by=owner, text="Hello there", now=after(200))
    Ticket.objects.update(respond_took_s=None)
    module = import_module("tickets.migrations.0014_figures")
    module.fill_figures(apps, connection.schema_editor())
    assert took(overnight) == (200, None)


def test_a_ticket_that_is_adopted_gets_its_figures(owner: User, group: Group) -> None:
    ticket = make_ticket(group=group, owner=owner, step="analysis", responded_at=after(100))
    ClockEvent.objects.all().delete()
    ticket.clocks.all().delete()
    Ticket.objects.update(respond_took_s=None)
    call_command("adopt_clocks", stdout=StringIO())
    assert took(ticket)[0] == by_the_clock(ticket, "first_response")


# ---- a waiver that waits for its second person ---------------------------------------------------
def test_a_waiver_that_is_asked_for_shows_until_somebody_agrees(
    owner: User, manager: User, overnight: Ticket, owner_browser: Client
) -> None:
    actions.respond(overnight.pk, by=owner, text="Hello there", now=after(400))
    url, asked = f"/t/{overnight.pk}/", "A waiver is asked for; a second person has to agree"
    assert asked not in owner_browser.get(url).content.decode()
    given: dict[str, Any] = {"metric": "first_response", "reason": "The line was down"}
    actions.waive(overnight.pk, by=owner, now=after(500), **given)
    assert clock_of(overnight).waiver_asked_at == after(500)
    assert asked in owner_browser.get(url).content.decode()
    actions.waive(overnight.pk, by=manager, now=after(600), **given)
    page = owner_browser.get(url).content.decode()
    assert asked not in page
    assert "Waived" in page


def test_who_asked_before_there_was_a_mark_is_marked(owner: User, overnight: Ticket) -> None:
    actions.respond(overnight.pk, by=owner, text="Hello there", now=after(400))
    actions.waive(
        overnight.pk, by=owner, metric="first_response", reason="The line", now=after(500)
    )
    Clock.objects.update(waiver_asked_at=None)
    module = import_module("tickets.migrations.0014_figures")
    module.fill_asked(apps, connection.schema_editor())
    assert clock_of(overnight).waiver_asked_at == after(500)
