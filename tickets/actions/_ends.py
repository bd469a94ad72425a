"""When a clock starts and how it ends, by the facts of its ticket (W1-W4)."""

from __future__ import annotations

from datetime import datetime

from tickets.clock import Kind, Metric
from tickets.models import Clock, Ticket, Waiting
from tickets.models.choices import SERVED, WORK

UNSERVED = frozenset({"withdrawn", "duplicate"})  # outcomes that no time to resolve is measured of
WHILE_SERVED = frozenset(
    {Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.UPDATE, Metric.ACCEPTANCE}
)


def ending(row: Clock, ticket: Ticket, now: datetime) -> tuple[Kind, datetime] | None:
    """How the clock ends by the ticket's facts, and when; None: it goes on."""
    over = ticket.step not in WORK
    match row.metric:
        case Metric.FIRST_RESPONSE if ticket.responded_at:
            return Kind.MEET, ticket.responded_at
        case Metric.NEXT_RESPONSE if ticket.heard_at is None and not over:
            return Kind.MEET, now
        case Metric.UPDATE if ticket.said_at and ticket.said_at > row.started_at:
            return Kind.MEET, ticket.said_at
        case Metric.RESOLUTION if ticket.resolved_at:
            ended = Kind.CANCEL if ticket.outcome in UNSERVED else Kind.MEET
            return ended, ticket.resolved_at
        case Metric.ACCEPTANCE if ticket.waiting_on != Waiting.EXPERT:
            return Kind.MEET, now
    return (Kind.CANCEL, now) if over and row.metric in WHILE_SERVED else None


def standing(row: Clock) -> tuple[bool, bool, float]:
    """Sorts a metric's clocks: the last is the one that the ticket shows, of two open ones the
    one that is due first."""
    runs = row.ended_at is None and row.due_at is not None
    return row.state != "cancelled", runs, -row.due_at.timestamp() if runs and row.due_at else 0


def due_to_start(ticket: Ticket, now: datetime) -> dict[str, datetime]:
    """The metrics that should have an open clock, each from when; a policy may promise fewer."""
    if ticket.step not in WORK:
        return {}
    wanted: dict[str, datetime] = {Metric.RESOLUTION: now}
    if ticket.responded_at and ticket.heard_at:
        wanted[Metric.NEXT_RESPONSE] = ticket.heard_at
    if ticket.step in SERVED and ticket.responded_at:
        wanted[Metric.UPDATE] = ticket.said_at or ticket.responded_at
    if ticket.waiting_on == Waiting.EXPERT:
        wanted[Metric.ACCEPTANCE] = ticket.waiting_since or now
    return wanted
