"""Which days a clock counted: they add up to what the clock says, and each says why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from teams.counted import counted, unknown_years
from teams.hours import Hours, elapsed
from tests.teams.test_hours import DAYTIME, STARTS, calendars, windows

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def said(**over: Any) -> dict[str, Any]:
    return {"tz": "UTC", "names": {}, "years": {"2026": "library"}, "country": "CN"} | over


@settings(max_examples=60, deadline=None)
@given(hours=calendars(), start=STARTS, seconds=st.integers(0, 900_000))
def test_the_days_add_up_to_what_elapsed(hours: Hours, start: datetime, seconds: int) -> None:
    end = start + timedelta(seconds=seconds)
    days = counted(said(tz=hours.tz), hours, start, end)
    assert sum(day.seconds for day in days) == elapsed(hours, start, end)
    stretches = [stretch for day in days for stretch in day.stretches]
    assert all(a[1] <= b[0] for a, b in pairwise(stretches))
    assert [day.on for day in days] == [days[0].on + timedelta(days=n) for n in range(len(days))]


def test_every_day_is_told_and_closed_ones_say_why() -> None:
    names = {
        "2026-03-03": ["National Day", "国庆节", "off"],
        "2026-03-07": ["", "", "work"],
        "2026-03-04": ["Half day", "", "single"],
    }
    closed: dict[date, Any] = {date(2026, 3, 3): (), date(2026, 3, 7): windows((9, 17.5))}
    hours = Hours("UTC", DAYTIME, closed | {date(2026, 3, 4): windows((9, 12))})
    days = counted(said(names=names), hours, MONDAY, MONDAY + timedelta(days=7))
    assert [(day.on.day, day.kind, day.seconds / 3600) for day in days] == [
        (2, "usual", 8.5),
        (3, "off", 0),
        (4, "single", 3),
        (5, "usual", 8.5),
        (6, "usual", 8.5),
        (7, "work", 8.5),
        (8, "usual", 0),
    ]
    assert (days[1].name, days[1].name_zh) == ("National Day", "国庆节")


def test_a_night_is_told_under_the_day_it_starts_on() -> None:
    hours = Hours("UTC", dict.fromkeys(range(7), windows((22, 30))))
    start, end = MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=23)
    assert [(day.on.day, day.seconds) for day in counted(said(), hours, start, end)] == [
        (1, 3600),
        (2, 3600),
    ]


def test_a_night_into_the_next_days_hours_counts_once() -> None:
    hours = Hours("UTC", {0: windows((22, 34)), 1: windows((8, 12))})
    days = counted(said(), hours, MONDAY, MONDAY + timedelta(days=2))
    assert [day.seconds / 3600 for day in days] == [12, 2]


def test_an_end_at_midnight_does_not_touch_the_next_day() -> None:
    hours = Hours.always("UTC")
    days = counted(said(), hours, MONDAY, MONDAY + timedelta(days=1))
    assert [day.on for day in days] == [MONDAY.date()]
    assert [day.seconds for day in counted(said(), hours, MONDAY, MONDAY)] == [0]


def test_years_whose_holidays_are_not_known() -> None:
    start, end = datetime(2026, 12, 31, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    assert unknown_years(said(), start, end) == [2027]
    assert unknown_years(said(country=""), start, end) == []
    # the year of the wall clock counts, not that of UTC
    assert unknown_years(said(tz="Asia/Shanghai"), start, end) == [2027, 2028]
