"""The mark: a case opened by the packs that apply, gone on with, or ended (C1, C2)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError
from teams.models import Calendar, User
from tickets import complaints
from tickets.actions._complaint import Case
from tickets.actions._row import given
from tickets.complaints import Layers, Pack
from tickets.models import (
    Complaint,
    ComplaintLayer,
    ComplaintMilestone,
    ComplaintRule,
    Ticket,
)


def begin(ticket: Ticket, by: User, now: datetime, received_at: datetime | None) -> None:
    """The deadlines of the packs that apply to the ticket, if any, begin.

    A case that had its mark taken off goes on by the packs and the receipt it had.
    Raises InvalidError (`received_at`).
    """
    began = received_at or ticket.received_at
    if not ticket.received_at <= began <= now:
        raise InvalidError(
            "received_at", _("A complaint is received after its ticket, and not in the future.")
        )
    row = Complaint.objects.filter(ticket=ticket).select_related("calendar").first()
    if row is None:
        open_case(ticket, by, now, began, marked=(now, by))
        return
    row.move("mark")
    row.unmarked_because = ""
    _run(Case(ticket, row, by, now))


def open_case(
    ticket: Ticket, by: User, now: datetime, began: datetime, marked: tuple[datetime, User]
) -> Complaint | None:
    """A case of a ticket that has none, by the packs that apply now; None when none does.

    `marked`: when and by whom, which may be long ago; then deadlines that have passed are
    inherited.
    """
    applies = _applies(ticket)
    if applies is None:
        return None
    packs, calendar = applies
    row = Complaint.objects.create(
        ticket=ticket,
        pack=packs.code,
        said=packs.text,
        calendar_id=_days(calendar or ticket.group.calendar),
        received_at=began,
        marked_at=marked[0],
        marked_by=marked[1],
    )
    case = Case(ticket, row, by, now)
    ComplaintMilestone.objects.bulk_create(
        milestone for pack in packs.packs for milestone in _milestones(case, pack)
    )
    _run(case)
    return row


def _run(case: Case) -> None:
    case.start()
    case.keep("unmarked_because")
    row = case.row
    case.record("opened", pack=row.pack, received=row.received_at.isoformat())


def _applies(ticket: Ticket) -> tuple[Layers, Calendar | None] | None:
    """The packs of the ticket's customer, group and product, and whose days count."""
    known = complaints.packs()
    rules = ComplaintRule.objects.filter(segment=ticket.customer.segment)
    laid = list(ComplaintLayer.objects.of(ticket).select_related("calendar"))
    base = None if any(one.instead for one in laid) else rules.select_related("calendar").first()
    chosen = [one for one in (base, *laid) if one is not None and one.pack in known]
    if not chosen:
        return None
    codes = dict.fromkeys(one.pack for one in chosen)
    return Layers(tuple(known[code] for code in codes)), chosen[0].calendar


def covered() -> Q:
    """Tickets that a pack applies to."""
    rules = ComplaintRule.objects.exclude(pack="").values("segment")
    found = Q(customer__segment__in=rules)
    for layer in ComplaintLayer.objects.all():
        one = Q(group=layer.group_id) if layer.group_id else Q()
        found |= one & (Q(product=layer.product_id) if layer.product_id else Q())
    return found


def _days(calendar: Calendar) -> int:
    if calendar.current_id is None:
        raise LookupError(f"The opening hours {calendar.pk} have no version; save them.")
    return calendar.current_id


def _milestones(case: Case, pack: Pack) -> list[ComplaintMilestone]:
    found = []
    for known in pack.milestones:
        due = complaints.due(known.span, case.row.received_at, case.hours)
        found.append(
            ComplaintMilestone(
                complaint=case.row,
                pack=pack.code,
                key=known.key,
                metric=known.metric,
                optional=known.optional,
                due_at=due,
                inherited=due < case.now and case.row.marked_at < case.now,
            )
        )
    return found


def end(ticket: Ticket, by: User, now: datetime, reason: str) -> None:
    """The mark is taken off: its deadlines end, with the reason on record.

    Raises InvalidError (`reason`), RefusedError (the final letter has gone out).
    """
    row = Complaint.objects.filter(ticket=ticket).first()
    if row is None:
        return
    row.move("unmark")
    row.unmarked_because = given("reason", reason, _("Enter why it is no complaint."))[:300]
    case = Case(ticket, row, by, now)
    case.end_stop("")
    case.cancel(why="unmarked")
    case.keep("unmarked_because")
    case.record("unmarked", reason=row.unmarked_because)
