"""Reception's record: who the customer is and how to reach them (W1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams.models import User
from teams.models.people import Language
from teams.roles import Can
from tickets.actions._row import given, locked, save
from tickets.actions.customers import refuse_erased
from tickets.actions.receive import reindex
from tickets.identity import words
from tickets.models import Customer, Identity, Priority, Product, Ticket


@transaction.atomic
def record_basics(
    ticket_id: int,
    *,
    by: User,
    now: datetime,
    reply_language: str | None = None,
    reach_at: str | None = None,
    identity_check: str | None = None,
    customer: Customer | None = None,
    subject: str | None = None,
    product: Product | None = None,
    priority: str | None = None,
    seen: int | None = None,
) -> Ticket:
    """Record the customer's basics; with the first answer given, reception is over (W1).

    What is None stays; at first the customer's language counts, and the check is not needed.
    `reach_at`: number or address for this matter; empty: the customer's preferred.
    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError, RefusedError (closed).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    ticket.move("record_basics")
    if customer is not None and customer.pk != ticket.customer_id:
        _is_of(ticket, customer, by=by)
    if subject is not None:
        ticket.subject = given("subject", subject, _("Enter what it is about."))[:200]
        reindex(ticket, added=ticket.subject)
    if product is not None:
        ticket.product = product
    if priority is not None and priority != ticket.priority:
        ticket.priority = _known(priority, Priority)
    language = reply_language or ticket.reply_language or ticket.customer.language
    ticket.reply_language = _known(language, Language)
    check = identity_check or ticket.identity_check or Identity.NOT_NEEDED
    ticket.identity_check = _known(check, Identity)
    if reach_at is not None:
        ticket.reach_at = reach_at.strip()[:254]
    ticket.basics_at = ticket.basics_at or now
    moved = ticket.finish_reception()
    save(
        ticket,
        *("customer", "subject", "product", "priority", "reply_language"),
        *("identity_check", "reach_at", "basics_at", "step"),
        by=by,
        now=now,
    )
    record("ticket.basics_recorded", "ticket", ticket.pk, by=by, now=now, reception_over=moved)
    return ticket


def _is_of(ticket: Ticket, customer: Customer, *, by: User) -> None:
    """The contact was somebody else's than was thought."""
    ticket.customer = Customer.objects.visible_to(by).get(pk=customer.pk)
    refuse_erased(ticket.customer)
    if ticket.customer.is_drill != ticket.is_drill:
        raise InvalidError("customer", _("A drill is of simulated customers, and of no others."))
    reindex(ticket, added=f"{words(customer.name)} {words(customer.other_name)}")


def _known(value: str, choices: type[Language] | type[Identity] | type[Priority]) -> str:
    if value not in choices.values:
        raise InvalidError(
            {Language: "reply_language", Identity: "identity_check", Priority: "priority"}[choices],
            _("Choose one of the options."),
        )
    return value
