"""Why a deadline is where it is: the days add up to the promise, and the sentences say so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given, settings

from teams.hours import Hours, Window
from tests.tickets.test_clock import HOURS as PLAIN
from tests.tickets.test_clock import ledgers
from tickets.clock import Event, Kind, Mode, replay
from tickets.clock_words import length, sentences
from tickets.explained import ALWAYS_SAID, Explanation, explain

CHINA = ZoneInfo("Asia/Shanghai")
H = 3600
DAY = (Window(9 * H, 17 * H + 1800),)
OFF = {date(2026, 10, day): () for day in range(1, 9)}
NAMES: dict[str, list[str]] = {
    f"2026-10-{day:02}": ["National Day", "国庆节", "off"] for day in range(1, 9)
}
NAMES |= {
    "2026-10-10": ["National Day", "国庆节", "work"],
    "2026-10-16": ["Half day", "", "single"],
}
BRANCH, NIGHTS, TALLINN, LATER = 1, 2, 3, 4
HOURS = {
    0: Hours.always("UTC"),
    BRANCH: Hours(
        "Asia/Shanghai",
        dict.fromkeys(range(5), DAY),
        {**OFF, date(2026, 10, 10): DAY, date(2026, 10, 16): (Window(9 * H, 12 * H),)},
    ),
    NIGHTS: Hours("Asia/Shanghai", dict.fromkeys(range(5), (Window(22 * H, 30 * H),))),
    TALLINN: Hours("Europe/Tallinn", dict.fromkeys(range(7), (Window(0, 6 * H),))),
    LATER: Hours("Asia/Shanghai", dict.fromkeys(range(5), (Window(10 * H, 16 * H),))),
}
SAID: dict[int, dict[str, Any]] = {
    key: dict(ALWAYS_SAID) | {"tz": hours.tz} for key, hours in HOURS.items()
}
SAID[BRANCH] |= {"names": NAMES, "country": "CN", "years": {"2026": "library"}}


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """2026-10-09 17:28 on the wall of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def told(
    start: str,
    target_s: int,
    *events: Event,
    calendar: int = BRANCH,
    now: str = "",
    zone: str = "Asia/Shanghai",
    metric: str = "first_response",
    cycle: int = 1,
) -> Explanation:
    begun = Event(Kind.START, at(start, zone), {"target_s": target_s, "calendar": calendar})
    until = at(now, zone) if now else begun.at
    return explain(
        begun, events, HOURS.__getitem__, SAID.__getitem__, until, metric=metric, cycle=cycle
    )


def words(explained: Explanation, now: str, language: str = "en") -> str:
    with translation.override(language):
        return " ".join(sentences(explained, now=at(now), zone="Asia/Shanghai"))


def days(explained: Explanation) -> list[tuple[str, float]]:
    return [(day.on.isoformat()[5:], day.seconds) for day in explained.days]


# ---- the arithmetic -----------------------------------------------------------------------------
def test_a_weekend_between_is_told_and_not_counted() -> None:
    found = told("2026-10-23 17:28", 300)
    assert days(found) == [("10-23", 120), ("10-26", 180)]
    assert [day.on.day for day in found.closed] == [24, 25]
    assert found.due_at == at("2026-10-26 09:03")
    assert words(found, "2026-10-23 17:29") == (
        "Promised within 5 minutes of opening hours. "
        "Received Fri 17:28; the group is open until 17:30, so 2 minutes count then. "
        "Sat and Sun are closed. Mon from 09:00 the other 3 minutes. Due Mon 09:03. "
        "Spent so far: 0 seconds. Left: 5 minutes."
    )


def test_a_holiday_is_named_and_a_make_up_saturday_counts() -> None:
    found = told("2026-09-30 17:00", 9 * H + 1800)
    assert days(found) == [("09-30", 1800), ("10-09", 8.5 * H), ("10-10", 1800)]
    assert {day.name for day in found.closed} == {"National Day"}
    said = words(found, "2026-11-20 09:00")
    assert "Closed: 1–8 October National Day." in said
    assert "10 October is a make-up working day (National Day), so it counts." in said
    assert "Sat 10 Oct from 09:00 the other 30 minutes. Due Sat 10 Oct 09:30." in said
    zh = words(found, "2026-11-20 09:00", "zh-hans")
    assert "10月1日至8日国庆节不计。" in zh
    assert "10月10日为国庆节调休上班日，计时。" in zh
    assert "National" not in zh


def test_a_half_day_has_hours_of_its_own() -> None:
    found = told("2026-10-16 11:00", 2 * H)
    assert days(found) == [("10-16", H), ("10-19", H)]
    assert "16 October has hours of its own (Half day): 11:00–12:00." in words(
        found, "2026-10-16 11:00"
    )


def test_a_night_counts_for_the_day_it_begins_on() -> None:
    found = told("2026-10-16 23:00", 8 * H, calendar=NIGHTS)
    assert days(found) == [("10-16", 7 * H), ("10-19", H)]
    assert found.due_at == at("2026-10-19 23:00")
    assert [day.on.day for day in found.closed] == [17, 18]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 5), ("2026-10-25", 7)])
def test_a_night_in_which_the_clock_is_changed_is_as_long_as_it_is(day: str, hours: int) -> None:
    found = told(f"{day} 00:00", 8 * H, calendar=TALLINN, zone="Europe/Tallinn")
    assert [one.seconds / H for one in found.days] == [hours, 8 - hours]


def test_a_long_time_is_summed_up() -> None:
    found = told("2026-10-12 09:00", 100 * H)
    said = words(found, "2026-11-20 09:00")
    assert "11 working days, Tue 13 Oct to Tue 27 Oct: 88 hours." in said
    assert "4 closed days do not count." in said


def test_received_while_closed_it_is_counted_from_the_opening() -> None:
    found = told("2026-10-24 12:00", 300)
    assert days(found) == [("10-26", 300)]
    assert words(found, "2026-10-24 12:00").startswith(
        "Promised within 5 minutes of opening hours. "
        "Received Sat 12:00, out of opening hours; counted from Mon 09:00 on. "
        "Sat and Sun are closed. Mon from 09:00 all of the 5 minutes. Due Mon 09:05."
    )


def test_where_every_hour_counts_no_day_is_told() -> None:
    found = told("2026-10-24 12:00", 300, calendar=0)
    assert found.always
    assert words(found, "2026-10-24 12:00").startswith(
        "Promised within 5 minutes. Received Sat 12:00; every hour of day and night counts. "
        "Due Sat 12:05."
    )


def test_years_whose_holidays_nobody_knows_are_said() -> None:
    found = told("2026-12-31 17:00", 2 * H)
    assert found.unknown_years == (2027,)
    assert "The public holidays of 2027 are not known" in words(found, "2026-12-31 17:00")


def test_times_of_another_zone_are_said_to_be_so() -> None:
    found = told("2026-10-23 01:00", 300, calendar=TALLINN, zone="Europe/Tallinn")
    said = words(found, "2026-10-23 06:01")
    assert "Received Fri 01:00, in opening hours. Due Fri 01:05." in said
    assert said.endswith("Times are those of Europe/Tallinn.")


# ---- pauses ------------------------------------------------------------------------------------
def paused(since: str, until: str = "", reason: str = "customer") -> list[Event]:
    events = [Event(Kind.PAUSE, at(since), {"reason": reason})]
    return events + ([Event(Kind.RESUME, at(until))] if until else [])


def test_a_pause_is_told_with_the_opening_hours_that_it_cost() -> None:
    events = paused("2026-10-23 16:30", "2026-10-26 10:00")
    found = told("2026-10-23 15:30", 4 * H, *events, now="2026-10-26 11:00", metric="resolution")
    (pause,) = found.pauses
    assert (pause.reason, pause.seconds) == ("customer", 2 * H)
    assert days(found) == [("10-23", H), ("10-26", 3 * H)]
    assert found.due_at == at("2026-10-26 13:00")
    assert (found.spent_s, found.left_s) == (2 * H, 2 * H)
    said = words(found, "2026-10-26 11:00")
    assert (
        "Waited for the customer, Fri 16:30 to Mon 10:00: 2 hours of opening hours are not counted."
    ) in said
    assert "Received Fri 15:30; that day 15:30–16:30: 1 hour." in said


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("customer", "Has waited for the customer since Mon 10:00."),
        ("third", "Has waited for a third party since Mon 10:00."),
        ("hold", "Held by the regulator since Mon 10:00."),
        ("-", "Has stood still since Mon 10:00."),
    ],
)
def test_a_paused_clock_says_when_it_would_be_due(reason: str, said: str) -> None:
    events = paused("2026-10-26 10:00", reason=reason)
    found = told("2026-10-26 09:00", 2 * H, *events, now="2026-10-27 09:00", metric="resolution")
    assert (found.state, found.if_resumed) == ("paused", True)
    assert found.due_at == at("2026-10-27 10:00")
    assert days(found) == [("10-26", H), ("10-27", H)]
    assert f"{said} If it goes on now, it is due Tue 10:00." in words(found, "2026-10-27 09:00")
    assert " Due " not in words(found, "2026-10-27 09:00")


def test_many_pauses_are_summed_up() -> None:
    events = []
    for hour in range(10, 14):
        events += paused(f"2026-10-26 {hour}:00", f"2026-10-26 {hour}:30")
    found = told("2026-10-26 09:00", 4 * H, *events, now="2026-10-26 15:00", metric="resolution")
    assert [pause.seconds for pause in found.pauses] == [1800] * 4
    assert "It stood still 4 times: 2 hours of opening hours are not counted." in words(
        found, "2026-10-26 15:00"
    )


# ---- changes -----------------------------------------------------------------------------------
def changed(when: str, target_s: int, mode: Mode = Mode.CARRY, calendar: int = BRANCH) -> Event:
    return Event(
        Kind.RETARGET, at(when), {"target_s": target_s, "calendar": calendar, "mode": mode}
    )


@pytest.mark.parametrize(
    ("mode", "carried", "counted", "then"),
    [
        (Mode.CARRY, H, [("10-26", 5 * H), ("10-27", 2 * H)], "The 1 hour spent by then count"),
        (Mode.FRESH, 0, [("10-26", 5 * H), ("10-27", 3 * H)], "It was counted anew from then on."),
        (Mode.RECOMPUTE, 0, [("10-26", 6 * H), ("10-27", 2 * H)], "as if that had held from the"),
    ],
)
def test_a_change_of_the_promise_is_told_with_what_became_of_the_time_spent(
    mode: Mode, carried: float, counted: list[tuple[str, float]], then: str
) -> None:
    change = changed("2026-10-26 11:00", 8 * H, mode, LATER)
    found = told("2026-10-26 10:00", 4 * H, change, now="2026-10-26 12:00", metric="resolution")
    assert (found.carried_s, days(found)) == (carried, counted)
    (one,) = found.retargets
    assert (one.before, one.after, one.spent_s) == (4 * H, 8 * H, H)
    assert (one.calendar_before, one.calendar_after) == (BRANCH, LATER)
    assert sum(day.seconds for day in one.days) == H
    said = words(found, "2026-10-26 12:00")
    assert "Mon 11:00 the promise changed from 4 hours to 8 hours." in said
    assert then in said


def test_a_promise_that_was_spent_when_it_became_shorter_is_nobodys_fault() -> None:
    change = changed("2026-10-26 12:00", H)
    found = told("2026-10-26 09:00", 8 * H, change, now="2026-10-26 13:00", metric="resolution")
    assert (found.inherited, found.breached_at) == (True, at("2026-10-26 12:00"))
    assert "nobody's fault" in words(found, "2026-10-26 13:00")


# ---- the end -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("metric", "cycle", "begun"),
    [
        ("next_response", 2, "The customer wrote"),
        ("acceptance", 1, "Handed over"),
        ("resolution", 2, "Opened again"),
        ("resolution", 1, "Received"),
    ],
)
def test_what_began_it_is_said(metric: str, cycle: int, begun: str) -> None:
    found = told("2026-10-26 10:00", H, metric=metric, cycle=cycle)
    assert f"{begun} Mon 10:00, in opening hours. Due Mon 11:00." in words(
        found, "2026-10-26 10:00"
    )


@pytest.mark.parametrize(
    ("events", "now", "said"),
    [
        ([Event(Kind.MEET, at("2026-10-26 10:02"))], "2026-10-26 11:00", "kept, with 3 minutes to"),
        (
            [Event(Kind.MEET, at("2026-10-26 10:07"))],
            "2026-10-26 11:00",
            "Broken Mon 10:05; done Mon 10:07 after 7 minutes, 2 minutes late.",
        ),
        ([], "2026-10-26 10:09", "Broken Mon 10:05; 4 minutes late by now."),
        (
            [Event(Kind.CANCEL, at("2026-10-26 10:01"))],
            "2026-10-26 10:09",
            "It would have been due Mon 10:05. Ended Mon 10:01 without being measured.",
        ),
        (
            [
                Event(Kind.MEET, at("2026-10-26 10:07")),
                Event(Kind.WAIVE, at("2026-10-26 10:08")),
            ],
            "2026-10-26 11:00",
            "Waived: nobody could keep it. The delay stays on record.",
        ),
    ],
)
def test_how_it_ended_is_said(events: list[Event], now: str, said: str) -> None:
    found = told("2026-10-26 10:00", 300, *events, now=now)
    assert days(found) == [("10-26", 300)]
    assert said in words(found, now)


def test_what_ended_while_it_stood_still_has_no_deadline() -> None:
    events = [*paused("2026-10-26 10:30"), Event(Kind.CANCEL, at("2026-10-26 12:00"))]
    found = told("2026-10-26 10:00", H, *events, now="2026-10-26 13:00", metric="resolution")
    assert (found.due_at, found.state) == (None, "cancelled")
    assert [(pause.seconds, pause.end) for pause in found.pauses] == [
        (1.5 * H, at("2026-10-26 12:00"))
    ]
    assert "Ended Mon 12:00" in words(found, "2026-10-26 13:00")


def test_an_answer_that_was_lost_counts_on() -> None:
    events = [Event(Kind.MEET, at("2026-10-26 10:02")), Event(Kind.UNMEET, at("2026-10-26 10:04"))]
    found = told("2026-10-26 10:00", 300, *events, now="2026-10-26 10:04")
    assert (found.state, found.due_at) == ("running", at("2026-10-26 10:05"))
    assert found.pauses == ()


def test_whose_time_it_was() -> None:
    begun = Event(
        Kind.START,
        at("2026-10-26 10:00"),
        {"target_s": 300, "calendar": BRANCH, "owner": 1, "group": 7},
    )
    own = Event(Kind.OWN, at("2026-10-26 10:01"), {"owner": 2, "group": 7})
    found = explain(
        begun,
        [own],
        HOURS.__getitem__,
        SAID.__getitem__,
        at("2026-10-26 10:03"),
        metric="first_response",
        cycle=1,
    )
    assert [(share.owner, share.group, share.seconds) for share in found.booked] == [
        (1, 7, 60),
        (2, 7, 120),
    ]


@settings(max_examples=80, deadline=None)
@given(events=ledgers())
def test_what_was_carried_and_the_days_are_the_promise(events: list[Event]) -> None:
    """Whatever happens to a clock: its days add up, and the deadline is the rule's."""
    start = Event(Kind.START, at("2026-01-05 17:00"), {"target_s": 9000, "calendar": 1})
    said = {key: dict(ALWAYS_SAID) | {"tz": hours.tz} for key, hours in PLAIN.items()}
    now = max([event.at for event in events], default=start.at) + timedelta(hours=1)
    found = explain(
        start, events, PLAIN.__getitem__, said.__getitem__, now, metric="resolution", cycle=1
    )
    state = replay(start, events, PLAIN.__getitem__)
    hours = PLAIN[state.calendar]
    due = state.due_at(hours) or state.if_resumed(hours, now)
    assert found.due_at == due
    if found.carried_s < found.target_s:
        total = found.carried_s + sum(day.seconds for day in found.days)
        assert total == pytest.approx(found.target_s)
    assert found.spent_s == pytest.approx(state.spent_s(hours, now))
    assert (found.state == "paused") == any(pause.end is None for pause in found.pauses)
    assert sentences(found, now=now)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"),
        (40, "40 seconds"),
        (60, "1 minute"),
        (161, "2 min 41 s"),
        (3600, "1 hour"),
        (10_080, "2 h 48 min"),
        (-367_200, "102 hours"),
    ],
)
def test_lengths(seconds: float, said: str) -> None:
    assert length(seconds) == said
