"""What is shown of one customer: on their page, and beside a ticket while they are served (N1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csservice.ledger.models import Entry
from csservice.lib.prepared import Prepared
from csservice.lib.wording import listed
from teams.models import User
from teams.roles import Can
from tickets import promise
from tickets.identity import masked, masked_reach
from tickets.models import Contact, Customer, Product, Step, Ticket
from tickets.models.choices import PAUSES
from tickets.models.ticket_reads import TicketQuerySet

HISTORY = 20
BESIDE = 5
# what `clock` and the panel tell of an earlier ticket
PAST = (
    *("subject", "step", "waiting_on", "priority", "outcome", "score", "received_at"),
    *("respond_by", "responded_at", "resolve_by", "resolved_at"),
    *("respond_s", "resolve_s"),
)
KINDS = {
    "customer.made": gettext_lazy("Added"),
    "customer.changed": gettext_lazy("Changed"),
    "customer.unmasked": gettext_lazy("Number shown"),
    "customer.held": gettext_lazy("Held against erasure"),
    "customer.released": gettext_lazy("Hold ended"),
    "customer.erased": gettext_lazy("Erased"),
}


class Secret(NamedTuple):
    """A contact or an identifier as it is shown: masked, with what names it for `unmask`."""

    id: str
    what: str
    key: int
    label: str
    masked: str
    preferred: bool
    person: str


class Past(NamedTuple):
    """One ticket of the history with the clock that matters."""

    ticket: Ticket
    clock: promise.Chip


class Deed(NamedTuple):
    """One line of the customer's own record."""

    at: datetime
    by: str
    what: str
    detail: str


def whole(customer: Customer, *, user: User) -> dict[str, Any]:
    """The customer's page: ten queries at most, however much there is."""
    identifiers = identifiers_of(customer)
    mine = Ticket.objects.visible_to(user).filter(customer=customer).order_by()
    tickets = mine.select_related("owner").order_by("-pk")
    past = history(tickets, now=timezone.now(), most=HISTORY + 1)
    contacts = contacts_of(customer) + reaches_of(tickets)
    numbers = mine.aggregate(
        seen=Count("pk"),
        open=Count("pk", filter=~Q(step=Step.CLOSED)),
        answered=Count("pk", filter=Q(score__isnull=False)),
        content=Count("pk", filter=Q(score__gte=4)),
    )
    asked = Product.objects.filter(pk__in=mine.exclude(product=None).values("product"))
    return {
        "customer": customer,
        "contacts": contacts,
        "identifiers": identifiers,
        "secrets": contacts + identifiers,
        "persons": list(customer.persons.order_by("pk")),
        "past": past[:HISTORY],
        "more_past": len(past) > HISTORY,
        "numbers": numbers,
        "elsewhere": customer.tickets.count() - numbers["seen"],
        "products": list(asked),
        "deeds": deeds(customer) if user.can(Can.SEE_LEDGER) else None,
        "may_unmask": user.can(Can.UNMASK),
        "may_erase": user.can(Can.ERASE),
        "may_work": user.can(Can.WORK_TICKETS),
    }


def panel(customer: Customer, *, user: User, ticket: Ticket | None = None) -> dict[str, Any]:
    """The panel beside a ticket (`tickets/_customer_panel.html`): two queries."""
    this = ticket.pk if ticket else 0
    rows = _BESIDE(user.pk, user.group_ids, customer.pk, this, **user.shape)
    past = history(rows, now=timezone.now(), most=BESIDE + 1)
    return {
        "customer": customer,
        "ticket": ticket,
        "contacts": contacts_of(customer),
        "recent": past[:BESIDE],
        "more_recent": len(past) > BESIDE,
        "keeps_customers": user.can(Can.KEEP_CUSTOMERS),
    }


def _beside(user: int, groups: list[int], customer: int, this: int, **who: Any) -> QuerySet[Ticket]:
    seen = Ticket.objects.visible_to(User.standing_in(user, groups, **who))
    told = seen.filter(customer=customer).exclude(pk=this).only(*PAST)
    return told.order_by("-pk")[: BESIDE + 1]


_BESIDE = Prepared(_beside)
_CONTACTS = Prepared(
    lambda customer: (
        Contact.objects.filter(customer=customer)
        .select_related("person")
        .order_by("-preferred", "pk")
    )
)


def contacts_of(customer: Customer) -> list[Secret]:
    return [
        Secret(
            id=f"contact-{row.pk}",
            what="contact",
            key=row.pk,
            label=str(row.get_kind_display()),
            masked=masked(row.value, kind=row.kind),
            preferred=row.preferred,
            person=row.person.name if row.person else "",
        )
        for row in _CONTACTS(customer.pk)
    ]


def reaches_of(tickets: TicketQuerySet) -> list[Secret]:
    """Numbers and addresses that count for one open matter alone, the newest first. One query."""
    rows = tickets.open().exclude(reach_at="")
    return [
        Secret(
            id=f"ticket-{row.pk}",
            what="ticket",
            key=row.pk,
            label=_("For #%(number)s") % {"number": row.pk},
            masked=masked_reach(row.reach_at),
            preferred=False,
            person="",
        )
        for row in rows[:HISTORY]
    ]


def identifiers_of(customer: Customer) -> list[Secret]:
    return [
        Secret(
            id=f"identifier-{row.pk}",
            what="identifier",
            key=row.pk,
            label=str(row.get_kind_display()),
            masked=str(row),
            preferred=False,
            person="",
        )
        for row in customer.identifiers.order_by("pk")
    ]


def history(
    tickets: Sequence[Ticket] | QuerySet[Ticket], *, now: datetime, most: int
) -> list[Past]:
    """The first `most` of `tickets`, each with its clock. One query."""
    return [Past(ticket, clock(ticket, now=now)) for ticket in tickets[:most]]


def clock(ticket: Ticket, *, now: datetime) -> promise.Chip:
    """The clock that matters now: the first answer while it is owed, then the resolution."""
    if ticket.step == Step.RECEPTION and ticket.responded_at is None:
        return promise.first_response(
            received_at=ticket.received_at,
            due=ticket.respond_by,
            responded_at=None,
            target_s=ticket.respond_s,
            now=now,
        )
    return promise.resolution(
        received_at=ticket.received_at,
        due=ticket.resolve_by,
        resolved_at=ticket.resolved_at,
        paused=ticket.waiting_on in PAUSES,
        target_s=ticket.resolve_s,
        took_s=ticket.resolve_took_s,
        now=now,
    )


def deeds(customer: Customer) -> list[Deed]:
    """The latest of what was done to the customer's record, newest first. One query."""
    entries = Entry.objects.about("customer", customer.pk).order_by("-pk")[:HISTORY]
    return [
        Deed(entry.at, entry.by_name or _("The system"), _kind(entry), _detail(entry))
        for entry in entries
    ]


def _kind(entry: Entry) -> str:
    return str(KINDS.get(entry.kind, entry.kind))


def _detail(entry: Entry) -> str:
    """What the entry says beside its kind: the fields that changed, or the reason of a read."""
    names = {field.name: field for field in Customer._meta.fields}
    changed = [str(names[f].verbose_name) for f in entry.data.get("fields", []) if f in names]
    return listed(changed) or str(entry.data.get("reason", ""))
