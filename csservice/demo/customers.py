"""Invented customers: persons and companies, how to reach them, sealed identifiers (N1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from pypinyin import lazy_pinyin

from csservice.demo.stories import read
from csservice.ledger.models import Entry, entry
from csservice.lib.search import tokens
from teams.models.people import Language
from tickets.identity import words
from tickets.models import Contact, ContactPerson, Customer, CustomerSearch, Identifier, Risk

CORPORATE_SHARE, ENGLISH_SHARE = 0.16, 0.3
BATCH = 500


@dataclass
class Draft:
    """One customer in memory with all that belongs to it."""

    customer: Customer
    persons: list[ContactPerson] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)

    def words(self) -> str:
        """The tokens that find the customer; as tickets.actions.customers keeps them."""
        parts = [str(self.customer.pk), words(self.customer.name), words(self.customer.other_name)]
        parts += [words(person.name) for person in self.persons]
        parts += [contact.value for contact in self.contacts]
        parts += [identifier.suffix for identifier in self.identifiers]
        return tokens(" ".join(parts))


def make_customers(number: int, *, random: Random, now: datetime) -> list[Customer]:
    """Write `number` customers, the same ones for the same `random`. Returns them in order."""
    used: set[str] = set()
    drafts = [_draft(place, random, now, used) for place in range(number)]
    Customer.objects.bulk_create([draft.customer for draft in drafts], BATCH)
    _write(ContactPerson, (row for draft in drafts for row in draft.persons))
    _write(Contact, (row for draft in drafts for row in draft.contacts))
    _write(Identifier, (row for draft in drafts for row in draft.identifiers))
    _write(CustomerSearch, (CustomerSearch(customer=d.customer, tokens=d.words()) for d in drafts))
    _write(Entry, (_said(draft.customer) for draft in drafts))
    return [draft.customer for draft in drafts]


def _write(model: Any, rows: Iterable[Any]) -> None:
    model.objects.bulk_create(list(rows), BATCH)


def _said(customer: Customer) -> Entry:
    return entry("customer.made", "customer", customer.pk, by=None, now=customer.made_at)


def _draft(place: int, random: Random, now: datetime, used: set[str]) -> Draft:
    corporate = random.random() < CORPORATE_SHARE
    draft = _company(place, random, used) if corporate else _person(place, random, used)
    customer = draft.customer
    customer.since = date(random.randint(2006, 2025), random.randint(1, 12), random.randint(1, 28))
    customer.made_at = now - timedelta(days=random.randint(0, 30), seconds=random.randrange(80000))
    if random.random() < 0.05:
        customer.notes = random.choice(read("names")["notes"])
    return draft


def _unused(draw: Callable[[], tuple[str, str]], used: set[str]) -> tuple[str, str]:
    """A name and its other form; drawn again where somebody has it, so that namesakes are few."""
    names, tries = draw(), 1
    while names[0] in used and tries < 6:
        names, tries = draw(), tries + 1
    used.add(names[0])
    return names


def _person(place: int, random: Random, used: set[str]) -> Draft:
    english = random.random() < ENGLISH_SHARE
    name, other = _unused(lambda: (_english_name if english else _chinese_name)(random), used)
    language = Language.ENGLISH if english else Language.CHINESE
    if english and random.random() < 0.12:
        language = Language.CHINESE
    customer = Customer(
        segment="personal",
        name=name,
        other_name=other,
        language=language,
        risk_profile=random.choices(["", *Risk.values], [12, 16, 30, 26, 12, 4])[0],
    )
    draft = Draft(customer)
    latin = (name if english else other).lower().replace(" ", ".").replace("'", "")
    _reach(draft, place, f"{latin}{place}@mail.example", random)
    _identify(draft, Identifier.Kind.ID_CARD, f"990101{_born(random)}{place:04d}")
    if random.random() < 0.7:
        _identify(draft, Identifier.Kind.CARD, f"990088{random.randrange(10**6):06d}{place:04d}")
    return draft


def _born(random: Random) -> str:
    return f"{random.randint(1948, 2005)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"


def _chinese_name(random: Random) -> tuple[str, str]:
    names = read("names")
    family, given = random.choice(names["families"]), random.choice(names["given"])
    return family + given, f"{_pinyin(given)} {_pinyin(family)}"


def _pinyin(text: str) -> str:
    return "".join(lazy_pinyin(text)).capitalize()


def _english_name(random: Random) -> tuple[str, str]:
    names = read("names")
    return f"{random.choice(names['english_first'])} {random.choice(names['english_last'])}", ""


def _company(place: int, random: Random, used: set[str]) -> Draft:
    english = random.random() < ENGLISH_SHARE
    name, other = _unused(lambda: _firm(random, english=english), used)
    language = Language.ENGLISH if english else Language.CHINESE
    customer = Customer(segment="corporate", name=name, other_name=other, language=language)
    draft = Draft(customer)
    for position in random.sample(read("names")["positions"], random.randint(1, 2)):
        name, _other = _english_name(random) if english else _chinese_name(random)
        draft.persons.append(
            ContactPerson(customer=customer, name=name, position=position[0 if english else 1])
        )
    _reach(draft, place, f"finance@firm{place}.example", random)
    draft.contacts[0].person = draft.persons[0]
    _identify(draft, Identifier.Kind.COMPANY, f"99{random.randrange(10**12):012d}{place:04d}")
    _identify(draft, Identifier.Kind.ACCOUNT, f"9900{random.randrange(10**8):08d}{place:04d}")
    return draft


def _firm(random: Random, *, english: bool) -> tuple[str, str]:
    """A company's name in its own language and in the other."""
    names = read("names")
    town, firm, trade = (random.choice(names[key]) for key in ("places", "firms", "trades"))
    both = f"{town[0]} {firm[0]} {trade[0]} Co., Ltd.", f"{town[1]}{firm[1]}{trade[1]}有限公司"
    return both if english else (both[1], both[0])


def _reach(draft: Draft, place: int, mail: str, random: Random) -> None:
    """A phone number of a range that nobody has, and for most an address."""
    phone = f"+861990000{place:04d}" if place < 10_000 else f"+8619900{place:06d}"
    _contact(draft, Contact.Kind.PHONE, phone)
    if random.random() < 0.85 or draft.persons:
        _contact(draft, Contact.Kind.EMAIL, mail)
    if random.random() < 0.3:
        _contact(draft, Contact.Kind.WECHAT, f"wx_{place:05d}")
    random.choices(draft.contacts, _likes(draft.contacts))[0].preferred = True


def _likes(contacts: Sequence[Contact]) -> list[int]:
    return [{"phone": 6, "email": 3}.get(str(contact.kind), 1) for contact in contacts]


def _contact(draft: Draft, kind: str, value: str) -> None:
    draft.contacts.append(Contact(customer=draft.customer, kind=kind, value=value))


def _identify(draft: Draft, kind: str, number: str) -> None:
    row = Identifier(customer=draft.customer, kind=kind)
    row.seal(number)
    draft.identifiers.append(row)
