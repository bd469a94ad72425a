"""How a changed policy reaches the open tickets that it touches: in batches, every row locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from csservice.lib.bulk import update_each
from teams.hours import read
from teams.models import User
from tickets.actions._clocks import Clocks
from tickets.actions._offers import Offer, in_force, rule_of, touched_tickets
from tickets.actions._policy import ALWAYS, counted_in
from tickets.actions._projected import PROJECTED, project
from tickets.clock import Mode
from tickets.models import Clock, ClockEvent, Ticket
from tickets.models.choices import WORK

BATCH = 200


def carry_over(policy_id: int, mode: Mode, *, by: User, now: datetime) -> int:
    """Count the open tickets that the policy touches by what applies now; how many changed.

    A step of a change of the policy. A ticket that somebody serves meanwhile is waited for; the
    tickets are locked in the order of their numbers. A handful of queries for each batch.
    """
    keys = touched_tickets(policy_id, in_force()).order_by("pk").values_list("pk", flat=True)
    return carry(list(keys), mode, by=by, now=now)


def carry(keys: Sequence[int], mode: Mode, *, by: User, now: datetime) -> int:
    """Count these tickets, in the order of their numbers, by what applies now. A step."""
    offers, changed = in_force(), 0
    for start in range(0, len(keys), BATCH):
        followed = [
            (clocks, columns)
            for clocks in _batch(keys[start : start + BATCH], offers, by=by, now=now)
            if (columns := _counted_anew(clocks, mode))
        ]
        _write(followed, now=now)
        changed += len(followed)
    return changed


def _batch(
    keys: Sequence[int], offers: Sequence[Offer], *, by: User, now: datetime
) -> Iterator[Clocks]:
    """The clocks of tickets that are still open, each with the policy that applies to it."""
    rows = Ticket.objects.filter(pk__in=keys, step__in=WORK).order_by("pk")
    tickets = list(
        rows.select_for_update(of=("self",)).select_related("customer", "group__calendar")
    )
    known: defaultdict[int, list[Clock]] = defaultdict(list)
    theirs = Clock.objects.filter(ticket__in=tickets).select_related("policy", "calendar")
    for row in theirs.order_by("pk"):
        known[row.ticket_id].append(row)
    for ticket in tickets:
        clocks = Clocks(ticket, known[ticket.pk], now, by, _rule=rule_of(ticket, offers))
        for row in clocks.rows:
            if row.calendar_id and row.calendar:
                clocks.hours[row.calendar_id] = read(row.calendar.spec)
            if row.policy_id and row.policy:
                clocks.specs[row.policy_id] = row.policy.said()
        if not clocks.rows:
            clocks.adopt()
        yield clocks


def _counted_anew(clocks: Clocks, mode: Mode) -> list[str]:
    """Retarget what the change is about; the rest runs on, by the version that applies now.

    Returns the ticket's columns that may have changed, none when nothing did.
    """
    for row in [row for row in clocks.rows if row.ended_at is None]:
        if not _counts_otherwise(clocks, row):
            _run_on(clocks, row)
            continue
        if mode is Mode.FRESH and row.flagged_at is None:
            row.told_s = 0  # its warnings begin anew
        clocks.retarget(row, mode)
    columns = clocks.follow()
    return columns if clocks.changed else []


def _run_on(clocks: Clocks, row: Clock) -> None:
    """Target and hours stay, so nothing happened to the clock: a deadline that has passed stays
    where it was. Its warnings and pauses are those of the version that applies now."""
    rule = clocks.rule
    if (row.policy_id, row.facts) == (rule.version, rule.facts):
        return
    row.policy_id, row.facts = rule.version, rule.facts
    if rule.version:
        clocks.specs[rule.version] = rule.said
    state = clocks.state(row)
    project(row, state, clocks.hours_of(state.calendar), rule.said)
    clocks.changed[row.metric, row.cycle] = row


def _counts_otherwise(clocks: Clocks, row: Clock) -> bool:
    """Whether target or hours are others than the clock is counted by."""
    said = clocks.rule.said
    target_s = said.target_s(row.metric, clocks.ticket.priority)
    if target_s is None:
        return True
    key, _hours = counted_in(said.targets[row.metric], clocks.ticket.group)
    return (row.target_s, row.calendar_id or ALWAYS) != (target_s, key)


def _write(followed: Sequence[tuple[Clocks, list[str]]], *, now: datetime) -> None:
    """New rows, changed rows, events and tickets of a batch: a statement each."""
    fresh = [row for clocks, _columns in followed for row in clocks.fresh]
    new = {id(row) for row in fresh}
    old = [row for clocks, _columns in followed for row in clocks.changed.values()]
    Clock.objects.bulk_create(fresh)
    update_each([row for row in old if id(row) not in new], PROJECTED)
    ClockEvent.objects.bulk_create([event for clocks, _c in followed for event in clocks.events])
    for clocks, _columns in followed:
        clocks.ticket.version += 1
        clocks.ticket.changed_at = now
    columns = {name for _clocks, names in followed for name in names}
    tickets = [clocks.ticket for clocks, _columns in followed]
    update_each(tickets, sorted(columns | {"version", "changed_at"}))
