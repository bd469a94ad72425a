"""Opening hours: deadline and elapsed agree with a walk, second by second."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teams.hours import DAY_S, YEARS_AHEAD, Hours, NeverOpenError, Window, deadline, elapsed, ticks

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "clocks.json"
ZONES = ["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]


def windows(*spans: tuple[float, float]) -> tuple[Window, ...]:
    """Windows from hours of the day."""
    return tuple(Window(int(a * 3600), int(b * 3600)) for a, b in spans)


# ---- random calendars against a walk --------------------------------------------------------
@st.composite
def days(draw: st.DrawFn, unit: int = 900) -> tuple[Window, ...]:
    """A day's windows in order, the last one overnight now and then; sometimes none."""
    cuts = draw(
        st.lists(st.integers(0, DAY_S // unit - 1), min_size=0, max_size=6, unique=True).map(sorted)
    )
    found = [Window(a * unit, b * unit) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    if len(cuts) % 2 and draw(st.booleans()):
        found.append(Window(cuts[-1] * unit, cuts[-1] * unit + draw(st.integers(1, 40)) * unit))
    return tuple(found)


@st.composite
def calendars(draw: st.DrawFn, unit: int = 900) -> Hours:
    week = {day: draw(days(unit)) for day in range(7)}
    if not any(week.values()):
        week[0] = (Window(0, DAY_S),)
    holiday = date(2026, 3, 29) + timedelta(days=draw(st.integers(-2, 2)))
    return Hours(tz=draw(st.sampled_from(ZONES)), week=week, days={holiday: draw(days(unit))})


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

MARGIN = timedelta(hours=4)  # further than any change of the clock reaches


def walked(hours: Hours, start: datetime, steps: int, step: timedelta) -> int:
    """Open steps from `start`, by looking at the clock on the wall at each of them.

    A window is open from when the wall clock first showed its start until it last shows its end:
    what the clock has shown so far decides the one, what it will yet show the other.
    """
    zone, margin = ZoneInfo(hours.tz), MARGIN // step
    walls = [
        (start + n * step).astimezone(zone).replace(tzinfo=None)
        for n in range(-margin, steps + margin)
    ]
    shown, to_come = list(accumulate(walls, max)), list(accumulate(reversed(walls), min))[::-1]

    def is_open(at: int) -> bool:
        day = walls[at].date()
        midnights = (datetime.combine(day + timedelta(days=n), time()) for n in (-2, -1, 0, 1))
        return any(
            shown[at] >= midnight + timedelta(seconds=window.start_s)
            and to_come[at] < midnight + timedelta(seconds=window.end_s)
            for midnight in midnights
            for window in hours.on(midnight.date())
        )

    return sum(is_open(at) for at in range(margin, margin + steps))


@settings(max_examples=60, deadline=None)
@given(hours=calendars(), start=STARTS, steps=st.integers(0, 1200))
def test_elapsed_is_what_a_walk_counts(hours: Hours, start: datetime, steps: int) -> None:
    """Windows and changes of the clock fall on whole half minutes, so such steps miss nothing."""
    start, step = start.replace(second=0), timedelta(seconds=30)
    assert elapsed(hours, start, start + steps * step) == walked(hours, start, steps, step) * 30


@settings(max_examples=15, deadline=None)
@given(hours=calendars(unit=7), start=STARTS, seconds=st.integers(0, 4000))
def test_elapsed_is_what_a_walk_second_by_second_counts(
    hours: Hours, start: datetime, seconds: int
) -> None:
    found = walked(hours, start, seconds, timedelta(seconds=1))
    assert elapsed(hours, start, start + timedelta(seconds=seconds)) == found


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


def test_a_window_in_the_hour_that_autumn_repeats_opens_once_and_closes_at_its_last_end() -> None:
    """01:00 is shown twice, and so is 01:30: open from the first 01:00 to the second 01:30."""
    hours = Hours("Europe/London", {6: windows((1, 1.5))})
    sunday = datetime(2026, 10, 25, tzinfo=UTC)
    assert list(hours.intervals(sunday, sunday + timedelta(hours=5))) == [
        (sunday, sunday + timedelta(minutes=90))
    ]


def test_an_overnight_window_belongs_to_the_day_it_starts_on() -> None:
    """The night before a holiday is worked to its end; the holiday's own night is not begun."""
    night = dict.fromkeys(range(7), windows((22, 30)))
    hours = Hours("UTC", night, {date(2026, 3, 3): ()})
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert list(hours.intervals(monday, monday + timedelta(days=2))) == [
        (monday + timedelta(hours=10), monday + timedelta(hours=18))
    ]


def test_a_night_that_reaches_into_the_next_days_hours_counts_once() -> None:
    hours = Hours("UTC", {0: windows((22, 34)), 1: windows((8, 12))})
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    assert elapsed(hours, monday, monday + timedelta(days=2)) == 14 * 3600


def test_the_night_of_the_last_of_december_is_known_to_the_year_after() -> None:
    hours = Hours("UTC", dict.fromkeys(range(7), windows((22, 30))))
    new_year = datetime(2026, 1, 1, tzinfo=UTC)
    assert deadline(hours, new_year, 60) == new_year + timedelta(minutes=1)


@pytest.mark.parametrize("span", [(-1, 5), (5, 5), (6, 5), (0, DAY_S + 1), (DAY_S, DAY_S + 5)])
def test_a_window_starts_within_its_day_and_ends_after_it_starts(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="A window starts within its day"):
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
    closed = {date(2026, 1, 5) + timedelta(days=n): () for n in range(366 * (YEARS_AHEAD + 2))}
    with pytest.raises(NeverOpenError):
        deadline(Hours("UTC", DAYTIME, closed), datetime(2026, 1, 5, tzinfo=UTC), 300)


@settings(max_examples=60, deadline=None)
@given(
    hours=calendars(),
    start=STARTS,
    seconds=st.floats(0.5, 200_000),
    closed=st.dates(date(2026, 1, 1), date(2026, 11, 5)),
)
def test_another_holiday_never_makes_a_deadline_earlier(
    hours: Hours, start: datetime, seconds: float, closed: date
) -> None:
    more = Hours(hours.tz, hours.week, {**hours.days, closed: ()})
    assert deadline(more, start, seconds) >= deadline(hours, start, seconds)


@settings(max_examples=60, deadline=None)
@given(
    hours=calendars(), start=STARTS, seconds=st.integers(1, 90_000), later=st.integers(0, 90_000)
)
def test_deadlines_keep_the_order_of_their_starts(
    hours: Hours, start: datetime, seconds: int, later: int
) -> None:
    after = start + timedelta(seconds=later)
    assert deadline(hours, start, seconds) <= deadline(hours, after, seconds)
    assert deadline(hours, start, seconds) < deadline(hours, start, seconds + 1)


def test_a_table_is_built_once_for_the_years_it_is_asked_of() -> None:
    hours = Hours("Asia/Shanghai", DAYTIME)
    start = datetime(2026, 3, 3, tzinfo=UTC)
    deadline(hours, start, 300)
    first = hours.table(ticks(start), ticks(start))
    elapsed(hours, start, start + timedelta(days=200))
    assert hours.table(ticks(start), ticks(start)) is first
    elapsed(hours, start - timedelta(days=400), start)
    assert hours.table(ticks(start), ticks(start)).years == range(2025, 2027)


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
    "NIGHT": (dict.fromkeys(range(7), windows((22, 30))), {}),
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
