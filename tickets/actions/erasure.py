"""Erasing what is known of customers, and holding it against erasure (retention.py, contract.md).

Erasure takes the words and keeps the facts: who said what is gone; how many came, by which way, how
quickly they were served and how content they were stays for the statistics. Upper apps follow the
row: `Customer.erased_at`, and a ticket whose subject is GONE.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from csservice.ledger.models import Entry, entry, record
from csservice.lib.errors import RefusedError
from csservice.lib.retention import POLICY
from csservice.lib.search import tokens
from teams.models import User
from teams.roles import Can
from tickets.actions import _complaint
from tickets.actions._row import given
from tickets.models import (
    GONE,
    Attachment,
    Complaint,
    Contact,
    Customer,
    CustomerSearch,
    Handover,
    Message,
    Step,
    Ticket,
    TicketSearch,
)

CUSTOMERS_KEPT = POLICY["tickets.Customer"]["name"].term
CASES_KEPT = POLICY["tickets.Message"]["text"].term


@transaction.atomic
def hold(customer_id: int, *, by: User, reason: str, now: datetime) -> Customer:
    """Hold a customer against erasure, by hand and by term: a dispute, a request of the law.

    Raises PermissionDenied, Customer.DoesNotExist, InvalidError (`reason`), RefusedError (held or
    erased before); then nothing is written.
    """
    by.must(Can.ERASE)
    customer = _locked(customer_id, by=by)
    reason = given("reason", reason, _("Enter why it must be kept."))[:300]
    if customer.held_at:
        raise RefusedError(_("This customer is held already."))
    customer.held_at, customer.hold_reason = now, reason
    _save(customer, "held_at", "hold_reason")
    record("customer.held", "customer", customer.pk, by=by, now=now)
    return customer


@transaction.atomic
def release(customer_id: int, *, by: User, reason: str, now: datetime) -> Customer:
    """End a hold; the terms count again. Raises as `hold` (not held)."""
    by.must(Can.ERASE)
    customer = _locked(customer_id, by=by)
    reason = given("reason", reason, _("Enter why it need not be kept any more."))[:300]
    if not customer.held_at:
        raise RefusedError(_("This customer is not held."))
    customer.held_at, customer.hold_reason = None, ""
    _save(customer, "held_at", "hold_reason")
    record("customer.released", "customer", customer.pk, by=by, now=now, reason=reason)
    return customer


@transaction.atomic
def erase(customer_id: int, *, by: User, reason: str, now: datetime) -> Customer:
    """Erase one customer for good, with every word of their tickets. A hold beats it, and so does
    the file of a complaint, for as long as its pack says.

    Raises PermissionDenied, Customer.DoesNotExist, InvalidError (`reason`), RefusedError (held,
    erased before, a ticket is open, or a complaint's file must be kept); then nothing is written.
    """
    by.must(Can.ERASE)
    customer = _locked(customer_id, by=by)
    reason = given("reason", reason, _("Enter why it is erased."))[:300]
    if customer.held_at:
        raise RefusedError(_("This customer is held against erasure. End the hold first."))
    if customer.tickets.open().exists():
        raise RefusedError(_("A ticket of this customer is open. Close it first."))
    if file := Complaint.objects.to_be_kept(now).filter(ticket__customer=customer).first():
        raise RefusedError(_kept(file))
    _erase(customer, now=now)
    record("customer.erased", "customer", customer.pk, by=by, now=now, reason=reason)
    return customer


@transaction.atomic
def erase_due(*, now: datetime, limit: int) -> int:
    """Erase up to `limit` customers whose term is over. Returns how many.

    Rows that somebody holds are skipped; the next beat looks again.
    """
    files = Complaint.objects.to_be_kept(now).values("ticket__customer")
    due = Customer.objects.due(now - CUSTOMERS_KEPT).exclude(pk__in=files).order_by("pk")
    customers = list(due.select_for_update(of=("self",), skip_locked=True)[:limit])
    for customer in customers:
        _erase(customer, now=now)
        record("customer.erased", "customer", customer.pk, by=None, now=now, reason="term")
    return len(customers)


@transaction.atomic
def erase_old_cases(*, now: datetime, limit: int) -> int:
    """Erase the words of up to `limit` tickets that closed a whole term ago. Returns how many."""
    files = Complaint.objects.to_be_kept(now).values("ticket")
    old = _old_cases(now - CASES_KEPT).exclude(pk__in=files)
    held = old.select_for_update(of=("self",), skip_locked=True)
    keys = list(held.values_list("pk", flat=True)[:limit])
    _erase_words(keys, now=now)
    Entry.objects.bulk_create(
        entry("ticket.erased", "ticket", pk, by=None, now=now, reason="term") for pk in keys
    )
    return len(keys)


def _old_cases(before: datetime) -> QuerySet[Ticket]:
    """Closed before `before`, not erased yet, of customers who are not held."""
    kept = Customer.objects.filter(held_at__isnull=False).values("pk")
    closed = Ticket.objects.filter(step=Step.CLOSED, closed_at__lt=before)
    return closed.exclude(subject=GONE).exclude(customer__in=kept).order_by("pk")


def _kept(file: Complaint) -> str:
    values = {"number": file.ticket_id, "day": ""}
    if file.kept_until is None:
        return _("The complaint #%(number)s is not closed; its file is kept.") % values
    values["day"] = localdate(file.kept_until).isoformat()
    return _("The file of complaint #%(number)s must be kept until %(day)s.") % values


def _locked(customer_id: int, *, by: User) -> Customer:
    customer = Customer.objects.visible_to(by).select_for_update().get(pk=customer_id)
    if customer.erased_at:
        raise RefusedError(_("This customer was erased."))
    return customer


def _save(customer: Customer, *fields: str) -> None:
    customer.version += 1
    customer.save(update_fields=[*fields, "version"])


def _erase(customer: Customer, *, now: datetime) -> None:
    Contact.objects.filter(customer=customer).delete()
    customer.persons.all().delete()
    customer.identifiers.all().delete()
    CustomerSearch.objects.filter(customer=customer).update(tokens=tokens(str(customer.pk)))
    customer.name, customer.other_name, customer.notes = f"#{customer.pk}", "", ""
    customer.erased_at = now
    _save(customer, "name", "other_name", "notes", "erased_at")
    _erase_words(list(customer.tickets.values_list("pk", flat=True)), now=now)


def _erase_words(keys: Collection[int], *, now: datetime) -> None:
    """What was said on these tickets; their times, steps, kinds and scores stay."""
    Ticket.objects.filter(pk__in=keys).update(
        **dict.fromkeys(("description", "waiting_reason", "need", "solution"), ""),
        **dict.fromkeys(("summary", "comment", "reach_at"), ""),
        subject=GONE,
        answers={},
        version=F("version") + 1,
        changed_at=now,
    )
    for pk in keys:
        TicketSearch.objects.filter(ticket=pk).update(tokens=tokens(str(pk)))
    Message.objects.filter(ticket__in=keys).update(text=GONE, delivery_error="")
    Handover.objects.filter(ticket__in=keys).update(reason=GONE, context={}, return_reason="")
    _complaint.erase_words(keys)
    attachments = Attachment.objects.filter(message__ticket__in=keys)
    for file in [row.file for row in attachments]:
        transaction.on_commit(lambda file=file: file.storage.delete(file.name))  # type: ignore[misc]
    attachments.delete()
