"""Two quarters of contacts, made in memory and written in bulk, ledger and search included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model

from csservice.demo import arrivals, life, rating, stories
from csservice.demo.catalogue import Catalogue
from csservice.demo.life import Life, NotYetError
from csservice.demo.people import Team
from csservice.ledger.actions import content
from csservice.ledger.chain import link
from csservice.ledger.models import Entry, Head, entry
from feedback.models import Invitation, Response
from teams.models import User
from tickets import promise
from tickets.actions.receive import search_text
from tickets.models import (
    Contact,
    Customer,
    Handover,
    Mention,
    Message,
    Outcome,
    Ticket,
    TicketSearch,
)

CHANNELS = {"phone": 38, "chat": 20, "web": 15, "email": 15, "branch": 7, "api": 5}
CHUNK, BATCH = 500, 400
LAST = timedelta(minutes=20)  # what is younger comes from play.py
Report = Callable[[int, int], None]


@dataclass
class World:
    """All that a life is drawn from."""

    team: Team
    catalogue: Catalogue
    customers: list[Customer]
    now: datetime
    random: Random
    mails: dict[int, str] = field(default_factory=dict)
    recent: list[Life] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = Contact.objects.filter(kind=Contact.Kind.EMAIL).values_list("customer", "value")
        self.mails = dict(known)


def make_history(world: World, *, number: int, report: Report) -> None:
    """Write `number` tickets received between the last quarter's start and LAST before now."""
    zone = ZoneInfo(world.team.groups["care"].calendar.time_zone)
    times = arrivals.draw(
        number,
        start=arrivals.quarter_start(world.now, zone),
        end=world.now - LAST,
        zone=zone,
        random=world.random,
    )
    lives, done = (_lived(world, at) for at in times), 0
    while chunk := list(islice(lives, CHUNK)):
        _write(chunk)
        done += len(chunk)
        report(done, number)


# ---- one life -------------------------------------------------------------------------------
def _lived(world: World, at: datetime) -> Life:
    """A ticket received at `at`, lived until now."""
    twin = _twin(world, at)
    born = _born(world, at, twin)
    with suppress(NotYetError):
        if twin is None or not _merge(born, twin):
            _live(born, world.catalogue)
    world.recent = [*world.recent[-30:], born]
    return born


def _twin(world: World, at: datetime) -> Life | None:
    """Now and then a customer writes again about a ticket that is still open."""
    if world.random.random() > 0.03:
        return None
    open_long = at + timedelta(minutes=40)
    for other in reversed(world.recent):
        ended = other.ticket.resolved_at or world.now
        if other.duplicate_of is None and ended > open_long and not other.ticket.reopens:
            return other
    return None


def _born(world: World, at: datetime, twin: Life | None) -> Life:
    random = world.random
    customer = twin.ticket.customer if twin else _customer(world)
    matter = twin.matter if twin else stories.draw(customer.segment, random)
    values = twin.values if twin else stories.values(matter, random, at.date())
    group = random.choice(world.team.on_duty(customer.segment, at))
    hours = world.team.hours[group]
    channel = random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    language = customer.language
    ticket = Ticket(
        channel=channel if world.team.open(group, at) or channel != "phone" else "web",
        subject=matter.say("subject", language, values),
        description=matter.say("contact", language, values),
        customer=customer,
        product=world.catalogue.products[random.choice(matter.products)],
        category=world.catalogue.categories[matter.category],
        priority=matter.priority,
        group=world.team.groups[group],
        received_at=at,
        respond_by=promise.respond_by(hours, at),
        resolve_by=promise.resolve_by(hours, at, matter.priority),
        reach_at=world.mails.get(customer.pk, ""),
        changed_at=at,
        version=0,
    )
    born = Life(ticket, matter, values, language, group, at, world.now, world.team, random)
    _assign(born)
    return born


def _customer(world: World) -> Customer:
    """Some customers come often: the draw favours the first of the list."""
    place = int(len(world.customers) * world.random.random() ** 1.6)
    return world.customers[place]


def _assign(born: Life) -> None:
    """Somebody of the group who speaks the language; live calls are picked up by them (T5)."""
    staff = born.team.staff[born.group]
    fit = [person for person in staff if born.language in person.speaks] or staff
    skilled = [p for p in fit if p in born.team.skilled[_skill(born)]]
    owner = born.random.choice(skilled if skilled and born.chance(0.5) else fit)
    ticket = born.ticket
    live = ticket.channel == "phone" and born.chance(0.85)
    ticket.owner = owner
    ticket.assigned_because = {"rule": "live"} if live else _reason(born, len(fit))
    born.tell(
        "ticket.received",
        by=owner if live else ticket.group.manager,
        channel=ticket.channel,
        owner=owner.pk,
        because=ticket.assigned_because,
        live=live,
    )


def _reason(born: Life, among: int) -> dict[str, Any]:
    return {
        "rule": "least_work",
        "load": born.random.randint(0, 5),
        "among": among,
        "missed": [],
        "segment": born.matter.segment,
        "language": born.language,
    }


def _skill(born: Life) -> str:
    for category in stories.read("categories")["categories"]:
        if category["code"] == born.matter.category:
            return str(category.get("skill", ""))
    return ""


def _live(born: Life, catalogue: Catalogue) -> None:
    """From the first answer to closing, by chance in one of the usual ways."""
    if born.ticket.assigned_because["rule"] == "live":
        life.pick_up(born)
    else:
        life.answer(born, _delay_s(born))
        life.know(born)
    if born.chance(0.03):
        life.resolve(born, Outcome.WITHDRAWN, born.phrase("withdrawn"))
    else:
        _serve(born, catalogue)
    _finish(born)


def _delay_s(born: Life) -> float:
    """Open seconds to the first answer: about one in twelve comes after the five minutes."""
    peak = 1.25 if arrivals.weight(born.ticket.received_at.astimezone()) > 90 else 1.0
    return born.takes(95 * life.pace(born.owner) * peak, 0.85)


def _serve(born: Life, catalogue: Catalogue) -> None:
    if born.matter.complaint or born.chance(0.02):
        life.complain(born)
    if born.chance(0.1):
        life.leave_note(born)
    life.analyse(born, catalogue)
    if born.chance(0.16):
        life.wait(born)
    if born.chance(0.7 if born.matter.expert else 0.07):
        expert, group = _expert(born)
        if expert != born.owner:
            life.hand_over(born, expert, group)
    outcome = born.random.choices(
        [Outcome.SOLVED, Outcome.PARTLY, Outcome.UNSOLVED], [82, 11, 7 * life.pace(born.owner)]
    )[0]
    life.resolve(born, outcome, born.say("summary"))


def _expert(born: Life) -> tuple[User, str]:
    """Somebody with the skill, and a group of theirs."""
    people = born.team.skilled[_skill(born)] or born.team.staff[born.group]
    expert = born.random.choice([p for p in people if p.username != "he.wei"])
    groups = [key for key, staff in born.team.staff.items() if expert in staff]
    return expert, born.group if born.group in groups else groups[0]


def _finish(born: Life) -> None:
    invitation = rating.ask(born)
    again = born.ticket.need and born.chance(0.05)
    if again and born.chance(0.5):
        rating.reopen(born, invitation)
    else:
        rating.end(born, invitation)
        if again:
            rating.reopen(born, invitation)
    if born.ticket.step == "resolution":
        life.resolve(born, Outcome.SOLVED, born.phrase("again"))
        rating.end(born, rating.ask(born))


def _merge(born: Life, twin: Life) -> bool:
    """The second contact about one matter ends in the first one; False: that has ended."""
    ticket, began = born.ticket, born.at
    born.later(born.takes(120, 0.4))
    if born.at >= (twin.ticket.resolved_at or born.now) or born.at > ticket.respond_by:
        born.at = began
        return False
    ticket.move("merge")
    ticket.outcome, ticket.resolved_at, ticket.closed_at = Outcome.DUPLICATE, born.at, born.at
    born.duplicate_of = twin
    born.tell("ticket.merged", by=born.owner, into=twin.ticket)
    twin.ticket.version += 1
    return True


# ---- writing --------------------------------------------------------------------------------
def _write(lives: list[Life]) -> None:
    """All rows of a chunk, then its ledger entries, sealed in the order of their time."""
    merged = [one for one in lives if one.duplicate_of is not None]
    Ticket.objects.bulk_create([one.ticket for one in lives], BATCH)
    for one in merged:
        if one.duplicate_of is not None:
            one.ticket.merged_into = one.duplicate_of.ticket
    Ticket.objects.bulk_update([one.ticket for one in merged], ["merged_into"], BATCH)
    twins = {one.duplicate_of.ticket.pk: one.duplicate_of for one in merged if one.duplicate_of}
    Ticket.objects.bulk_update([twin.ticket for twin in twins.values()], ["version"], BATCH)
    for model, name in (
        (Message, "messages"),
        (Mention, "mentions"),
        (Handover, "handovers"),
        (Invitation, "invitations"),
        (Response, "responses"),
    ):
        rows: Any = [row for one in lives for row in getattr(one, name)]
        model._default_manager.bulk_create(rows, BATCH)
    TicketSearch.objects.bulk_create([_words(one) for one in lives], BATCH)
    _seal(sorted(_entries(lives), key=lambda row: row.at))


def _words(one: Life) -> TicketSearch:
    ticket = one.ticket
    more = [message.text for message in one.messages]
    more += [ticket.need, ticket.solution, ticket.summary]
    return TicketSearch(ticket=ticket, tokens=search_text(ticket, more))


def _entries(lives: Iterable[Life]) -> Iterator[Entry]:
    for one in lives:
        for said in one.said:
            data = {key: _key(value) for key, value in said.data.items()}
            row = entry(said.kind, "ticket", one.ticket.pk, by=said.by, now=said.at, **data)
            yield row
            if said.kind == "ticket.merged":
                yield entry(
                    "ticket.absorbed",
                    "ticket",
                    row.data["into"],
                    by=said.by,
                    now=said.at,
                    merged=one.ticket.pk,
                )


def _key(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _seal(rows: list[Entry]) -> None:
    """Number and chain new entries while they are written; the beat would do it one by one."""
    head, _made = Head.objects.select_for_update().get_or_create(pk=1)
    for row in rows:
        head.seq += 1
        row.seq = head.seq
        row.digest = head.digest = link(head.digest, content(row, head.seq))
    Entry.objects.bulk_create(rows, BATCH)
    head.save(update_fields=["seq", "digest"])
