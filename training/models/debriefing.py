"""What a drill showed: the clocks of its tickets, and what two raters saw, apart (plan L4)."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime

from teams.models import User
from tickets.clock import Metric
from tickets.models import Clock, Ticket
from training import agreement, scripts
from training.agreement import Agreement
from training.models.drills import Drill, DrillCue, DrillRating

MET, LATE, OPEN, NONE = "met", "late", "open", "none"


@dataclass(frozen=True, slots=True)
class Line:
    """One clock of one simulated ticket: how it ended, and seconds from its start to its end.

    `outcome`: met, late, open (runs, in time), none (ended unserved, before it was due).
    """

    ticket: int
    subject: str
    customer: str
    owner: str
    metric: str
    target_s: int
    seconds: float | None
    outcome: str


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """Of the first responses: how many were due, kept, late; the median of the given ones."""

    n: int
    kept: int
    late: int
    median_s: float | None


@dataclass(frozen=True, slots=True)
class Rated:
    """One criterion of one person: the level that each rater gave, in the order of `raters`."""

    person: User
    criterion: scripts.Criterion
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Debriefing:
    """`rated`, `agreement` and `weighted` (by the squares of the distances) are empty until both
    raters are in: until then neither sees the other's."""

    clocks: list[Line]
    first: FirstAnswers
    raters: list[User]
    rated: list[Rated]
    agreement: Agreement | None
    weighted: Agreement | None


def debriefing(drill: Drill, *, now: datetime) -> Debriefing:
    """All of it, in five queries whatever the number of customers."""
    clocks = _clocks(drill, now)
    ratings = list(drill.ratings.select_related("rater").order_by("pk"))
    whole = len(ratings) == len(drill.raters)
    rated = _rated(drill, ratings) if whole else []
    counts = _table(rated)
    return Debriefing(
        clocks=clocks,
        first=_first(clocks),
        raters=[one.rater for one in ratings],
        rated=rated,
        agreement=agreement.kappa(counts) if counts else None,
        weighted=agreement.kappa(counts, agreement.QUADRATIC) if counts else None,
    )


def tickets_of(drill: Drill) -> list[Ticket]:
    """The simulated tickets, in the order they came."""
    cues = drill.cues.filter(kind=DrillCue.Kind.CONTACT).values("ticket")
    rows = Ticket.objects.filter(pk__in=cues).select_related("owner", "customer")
    return list(rows.order_by("received_at", "pk"))


def _clocks(drill: Drill, now: datetime) -> list[Line]:
    known = {ticket.pk: ticket for ticket in tickets_of(drill)}
    rows = Clock.objects.filter(ticket__in=known).order_by("ticket", "started_at", "pk")
    return [_line(row, known[row.ticket_id], now) for row in rows]


def _line(row: Clock, ticket: Ticket, now: datetime) -> Line:
    broken = row.breached_at is not None or bool(
        row.ended_at is None and row.due_at and row.due_at < now
    )
    outcome = LATE if broken else {"met": MET, "cancelled": NONE}.get(row.state, OPEN)
    spent = (row.ended_at - row.started_at).total_seconds() if row.ended_at else None
    return Line(
        ticket=ticket.pk,
        subject=ticket.subject,
        customer=ticket.customer.name,
        owner=str(ticket.owner or ""),
        metric=row.metric,
        target_s=row.target_s,
        seconds=spent if row.state == "met" else None,
        outcome=outcome,
    )


def _first(clocks: list[Line]) -> FirstAnswers:
    mine = [line for line in clocks if line.metric == Metric.FIRST_RESPONSE]
    given = [line.seconds for line in mine if line.seconds is not None]
    return FirstAnswers(
        n=len(mine),
        kept=sum(line.outcome == MET for line in mine),
        late=sum(line.outcome == LATE for line in mine),
        median_s=statistics.median(given) if given else None,
    )


def _rated(drill: Drill, ratings: list[DrillRating]) -> list[Rated]:
    criteria = drill.script().criteria
    return [
        Rated(
            seat.user,
            one,
            tuple(rating.levels[str(seat.user_id)][one.key] for rating in ratings),
        )
        for seat in drill.seats.select_related("user").order_by("user__name", "user")
        for one in criteria
    ]


def _table(rated: list[Rated]) -> list[list[int]]:
    """How often the two gave which levels; empty until both are in."""
    if not rated:
        return []
    most = max(len(one.criterion.levels) for one in rated)
    return agreement.table([(one.levels[0], one.levels[1]) for one in rated], most)
