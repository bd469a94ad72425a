"""Rows for tests: one typed function a model, every argument optional, nothing random."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.core.files.base import ContentFile

from csservice.ledger.models import Entry
from csservice.ledger.models import entry as unsaved_entry
from csservice.lib.crypto import digest
from csservice.lib.search import tokens
from csservice.status.models import Beat
from feedback.models import Invitation, Response
from teams.actions import freeze
from teams.models import Absence, ApiToken, Calendar, Group, Membership, Skill, User
from tickets import policy, promise
from tickets.actions import adopt_clocks
from tickets.identity import normal, words
from tickets.models import (
    Attachment,
    Category,
    ChecklistItem,
    Contact,
    ContactPerson,
    Customer,
    CustomerSearch,
    Guide,
    Handover,
    Identifier,
    Macro,
    Message,
    Product,
    Simulation,
    Ticket,
    TicketSearch,
    Viewer,
)

T0 = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday, 17:00 in Shanghai
PASSWORD = "a-password-of-tests"
QUESTIONS: list[dict[str, Any]] = [
    {
        "key": "lost",
        "text": {"en": "Was the card lost?", "zh": "卡是否遗失？"},
        "type": "yesno",
        "required": True,
    },
    {
        "key": "lost_on",
        "text": {"en": "When?", "zh": "何时？"},
        "type": "date",
        "required": True,
        "parent": {"key": "lost", "value": "yes"},
    },
]
ANSWERS = {"lost": "no"}
_n = count(1)


def after(seconds: float) -> datetime:
    """The instant `seconds` after T0."""
    return T0 + timedelta(seconds=seconds)


# ---- people ---------------------------------------------------------------------------------
def make_calendar(**over: Any) -> Calendar:
    """Open day and night."""
    calendar: Calendar = Calendar.objects.create(**{"name": f"calendar {next(_n)}"} | over)
    freeze(calendar, by=None, now=T0)
    return calendar


def make_group(**over: Any) -> Group:
    """A group for personal customers, open day and night."""
    fields = {"name": f"group {next(_n)}", "segment": "personal"} | over
    return Group.objects.create(**{"calendar": over.get("calendar") or make_calendar()} | fields)


def make_skill(**over: Any) -> Skill:
    return Skill.objects.create(**{"name": f"skill {next(_n)}"} | over)


def make_user(
    *,
    role: str = "specialist",
    groups: Iterable[Group] = (),
    skills: Iterable[Skill] = (),
    **over: Any,
) -> User:
    """A member of staff, away unless `presence` says otherwise; signs in with PASSWORD."""
    n = next(_n)
    fields = {
        "username": f"user{n}",
        "name": f"Person {n}",
        "email": f"user{n}@bank.example",
        "password": PASSWORD,
        "speaks": ["en", "zh-hans"],
    }
    user: User = User.objects.create_user(role=role, **fields | over)
    for group in groups:
        Membership.objects.create(user=user, group=group)
    user.skills.set(skills)
    return user


def make_absence(*, user: User, **over: Any) -> Absence:
    """A week's leave in March."""
    fields = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 6), "noted_at": T0}
    return Absence.objects.create(user=user, **{"noted_by": user} | fields | over)


def make_manager(*, runs: Iterable[Group] = (), **over: Any) -> User:
    """A manager of the groups `runs`."""
    manager = make_user(role="manager", **over)
    for group in runs:
        group.manager = manager
        group.save(update_fields=["manager"])
    return manager


def make_token(user: User, *, secret: str = "", **over: Any) -> str:
    """A bearer token of `user` that lives for ten years; returns its secret."""
    secret = secret or f"token-{next(_n)}"
    fields = {
        "label": "tests",
        "digest": digest(secret),
        "scopes": ["read", "write"],
        "made_at": T0,
        "expires_at": T0 + timedelta(days=3650),
    }
    ApiToken.objects.create(user=user, **fields | over)
    return secret


# ---- customers ------------------------------------------------------------------------------
def make_customer(*, contacts: Iterable[tuple[str, str]] = (), **over: Any) -> Customer:
    """A personal customer who is found by name, number and `contacts` (kind, value)."""
    fields = {
        "segment": "personal",
        "name": f"Customer {next(_n)}",
        "language": "en",
        "made_at": T0,
    }
    customer = Customer.objects.create(**fields | over)
    for kind, value in contacts:
        make_contact(customer=customer, kind=kind, value=value)
    index_customer(customer)
    return customer


def index_customer(customer: Customer) -> None:
    """What finds the customer, as the actions write it."""
    parts = [str(customer.pk), words(customer.name), words(customer.other_name)]
    parts += [contact.value for contact in customer.contacts.all()]
    parts += [identifier.suffix for identifier in customer.identifiers.all()]
    CustomerSearch.objects.update_or_create(
        customer=customer, defaults={"tokens": tokens(" ".join(parts))}
    )


def make_contact(
    *, customer: Customer | None = None, kind: str = "phone", value: str = "", **over: Any
) -> Contact:
    if not value:
        value = f"138{next(_n):08}" if kind == "phone" else f"person{next(_n)}@mail.example"
    return Contact.objects.create(
        customer=customer or make_customer(), kind=kind, value=normal(kind, value), **over
    )


def make_contact_person(*, customer: Customer | None = None, **over: Any) -> ContactPerson:
    fields = {"customer": customer or make_customer(segment="corporate")}
    return ContactPerson.objects.create(**fields | {"name": f"Speaker {next(_n)}"} | over)


def make_identifier(
    *, customer: Customer | None = None, kind: str = "account", number: str = ""
) -> Identifier:
    row = Identifier(customer=customer or make_customer(), kind=kind)
    row.seal(number or f"62220000{next(_n):08}")
    row.save()
    index_customer(row.customer)
    return row


# ---- catalogue ------------------------------------------------------------------------------
def make_product(**over: Any) -> Product:
    fields = {"code": f"product-{next(_n)}", "kind": "wealth", "risk_level": "R2"}
    return Product.objects.create(**fields | {"name": f"Product {next(_n)}"} | over)


def make_category(**over: Any) -> Category:
    fields = {"code": f"category-{next(_n)}", "name": f"Category {next(_n)}"}
    return Category.objects.create(**fields | over)


def make_macro(**over: Any) -> Macro:
    """A quick reply for everybody that sets nothing."""
    n = next(_n)
    fields = {"shortcut": f"hello-{n}", "name": f"Hello {n}", "text_en": "Hello {customer}"}
    return Macro.objects.create(**fields | {"text_zh": "您好，{customer}"} | over)


def make_point(*, category: Category | None = None, **over: Any) -> ChecklistItem:
    """A point of a category's checklist, for the resolution."""
    fields: dict[str, Any] = {"text": f"Point {next(_n)}"}
    if "product" not in over:
        fields["category"] = category or make_category()
    return ChecklistItem.objects.create(**fields | over)


def make_guide(*, category: Category | None = None, **over: Any) -> Guide:
    """The first version in force, asking QUESTIONS."""
    fields = {"category": category or make_category(), "version": 1, "made_at": T0}
    return Guide.objects.create(**fields | {"questions": QUESTIONS} | over)


# ---- tickets --------------------------------------------------------------------------------
def make_ticket(*, step: str = "reception", received_at: datetime = T0, **over: Any) -> Ticket:
    """A ticket in any step, with what the step's constraints ask for; searchable.

    From analysis on it has an owner of its group. `waiting_on="expert"` comes with its hand-over.
    """
    over["group"] = group = over.get("group") or make_group()
    over["customer"] = over.get("customer") or make_customer()
    started = step != "reception" or over.get("waiting_on") == "expert"
    if started and not over.get("owner"):
        over["owner"] = make_user(groups=[group])
    fields = _facts(step, received_at) | _clock(group, received_at, over) | _waits(over) | over
    if step in {"resolution", "feedback", "closed"} and not fields.get("category"):
        fields["category"] = make_category()
    fields |= {"step": step, "received_at": received_at}
    ticket = Ticket.objects.create(**fields)
    text = f"{ticket.pk} {ticket.subject} {ticket.description} {words(ticket.customer.name)}"
    TicketSearch.objects.create(ticket=ticket, tokens=tokens(text))
    if ticket.waiting_on == "expert":
        make_handover(ticket=ticket)
    adopt_clocks(now=received_at, limit=1)
    return ticket


def _facts(step: str, received_at: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "channel": "web",
        "subject": f"Request {next(_n)}",
        "changed_at": received_at,
    }
    minute = timedelta(minutes=1)
    if step != "reception":
        facts |= {
            "responded_at": received_at + minute,
            "basics_at": received_at + minute,
            "reply_language": "en",
            "identity_check": "not_needed",
        }
    if step in {"resolution", "feedback", "closed"}:
        facts |= {"need": "Wants the card back", "solution": "Send a new card"}
    if step in {"feedback", "closed"}:
        facts |= {
            "resolved_at": received_at + 10 * minute,
            "outcome": "solved",
            "summary": "A new card was sent",
        }
    if step == "closed":
        facts |= {
            "closed_at": received_at + 20 * minute,
            "satisfaction": "refused",
            "satisfaction_at": received_at + 15 * minute,
        }
    return facts


def _clock(group: Group, received_at: datetime, over: dict[str, Any]) -> dict[str, Any]:
    hours = group.calendar.hours()
    return {
        "respond_by": promise.respond_by(hours, received_at),
        "resolve_by": promise.resolve_by(hours, received_at, over.get("priority", "normal")),
    }


def _waits(over: dict[str, Any]) -> dict[str, Any]:
    waiting = over.get("waiting_on", "nobody")
    if waiting == "nobody":
        return {}
    facts: dict[str, Any] = {"waiting_since": T0, "waiting_reason": "The passport copy"}
    if waiting == "expert" and not over.get("handed_to_group"):
        facts["handed_to"] = over.get("handed_to") or make_user(groups=[over["group"]])
    return facts


def make_message(*, ticket: Ticket | None = None, **over: Any) -> Message:
    """A reply of the ticket's owner."""
    ticket = ticket or make_ticket(step="analysis")
    fields = {"kind": "reply", "channel": ticket.channel, "author": ticket.owner}
    return Message.objects.create(
        ticket=ticket, **fields | {"text": f"Words {next(_n)}", "at": T0} | over
    )


def make_attachment(
    *, message: Message | None = None, content: bytes = b"%PDF-1.4 tests", **over: Any
) -> Attachment:
    fields = {
        "name": "paper.pdf",
        "type": "application/pdf",
        "size": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
    }
    row = Attachment(message=message or make_message(), **fields | over)
    row.file.save(row.name, ContentFile(content), save=True)
    return row


def make_handover(*, ticket: Ticket | None = None, **over: Any) -> Handover:
    """The pending hand-over of a ticket that waits for an expert."""
    ticket = ticket or make_ticket(step="analysis")
    fields = {
        "giver": ticket.owner,
        "to": ticket.handed_to,
        "to_group": ticket.handed_to_group,
        "reason": "Needs a card expert",
        "at": T0,
    }
    return Handover.objects.create(ticket=ticket, **fields | over)


def make_viewer(*, ticket: Ticket, user: User, **over: Any) -> Viewer:
    return Viewer.objects.create(ticket=ticket, user=user, **{"seen_at": T0} | over)


# ---- feedback, ledger, jobs -----------------------------------------------------------------
def make_invitation(*, ticket: Ticket | None = None, **over: Any) -> Invitation:
    """The open question of a resolved ticket, asked at T0."""
    ticket = ticket or make_ticket(step="feedback")
    fields = {
        "language": "en",
        "round": ticket.reopens,
        "asked_at": T0,
        "expires_at": T0 + promise.ASK_FOR,
    }
    return Invitation.objects.create(ticket=ticket, **fields | over)


def make_response(*, ticket: Ticket | None = None, **over: Any) -> Response:
    """Five points by the link. The ticket itself is left as it is."""
    ticket = ticket or make_ticket(step="feedback")
    fields = {"score": 5, "via": "link", "at": T0, "round": ticket.reopens}
    return Response.objects.create(ticket=ticket, **fields | over)


def make_entry(
    *,
    kind: str = "ticket.received",
    subject: str = "ticket",
    key: int | str = 1,
    by: Any = None,
    now: datetime = T0,
    **data: Any,
) -> Entry:
    """A ledger entry that waits for its seal."""
    row = unsaved_entry(kind, subject, key, by=by, now=now, **data)
    row.save()
    return row


def make_beat(**over: Any) -> Beat:
    """A job that ran well at T0."""
    fields = {"name": "tickets.flag_breaches", "started_at": T0, "done_at": T0, "took_s": 0.1}
    return Beat.objects.create(**fields | over)


# ---- promises -------------------------------------------------------------------------------
def make_simulation(**over: Any) -> Simulation:
    """A run of the default promise that waits to start."""
    fields: dict[str, Any] = {"said": policy.text(policy.DEFAULT), "start": T0, "end": after(9)}
    fields |= {"made_at": T0, "made_by": over.get("made_by") or make_user(role="director")}
    return Simulation.objects.create(**fields | over)
