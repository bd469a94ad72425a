"""Time that a final deadline leaves out: an outside appraisal, approved, told and proved (C2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions._complaint import Case, approve, substantial
from tickets.actions._row import given
from tickets.clock import Metric
from tickets.models import Complaint, ComplaintStop


@transaction.atomic
def ask_stop(
    ticket_id: int, *, by: User, key: str, reason: str, evidence: str, notice: str, now: datetime
) -> Complaint:
    """Ask that the final deadline leaves out the time of an appraisal; a second person approves.

    `evidence` shows the need (the order, its number); `notice` is what the customer is sent then.
    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, InvalidError (`key`,
    `reason`, `evidence`, `notice`), RefusedError (one is asked for or holds, the deadline has
    passed, or not open now).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="stop", by=by, now=now)
    if case.stop is not None:
        raise RefusedError(_("A stop of the clock is asked for or holds already."))
    if key not in {known.key for known in case.row.rules.stops}:
        raise InvalidError("key", _("The rules of this complaint know no such stop."))
    _in_time(case)
    ComplaintStop.objects.create(
        complaint=case.row,
        key=key,
        reason=given("reason", reason, _("Enter why the time is to be left out.")),
        evidence=given("evidence", evidence, _("Enter what shows it: the order and its number.")),
        notice=substantial("notice", notice, _("Write what the customer is told.")),
        asked_at=now,
        asked_by=by,
    )
    case.keep()
    case.record("stop_asked", stop=key)
    return case.row


def _in_time(case: Case) -> None:
    due = case.binding(Metric.COMPLAINT_FINAL)
    if due is None or due < case.now:
        raise RefusedError(_("The final deadline has passed; its clock cannot be stopped."))


@transaction.atomic
def approve_stop(ticket_id: int, *, by: User, now: datetime) -> Complaint:
    """Approve the stop that waits: the customer is told, and the clock stands from now on.

    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, RefusedError (none waits,
    it was `by` who asked, the deadline has passed, or not open now).
    """
    by.must(Can.ASSIGN_TICKETS)
    case = Case.locked(ticket_id, verb="approve_stop", by=by, now=now)
    row = case.stop
    if row is None or row.approved_at is not None:
        raise RefusedError(_("No stop of the clock waits for approval."))
    _in_time(case)
    levels = {known.key: known.level for known in case.row.rules.stops}
    approve(case, row, levels[row.key])
    case.pause(row)
    case.keep()
    case.record("stopped", stop=row.key, asked_by=row.asked_by_id)
    return case.row


@transaction.atomic
def go_on(ticket_id: int, *, by: User, found: str, now: datetime) -> Complaint:
    """The clock goes on and the final deadline moves by what was left out; or, before anybody
    approved it, the stop is no longer asked for. `found`: what came of it.

    Raises PermissionDenied, Ticket.DoesNotExist, Complaint.DoesNotExist, InvalidError (`found`),
    RefusedError (it runs, or not open now).
    """
    by.must(Can.WORK_TICKETS)
    case = Case.locked(ticket_id, verb="go_on", by=by, now=now)
    row = case.stop
    if row is None:
        raise RefusedError(_("The clock runs."))
    case.end_stop(given("found", found, _("Enter what came of it.")))
    case.keep()
    case.record("went_on", stop=row.key, approved=row.approved_at is not None)
    return case.row
