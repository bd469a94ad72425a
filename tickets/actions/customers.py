"""Writes of customers: made, changed, found by contact, unmasked on record (N1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError
from csservice.lib.search import tokens
from teams.models import User
from teams.roles import Can
from tickets.actions._row import given
from tickets.identity import normal, words
from tickets.models import (
    Contact,
    ContactPerson,
    Customer,
    CustomerSearch,
    Identifier,
    Ticket,
)

PLAIN = ("segment", "name", "other_name", "language", "risk_profile", "notes", "since")


@transaction.atomic
def make_customer(
    *,
    by: User,
    now: datetime,
    contacts: Sequence[Mapping[str, Any]] | None = None,
    identifiers: Sequence[Mapping[str, Any]] | None = None,
    persons: Sequence[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> Customer:
    """A new customer. `contacts`: {kind, value, preferred?}; `identifiers`: {kind, number};
    `persons`: {name, position?}. Other `fields`: PLAIN; `is_drill`: simulated, found by no search,
    in nobody's list, and all their tickets are drills (L4).

    Raises PermissionDenied, InvalidError (field); then nothing is written.
    """
    by.must(Can.KEEP_CUSTOMERS)
    fields["name"] = given("name", fields.get("name", ""), _("Enter the customer's name."))
    customer = Customer.objects.create(made_at=now, **fields)
    _set_contacts(customer, contacts or [])
    _set_persons(customer, persons or [])
    _add_identifiers(customer, identifiers or [])
    if not customer.is_drill:
        _index(customer)
    record("customer.made", "customer", customer.pk, by=by, now=now)
    return customer


@transaction.atomic
def change_customer(
    customer_id: int,
    *,
    by: User,
    now: datetime,
    seen: int | None = None,
    contacts: Sequence[Mapping[str, Any]] | None = None,
    identifiers: Sequence[Mapping[str, Any]] | None = None,
    persons: Sequence[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> Customer:
    """Change what is given; `contacts` and `persons` replace the lists, `identifiers` are added.

    Raises PermissionDenied, Customer.DoesNotExist, ChangedError, InvalidError.
    """
    by.must(Can.KEEP_CUSTOMERS)
    customer = Customer.objects.visible_to(by).select_for_update().get(pk=customer_id)
    refuse_erased(customer)
    if seen is not None and seen != customer.version:
        raise ChangedError(_("This customer has changed since you opened the page."))
    if "name" in fields:
        fields["name"] = given("name", fields["name"], _("Enter the customer's name."))
    changed = sorted(k for k, v in fields.items() if getattr(customer, k) != v)
    for key, value in fields.items():
        setattr(customer, key, value)
    customer.version += 1
    customer.save(update_fields=[*fields, "version"])
    if persons is not None:
        _set_persons(customer, persons)
    if contacts is not None:
        _set_contacts(customer, contacts)
    _add_identifiers(customer, identifiers or [])
    if not customer.is_drill:
        _index(customer)
    record("customer.changed", "customer", customer.pk, by=by, now=now, fields=changed)
    return customer


def refuse_erased(customer: Customer) -> None:
    """Raises InvalidError (`customer`) for one of whom nothing is known any more."""
    if customer.erased_at is not None:
        raise InvalidError("customer", _("This customer was erased. Add them anew."))


def find_or_make(known: Mapping[str, Any], *, by: User, now: datetime) -> Customer:
    """The one customer with this phone number or address; else a new one of `known`.

    `known`: name, segment?, language?, phone?, email?. Called inside an action's transaction.
    """
    contacts: list[dict[str, Any]] = [
        {"kind": kind, "value": _normal(kind, known[kind])}
        for kind in (Contact.Kind.PHONE, Contact.Kind.EMAIL)
        if known.get(kind)
    ]
    for contact in contacts:
        found = list(Customer.objects.reached_at(contact["value"])[:2])
        if len(found) == 1:
            return found[0]
    if contacts:
        contacts[0]["preferred"] = True
    fields = {key: known[key] for key in PLAIN if known.get(key)}
    fields.setdefault("segment", "personal")
    return make_customer(by=by, now=now, contacts=contacts, **fields)


def doubles(*, name: str, contacts: Sequence[Mapping[str, Any]]) -> list[Customer]:
    """Customers who may be the same, by an equal contact or name; at most five. Reads only."""
    found: dict[int, Customer] = {}
    for contact in contacts:
        try:
            value = normal(contact["kind"], contact["value"])
        except ValueError:
            continue
        found.update((c.pk, c) for c in Customer.objects.reached_at(value)[:5])
    if name.strip():
        alike = Customer.objects.real().filter(name__iexact=name.strip())
        found.update((c.pk, c) for c in alike[:5])
    return list(found.values())[:5]


@transaction.atomic
def unmask(customer_id: int, *, by: User, what: str, key: int, reason: str, now: datetime) -> str:
    """The clear value of an identifier, a contact, or where a ticket's customer is reached at.

    The read and its reason go on record. `what`: identifier, contact or ticket; `key`: its key.
    Raises PermissionDenied, DoesNotExist, InvalidError (no reason).
    """
    by.must(Can.UNMASK)
    reason = given("reason", reason, _("Enter why you need to see it."))
    customer = Customer.objects.visible_to(by).get(pk=customer_id)
    if what == "contact":
        value = customer.contacts.get(pk=key).value
    elif what == "ticket":
        mine = Ticket.objects.visible_to(by).filter(customer=customer).exclude(reach_at="")
        value = mine.get(pk=key).reach_at
    else:
        value = customer.identifiers.get(pk=key).number()
    record(
        "customer.unmasked",
        "customer",
        customer_id,
        by=by,
        now=now,
        what=what,
        of=key,
        reason=reason,
    )
    return value


def _normal(kind: str, value: str) -> str:
    try:
        return normal(kind, value)
    except ValueError:
        said = {
            "phone": _("Enter a phone number, for example +86 138 0013 8000."),
            "email": _("Enter an e-mail address, for example name@bank.example."),
        }
        raise InvalidError(kind, said.get(kind, _("Enter the account name."))) from None


def _set_contacts(customer: Customer, contacts: Sequence[Mapping[str, Any]]) -> None:
    wanted = {(c["kind"], _normal(c["kind"], c["value"])): c for c in contacts}
    if sum(bool(known.get("preferred")) for known in wanted.values()) > 1:
        raise InvalidError("contacts", _("Choose one preferred contact."))
    customer.contacts.update(preferred=False)
    for contact in customer.contacts.all():
        if (contact.kind, contact.value) not in wanted:
            contact.delete()
    for (kind, value), known in wanted.items():
        Contact.objects.update_or_create(
            customer=customer,
            kind=kind,
            value=value,
            defaults={"preferred": bool(known.get("preferred"))},
        )


def _set_persons(customer: Customer, persons: Sequence[Mapping[str, Any]]) -> None:
    kept = []
    for person in persons:
        row, _made = ContactPerson.objects.update_or_create(
            customer=customer,
            name=given("persons", person["name"], _("Enter the contact person's name.")),
            defaults={"position": person.get("position", "")},
        )
        kept.append(row.pk)
    Contact.objects.filter(person__customer=customer).exclude(person__in=kept).update(person=None)
    customer.persons.exclude(pk__in=kept).delete()


def _add_identifiers(customer: Customer, identifiers: Sequence[Mapping[str, Any]]) -> None:
    for known in identifiers:
        number = given("number", known["number"], _("Enter the number.")).replace(" ", "").upper()
        owner = Customer.objects.with_identifier(number).exclude(pk=customer.pk).first()
        if owner is not None:
            raise InvalidError(
                "number", _("Customer %(number)s already has this number.") % {"number": owner.pk}
            )
        row = Identifier(customer=customer, kind=known["kind"])
        row.seal(number)
        if not customer.identifiers.filter(index=row.index, kind=row.kind).exists():
            row.save()


def _index(customer: Customer) -> None:
    parts = [str(customer.pk), words(customer.name), words(customer.other_name)]
    parts += [words(person.name) for person in customer.persons.all()]
    parts += [contact.value for contact in customer.contacts.all()]
    # suffix only: the whole number stays encrypted
    parts += [identifier.suffix for identifier in customer.identifiers.all()]
    CustomerSearch.objects.update_or_create(
        customer=customer, defaults={"tokens": tokens(" ".join(parts))}
    )
