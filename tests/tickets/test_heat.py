"""When the promise is missed, from the quarter down to the tickets (K2)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from teams.models import Group, User
from tests.conftest import Clock
from tests.factories import T0, after, make_group, make_manager, make_ticket, make_user
from tickets.heat import Cell, Quarter, grid, whole

SHANGHAI = ZoneInfo("Asia/Shanghai")


# ---- the rule ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "quarter"),
    [("2026-Q1", (2026, 1)), ("2026-Q5", None), ("2026", None), ("Q1-2026", None), ("", None)],
)
def test_a_quarter_is_read_from_an_address(text: str, quarter: tuple[int, int] | None) -> None:
    assert Quarter.read(text) == quarter


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_every_day_lies_in_its_quarter_and_quarters_follow_each_other(day: date) -> None:
    quarter = Quarter.of(day)
    start, end = quarter.span(SHANGHAI)
    assert start.date() <= day < end.date()
    assert quarter.after().before() == quarter
    assert quarter.after().span(SHANGHAI)[0] == end
    assert Quarter.read(str(quarter)) == quarter


@pytest.mark.parametrize(
    ("due", "missed", "kept", "few", "below", "level"),
    [
        (0, 0, None, True, False, 0),
        (19, 19, 0, True, False, 0),
        (20, 1, 95, False, False, 3),
        (100, 6, 94, False, True, 2),
        (100, 11, 89, False, True, 1),
        (100, 16, 84, False, True, 0),
        (1000, 1, 99, False, False, 3),
    ],
)
def test_a_cell_says_what_its_number_means(
    due: int, missed: int, kept: int | None, *, few: bool, below: bool, level: int
) -> None:
    cell = Cell(1, 9, due, missed)
    assert (cell.kept, cell.few, cell.below, cell.level) == (kept, few, below, level)


def test_the_grid_has_a_cell_for_every_hour() -> None:
    rows = grid([(1, 9, 10, 2), (7, 23, 5, 0)])
    assert [len(row) for row in rows] == [24] * 7
    assert (rows[0][9].missed, rows[6][23].due, rows[3][3].due) == (2, 5, 0)
    assert (whole(rows).due, whole(rows).missed) == (15, 2)


# ---- the pages ---------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(group: Group) -> User:
    return make_manager(groups=[group])


@pytest.fixture
def desk(client: Client, boss: User, clock: Clock) -> Client:
    clock.tick(86_400)
    client.force_login(boss)
    return client


def answered(group: Group, seconds: float, **over: Any) -> int:
    return int(make_ticket(step="analysis", group=group, responded_at=after(seconds), **over).pk)


def test_a_manager_goes_from_the_quarter_to_the_hour_to_the_ticket(
    desk: Client, group: Group
) -> None:
    """T0 is a Monday, 17:00 in Shanghai."""
    late, in_time = answered(group, 301), answered(group, 300)
    elsewhere = answered(make_group(), 301)
    shown = desk.get("/live/kept/?quarter=2026-Q1").content.decode()
    assert "50 % of 2 first responses in time, 1 missed." in shown
    assert "quarter=2026-Q1&amp;day=1&amp;hour=17" in shown
    found = desk.get("/live/kept/tickets/?quarter=2026-Q1&day=1&hour=17").content.decode()
    assert f'href="/t/{late}/"' in found
    for other in (in_time, elsewhere):
        assert f'href="/t/{other}/"' not in found
    empty = desk.get("/live/kept/tickets/?quarter=2026-Q1&day=2").content.decode()
    assert "None was missed" in empty


def test_what_is_not_answered_yet_is_missed_once_it_is_late(desk: Client, group: Group) -> None:
    late = make_ticket(group=group)
    make_ticket(
        group=group, received_at=datetime.now(UTC).replace(year=2030), respond_by=after(9e8)
    )
    make_ticket(group=group, is_drill=True)
    assert f'href="/t/{late.pk}/"' in desk.get("/live/kept/tickets/").content.decode()
    assert "0 % of 1 first responses in time, 1 missed." in desk.get("/live/kept/").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "query",
    ["", "quarter=x&group=x&channel=x", "group=1&channel=web", "day=9&hour=99", "quarter=2025-Q4"],
)
def test_odd_addresses_show_the_page(
    desk: Client, boss: User, group: Group, language: str, query: str
) -> None:
    User.objects.filter(pk=boss.pk).update(language=language)
    answered(group, 301)
    for url in ("/live/kept/", "/live/kept/tickets/"):
        for headers in ({}, {"HX-Request": "true"}):
            assert desk.get(f"{url}?{query}", headers=headers).status_code == 200


def test_it_costs_the_same_for_one_ticket_and_for_ten(desk: Client, group: Group) -> None:
    desk.get("/live/kept/")  # what the first page of a process reads once
    cost = []
    for number in (1, 9):
        for _one in range(number):
            answered(group, 301)
        for url in ("/live/kept/?quarter=2026-Q1", "/live/kept/tickets/?quarter=2026-Q1"):
            with CaptureQueriesContext(connection) as queries:
                desk.get(url)
            cost.append(len(queries))
    assert cost[:2] == cost[2:]
    assert T0.year == 2026


def test_a_specialist_is_refused(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/live/kept/").status_code == 403
