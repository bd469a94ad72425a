"""The demo comes alive: fresh contacts for its accounts, and colleagues who do their work.

Everything here goes through the product's own actions, as people and programs do.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

from csservice.demo import stories
from csservice.demo.catalogue import Catalogue, load_catalogue
from csservice.demo.people import ACCOUNTS, Team, load_team, presence
from csservice.demo.stories import Matter, fill, read
from csservice.lib.errors import RefusedError
from feedback import actions as feedback
from feedback.models import Invitation
from teams.actions import set_presence
from teams.models import User
from tickets import actions
from tickets.models import Customer, Message, Outcome, Step, Ticket, Waiting

CLOCKS_S = (30, 175, 252, 330)  # 4:30, 2:05 and 0:48 left, and one that is late
YOUNG = timedelta(hours=6)  # what colleagues work on; older tickets stay as history left them
LOST = timedelta(minutes=6)  # unanswered since: a colleague takes over
PATIENCE = timedelta(minutes=3)
AT_ONCE = 4


class Stage:
    """The team and catalogue as they are now, and what is done with them."""

    def __init__(self, *, now: datetime, random: Random) -> None:
        self.team: Team = load_team()
        self.catalogue: Catalogue = load_catalogue()
        self.now, self.random = now, random

    def boss(self, segment: str) -> User:
        """Who takes contacts in and assigns them."""
        return self.team.people["manager.corporate" if segment == "corporate" else "manager"]

    # ---- contacts ---------------------------------------------------------------------------
    def contact(
        self, segment: str, *, at: datetime, to: User | None = None, language: str = ""
    ) -> Ticket:
        """A new contact, received at `at`; placed by the rule, or given to `to`."""
        customer = self._customer(segment, language)
        matter = stories.draw(segment, self.random)
        values = stories.values(matter, self.random, at.date())
        boss = self.boss(segment)
        ticket = actions.receive(
            by=boss,
            channel=self.random.choice(["email", "web", "chat", "api"]),
            subject=matter.say("subject", customer.language, values),
            description=matter.say("contact", customer.language, values),
            customer=customer,
            product=self.catalogue.products[self.random.choice(matter.products)],
            category=self.catalogue.categories[matter.category],
            priority=matter.priority,
            group=self._group(to),
            received_at=at,
            now=max(at, self.now) if to is None else at,
        )
        if to is not None and ticket.owner_id != to.pk:
            ticket = actions.assign(ticket.pk, by=boss, to=to, now=at)
        return ticket

    def _customer(self, segment: str, language: str) -> Customer:
        rows = Customer.objects.real().filter(segment=segment).order_by("pk")
        rows = rows.filter(language=language) if language else rows
        return Customer.objects.get(pk=self.random.choice(rows.values_list("pk", flat=True)))

    def _group(self, person: User | None) -> Any:
        mine = [key for key, staff in self.team.staff.items() if person in staff]
        return self.team.groups[mine[0]] if mine else None

    def matter(self, ticket: Ticket) -> tuple[Matter, dict[str, str]] | None:
        """The matter that the ticket is about and its values; None: somebody else's words."""
        for matter in stories.matters(ticket.customer.segment):
            values = matter.recognise(ticket.description, ticket.customer.language)
            if values is not None:
                return matter, stories.values(matter, self.random, self.now.date()) | values
        return None

    def say(self, ticket: Ticket, part: str) -> str:
        known, language = self.matter(ticket), ticket.customer.language
        if known is None:
            pair = read("phrases")["general"]
            return str(pair[1 if language.startswith("zh") else 0])
        return known[0].say(part, language, known[1])

    # ---- steps ------------------------------------------------------------------------------
    def answer(self, ticket: Ticket, *, at: datetime) -> Ticket:
        """The owner's first answer and the customer's basics (W1)."""
        by = self._owner(ticket)
        actions.respond(ticket.pk, by=by, text=self.say(ticket, "reply"), now=at)
        return actions.record_basics(ticket.pk, by=by, identity_check="passed", now=at)

    def analyse(self, ticket: Ticket, *, at: datetime) -> None:
        """The owner's analysis, if the matter is one of ours (W2)."""
        known, by = self.matter(ticket), self._owner(ticket)
        if known is None:
            return
        matter, values = known
        actions.analyse(
            ticket.pk,
            by=by,
            need=self.say(ticket, "need"),
            category=self.catalogue.categories[matter.category],
            answers=matter.told(values),
            solution=self.say(ticket, "solution"),
            now=at,
        )

    def resolve(self, ticket: Ticket, *, at: datetime) -> None:
        by = self._owner(ticket)
        summary = self.say(ticket, "summary")
        actions.resolve(ticket.pk, by=by, outcome=Outcome.SOLVED, summary=summary, now=at)

    def _owner(self, ticket: Ticket) -> User:
        """The owner as a row of the team, so that what is cached on it is read once."""
        people = self.team.people.values()
        return next(person for person in people if person.pk == ticket.owner_id)


# ---- at the start ---------------------------------------------------------------------------
def open_doors(*, now: datetime, accounts: bool = False) -> None:
    """Whoever serves an open group is available, the others are away; the demo's own accounts are
    left as their users set them, but for a start (`accounts`)."""
    team = load_team()
    for username, person in team.people.items():
        wanted = presence(person, team, now)
        if username in ACCOUNTS:
            wanted = "available" if accounts else person.presence
        if person.presence != wanted:
            set_presence(person.pk, by=team.people["director"], presence=wanted, now=now)


def set_scene(*, now: datetime, random: Random) -> None:
    """Open work for the two specialists' accounts in every step (W1-W4). Once, after the seed."""
    stage = Stage(now=now, random=random)
    for username, segment in (("specialist", "personal"), ("specialist.corporate", "corporate")):
        person = stage.team.people[username]
        for place, ending in enumerate(("analysis", "work", "waits", "expert", "feedback")):
            _scene(stage, person, segment, ending, hours=1 + 3 * place)
    colleague = stage.team.people["chen.jing"]
    _scene(stage, colleague, "personal", "specialist", hours=2)
    _two_matters(stage, stage.team.people["specialist"])


def _scene(stage: Stage, person: User, segment: str, ending: str, *, hours: int) -> None:
    """One ticket of `person`, received `hours` ago and brought to `ending`."""
    at = stage.now - timedelta(hours=hours)
    ticket = stage.contact(segment, at=at, to=person)
    ticket = stage.answer(ticket, at=at + timedelta(seconds=stage.random.randint(60, 260)))
    if ending == "analysis":
        return
    stage.analyse(ticket, at=at + timedelta(minutes=9))
    at += timedelta(minutes=20)
    if ending == "waits":
        reason = fill(read("phrases")["wait"][0][0], {})
        actions.wait(ticket.pk, by=person, reason=reason, now=at)
    elif ending in {"expert", "specialist"}:
        group = stage.team.groups["technical"]
        to = stage.team.people["specialist"] if ending == "specialist" else group
        reason, context = read("phrases")["handover"][1][0], read("phrases")["handed"][0][0]
        actions.hand_over(ticket.pk, by=person, to=to, reason=reason, context=context, now=at)
    elif ending == "feedback":
        stage.resolve(ticket, at=at)


def _two_matters(stage: Stage, person: User) -> None:
    """A customer who asks about something else in the same thread: split off and answered."""
    at = stage.now - timedelta(hours=4)
    ticket = stage.contact("personal", at=at, to=person)
    ticket = stage.answer(ticket, at=at + timedelta(seconds=140))
    other = stories.draw("personal", stage.random)
    values = stories.values(other, stage.random, at.date())
    subject, text = (
        other.say(part, ticket.customer.language, values) for part in ("subject", "contact")
    )
    at += timedelta(minutes=25)
    actions.hear(ticket.pk, by=person, text=text, channel=ticket.channel, now=at)
    words = Message.objects.filter(ticket=ticket, kind=Message.Kind.CONTACT).order_by("pk").last()
    at += timedelta(minutes=4)
    keys = [words.pk] if words else []
    child = actions.split(ticket.pk, by=person, subject=subject, messages=keys, now=at)
    general = read("phrases")["general"][ticket.customer.language.startswith("zh")]
    actions.respond(ticket.pk, by=person, text=general, now=at + timedelta(minutes=1))
    stage.answer(child, at=at + timedelta(minutes=2))


def bring_fresh(*, now: datetime, random: Random) -> None:
    """At every start: colleagues catch up, and a handful of contacts whose clocks run (W1)."""
    stage = Stage(now=now, random=random)
    _catch_up(stage, Ticket.objects.real().unanswered().filter(received_at__lt=now - LOST))
    specialist = stage.team.people["specialist"]
    for ago, language in zip(CLOCKS_S, ("en", "zh-hans", "en", "en"), strict=True):
        at = now - timedelta(seconds=ago)
        stage.contact("personal", at=at, to=specialist, language=language)
    stage.contact("corporate", at=now, to=stage.team.people["specialist.corporate"])
    for segment in ("personal", "corporate", "personal"):
        stage.contact(segment, at=now - timedelta(seconds=random.randint(5, 120)))


def _catch_up(stage: Stage, rows: Any) -> None:
    """Contacts that nobody answered for long go to a colleague of an open group, who does."""
    for ticket in rows.select_related("customer", "group").order_by("pk")[:50]:
        group = next(k for k, row in stage.team.groups.items() if row.pk == ticket.group_id)
        if not stage.team.open(group, stage.now):
            continue
        staff = [p for p in stage.team.staff[group] if p.username not in ACCOUNTS]
        with suppress(RefusedError):
            boss, to = stage.boss(ticket.customer.segment), stage.random.choice(staff)
            moved = actions.assign(ticket.pk, by=boss, to=to, now=stage.now)
            stage.answer(moved, at=stage.now)


# ---- while it runs --------------------------------------------------------------------------
def play(*, now: datetime, random: Random) -> None:
    """One contact comes, and colleagues take their tickets a step on; customers rate (W1-W4)."""
    open_doors(now=now)
    stage = Stage(now=now, random=random)
    corporate = random.random() < 0.2 and stage.team.open("corporate", now)
    stage.contact("corporate" if corporate else "personal", at=now)
    _work(stage)
    _rate(stage)


def _work(stage: Stage) -> None:
    """Colleagues' young tickets, the longest untouched first, go one step on."""
    colleagues = [p for name, p in stage.team.people.items() if name not in ACCOUNTS]
    young = Ticket.objects.real().filter(received_at__gt=stage.now - YOUNG, owner__in=colleagues)
    young = young.filter(waiting_on=Waiting.NOBODY).select_related("customer")
    waited = timedelta(seconds=stage.random.randint(40, 230))
    steps = (
        (Step.RECEPTION, waited, stage.answer),
        (Step.ANALYSIS, PATIENCE, stage.analyse),
        (Step.RESOLUTION, 2 * PATIENCE, stage.resolve),
    )
    for step, pause, go_on in steps:
        rows = young.filter(step=step, changed_at__lt=stage.now - pause)
        for ticket in rows.order_by("changed_at")[:AT_ONCE]:
            with suppress(RefusedError):
                go_on(ticket, at=stage.now)


def _rate(stage: Stage) -> None:
    """Some customers whose service ended a while ago answer the question."""
    since, until = stage.now - YOUNG, stage.now - PATIENCE
    rows = Invitation.objects.open().filter(asked_at__gt=since, asked_at__lt=until)
    for invitation in rows.order_by("pk")[:AT_ONCE]:
        score = stage.random.choices([5, 4, 3, 2], [50, 35, 10, 5])[0]
        if stage.random.random() < 0.3:
            with suppress(RefusedError):
                feedback.answer(
                    invitation.token, score=score, comment="", wants_reply=False, now=stage.now
                )
