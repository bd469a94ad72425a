"""What is done about a complaint: acknowledged, extended, answered by two people, explained."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets import complaints
from tickets.actions._complaint import Case, approve, substantial
from tickets.actions._row import given
from tickets.clock import Metric
from tickets.complaints import Offer
from tickets.models import (
    Cause,
    Complaint,
    ComplaintCause,
    ComplaintExtension,
    ComplaintLetter,
)


@transaction.atomic
def acknowledge(ticket_id: int, *, by: User, text: str, now: datetime) -> Complaint:
    """Send the acknowledgement to the customer; its deadline is met.

    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, InvalidError (`text`),
    RefusedError (acknowledged already, or not open now).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="acknowledge", by=by, now=now)
    if case.row.acknowledged_at is not None:
        raise RefusedError(_("This complaint is acknowledged already."))
    message = case.send(text)
    case.row.acknowledged_at = now
    case.meet(Metric.COMPLAINT_ACK)
    case.keep("acknowledged_at")
    case.record("acknowledged", message=message.pk)
    return case.row


# ---- a later deadline -------------------------------------------------------------------------
@transaction.atomic
def ask_extension(
    ticket_id: int,
    *,
    by: User,
    key: str,
    reason: str,
    notice: str,
    now: datetime,
    until: date | None = None,
) -> Complaint:
    """Ask for a later final deadline that the pack allows; a second person approves it.

    `notice` is what the customer is sent then. `until`: where the pack names no number of days.
    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, InvalidError (`key`,
    `reason`, `notice`, `until`), RefusedError (one waits already, or not open now).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="extend", by=by, now=now)
    case.must_run()
    if case.row.extensions.filter(approved_at=None).exists():
        raise RefusedError(_("An extension waits for approval already."))
    wanted = _allowed(case, key)
    reason = given("reason", reason, _("Enter why more time is needed."))
    notice = substantial("notice", notice, _("Write what the customer is told."))
    row = ComplaintExtension.objects.create(
        complaint=case.row,
        key=key,
        until=_until(case, wanted, until),
        reason=reason,
        notice=notice,
        asked_at=now,
        asked_by=by,
    )
    case.keep()
    case.record("extension_asked", extension=key, until=row.until.isoformat())
    return case.row


def _allowed(case: Case, key: str) -> Offer:
    """The pack's extension. Raises InvalidError: no such one, used, or not the next."""
    wanted = case.row.rules.offer(key)
    if wanted is None:
        raise InvalidError("key", _("Choose an extension that the pack allows."))
    used = set(case.row.extensions.values_list("key", flat=True))
    if wanted.extension.span.amount and key in used:
        raise InvalidError("key", _("This extension was used already."))
    if wanted.after and wanted.after not in used:
        raise InvalidError("key", _("Another extension comes before this one."))
    return wanted


def _until(case: Case, wanted: Offer, until: date | None) -> datetime:
    """The new deadline. Raises InvalidError (`until`)."""
    span = wanted.extension.span
    if span.amount:
        return complaints.due(span, case.row.received_at, case.hours) + case.left_out
    if until is None:
        raise InvalidError("until", _("Enter the day of the final answer."))
    finals = case.row.milestones.filter(metric=Metric.COMPLAINT_FINAL)
    due = finals.get(pack=wanted.pack.code).due_at
    found = complaints.named(until, span, case.hours)
    longest = case.row.received_at + timedelta(days=complaints.LONGEST) + case.left_out
    if not max(due, case.now) < found < longest:
        raise InvalidError("until", _("Enter a day after the present deadline."))
    return found


@transaction.atomic
def approve_extension(ticket_id: int, *, by: User, now: datetime) -> Complaint:
    """Approve the extension that waits: the customer is told, the final deadline moves.

    By a second person of the level that the pack asks for.
    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, RefusedError (none waits,
    it was `by` who asked, or not open now).
    """
    by.must(Can.ASSIGN_TICKETS)
    case = Case.locked(ticket_id, verb="approve_extension", by=by, now=now)
    case.must_run()
    row = case.row.extensions.filter(approved_at=None).first()
    if row is None:
        raise RefusedError(_("No extension waits for approval."))
    wanted = case.row.rules.offer(row.key)
    if wanted is None:
        raise LookupError(row.key)
    approve(case, row, wanted.extension.level)
    case.move_final(wanted.pack.code, row.until)
    case.keep()
    case.record(
        "extended", extension=row.key, until=row.until.isoformat(), asked_by=row.asked_by_id
    )
    return case.row


# ---- the final letter -------------------------------------------------------------------------
@transaction.atomic
def draft_letter(ticket_id: int, *, by: User, text: str, now: datetime) -> Complaint:
    """Keep a draft of the final letter; the last one stands, the others stay on record.

    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, InvalidError (`text`),
    RefusedError (not open now).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="draft", by=by, now=now)
    text = substantial("text", text, _("Write the final letter."))
    letter = ComplaintLetter.objects.create(
        complaint=case.row, text=text, drafted_at=now, drafted_by=by
    )
    case.keep()
    case.record("drafted", letter=letter.pk)
    return case.row


@transaction.atomic
def release_letter(ticket_id: int, *, by: User, letter: int, now: datetime) -> Complaint:
    """Send the final letter that a colleague drafted: four eyes; the final deadline is met.

    `letter`: the draft that was read. Raises PermissionDenied, Ticket.DoesNotExist,
    Complaint.DoesNotExist, ChangedError (there is a later draft), RefusedError (there is none,
    `by` drafted it, or not open now).
    """
    by.must(Can.ASSIGN_TICKETS)
    case = Case.locked(ticket_id, verb="release", by=by, now=now)
    row = case.row.letters.order_by("pk").last()
    if row is None:
        raise RefusedError(_("There is no draft of the final letter."))
    if row.pk != letter:
        raise ChangedError(_("The draft has changed since you read it. Read it again."))
    if row.drafted_by_id == by.pk:
        raise RefusedError(_("You drafted it; a second person has to release it."))
    row.message = case.send(row.text)
    row.released_at, row.released_by = now, by
    row.save(update_fields=["message", "released_at", "released_by"])
    case.row.answered_at = now
    case.end_stop("")
    case.meet(Metric.COMPLAINT_FINAL)
    case.row.milestones.filter(optional=True, met_at=None, due_at__gte=now).update(met_at=now)
    case.keep("answered_at")
    case.record("released", letter=row.pk, drafted_by=row.drafted_by_id)
    return case.row


# ---- why, and the end -------------------------------------------------------------------------
@transaction.atomic
def record_cause(
    ticket_id: int, *, by: User, kind: str, detail: str, step: str, now: datetime
) -> Complaint:
    """Name one root cause and the corrective step; a complaint may have several.

    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, InvalidError (`kind`,
    `detail`, `step`), RefusedError (not open now).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="causes", by=by, now=now)
    if kind not in Cause.values:
        raise InvalidError("kind", _("Choose a cause."))
    detail = given("detail", detail, _("Enter what happened."))
    step = given("step", step, _("Enter what is done so that it does not happen again."))
    ComplaintCause.objects.create(
        complaint=case.row, kind=kind, detail=detail, step=step, at=now, by=by
    )
    case.keep()
    case.record("cause_recorded", cause=kind)
    return case.row


@transaction.atomic
def finish_complaint(ticket_id: int, *, by: User, now: datetime) -> Complaint:
    """Close a complaint that was answered and whose causes are known.

    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, RefusedError (no final
    letter was sent, or no cause is recorded).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="finish", by=by, now=now)
    if not case.row.causes.exists():
        raise RefusedError(_("Record at least one root cause first."))
    case.row.closed_at = now
    case.row.kept_until = complaints.kept_until(now, case.row.rules.keep_years)
    case.keep("closed_at", "kept_until")
    case.record("closed")
    return case.row
