"""Writes of checklists: kept for a category or a product, ticked on a ticket (W3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions._row import locked
from tickets.models import Category, ChecklistItem, Product, Step, Tick, Ticket
from tickets.models.choices import WORK

MOST = 20
LONGEST = 160


@transaction.atomic
def save_checklist(
    of: Category | Product,
    *,
    by: User,
    points: Sequence[tuple[str, str]],
    now: datetime,
    stage: str = Step.RESOLUTION,
) -> list[ChecklistItem]:
    """Keep the checklist of a category or a product: `points` as (English, Chinese), in order.

    A point whose English stays is the same point; what is asked no more stays on old tickets.
    Raises PermissionDenied, InvalidError (`points`, `stage`); then nothing is written.
    """
    by.must(Can.KEEP_CATALOGUE)
    _check(points, stage)
    own = {"category": of} if isinstance(of, Category) else {"product": of}
    type(of)._default_manager.select_for_update().get(pk=of.pk)
    known = {row.text: row for row in ChecklistItem.objects.filter(**own)}
    kept: list[ChecklistItem] = []
    for place, (text, chinese) in enumerate(points):
        row = known.pop(text, None) or ChecklistItem(text=text, **own)
        row.text_zh, row.stage, row.position, row.active = chinese, stage, place, True
        row.save()
        kept.append(row)
    gone = [row.pk for row in known.values() if row.active]
    ChecklistItem.objects.filter(pk__in=gone).update(active=False)
    subject = "category" if isinstance(of, Category) else "product"
    record("checklist.saved", subject, of.pk, by=by, now=now, points=len(kept), gone=gone)
    return kept


def _check(points: Sequence[tuple[str, str]], stage: str) -> None:
    if stage not in {Step.ANALYSIS, Step.RESOLUTION}:
        raise InvalidError("stage", _("Choose the stage."))
    if len(points) > MOST:
        raise InvalidError("points", _("Keep it short: at most %(n)s points.") % {"n": MOST})
    texts = [text for text, _chinese in points]
    if not all(texts):
        raise InvalidError("points", _("Write each point in English; Chinese beside it."))
    if len(set(texts)) < len(texts):
        raise InvalidError("points", _("Two points are the same."))
    if any(len(side) > LONGEST for point in points for side in point):
        raise InvalidError("points", _("Keep each point within %(n)s letters.") % {"n": LONGEST})


@transaction.atomic
def tick(ticket_id: int, *, by: User, item: int, now: datetime, ticked: bool = True) -> Ticket:
    """Tick a point of the ticket's checklist, or take the tick off. Twice is once: who was first
    stands. The ticket's version stays, so that nobody's writing is stopped by it.

    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`item`: not on its checklist),
    RefusedError (closed).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    if ticket.step not in WORK:
        raise RefusedError(_("The service has ended; its checklist stays as it is."))
    point = ChecklistItem.objects.of(ticket).filter(pk=item).first()
    if point is None:
        raise InvalidError("item", _("This point is not on the ticket's checklist."))
    known = Tick.objects.filter(ticket=ticket, item=point)
    if known.exists() == ticked:
        return ticket
    if ticked:
        Tick.objects.create(ticket=ticket, item=point, by=by, at=now)
    else:
        known.delete()
    kind = "ticket.ticked" if ticked else "ticket.unticked"
    record(kind, "ticket", ticket.pk, by=by, now=now, item=point.pk)
    return ticket
