"""Opening hours: deadline and elapsed agree with a walk, second by second."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teams.hours import DAY_S, Hours, NeverOpenError, Window, deadline, elapsed

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "clocks.json"
ZONES = ["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]


def windows(*spans: tuple[float, float]) -> tuple[Window, ...]:
    """Windows from hours of the day."""
    return tuple(Window(int(a * 3600), int(b * 3600)) for a, b in spans)


# ---- random calendars against a walk --------------------------------------------------------
@st.composite
def days(draw: st.DrawFn) -> tuple[Window, ...]:
    """A day's windows in order, cut at quarters of an hour, sometimes none."""
    cuts = draw(st.lists(st.integers(0, 96), min_size=0, max_size=6, unique=True).map(sorted))
    return tuple(Window(a * 900, b * 900) for a, b in zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    week = {day: draw(days()) for day in range(7)}
    if not any(week.values()):
        week[0] = (Window(0, DAY_S),)
    holiday = date(2026, 3, 29) + timedelta(days=draw(st.integers(-2, 2)))
    return Hours(tz=draw(st.sampled_from(ZONES)), week=week, days={holiday: draw(days())})


# the hours around changes of the clock in London, New York and Lord Howe, and an ordinary time
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 10, 24, 20, tzinfo=UTC),
        datetime(2026, 3, 8, 2, tzinfo=UTC),
        datetime(2026, 11, 1, 1, tzinfo=UTC),
        datetime(2026, 4, 4, 8, tzinfo=UTC),
        datetime(2026, 10, 3, 9, tzinfo=UTC),
        datetime(2026, 1, 5, 9, tzinfo=UTC),
    ]
).flatmap(lambda at: st.integers(0, 8 * 3600).map(lambda s: at + timedelta(seconds=s)))


def open_at(hours: Hours, instant: datetime) -> bool:
    local = instant.astimezone(ZoneInfo(hours.tz))
    second = local.hour * 3600 + local.minute * 60 + local.second
    return any(w.start_s <= second < w.end_s for w in hours.on(local.date()))


STEP = timedelta(seconds=30)


@settings(max_examples=60, deadline=None)
@given(hours=calendars(), start=STARTS, steps=st.integers(0, 1200))
def test_elapsed_is_what_a_walk_counts(hours: Hours, start: datetime, steps: int) -> None:
    """Windows and changes of the clock fall on whole half minutes, so such steps miss nothing."""
    start = start.replace(second=0)
    walked = sum(open_at(hours, start + n * STEP) for n in range(steps)) * STEP.total_seconds()
    assert elapsed(hours, start, start + steps * STEP) == walked


@settings(max_examples=60, deadline=None)
@given(hours=calendars(), start=STARTS, seconds=st.integers(1, 200_000))
def test_the_deadline_is_the_first_instant_with_that_much_open_time(
    hours: Hours, start: datetime, seconds: int
) -> None:
    due = deadline(hours, start, seconds)
    assert elapsed(hours, start, due) == seconds
    assert elapsed(hours, start, due - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=30, deadline=None)
@given(hours=calendars(), start=STARTS, first=st.integers(1, 50_000), more=st.integers(1, 50_000))
def test_two_stretches_one_after_the_other_are_one(
    hours: Hours, start: datetime, first: int, more: int
) -> None:
    assert deadline(hours, deadline(hours, start, first), more) == deadline(
        hours, start, first + more
    )


# ---- single cases ---------------------------------------------------------------------------
DAYTIME = dict.fromkeys(range(5), windows((9, 17.5)))


def test_a_deadline_at_the_closing_second_is_that_second() -> None:
    start = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert deadline(Hours("Asia/Shanghai", DAYTIME), start, 8.5 * 3600) == start + timedelta(
        hours=8.5
    )


def test_no_seconds_to_wait_is_now_even_when_closed() -> None:
    night = datetime(2026, 3, 3, 23, tzinfo=UTC)
    assert deadline(Hours("UTC", DAYTIME), night, 0) == night


def test_an_end_before_its_start_has_no_open_time() -> None:
    start = datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert elapsed(Hours.always("UTC"), start, start - timedelta(hours=1)) == 0


def test_a_single_day_beats_the_week() -> None:
    day = date(2026, 3, 3)
    hours = Hours("UTC", DAYTIME, {day: ()})
    start = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert deadline(hours, start, 60) == datetime(2026, 3, 4, 9, 1, tzinfo=UTC)


def test_a_window_inside_the_hour_that_spring_skips_is_no_time() -> None:
    hours = Hours("Europe/London", {6: windows((1, 2), (5, 6))})
    sunday = datetime(2026, 3, 29, tzinfo=UTC)
    assert elapsed(hours, sunday, sunday + timedelta(days=1)) == 3600


def test_a_window_inside_the_hour_that_autumn_repeats_counts_twice() -> None:
    hours = Hours("Europe/London", {6: windows((1, 1.5))})
    sunday = datetime(2026, 10, 25, tzinfo=UTC)
    assert list(hours.intervals(sunday, sunday + timedelta(hours=5))) == [
        (sunday, sunday + timedelta(minutes=30)),
        (sunday + timedelta(hours=1), sunday + timedelta(minutes=90)),
    ]


@pytest.mark.parametrize("span", [(-1, 5), (5, 5), (6, 5), (0, DAY_S + 1)])
def test_a_window_ends_after_it_starts_within_its_day(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="A window runs from 0"):
        Window(*span)


def test_windows_of_a_day_must_not_overlap() -> None:
    double = windows((9, 12), (11, 14))
    with pytest.raises(ValueError, match="overlap"):
        Hours("UTC", {0: double})
    with pytest.raises(ValueError, match="overlap"):
        Hours("UTC", DAYTIME, {date(2026, 3, 3): double})


def test_windows_may_be_given_in_any_order() -> None:
    hours = Hours("UTC", {0: windows((13, 14), (9, 10))})
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    assert deadline(hours, monday, 60) == monday + timedelta(hours=9, minutes=1)


def test_hours_without_an_open_second_are_refused() -> None:
    with pytest.raises(NeverOpenError):
        Hours("UTC", {0: (), 1: ()})


def test_a_deadline_that_never_comes_is_refused() -> None:
    closed = {date(2026, 1, 5) + timedelta(days=n): () for n in range(900)}
    with pytest.raises(NeverOpenError):
        deadline(Hours("UTC", DAYTIME, closed), datetime(2026, 1, 5, tzinfo=UTC), 300)


# ---- the vectors ----------------------------------------------------------------------------
def off(*names: str) -> dict[date, tuple[Window, ...]]:
    """Closed days: `2026-02-15/23` is a span within one month."""
    closed: dict[date, tuple[Window, ...]] = {}
    for name in names:
        first, _slash, last = name.partition("/")
        day = date.fromisoformat(first)
        closed |= {day.replace(day=n): () for n in range(day.day, int(last or day.day) + 1)}
    return closed


CN_OFF = off("2025-10-01/08", "2026-01-01/03", "2026-02-15/23", "2026-04-04/06", "2026-05-01/05")
CN_WORKS = [
    "2025-09-28", "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09",
]  # fmt: skip


def chinese(*spans: tuple[float, float], saturday: Sequence[tuple[float, float]] = ()) -> Any:
    """Work days of China: the week, the holidays, and the week-end days worked for them."""
    week: Mapping[int, Any] = dict.fromkeys(range(5), windows(*spans)) | {5: windows(*saturday)}
    worked = {date.fromisoformat(day): windows(*spans) for day in CN_WORKS}
    return week, CN_OFF | worked


NINE = dict.fromkeys(range(5), windows((9, 17)))
HALF = {date(2026, 2, 16): windows((9, 12))}
CALENDARS: dict[str, tuple[Mapping[int, Any], Mapping[date, Any]]] = {
    "CN1": chinese((9, 17.5)),
    "CN2": chinese((9, 12), (13.5, 17.5)),
    "CN3": chinese((8.5, 12), (13.5, 20), saturday=[(9, 13)]),
    "UK": (NINE, off("2026-04-03", "2026-04-06", "2026-12-25", "2026-12-28")),
    "NY": (NINE, off("2026-07-03")),
    "HKH": (NINE | {5: windows((9, 13))}, off("2026-02-17/19") | HALF),
    "NIGHT": (dict.fromkeys(range(7), windows((0, 6), (22, 24))), {}),
    "ALL": (dict.fromkeys(range(7), windows((0, 24))), {}),
}


def vectors() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text()) if VECTORS.exists() else []


@pytest.mark.skipif(not VECTORS.exists(), reason="../shared/vectors is not laid beside this tree")
@pytest.mark.parametrize("vector", vectors(), ids=lambda v: v["id"])
def test_the_vectors_of_the_trade_hold(vector: dict[str, Any]) -> None:
    week, single = CALENDARS[vector["calendar"]]
    hours = Hours(vector["tz"], week, single)
    start = datetime.fromisoformat(vector["start"])
    if vector["op"] == "add":
        assert deadline(hours, start, vector["seconds"]) == datetime.fromisoformat(vector["expect"])
    else:
        end = datetime.fromisoformat(vector["end"])
        assert elapsed(hours, start, end) == vector["expect_seconds"]
