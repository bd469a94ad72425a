"""The columns of a clock's row that are a function of its ledger, and what it says on the way."""

from __future__ import annotations

from teams.hours import Hours
from tickets import clock, complaints, policy
from tickets.clock import Kind
from tickets.models import Clock

Promise = policy.Policy | complaints.Layers  # what says how a clock is promised
PROJECTED = (
    *("policy", "calendar", "owner", "group", "facts", "target_s", "due_at", "state", "ended_at"),
    *(
        "breached_at",
        "flagged_at",
        "inherited",
        "waiver_asked_at",
        "waived_at",
        "snapshot",
        "told_s",
        "next_at",
    ),
    "checked_at",
)


def project(row: Clock, state: clock.State, hours: Hours, said: Promise) -> None:
    """Set the columns of `row` that are a function of its ledger."""
    row.target_s, row.calendar_id = int(state.target_s), state.calendar or None
    row.state, row.snapshot = state.name, clock.to_data(state)
    row.ended_at = state.met_at or state.cancelled_at
    row.due_at = state.due_at(hours) or (row.due_at if state.ended else None)
    row.inherited = state.inherited
    row.breached_at = row.breached_at or state.broken_at
    if state.ended:
        row.breached_at = state.breached_at(hours, row.ended_at or row.started_at)
    waiting = clock.pending(
        state,
        marks_of(row, said),
        hours,
        told_s=row.told_s,
        breached=row.flagged_at is not None,
        checked=row.checked_at,
    )
    row.next_at = min((at for at, _mark in waiting), default=None)


def marks_of(row: Clock, said: Promise) -> list[clock.Mark]:
    """The marks of the row's metric, by its frozen policy: warnings, hand-on, and the ladder."""
    if isinstance(said, complaints.Layers):
        return said.marks(row.metric, row.target_s)
    target = said.targets.get(row.metric)
    if target is None:
        return []
    rungs = (clock.Mark(rung.seconds(row.target_s), Kind.ESCALATE, rung.to) for rung in said.ladder)
    return [*target.marks(row.target_s), *rungs]
