"""The checklist of a ticket as its page shows it (W3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tickets.models import ChecklistItem, Ticket
from tickets.models.catalogue import in_language
from tickets.models.choices import SERVED


class Point(NamedTuple):
    """One point; `done_at` None: not ticked."""

    key: int
    text: str
    done_at: datetime | None
    done_by: str


class Checklist(NamedTuple):
    points: Sequence[Point]

    @property
    def done(self) -> int:
        return sum(point.done_at is not None for point in self.points)


def checklist(ticket: Ticket) -> Checklist | None:
    """The points of the stage that the ticket is at; None without any. At most one query; none
    where there is no category and no product, which have the checklists."""
    if ticket.step not in SERVED or not (ticket.category_id or ticket.product_id):
        return None
    rows: Any = ChecklistItem.objects.of(ticket).filter(stage=ticket.step)
    told = rows.values_list("pk", "text", "text_zh", "done_at", "done_by")
    points = [
        Point(pk, in_language(text, chinese), at, by or "") for pk, text, chinese, at, by in told
    ]
    return Checklist(points) if points else None
