"""The case of a marked ticket: its deadlines, its clocks, what is sent to the customer (C1, C2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.hours import Hours
from teams.models import User
from teams.roles import Can
from tickets import clock, promise
from tickets.actions._clocks import Clocks
from tickets.actions._policy import EVERY_SECOND, facts_of
from tickets.actions._projected import project
from tickets.actions._row import given, locked, save
from tickets.actions.receive import reindex
from tickets.actions.thread import _answered, _delivery
from tickets.clock import Kind, Metric, Mode
from tickets.models import (
    GONE,
    Clock,
    Complaint,
    ComplaintCause,
    ComplaintExtension,
    ComplaintLetter,
    ComplaintStop,
    Message,
    NoComplaint,
    Ticket,
)
from tickets.models.choices import OPEN
from tickets.models.complaints import Approved

LEVELS = {"manager": Can.ASSIGN_TICKETS, "director": Can.SET_COMPLAINTS}


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

    def binding(self, metric: str) -> datetime | None:
        """The earliest of the packs' deadlines that are not met."""
        owed = self.row.milestones.filter(metric=metric, met_at=None).order_by("due_at")
        return owed.values_list("due_at", flat=True).first()

    def start(self) -> None:
        """A clock of every second until each binding deadline; swept like all others, promised by
        no policy. One that has passed is inherited: the clock ran before anybody had to see it."""
        clocks = Clocks.of(self.ticket, now=self.now, by=None)
        clocks.write()  # of a ticket from before there were clocks
        for metric in sorted(clock.COMPLAINTS):
            due = self.binding(metric)
            if due is not None:
                self._started(metric, clocks.cycles(metric) + 1, due)

    def _started(self, metric: str, cycle: int, due: datetime) -> None:
        ticket, began = self.ticket, self.row.received_at
        late = due < self.now
        row = Clock(
            ticket=ticket,
            metric=metric,
            cycle=cycle,
            started_at=began,
            first_target_s=_seconds(began, self.now) + 1 if late else _seconds(began, due),
            first_owner_id=ticket.owner_id,
            first_group_id=ticket.group_id,
            owner_id=ticket.owner_id,
            group_id=ticket.group_id,
            facts=facts_of(ticket),
            told_s=self.told_s,
        )
        project(row, clock.begun(row.start), EVERY_SECOND, self.row.rules)
        row.save()
        if late:
            self._retarget(metric, due)

    @property
    def told_s(self) -> float:
        """What was to be said before there was a case is not said any more."""
        return (self.row.marked_at < self.now) * _seconds(self.row.received_at, self.now)

    def move_final(self, pack: str, until: datetime) -> None:
        """The final answer that `pack` asks for is due at `until`, as if so from the start."""
        finals = self.row.milestones.filter(metric=Metric.COMPLAINT_FINAL)
        finals.filter(pack=pack).update(due_at=until)
        self._retarget(Metric.COMPLAINT_FINAL, self.binding(Metric.COMPLAINT_FINAL) or until)

    def _retarget(self, metric: str, due: datetime) -> None:
        """The open clock of `metric` counts to `due`; what it stood still is left out."""
        row = Clocks.of(self.ticket, now=self.now, by=self.by).open(metric)
        if row is None:
            return
        spent = clock.from_data(row.snapshot).spent_s(EVERY_SECOND, self.now)
        stood = timedelta(seconds=(self.now - row.started_at).total_seconds() - spent)
        self._clock(
            metric,
            Kind.RETARGET,
            target_s=_seconds(row.started_at, due - stood),
            calendar=0,
            mode=Mode.RECOMPUTE,
        )

    # ---- time that is left out ----------------------------------------------------------------
    @property
    def stop(self) -> ComplaintStop | None:
        """The stop that is asked for, or that holds now."""
        return self.row.stops.filter(ended_at=None).first()

    def must_run(self) -> None:
        """Raises RefusedError: the clock stands."""
        if self.row.stops.filter(ended_at=None, approved_at__isnull=False).exists():
            raise RefusedError(_("The clock stands. Let it go on first."))

    @property
    def left_out(self) -> timedelta:
        """How long the final deadline stood still, all stops together."""
        rows = self.row.stops.filter(approved_at__isnull=False, ended_at__isnull=False)
        return sum((row.stood for row in rows), timedelta())

    def pause(self, stop: ComplaintStop) -> None:
        self._clock(Metric.COMPLAINT_FINAL, Kind.PAUSE, reason=stop.key)

    def end_stop(self, found: str) -> None:
        """The clock goes on, and the final deadlines move by what was left out. A stop that nobody
        approved is over without that."""
        stop = self.stop
        if stop is None:
            return
        stop.ended_at, stop.ended_by, stop.found = self.now, self.by, found
        stop.save(update_fields=["ended_at", "ended_by", "found"])
        if stop.approved_at is None:
            return
        owed = self.row.milestones.filter(metric=Metric.COMPLAINT_FINAL, met_at=None)
        owed.update(due_at=F("due_at") + stop.stood)
        self._clock(Metric.COMPLAINT_FINAL, Kind.RESUME)

    def _clock(self, metric: str, kind: Kind, **data: object) -> None:
        clocks = Clocks.of(self.ticket, now=self.now, by=self.by)
        if row := clocks.open(metric):
            clocks.add(row, kind, self.now, **data)
            clocks.write()

    def keep(self, *fields: str) -> None:
        """Write the case, its next deadline, and the ticket's next version."""
        owed = self.row.milestones.filter(met_at=None, optional=False).order_by("due_at")
        if self.row.stops.filter(ended_at=None, approved_at__isnull=False).exists():
            owed = owed.exclude(metric=Metric.COMPLAINT_FINAL)
        runs = self.row.step == "open"
        self.row.next_by = owed.values_list("due_at", flat=True).first() if runs else None
        self.row.save(update_fields=[*fields, "step", "next_by"])
        save(self.ticket, by=self.by, now=self.now)

    def record(self, what: str, **data: object) -> None:
        """One entry of the ledger about the ticket."""
        record(f"complaint.{what}", "ticket", self.ticket.pk, by=self.by, now=self.now, **data)


def _seconds(start: datetime, end: datetime) -> int:
    return max(1, round((end - start).total_seconds()))


def substantial(field: str, text: str, missing: str) -> str:
    """A text that says something. Raises InvalidError (`field`)."""
    text = given(field, text, missing)
    if not promise.substantive(text):
        raise InvalidError(field, missing)
    return text


def approve(case: Case, row: Approved, level: str) -> None:
    """A second person of the level agrees to what was asked for, and the customer is told.

    Raises PermissionDenied, RefusedError (it was the same person who asked).
    """
    if row.asked_by_id == case.by.pk:
        raise RefusedError(_("You asked for it; a second person has to agree."))
    case.by.must(LEVELS[level])
    row.message = case.send(row.notice)
    row.approved_at, row.approved_by = case.now, case.by
    row.save(update_fields=["message", "approved_at", "approved_by"])


def erase_words(keys: Collection[int]) -> None:
    """What was written of the complaints of these tickets; their times, steps and causes stay."""
    of = {"complaint__ticket__in": keys}
    ComplaintExtension.objects.filter(**of).update(reason=GONE, notice=GONE)
    ComplaintStop.objects.filter(**of).update(reason=GONE, notice=GONE, evidence=GONE, found=GONE)
    ComplaintLetter.objects.filter(**of).update(text=GONE)
    ComplaintCause.objects.filter(**of).update(detail=GONE, step=GONE)
    Complaint.objects.filter(ticket__in=keys).update(unmarked_because="")
    NoComplaint.objects.filter(ticket__in=keys).update(words="")
