"""Packs of complaint deadlines: the day vectors of the trade, and what always holds (C1, C2)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teams.hours import Hours
from tests.teams.test_hours import CN_OFF, CN_WORKS, off, windows
from tickets import complaints
from tickets.complaints import (
    BUSINESS,
    CALENDAR,
    CLOSE,
    NEXT_WORKDAY,
    SAME_DAY,
    WEEKS,
    PackError,
    Span,
    due,
    end_of,
    last_day,
    named,
    packs,
    read,
)

NINE = dict.fromkeys(range(5), windows((9, 17)))
CN = Hours(
    tz="Asia/Shanghai",
    week=NINE,
    days=CN_OFF
    | off("2026-06-19/21", "2026-09-25/27", "2026-10-01/07")
    | {
        date.fromisoformat(day): windows((9, 17)) for day in (*CN_WORKS, "2026-09-20", "2026-10-10")
    },
)
UK = Hours(
    tz="Europe/London",
    week=NINE,
    days=off("2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-12-25", "2026-12-28"),
)
NY = Hours(tz="America/New_York", week=NINE)

VECTORS = [
    (CN, Span(15, CALENDAR), "2026-02-05", "2026-02-20"),
    (CN, Span(15, CALENDAR, roll=NEXT_WORKDAY), "2026-02-05", "2026-02-24"),
    (CN, Span(15, CALENDAR), "2026-09-18", "2026-10-03"),
    (CN, Span(15, CALENDAR, roll=NEXT_WORKDAY), "2026-09-18", "2026-10-08"),
    (CN, Span(30, CALENDAR), "2026-09-05", "2026-10-05"),
    (CN, Span(30, CALENDAR, roll=NEXT_WORKDAY), "2026-09-05", "2026-10-08"),
    (CN, Span(60, CALENDAR), "2026-08-05", "2026-10-04"),
    (CN, Span(60, CALENDAR, roll=NEXT_WORKDAY), "2026-08-05", "2026-10-08"),
    (CN, Span(15, CALENDAR), "2026-06-05", "2026-06-20"),
    (CN, Span(15, CALENDAR, roll=NEXT_WORKDAY), "2026-06-05", "2026-06-22"),
    (CN, Span(15, CALENDAR, roll=NEXT_WORKDAY), "2026-01-30", "2026-02-14"),  # a make-up day
    (CN, Span(3, BUSINESS), "2026-02-12", "2026-02-24"),
    (CN, Span(7, BUSINESS), "2026-09-30", "2026-10-15"),
    (UK, Span(3, BUSINESS), "2026-04-02", "2026-04-09"),
    (UK, Span(15, BUSINESS), "2026-03-16", "2026-04-08"),
    (UK, Span(35, BUSINESS), "2026-03-16", "2026-05-07"),
    (UK, Span(8, WEEKS), "2026-03-16", "2026-05-11"),
    (UK, Span(8, WEEKS), "2026-11-02", "2026-12-28"),  # a bank holiday: weeks do not roll
    (NY, Span(15, CALENDAR), "2026-03-01", "2026-03-16"),
    (NY, Span(60, CALENDAR), "2026-03-01", "2026-04-30"),
]


@pytest.mark.parametrize(("hours", "span", "received", "last"), VECTORS)
def test_the_day_vectors_of_the_trade_hold(
    hours: Hours, span: Span, received: str, last: str
) -> None:
    assert last_day(span, date.fromisoformat(received), hours) == date.fromisoformat(last)


def test_the_day_of_receipt_counts_where_the_pack_says_so() -> None:
    assert last_day(Span(15, CALENDAR, SAME_DAY), date(2026, 3, 1), NY) == date(2026, 3, 15)
    assert last_day(Span(1, BUSINESS, SAME_DAY), date(2026, 3, 2), NY) == date(2026, 3, 2)
    assert last_day(Span(1, BUSINESS, SAME_DAY), date(2026, 3, 1), NY) == date(2026, 3, 2)


def test_the_last_day_ends_at_midnight_of_its_own_clock_or_when_business_closes() -> None:
    received = datetime(2026, 3, 26, 23, 30, tzinfo=UTC)  # 26 March in London
    assert due(Span(3, CALENDAR), received, UK) == datetime(2026, 3, 29, 23, tzinfo=UTC)
    assert due(Span(2, BUSINESS, ends=CLOSE), received, UK) == datetime(2026, 3, 30, 16, tzinfo=UTC)
    assert due(Span(2, CALENDAR, ends=CLOSE), received, UK) == datetime(2026, 3, 29, tzinfo=UTC)
    assert due(Span(1, CALENDAR), received, CN) == datetime(2026, 3, 28, 16, tzinfo=UTC)
    assert named(date(2026, 3, 30), Span(0, CALENDAR), UK) == datetime(2026, 3, 30, 23, tzinfo=UTC)


def test_hours_that_never_open_again_name_no_working_day() -> None:
    shut = Hours(
        tz="UTC",
        week=NINE,
        days={date(2026, 1, 1) + timedelta(days=n): () for n in range(complaints.FAR + 9)},
    )
    with pytest.raises(PackError, match="no_working_day"):
        last_day(Span(1, BUSINESS), date(2026, 1, 1), shut)


SPANS = st.builds(
    Span,
    amount=st.integers(1, 60),
    unit=st.sampled_from(complaints.UNITS),
    count=st.sampled_from(["same_day", "next_day"]),
    roll=st.sampled_from(["none", "next_workday"]),
    ends=st.sampled_from(["24:00", "close"]),
)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 1))


@settings(max_examples=80, deadline=None)
@given(span=SPANS, day=DAYS, hours=st.sampled_from([CN, UK, NY]))
def test_business_days_and_rolled_days_end_on_a_working_day(
    span: Span, day: date, hours: Hours
) -> None:
    last = last_day(span, day, hours)
    if span.unit == BUSINESS or span.roll == NEXT_WORKDAY:
        assert hours.on(last)
    if span.unit == BUSINESS:
        first = day if span.count == SAME_DAY else day + timedelta(days=1)
        between = (first + timedelta(days=n) for n in range((last - first).days + 1))
        assert sum(bool(hours.on(each)) for each in between) == span.amount


@settings(max_examples=80, deadline=None)
@given(span=SPANS, day=DAYS, hours=st.sampled_from([CN, UK, NY]))
def test_a_later_receipt_or_one_day_more_is_never_due_earlier(
    span: Span, day: date, hours: Hours
) -> None:
    last = last_day(span, day, hours)
    assert last_day(span, day + timedelta(days=1), hours) >= last
    more = Span(span.amount + 1, span.unit, span.count, span.roll, span.ends)
    assert last_day(more, day, hours) >= last
    assert end_of(last, CLOSE, hours) <= end_of(last, "24:00", hours)


# ---- the files ------------------------------------------------------------------------------
def test_every_pack_names_its_source_and_is_still_to_be_confirmed() -> None:
    assert list(packs()) == ["cn-nfra", "eu-psd2", "hk-hkma", "sg-mas", "uk-disp", "us-cfpb"]
    for code, pack in packs().items():
        assert (pack.code, pack.status) == (code, "to be confirmed by compliance")
        assert pack.source
        assert pack.checked_on <= date(2026, 11, 24)
        assert read(pack.text) == pack
        assert all(known.notice for known in pack.final.extensions)


@pytest.mark.parametrize(
    ("code", "received", "first", "extended"),
    [
        ("cn-nfra", "2026-02-05", "2026-02-20", ["2026-03-07", "2026-04-06"]),
        ("uk-disp", "2026-03-16", "2026-05-11", []),
        ("us-cfpb", "2026-03-01", "2026-03-16", ["2026-04-30"]),
    ],
)
def test_the_final_answer_is_due_as_the_pack_says(
    code: str, received: str, first: str, extended: list[str]
) -> None:
    hours = {"cn-nfra": CN, "uk-disp": UK, "us-cfpb": NY}[code]
    final, day = packs()[code].final, date.fromisoformat(received)
    assert last_day(final.span, day, hours).isoformat() == first
    later = [last_day(e.span, day, hours).isoformat() for e in final.extensions if e.span.amount]
    assert later == extended


def broken(**over: Any) -> str:
    said = json.loads(packs()["cn-nfra"].text)
    for path, value in over.items():
        *way, name = path.split("__")
        at = said
        for step in way:
            at = at[int(step) if step.isdigit() else step]
        at[name] = value
    return json.dumps(said)


@pytest.mark.parametrize(
    "over",
    [
        {"milestones__0__unit": "moons"},
        {"milestones__0__amount": 0},
        {"milestones__0__amount": 401},
        {"milestones__0__roll": "back"},
        {"milestones__0__key": "final"},
        {"milestones__0__metric": "resolution"},
        {"milestones__1__metric": "complaint_ack"},
        {"milestones__1__metric": ""},
        {"milestones__1__extensions__0__level": "anybody"},
        {"milestones__1__extensions__1__after": "special"},
    ],
)
def test_a_pack_with_a_slip_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(PackError):
        read(broken(**over))


def test_a_pack_knows_its_milestones_and_extensions_by_name() -> None:
    pack = packs()["cn-nfra"]
    ack = pack.of("complaint_ack")
    assert ack is not None
    assert ack.key == "first_contact"
    assert packs()["us-cfpb"].of("complaint_ack") is None
    special = pack.final.extension("special")
    assert special is not None
    assert (special.level, special.after) == ("director", "complex")
    assert pack.final.extension("third") is None
    assert len({known.digest for known in packs().values()}) == len(packs())
