"""The quarter's cycle and participation: vectors and properties (L5, K4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import quarters
from training.quarters import (
    DAY,
    FORTNIGHT,
    GRACE,
    Owed,
    Participation,
    Quarter,
    Span,
    State,
    Step,
    begins,
    bounds,
    counts_on,
    due_day,
    due_reminders,
    merged,
    packed,
    participation,
    quarter_of,
    reminders,
    state,
    unpacked,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
Q1 = Quarter(2026, 1)
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
AREAS = ("service", "product", "communication", "emergency")

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
spans = st.builds(lambda first, n: Span(first, first + n * DAY), days, st.integers(0, 120))


# ---- the quarter ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [
        (Quarter(2026, 1), FIRST, LAST),
        (Quarter(2024, 1), date(2024, 1, 1), date(2024, 3, 31)),
        (Quarter(2026, 2), date(2026, 4, 1), date(2026, 6, 30)),
        (Quarter(2026, 4), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_quarter_has_its_days(quarter: Quarter, first: date, last: date) -> None:
    assert bounds(quarter) == Span(first, last)


@pytest.mark.parametrize(
    ("at", "zone", "quarter"),
    [
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), SHANGHAI, Quarter(2026, 1)),
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), SHANGHAI, Quarter(2026, 2)),
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), ZoneInfo("UTC"), Quarter(2026, 1)),
        (datetime(2026, 1, 1, 4, 0, tzinfo=UTC), ZoneInfo("America/New_York"), Quarter(2025, 4)),
    ],
)
def test_the_quarter_turns_at_midnight_of_the_place(
    at: datetime, zone: ZoneInfo, quarter: Quarter
) -> None:
    assert quarter_of(at, zone) == quarter


@given(days)
def test_every_day_is_in_exactly_one_quarter(day: date) -> None:
    quarter = Quarter.of(day)
    assert bounds(quarter).first <= day <= bounds(quarter).last
    assert bounds(quarter).last + DAY == bounds(quarter.after()).first


# ---- the due day ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("joined", "opened", "begin"),
    [
        (date(2020, 5, 1), FIRST, FIRST),
        (date(2026, 2, 10), FIRST, date(2026, 2, 10)),
        (date(2020, 5, 1), date(2026, 1, 4), FIRST),  # three days of outage move nobody
        (date(2020, 5, 1), date(2026, 1, 8), FIRST),
        (date(2020, 5, 1), date(2026, 1, 9), date(2026, 1, 9)),  # a new installation
        (date(2026, 2, 10), date(2026, 1, 20), date(2026, 2, 10)),
        (date(2020, 5, 1), date(2025, 12, 20), FIRST),  # opened before it begins
    ],
)
def test_the_time_of_a_person_begins(joined: date, opened: date, begin: date) -> None:
    assert begins(Q1, joined=joined, opened=opened) == begin


@pytest.mark.parametrize(
    ("begin", "due"),
    [
        (FIRST, LAST),
        (date(2026, 1, 2), date(2026, 4, 1)),  # 1/90 of 30 days, rounded up
        (date(2026, 2, 15), date(2026, 4, 15)),  # half the quarter is missed: 15 days more
        (LAST, date(2026, 4, 30)),
    ],
)
def test_who_joins_later_is_due_later_in_proportion(begin: date, due: date) -> None:
    assert due_day(Q1, begin=begin) == due


@pytest.mark.parametrize(
    ("away", "due"),
    [
        ((date(2026, 1, 1), date(2026, 2, 28)), LAST),  # back in time
        ((date(2026, 3, 31), date(2026, 3, 31)), date(2026, 4, 1)),  # ill on the day itself
        ((date(2026, 3, 20), date(2026, 4, 2)), date(2026, 4, 16)),  # a fortnight, a fortnight more
        ((date(2026, 1, 1), date(2026, 6, 5)), date(2026, 6, 19)),  # back in the next quarter
        ((date(2026, 3, 1), date(2026, 3, 25)), date(2026, 4, 8)),  # back shortly before
        ((date(2026, 3, 25), date(2026, 3, 27)), LAST),  # three days before: nothing changes
        ((date(2026, 4, 1), date(2026, 4, 20)), LAST),  # after it
    ],
)
def test_who_is_on_leave_is_due_when_back(away: tuple[date, date], due: date) -> None:
    assert due_day(Q1, begin=FIRST, away=[Span(*away)]) == due


def test_leave_that_follows_on_leave_is_one_leave() -> None:
    first, then = Span(date(2026, 3, 25), LAST), Span(date(2026, 4, 1), date(2026, 4, 10))
    assert merged([then, first]) == [Span(date(2026, 3, 25), date(2026, 4, 10))]
    assert due_day(Q1, begin=FIRST, away=[then, first]) == date(2026, 4, 24)


@given(days)
def test_nobody_who_joins_has_fewer_days_than_the_grace(day: date) -> None:
    quarter = Quarter.of(day)
    due = due_day(quarter, begin=day)
    assert (due - day).days >= GRACE
    assert bounds(quarter).last <= due <= bounds(quarter).last + GRACE * DAY


@given(days, st.lists(spans, max_size=6))
def test_a_leave_never_brings_the_day_nearer_and_nobody_is_due_while_away(
    day: date, away: list[Span]
) -> None:
    quarter = Quarter.of(day)
    due = due_day(quarter, begin=day, away=away)
    assert due >= due_day(quarter, begin=day)
    assert not any(span.first <= due <= span.last for span in away)
    assert due == due_day(quarter, begin=day, away=[*reversed(away)])


@given(days, days, st.integers(0, 40))
def test_what_is_in_time_counts_and_what_is_outside_both_does_not(
    start: date, day: date, more: int
) -> None:
    quarter = Quarter.of(start)
    due = bounds(quarter).last + more * DAY
    assert counts_on(quarter, due, day) is (bounds(quarter).first <= day <= due)


# ---- reminders --------------------------------------------------------------------------------
PLAN = [
    Owed(Step.FORTNIGHT, date(2026, 3, 17)),
    Owed(Step.WEEK, date(2026, 3, 24)),
    Owed(Step.DAY, date(2026, 3, 30)),
    Owed(Step.MISSED, date(2026, 4, 1)),
    Owed(Step.ESCALATED, date(2026, 4, 1)),
]


def test_each_due_day_has_five_reminders() -> None:
    assert reminders(LAST, since=FIRST) == PLAN


def test_nobody_is_reminded_of_days_before_their_time() -> None:
    assert [one.step for one in reminders(LAST, since=date(2026, 3, 18))] == [
        *(Step.WEEK, Step.DAY, Step.MISSED, Step.ESCALATED)
    ]


def test_after_an_outage_all_that_fell_due_is_owed_once() -> None:
    owed, then = due_reminders(LAST, since=FIRST, today=date(2026, 3, 25))
    assert (owed, then) == (PLAN[:2], date(2026, 3, 30))
    sent = [(one.step, LAST) for one in owed]
    assert due_reminders(LAST, since=FIRST, today=date(2026, 3, 25), sent=sent)[0] == []


def test_a_notice_goes_once_though_the_day_moved_but_each_miss_is_told() -> None:
    moved = date(2026, 4, 20)
    sent = [(one.step, LAST) for one in PLAN]
    owed, then = due_reminders(moved, since=FIRST, today=date(2026, 4, 21), sent=sent)
    assert [one.step for one in owed] == [Step.MISSED, Step.ESCALATED]
    assert then is None


@given(days, st.lists(st.integers(0, 60), min_size=1, max_size=30), st.integers(0, 90))
def test_whenever_the_beat_comes_each_reminder_goes_exactly_once_and_none_early(
    due: date, visits: list[int], back: int
) -> None:
    """Beats at any days, with gaps of any length; at the end nothing is left."""
    since = due - back * DAY
    sent: list[tuple[str, date]] = []
    for offset in [*sorted(visits), 70]:
        today = due + (offset - 30) * DAY
        owed, then = due_reminders(due, since=since, today=today, sent=sent)
        assert all(one.day <= today for one in owed)
        assert then is None or then > today
        sent += [(one.step, due) for one in owed]
    assert sorted(sent) == sorted((one.step, due) for one in reminders(due, since=since))


@given(days, days)
def test_the_next_day_named_is_the_first_on_which_something_is_owed(due: date, today: date) -> None:
    owed, then = due_reminders(due, since=date(2000, 1, 1), today=today)
    sent = [(one.step, due) for one in owed]
    if then is not None:
        late = due_reminders(due, since=date(2000, 1, 1), today=then, sent=sent)[0]
        early = due_reminders(due, since=date(2000, 1, 1), today=then - DAY, sent=sent)[0]
        assert late
        assert not early
    else:
        assert len(owed) == len(PLAN)


# ---- participation ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({}, State.OPEN),
        ({"attended": True}, State.ATTENDED),
        ({"attended": True, "excused": True, "left": FIRST}, State.ATTENDED),
        ({"excused": True}, State.EXCUSED),
        ({"excused": True, "left": FIRST}, State.EXCUSED),
        ({"left": date(2026, 3, 1)}, State.LEFT),
        ({"left": LAST}, State.LEFT),
        ({"left": date(2026, 4, 2), "today": date(2026, 4, 3)}, State.MISSED),
        ({"today": LAST}, State.OPEN),
        ({"today": date(2026, 4, 1)}, State.MISSED),
        ({"due": date(2026, 4, 16)}, State.LATER),
        ({"due": date(2026, 4, 16), "today": date(2026, 4, 16)}, State.LATER),
        ({"due": date(2026, 4, 16), "today": date(2026, 4, 17)}, State.MISSED),
    ],
)
def test_how_a_person_stands(changes: dict[str, object], stands: State) -> None:
    facts = {
        "last": LAST,
        "due": LAST,
        "today": date(2026, 3, 15),
        "attended": False,
        "excused": False,
        "left": None,
    }
    assert state(**(facts | changes)) is stands  # type: ignore[arg-type]


def test_participation_is_attended_of_required_and_the_rest_is_listed() -> None:
    counted = Participation(attended=45, open=3, missed=2, excused=4, left=1, later=5)
    assert (counted.required, counted.listed) == (50, 60)
    assert (counted.rate, counted.percent) == (0.9, 90)
    assert counted.to_go == 3  # 95 of a hundred of 50 is 47.5: 48 people
    assert not counted.met


@pytest.mark.parametrize(("attended", "required", "to_go"), [(0, 0, 0), (19, 20, 0), (18, 20, 1)])
def test_the_target_is_reached_by_whole_people(attended: int, required: int, to_go: int) -> None:
    counted = Participation(attended=attended, open=required - attended)
    assert counted.to_go == to_go
    assert counted.met is (to_go == 0)


def test_where_nobody_is_required_there_is_no_share() -> None:
    assert Participation(excused=3).rate is None
    assert Participation(excused=3).percent is None


@given(st.lists(st.sampled_from(State)), st.lists(st.sampled_from(State)), st.integers(1, 100))
def test_counts_add_up_and_whoever_is_to_go_reaches_the_target(
    some: list[State], others: list[State], target: int
) -> None:
    one, two = participation(some, target=target), participation(others, target=target)
    assert one + two == participation(some + others, target=target)
    assert one.listed == len(some)
    assert 0 <= one.to_go <= one.required - one.attended
    assert (one.attended + one.to_go) * 100 >= target * one.required
    if one.percent == 100:
        assert one.attended == one.required


@given(st.lists(st.sampled_from(quarters.CODES), min_size=4, max_size=4))
def test_a_persons_quarter_is_one_number(codes: list[str]) -> None:
    number = sum(packed(code, place) for place, code in enumerate(codes))
    assert unpacked(number, AREAS) == codes


def test_a_fortnight_is_the_first_notice() -> None:
    assert timedelta(days=-quarters.OFFSETS[Step.FORTNIGHT]) == FORTNIGHT * DAY
