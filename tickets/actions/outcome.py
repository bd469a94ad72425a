"""The end of the service: outcome, closing, reopening, merging; complaints (W3, W4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets import promise
from tickets.actions._clocks import Clocks
from tickets.actions._complaint_mark import begin, end
from tickets.actions._row import given, locked, save, theirs
from tickets.actions.receive import reindex
from tickets.actions.waiting import end_wait
from tickets.models import Outcome, Step, Ticket

EARLY = frozenset({Outcome.WITHDRAWN, Outcome.DUPLICATE})
FIELDS = (
    *("step", "owner", "waiting_on", "waiting_reason", "waiting_since", "heard_at"),
    *("outcome", "summary", "resolved_at", "closed_at", "merged_into"),
)


@transaction.atomic
def resolve(
    ticket_id: int, *, by: User, outcome: str, summary: str, now: datetime, seen: int | None = None
) -> Ticket:
    """End the service: its outcome, what was done and advised; then satisfaction is asked (W3).

    A withdrawn or duplicate contact may end before the resolution step.
    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError (`outcome`, `summary`),
    RefusedError (not open now, or somebody else's).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    if ticket.owner_id is not None:
        theirs(ticket, by=by)
    if outcome not in Outcome.values:
        raise InvalidError("outcome", _("Choose how it ended."))
    summary = given("summary", summary, _("Enter what was done and advised."))
    early = outcome in EARLY and ticket.step != Step.RESOLUTION
    ticket.move("withdraw" if early else "resolve")
    end_wait(ticket)
    ticket.owner = ticket.owner or by
    ticket.outcome, ticket.summary, ticket.resolved_at = outcome, summary, now
    reindex(ticket, added=summary)
    save(ticket, *FIELDS, by=by, now=now)
    record("ticket.resolved", "ticket", ticket.pk, by=by, now=now, outcome=outcome)
    return ticket


@transaction.atomic
def close(ticket_id: int, *, by: User, now: datetime) -> Ticket:
    """Close a ticket whose satisfaction was answered, refused, or ran out (W4).

    Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (not open now, or still being asked).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    ticket.move("close")
    if not ticket.satisfaction:
        raise RefusedError(
            _(
                "Ask for satisfaction first. Record the answer or the refusal, "
                "or let the link run out."
            )
        )
    ticket.closed_at = now
    save(ticket, "step", "closed_at", by=by, now=now)
    record("ticket.closed", "ticket", ticket.pk, by=by, now=now)
    return ticket


@transaction.atomic
def reopen(ticket_id: int, *, by: User, reason: str, now: datetime) -> Ticket:
    """Back to the resolution within 14 days of it; counted, and rated again at its end (K3).

    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`reason`), RefusedError (too late,
    merged, or it ended before its need was analysed).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    reason = given("reason", reason, _("Enter why it is opened again."))
    ended_at = ticket.resolved_at
    ticket.move("reopen")
    if ended_at is None or now > ended_at + promise.REOPEN_FOR:
        raise RefusedError(_("It ended more than 14 days ago. Take it in as a new contact."))
    analysed = ticket.need and ticket.solution and ticket.category_id is not None
    if ticket.merged_into_id is not None or not analysed:
        raise RefusedError(_("It ended before the need was analysed. Take it in as a new contact."))
    if not ticket.heard_after_the_end:
        ticket.heard_at = None  # what was said before is owed no answer since the end
    _start_again(ticket)
    save(
        ticket,
        *FIELDS,
        *("satisfaction", "score", "comment", "answered_via", "satisfaction_at", "reopens"),
        by=by,
        now=now,
    )
    record("ticket.reopened", "ticket", ticket.pk, by=by, now=now, reason=reason[:300])
    return ticket


def _start_again(ticket: Ticket) -> None:
    ticket.outcome, ticket.summary, ticket.resolved_at, ticket.closed_at = "", "", None, None
    ticket.satisfaction, ticket.score, ticket.comment = "", None, ""
    ticket.answered_via, ticket.satisfaction_at = "", None
    ticket.reopens += 1


@transaction.atomic
def merge(ticket_id: int, *, by: User, into: Ticket, now: datetime) -> Ticket:
    """Close a ticket as a duplicate of the same customer's open ticket `into`.

    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`into`: another customer's, closed,
    or itself), RefusedError (not open now, or somebody else's).
    """
    by.must(Can.WORK_TICKETS)
    # locked in the order of their numbers, so that two crossing merges cannot wait for each other
    both = {pk: locked(pk, by=by) for pk in sorted({ticket_id, into.pk})}
    ticket, target = both[ticket_id], both[into.pk]
    if ticket.owner_id is not None:
        theirs(ticket, by=by)
    if target.pk == ticket.pk or target.customer_id != ticket.customer_id:
        raise InvalidError("into", _("Choose another ticket of the same customer."))
    if target.step == Step.CLOSED:
        raise InvalidError("into", _("That ticket is closed. Choose an open one."))
    ticket.owner = ticket.owner or by
    end_as_duplicate(ticket, target, verb="merge", now=now)
    save(ticket, *FIELDS, by=by, now=now)
    clocks = Clocks.of(target, now=now, by=by)
    clocks.start_earlier(Clocks.of(ticket, now=now, by=by))
    clocks.write()
    save(target, by=by, now=now)
    record("ticket.merged", "ticket", ticket.pk, by=by, now=now, into=target.pk)
    record("ticket.absorbed", "ticket", target.pk, by=by, now=now, merged=ticket.pk)
    return ticket


def end_as_duplicate(ticket: Ticket, into: Ticket, *, verb: str, now: datetime) -> None:
    """Close by the move `verb`, in memory; no time to resolve it is measured. A step."""
    ticket.move(verb)
    end_wait(ticket)
    ticket.merged_into = into
    ticket.outcome, ticket.resolved_at, ticket.closed_at = Outcome.DUPLICATE, now, now


@transaction.atomic
def unmerge(ticket_id: int, *, by: User, now: datetime) -> Ticket:
    """Undo a merge: the ticket goes on where it was, and so do the clocks of both (rule 18).

    Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (it was not merged, or the other
    ticket is closed).
    """
    by.must(Can.WORK_TICKETS)
    known = locked(ticket_id, by=by)
    if known.merged_into_id is None:
        raise RefusedError(_("This ticket was not merged, so there is nothing to undo."))
    theirs(known, by=by)
    ticket, target = known, locked(known.merged_into_id, by=None)
    if target.step == Step.CLOSED:
        raise RefusedError(_("The ticket it was merged into is closed. Take it in anew."))
    ticket.merged_into, ticket.outcome = None, ""
    ticket.resolved_at, ticket.closed_at = None, None
    ticket.go_back()
    _restore(ticket, by=by, now=now)
    _restore(target, by=by, now=now)
    save(ticket, *FIELDS, by=by, now=now)
    save(target, by=by, now=now)
    record("ticket.unmerged", "ticket", ticket.pk, by=by, now=now, was=target.pk)
    return ticket


def _restore(ticket: Ticket, *, by: User, now: datetime) -> None:
    """What the merge cancelled runs on; what it started in its place ends."""
    clocks = Clocks.of(ticket, now=now, by=by)
    clocks.undo_merge()
    clocks.write()


@transaction.atomic
def mark_complaint(
    ticket_id: int,
    *,
    by: User,
    now: datetime,
    marked: bool = True,
    reason: str = "",
    received_at: datetime | None = None,
) -> Ticket:
    """Mark the ticket as a complaint, or take the mark off; any dissatisfaction counts as one.

    The mark starts the deadlines of the pack that applies, counted from `received_at` (None: when
    the ticket came); taking it off ends them and needs a `reason`.
    Raises PermissionDenied, Ticket.DoesNotExist, InvalidError (`reason`, `received_at`),
    RefusedError (the final letter has gone out).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    ticket.move("mark_complaint")
    if ticket.is_complaint == marked:
        return ticket
    ticket.is_complaint = marked
    save(ticket, "is_complaint", by=by, now=now)
    kind = "ticket.complaint_marked" if marked else "ticket.complaint_unmarked"
    said = {"received": received_at.isoformat()} if marked and received_at else {}
    record(kind, "ticket", ticket.pk, by=by, now=now, **said)
    if marked:
        begin(ticket, by, now, received_at)
    else:
        end(ticket, by, now, reason)
    return ticket


@transaction.atomic
def close_settled(*, now: datetime, limit: int) -> int:
    """Close up to `limit` tickets whose question for satisfaction came to an end (W4).

    Rows that somebody holds are skipped, and those whose customer said something since the end that
    nobody has looked at (rule 12); the next beat looks again. Returns how many.
    """
    settled = Ticket.objects.settled().exclude(heard_at__gt=F("resolved_at"))
    rows = settled.select_for_update(of=("self",), skip_locked=True)
    done = 0
    for ticket in rows.order_by("pk")[:limit]:
        ticket.move("close")
        ticket.closed_at = now
        save(ticket, "step", "closed_at", by=None, now=now)
        record("ticket.closed", "ticket", ticket.pk, by=None, now=now)
        done += 1
    return done
