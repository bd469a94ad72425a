"""The clocks of a ticket as its page lists them: each promise, where it stands, and why."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from csservice.lib.prepared import Prepared
from csservice.lib.templatetags.ui import WORKING_DAY_S, moment
from teams.hours import Hours, elapsed
from tickets import clock, promise
from tickets.actions.adopt import adopted
from tickets.clock import Metric, State
from tickets.clock_words import METRICS, length
from tickets.explained import EVERY_SECOND
from tickets.models import Clock, Ticket

_CLOCKS = Prepared(
    lambda ticket: (
        Clock.objects.filter(ticket=ticket)
        .select_related("policy__policy", "calendar")
        .order_by("pk")
    )
)


class Standing(NamedTuple):
    """One promise and where it stands. `chip`: while it runs; else `state` (met, missed, paused,
    cancelled) and its `word`. `marks`: what is to be known of it beside, as (kind, word)."""

    key: str
    label: str
    chip: promise.Chip | None
    state: str
    word: str
    when: str
    policy: str
    marks: list[tuple[str, str]]
    url: str


class Totals(NamedTuple):
    """The resolution of a ticket that was opened again: open time of the first cycle, of all."""

    first: str
    whole: str
    times: int


class Panel(NamedTuple):
    """`recorded` False: a ticket from before there were clocks; reckoned from its columns."""

    clocks: list[Standing]
    totals: Totals | None
    recorded: bool = True


def panel_of(ticket: Ticket, *, now: datetime) -> Panel:
    """Every clock of the ticket, in one query; of one from before the clocks, what they would say
    by its columns, written nowhere."""
    rows = _CLOCKS(ticket.pk)
    if not rows:
        reckoned = adopted(copy(ticket), now=now).rows
        return Panel([standing(row, now=now) for row in reckoned], None, recorded=False)
    return Panel([standing(row, now=now) for row in rows], _totals(rows, now))


def standing(row: Clock, *, now: datetime) -> Standing:
    """One clock (with its policy and calendar) as a line."""
    state, hours = clock.from_data(row.snapshot), _hours(row)
    broken = row.breached_at is not None or state.breached_at(hours, now) is not None
    shown, word = _state(row, broken=broken)
    runs = row.state == "running" and row.due_at is not None
    return Standing(
        key=f"{row.metric}-{row.cycle}",
        label=label(row),
        chip=_chip(row, now) if runs else None,
        state=shown,
        word=word,
        when=_when(row, state, hours, now, broken=broken),
        policy=policy_name(row),
        marks=_marks(row, broken=broken),
        url=reverse("ticket-clock", args=[row.ticket_id, row.metric, row.cycle]),
    )


def label(row: Clock) -> str:
    """Resolution, or Resolution (2nd) where it began anew."""
    name = str(METRICS.get(row.metric, row.metric))
    if row.cycle == 1:
        return name
    return _("%(promise)s, no. %(cycle)s") % {"promise": name, "cycle": row.cycle}


def policy_name(row: Clock) -> str:
    """The policy that it is counted by."""
    if row.metric in clock.COMPLAINTS:
        return _("Complaint rules")
    return str(row.policy.policy) if row.policy else _("Built-in promise")


def _hours(row: Clock) -> Hours:
    return row.calendar.hours() if row.calendar else EVERY_SECOND


def _chip(row: Clock, now: datetime) -> promise.Chip | None:
    if row.due_at is None:
        return None
    return promise.running(row.metric, due=row.due_at, target_s=row.target_s, now=now)


def _state(row: Clock, *, broken: bool) -> tuple[str, str]:
    if row.state == "met":
        if broken:
            return "missed", pgettext("promise", "Broken")
        return "met", pgettext("promise", "Kept")
    if row.state == "paused":
        return "paused", _("Paused")
    if row.state == "cancelled":
        return "cancelled", pgettext("promise", "Ended")
    return row.state, ""


def _when(row: Clock, state: State, hours: Hours, now: datetime, *, broken: bool) -> str:
    """When it is due, or was done and how long that took in open time."""
    if row.ended_at is not None:
        return _done(row, state, hours, broken=broken)
    if row.due_at is not None:
        values = {"time": moment(row.due_at)}
        if broken:
            return _("Was due %(time)s") % values
        if (row.due_at - now).total_seconds() < WORKING_DAY_S:
            return _("Due %(time)s") % values  # the chip says how much is left
        left = length(row.target_s - state.spent_s(hours, now))
        return _("Due %(time)s, %(left)s left") % (values | {"left": left})
    due = state.if_resumed(hours, now)
    return _("If it goes on now, it is due %(time)s") % {"time": moment(due)} if due else ""


def _done(row: Clock, state: State, hours: Hours, *, broken: bool) -> str:
    spent = state.spent_s(hours)
    values = {
        "time": moment(row.ended_at or row.started_at),
        "spent": length(spent),
        "over": length(spent - row.target_s),
    }
    if row.state == "cancelled":
        return _("%(time)s, not measured") % values
    if broken and spent > row.target_s:
        return _("Done %(time)s after %(spent)s, %(over)s late") % values
    return _("Done %(time)s after %(spent)s") % values


def _marks(row: Clock, *, broken: bool) -> list[tuple[str, str]]:
    found = []
    if broken and row.state not in {"met", "running"}:
        found.append(("late", pgettext("promise", "Broken")))
    if row.inherited:
        found.append(("", _("Inherited: broken by a change of the promise")))
    if row.waived_at:
        found.append(("", _("Waived")))
    elif row.waiver_asked_at:
        found.append(("asked", _("A waiver is asked for; a second person has to agree")))
    return found


def _totals(rows: Sequence[Clock], now: datetime) -> Totals | None:
    """First cycle and all cycles of a resolution that began anew; None where it did not."""
    cycles = [row for row in rows if row.metric == Metric.RESOLUTION]
    if len(cycles) < 2:
        return None
    spent = [clock.from_data(row.snapshot).spent_s(_hours(row), now) for row in cycles]
    state, again = clock.from_data(cycles[0].snapshot), cycles[1].started_at
    ran = [*state.all_spans, *([(state.since, now)] if state.since else [])]
    if not any(start >= again for start, _end in ran):
        return Totals(length(spent[0]), length(sum(spent)), len(cycles))
    # the first went on when it was opened again: it is the whole already (rule 12)
    first = sum(elapsed(_hours(cycles[0]), start, end) for start, end in ran if start < again)
    return Totals(length(first), length(spent[0]), len(cycles))
