"""The clock as a pure function of its ledger: the rules of rivals.md 2.10 that need no row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teams.hours import Hours, Window, deadline, elapsed
from tests.factories import T0
from tests.factories import after as later
from tickets import clock
from tickets.clock import Event, Kind, Mark, Mode, State, after, booked, pending, replay

ALWAYS, OFFICE = 0, 1
HOURS = {
    ALWAYS: Hours.always("UTC"),
    OFFICE: Hours("Asia/Shanghai", {day: (Window(9 * 3600, 18 * 3600),) for day in range(5)}),
}
hours_of = HOURS.__getitem__


def started(target_s: int = 300, calendar: int = ALWAYS, **owner: Any) -> Event:
    return Event(Kind.START, T0, {"target_s": target_s, "calendar": calendar, **owner})


def run(*events: Event, target_s: int = 300, calendar: int = ALWAYS) -> State:
    return replay(started(target_s, calendar), events, hours_of)


def happens(kind: Kind, seconds: float, **data: Any) -> Event:
    return Event(kind, later(seconds), data)


# ---- one cycle --------------------------------------------------------------------------------
@pytest.mark.parametrize(("answered", "broken"), [(299, False), (300, False), (300.000001, True)])
def test_the_last_instant_still_keeps_the_promise(answered: float, broken: bool) -> None:
    state = run(happens(Kind.MEET, answered))
    assert state.name == "met"
    assert (state.breached_at(HOURS[ALWAYS], later(9999)) == later(300)) is broken


def test_an_answer_and_a_pause_in_one_save_is_met_and_never_paused() -> None:
    """Rule 9 (Zammad 3551, Frappe PR 3776)."""
    state = run(happens(Kind.MEET, 100), happens(Kind.PAUSE, 100, reason="customer"))
    assert (state.name, state.met_at, state.paused_for) == ("met", later(100), "")


def test_a_pause_moves_the_deadline_by_exactly_what_was_paused_of_open_time() -> None:
    """Rules 10 and 21."""
    state = run(
        happens(Kind.PAUSE, 100, reason="customer"), happens(Kind.RESUME, 700), target_s=300
    )
    assert state.due_at(HOURS[ALWAYS]) == later(900)
    assert state.spent_s(HOURS[ALWAYS], later(800)) == 200


def test_a_paused_clock_has_no_deadline_but_says_what_it_would_be() -> None:
    """Rule 11: if the customer answers now, it is due then."""
    state = run(happens(Kind.PAUSE, 100, reason="customer"))
    assert (state.name, state.due_at(HOURS[ALWAYS])) == ("paused", None)
    assert state.if_resumed(HOURS[ALWAYS], later(1000)) == later(1200)
    assert run().if_resumed(HOURS[ALWAYS], later(10)) is None, "it is running already"


def test_a_promise_broken_before_a_pause_stays_broken() -> None:
    state = run(happens(Kind.PAUSE, 400), happens(Kind.RESUME, 900))
    assert state.breached_at(HOURS[ALWAYS], later(1000)) == later(300)


def test_an_answer_that_never_arrived_is_no_answer() -> None:
    """Rule 7: a bounce un-meets, and the time since has counted."""
    state = run(happens(Kind.MEET, 100), happens(Kind.UNMEET, 500))
    assert (state.name, state.due_at(HOURS[ALWAYS])) == ("running", later(300))
    assert state.breached_at(HOURS[ALWAYS], later(501)) == later(300)
    assert state.spent_s(HOURS[ALWAYS], later(500)) == 500


def test_what_cannot_happen_changes_nothing() -> None:
    met = run(happens(Kind.MEET, 10))
    for kind in (Kind.MEET, Kind.PAUSE, Kind.RESUME, Kind.CANCEL, Kind.OWN, Kind.WARN):
        assert after(met, happens(kind, 20), hours_of) == met
    assert after(run(), happens(Kind.RESUME, 5), hours_of) == run()
    assert after(run(), happens(Kind.UNMEET, 5), hours_of) == run()


def test_a_waiver_leaves_the_breach_a_fact() -> None:
    """Rule 14: both figures are there."""
    state = run(happens(Kind.MEET, 400), happens(Kind.WAIVE, 500))
    assert state.waived
    assert state.breached_at(HOURS[ALWAYS], later(9999)) == later(300)


# ---- another target (rule 13) -----------------------------------------------------------------
def retarget(seconds: float, target_s: int, mode: Mode = Mode.CARRY, calendar: int = 0) -> Event:
    return happens(Kind.RETARGET, seconds, target_s=target_s, calendar=calendar, mode=mode)


@pytest.mark.parametrize(
    ("mode", "due"), [(Mode.CARRY, 600), (Mode.FRESH, 700), (Mode.RECOMPUTE, 600)]
)
def test_a_longer_target_carries_starts_fresh_or_is_counted_from_the_start(
    mode: Mode, due: int
) -> None:
    state = run(retarget(100, 600, mode))
    assert state.due_at(HOURS[ALWAYS]) == later(due)


def test_what_was_paused_before_stays_paused_under_another_target() -> None:
    state = run(
        happens(Kind.PAUSE, 100), happens(Kind.RESUME, 200), retarget(250, 600), target_s=300
    )
    assert state.due_at(HOURS[ALWAYS]) == later(700)
    paused = run(happens(Kind.PAUSE, 100, reason="hold"), retarget(250, 600))
    assert (paused.name, paused.paused_for) == ("paused", "hold")
    assert after(paused, happens(Kind.RESUME, 300), hours_of).due_at(HOURS[ALWAYS]) == later(800)


def test_a_shorter_target_that_is_spent_already_is_an_inherited_breach() -> None:
    state = run(retarget(200, 100), target_s=300)
    assert (state.inherited, state.breached_at(HOURS[ALWAYS], later(201))) == (True, later(200))


def test_a_breach_before_the_change_stays_its_own() -> None:
    """Never un-breached by a later edit (rule 14)."""
    state = run(retarget(400, 9000), target_s=300)
    assert state.breached_at(HOURS[ALWAYS], later(401)) == later(300)
    assert not state.inherited


def test_counted_anew_in_other_hours() -> None:
    """T0 is 17:00 in Shanghai: of two hours one is open before the night."""
    carried = run(retarget(1800, 7200, calendar=OFFICE), target_s=7200)
    assert carried.spent_s(HOURS[OFFICE]) == 1800
    assert carried.due_at(HOURS[OFFICE]) == deadline(HOURS[OFFICE], later(1800), 5400)


# ---- marks ------------------------------------------------------------------------------------
MARKS = [Mark(180, Kind.WARN), Mark(255, Kind.WARN), Mark(270, Kind.HAND_ON)]


def said(state: State, *, told_s: float = 0, breached: bool = False) -> list[tuple[float, Kind]]:
    found = pending(state, MARKS, HOURS[ALWAYS], told_s=told_s, breached=breached)
    return [((at - T0).total_seconds(), mark.kind) for at, mark in found]


def test_a_five_minute_promise_warns_at_three_minutes_and_at_four_and_a_quarter() -> None:
    """Rule 16: absolute seconds; the hand-on at 4:30; the breach at the end."""
    assert said(run()) == [
        (180, Kind.WARN),
        (255, Kind.WARN),
        (270, Kind.HAND_ON),
        (300, Kind.BREACH),
    ]
    assert said(run(), told_s=255) == [(270, Kind.HAND_ON), (300, Kind.BREACH)]
    assert said(run(), told_s=270, breached=True) == []


def test_an_ended_clock_says_nothing_and_a_paused_one_nothing_yet() -> None:
    assert said(run(happens(Kind.MEET, 10))) == []
    paused = run(happens(Kind.PAUSE, 200, reason="customer"))
    assert said(paused)[0] == (180, Kind.WARN), "it came that far"
    assert said(paused)[1:] == [(200 + 3 * 86_400, Kind.CHECK)], "and asks for a check (rule 11)"


# ---- whose time it was (rule 15) ----------------------------------------------------------------
def test_each_second_is_booked_to_whose_it_was() -> None:
    events = [
        happens(Kind.OWN, 60, owner=2, group=7),
        happens(Kind.PAUSE, 100),
        happens(Kind.RESUME, 200),
        happens(Kind.OWN, 250, owner=3, group=8),
    ]
    found = booked(started(owner=1, group=7), events, hours_of, later(300))
    assert found == {(1, 7): 60, (2, 7): 90, (3, 8): 50}


# ---- properties -------------------------------------------------------------------------------
@st.composite
def ledgers(draw: st.DrawFn) -> list[Event]:
    """Pauses, resumptions, changes of target and owner, in the order of time."""
    at, events = 0, []
    for _one in range(draw(st.integers(0, 8))):
        at += draw(st.integers(0, 40_000))
        kind = draw(st.sampled_from([Kind.PAUSE, Kind.RESUME, Kind.OWN, Kind.RETARGET]))
        data: dict[str, Any] = {"reason": "customer", "owner": at, "group": None}
        if kind is Kind.RETARGET:
            data = {"target_s": draw(st.integers(1, 90_000)), "calendar": OFFICE}
        events.append(Event(kind, later(at), data))
    return events


def end_of(events: Iterable[Event]) -> datetime:
    return max([event.at for event in events], default=T0)


@settings(max_examples=150, deadline=None)
@given(events=ledgers(), more=st.integers(1, 400_000))
def test_the_deadline_is_where_the_target_is_spent(events: list[Event], more: int) -> None:
    state = run(*events, target_s=36_000, calendar=OFFICE)
    hours, end = HOURS[OFFICE], end_of(events)
    due = state.due_at(hours)
    if due is None or state.broken_at is not None or due < end:
        return
    assert state.spent_s(hours, due) == state.target_s
    now = end + timedelta(seconds=more)
    assert (state.breached_at(hours, now) is not None) is (now > due)


@settings(max_examples=150, deadline=None)
@given(events=ledgers())
def test_the_seconds_of_all_owners_are_the_seconds_that_ran(events: list[Event]) -> None:
    now = end_of(events) + timedelta(hours=5)
    state = run(*events, target_s=36_000, calendar=OFFICE)
    ran = state.all_spans + (((state.since, now),) if state.since else ())
    found = booked(started(36_000, OFFICE, owner=0, group=0), events, hours_of, now)
    assert sum(found.values()) == pytest.approx(
        sum(elapsed(HOURS[OFFICE], start, end) for start, end in ran)
    )


@settings(max_examples=100, deadline=None)
@given(events=ledgers())
def test_a_state_survives_being_written_down(events: list[Event]) -> None:
    state = run(*events, target_s=36_000, calendar=OFFICE)
    assert clock.from_data(clock.to_data(state)) == state
    met = after(state, Event(Kind.MEET, end_of(events) + timedelta(minutes=1)), hours_of)
    assert clock.from_data(clock.to_data(met)) == met


@settings(max_examples=100, deadline=None)
@given(paused=st.integers(1, 500_000), pause_at=st.integers(1, 35_000))
def test_a_pause_costs_exactly_its_open_time(paused: int, pause_at: int) -> None:
    """Rule 21."""
    hours = HOURS[OFFICE]
    stop, go = later(pause_at), later(pause_at + paused)
    state = run(Event(Kind.PAUSE, stop), Event(Kind.RESUME, go), target_s=36_000, calendar=OFFICE)
    due = state.due_at(hours)
    assert due is not None
    assert elapsed(hours, T0, due) == 36_000 + elapsed(hours, stop, go)


def test_years_beyond_the_calendar_are_computed_on_demand() -> None:
    far = datetime(2031, 6, 2, 2, tzinfo=UTC)
    assert deadline(HOURS[OFFICE], far, 300) == far + timedelta(minutes=5)
