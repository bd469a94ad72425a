"""Reception: a contact becomes a ticket with a clock and, if possible, an owner (W1, T5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from csservice.lib.rows import insert
from csservice.lib.search import merged, tokens
from teams.models import Group, User
from teams.roles import Can
from tickets.actions._clocks import promised
from tickets.actions._row import given
from tickets.actions.assign import Placed, place
from tickets.actions.customers import find_or_make, refuse_erased
from tickets.identity import words
from tickets.models import (
    Category,
    Customer,
    Identity,
    Message,
    Priority,
    Product,
    Ticket,
    TicketSearch,
)

OLDEST = timedelta(days=7)


@transaction.atomic
def receive(
    *,
    by: User,
    channel: str,
    subject: str,
    customer: Customer | Mapping[str, Any],
    now: datetime,
    description: str = "",
    product: Product | None = None,
    category: Category | None = None,
    priority: str = Priority.NORMAL,
    group: Group | None = None,
    received_at: datetime | None = None,
    live: bool = False,
) -> Ticket:
    """Take in one contact: the clock starts at `received_at`, and somebody who is there gets it.

    `customer`: a row, or what is known of one (found by contact or made). `live`: the specialist
    `by` is speaking with the customer, so the contact is answered at pick-up and is theirs (W1).
    A simulated customer's contact is a drill: it is `by`'s, and routing does not touch it (L4).

    Raises PermissionDenied (role), InvalidError (a field, what to do); then nothing is written.
    """
    by.must(Can.WORK_TICKETS)
    subject = given("subject", subject, _("Enter what it is about."))
    started = _start(received_at, now)
    customer = _whose(customer, by=by, now=now)
    placed = (
        Placed.live(by=by, group=group, customer=customer)
        if live or customer.is_drill
        else place(customer=customer, category=category, group=group)
    )
    ticket = Ticket(
        channel=channel,
        subject=subject[:200],
        description=description.strip(),
        customer=customer,
        product=product,
        category=category,
        priority=priority,
        group=placed.group,
        owner_id=placed.owner_id,
        assigned_because=placed.because,
        received_at=started,
        is_drill=customer.is_drill,
        changed_at=now,
    )
    if live:
        _answered_at_pick_up(ticket, by=by)
    clocks = promised(ticket, by=by, now=now)
    insert(ticket)
    clocks.write()
    if live:
        _pick_up(ticket, by=by)
    index(ticket)
    record(
        "ticket.received",
        "ticket",
        ticket.pk,
        by=by,
        now=now,
        channel=channel,
        owner=placed.owner_id,
        because=placed.because,
        live=live,
    )
    return ticket


def _whose(customer: Customer | Mapping[str, Any], *, by: User, now: datetime) -> Customer:
    """The row, or the one that is known by contact, or a new one. Never one that was erased."""
    if not isinstance(customer, Customer):
        return find_or_make(customer, by=by, now=now)
    refuse_erased(customer)
    return customer


def _start(received_at: datetime | None, now: datetime) -> datetime:
    """When the contact came. Raises InvalidError for the future and for more than 7 days ago."""
    if received_at is None:
        return now
    if received_at > now:
        raise InvalidError("received_at", _("Enter a time that is not in the future."))
    if received_at < now - OLDEST:
        raise InvalidError("received_at", _("Enter a time within the last 7 days."))
    return received_at


def _answered_at_pick_up(ticket: Ticket, *, by: User) -> None:
    """A call answered live is answered at pick-up; who is spoken with is known (W1)."""
    ticket.answer(by=by, now=ticket.received_at)
    ticket.basics_at = ticket.received_at
    ticket.reply_language = ticket.customer.language
    ticket.identity_check = Identity.NOT_NEEDED
    ticket.finish_reception()


def _pick_up(ticket: Ticket, *, by: User) -> None:
    Message.objects.create(
        ticket=ticket,
        kind=Message.Kind.CALL,
        channel=ticket.channel,
        author=by,
        text=ticket.description or ticket.subject,
        at=ticket.received_at,
        first_response=True,
    )


def search_text(ticket: Ticket, more: Sequence[str] = ()) -> str:
    """The tokens a ticket is found by: number, subject, text, customer's names, thread."""
    names = words(ticket.customer.name), words(ticket.customer.other_name)
    parts = [str(ticket.pk), ticket.subject, ticket.description, *names, *more]
    return tokens(" ".join(parts))


def index(ticket: Ticket, more: Sequence[str] = ()) -> None:
    """What finds a new ticket. A step."""
    insert(TicketSearch(ticket=ticket, tokens=search_text(ticket, more)))


def reindex(ticket: Ticket, *, added: str) -> None:
    """Add the words of `added` to what finds the ticket. Steps: the thread grew."""
    row = TicketSearch.objects.select_for_update().get(ticket=ticket)
    row.tokens = merged(row.tokens, added)
    row.save(update_fields=["tokens"])
