"""The case of a marked ticket: its deadlines, its clocks, what is sent to the customer (C1, C2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.hours import Hours
from teams.models import Calendar, User
from teams.roles import Can
from tickets import clock, complaints, policy
from tickets.actions._clocks import Clocks, project
from tickets.actions._policy import EVERY_SECOND, facts_of
from tickets.actions._row import given, locked, save
from tickets.actions.receive import reindex
from tickets.actions.thread import _answered, _delivery
from tickets.clock import Kind, Metric, Mode
from tickets.complaints import Milestone
from tickets.models import (
    GONE,
    Clock,
    Complaint,
    ComplaintCause,
    ComplaintExtension,
    ComplaintLetter,
    ComplaintMilestone,
    ComplaintRule,
    Message,
    NoComplaint,
    Ticket,
)
from tickets.models.choices import OPEN


@dataclass
class Case:
    """A locked ticket, its complaint, and who does what when."""

    ticket: Ticket
    row: Complaint
    by: User
    now: datetime

    @classmethod
    def locked(cls, ticket_id: int, *, verb: str, by: User, now: datetime) -> Case:
        """The case with the verb's move made in memory; the ticket's lock guards both.

        Raises Ticket.DoesNotExist, Complaint.DoesNotExist, RefusedError (not open now).
        """
        ticket = locked(ticket_id, by=by)
        row = Complaint.objects.select_related("calendar").get(ticket=ticket)
        row.move(verb)
        return cls(ticket, row, by, now)

    @property
    def hours(self) -> Hours:
        return self.row.calendar.hours()

    def send(self, text: str) -> Message:
        """The text as a reply to the customer, also after the ticket was closed.

        Raises InvalidError (`text`), RefusedError (a director is never the first to answer).
        """
        text = given("text", text, _("Write what the customer is sent."))
        ticket, kind = self.ticket, Message.Kind.REPLY
        if ticket.responded_at is None and not self.by.can(Can.WORK_TICKETS):
            raise RefusedError(_("Somebody who works on tickets has to answer the customer first."))
        if ticket.step in OPEN:
            _answered(ticket, kind, by=self.by, text=text, now=self.now, files=())
            return ticket.messages.filter(kind=kind).latest("pk")
        reindex(ticket, added=text)
        return Message.objects.create(
            ticket=ticket,
            kind=kind,
            channel=ticket.channel,
            author=self.by,
            text=text,
            at=self.now,
            delivery=_delivery(ticket, kind),
        )

    def meet(self, metric: str) -> None:
        """The deadline of `metric` is kept or was missed: its milestone and its clock end."""
        self.row.milestones.filter(metric=metric, met_at=None).update(met_at=self.now)
        self._clock(metric, Kind.MEET)

    def cancel(self, *, why: str) -> None:
        """No deadline runs any more."""
        for metric in clock.COMPLAINTS:
            self._clock(metric, Kind.CANCEL, why=why)

    def move_final(self, until: datetime) -> None:
        """The final answer is due at `until`, as if it had been so from the start."""
        self.row.milestones.filter(metric=Metric.COMPLAINT_FINAL).update(due_at=until)
        self._clock(
            Metric.COMPLAINT_FINAL,
            Kind.RETARGET,
            target_s=_seconds(self.row.received_at, until),
            calendar=0,
            mode=Mode.RECOMPUTE,
        )

    def _clock(self, metric: str, kind: Kind, **data: object) -> None:
        clocks = Clocks.of(self.ticket, now=self.now, by=self.by)
        if row := clocks.open(metric):
            clocks.add(row, kind, self.now, **data)
            clocks.write()

    def keep(self, *fields: str) -> None:
        """Write the case, its next deadline, and the ticket's next version."""
        owed = self.row.milestones.filter(met_at=None, optional=False).order_by("due_at")
        runs = self.row.step == "open"
        self.row.next_by = owed.values_list("due_at", flat=True).first() if runs else None
        self.row.save(update_fields=[*fields, "step", "next_by"])
        save(self.ticket, by=self.by, now=self.now)

    def record(self, what: str, **data: object) -> None:
        """One entry of the ledger about the ticket."""
        record(f"complaint.{what}", "ticket", self.ticket.pk, by=self.by, now=self.now, **data)


def _seconds(start: datetime, end: datetime) -> int:
    return max(1, round((end - start).total_seconds()))


# ---- the mark ---------------------------------------------------------------------------------
def begin(ticket: Ticket, by: User, now: datetime, received_at: datetime | None) -> None:
    """The deadlines of the pack that applies to the ticket's customer, if any, begin.

    A case that had its mark taken off goes on by the pack and the receipt it had.
    Raises InvalidError (`received_at`).
    """
    began = received_at or ticket.received_at
    if not ticket.received_at <= began <= now:
        raise InvalidError(
            "received_at", _("A complaint is received after its ticket, and not in the future.")
        )
    row = Complaint.objects.filter(ticket=ticket).select_related("calendar").first()
    if row is None:
        row = _opened(ticket, by, now, began)
    else:
        row.move("mark")
        row.unmarked_because = ""
    if row is None:
        return
    for milestone in row.milestones.filter(met_at=None).exclude(metric=""):
        _start(ticket, milestone, row.received_at, now)
    case = Case(ticket, row, by, now)
    case.keep("unmarked_because")
    case.record("opened", pack=row.pack, received=row.received_at.isoformat())


def _opened(ticket: Ticket, by: User, now: datetime, began: datetime) -> Complaint | None:
    rules = ComplaintRule.objects.filter(segment=ticket.customer.segment)
    rule = rules.select_related("calendar").first()
    pack = complaints.packs().get(rule.pack) if rule else None
    if rule is None or pack is None:
        return None
    version = _days(rule.calendar or ticket.group.calendar)
    row = Complaint.objects.create(
        ticket=ticket,
        pack=pack.code,
        said=pack.text,
        calendar_id=version,
        received_at=began,
        marked_at=now,
        marked_by=by,
    )
    ComplaintMilestone.objects.bulk_create(
        _milestone(row, known, row.calendar.hours()) for known in pack.milestones
    )
    return row


def _days(calendar: Calendar) -> int:
    if calendar.current_id is None:
        raise LookupError(f"The opening hours {calendar.pk} have no version; save them.")
    return calendar.current_id


def _milestone(row: Complaint, known: Milestone, hours: Hours) -> ComplaintMilestone:
    return ComplaintMilestone(
        complaint=row,
        key=known.key,
        metric=known.metric,
        optional=known.optional,
        due_at=complaints.due(known.span, row.received_at, hours),
    )


def _start(ticket: Ticket, milestone: ComplaintMilestone, began: datetime, now: datetime) -> None:
    """A clock of every second until the milestone; swept like all others, promised by no policy."""
    clocks = Clocks.of(ticket, now=now, by=None)
    clocks.write()  # of a ticket from before there were clocks
    row = Clock(
        ticket=ticket,
        metric=milestone.metric,
        cycle=clocks.cycles(milestone.metric) + 1,
        started_at=began,
        first_target_s=_seconds(began, milestone.due_at),
        first_owner_id=ticket.owner_id,
        first_group_id=ticket.group_id,
        owner_id=ticket.owner_id,
        group_id=ticket.group_id,
        facts=facts_of(ticket),
    )
    project(row, clock.begun(row.start), EVERY_SECOND, policy.BUILT_IN)
    row.save()


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
    case.cancel(why="unmarked")
    case.keep("unmarked_because")
    case.record("unmarked", reason=row.unmarked_because)


def erase_words(keys: Collection[int]) -> None:
    """What was written of the complaints of these tickets; their times, steps and causes stay."""
    of = {"complaint__ticket__in": keys}
    ComplaintExtension.objects.filter(**of).update(reason=GONE, notice=GONE)
    ComplaintLetter.objects.filter(**of).update(text=GONE)
    ComplaintCause.objects.filter(**of).update(detail=GONE, step=GONE)
    Complaint.objects.filter(ticket__in=keys).update(unmarked_because="")
    NoComplaint.objects.filter(ticket__in=keys).update(words="")
