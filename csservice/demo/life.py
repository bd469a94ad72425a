"""One ticket's life in memory, by the same moves as the actions', until the present is reached.

The actions would take minutes for thousands of tickets; here rows are only made, and written in
bulk by history.py. A test proves that they are as the actions would have left them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

from csservice.demo.catalogue import Catalogue
from csservice.demo.people import Team
from csservice.demo.stories import Matter, fill, read
from feedback.models import Invitation, Response
from teams.hours import Hours, deadline
from teams.models import User
from tickets import promise
from tickets.models import Handover, Identity, Mention, Message, Outcome, Ticket, Waiting
from tickets.suitability import verdict

SYSTEM = None
MAILED = frozenset({"email", "web"})
TALKED = frozenset({"phone", "chat", "branch"})


class NotYetError(Exception):
    """The next step lies in the future."""


@dataclass
class Said:
    """A ledger entry to be: rows in `data` are replaced by their keys once they have one."""

    at: datetime
    kind: str
    by: User | None
    data: dict[str, Any]


@dataclass
class Life:
    """A ticket and all rows that belong to it, in memory. `now`: nothing happens after it."""

    ticket: Ticket
    matter: Matter
    values: dict[str, str]
    language: str
    group: str
    at: datetime
    now: datetime
    team: Team
    random: Random
    messages: list[Message] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    duplicate_of: Life | None = None

    @property
    def hours(self) -> Hours:
        return self.team.hours[self.group]

    @property
    def owner(self) -> User:
        owner = self.ticket.owner
        if owner is None:
            raise NotYetError
        return owner

    def later(self, seconds: float) -> datetime:
        """`seconds` of open time on. Raises NotYetError when that is still to come."""
        return self.until(deadline(self.hours, self.at, seconds).replace(microsecond=0))

    def until(self, at: datetime) -> datetime:
        """Go on to `at`. Raises NotYetError when that is still to come; then nothing changes."""
        if at > self.now:
            raise NotYetError
        self.at = at
        return at

    def tell(self, kind: str, *, by: User | None, **data: Any) -> None:
        """Keep what happened now for the ledger; the ticket's version counts it."""
        self.said.append(Said(self.at, kind, by, data))
        self.ticket.version += 1
        self.ticket.changed_at = self.at

    def write(self, kind: str, text: str, *, by: User | None, **over: Any) -> Message:
        """One more message of the thread."""
        fields = {"ticket": self.ticket, "channel": self.ticket.channel, "author": by}
        message = Message(kind=kind, text=text, at=self.at, **(fields | over))
        self.messages.append(message)
        return message

    def say(self, part: str) -> str:
        return self.matter.say(part, self.language, self.values)

    def phrase(self, name: str, **values: str) -> str:
        """One of the short texts in the customer's language."""
        known = read("phrases")[name]
        pair = known if isinstance(known[0], str) else self.random.choice(known)
        return fill(pair[1 if self.language.startswith("zh") else 0], values)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def takes(self, median_s: float, spread: float = 0.8) -> float:
        """Seconds of work, most near `median_s`, some much longer."""
        return min(median_s * self.random.lognormvariate(0, spread), 30 * 3600)


def pace(person: User) -> float:
    """How long a person takes compared with others: 0.75 to 1.35, always the same."""
    return 0.75 + crc32(person.username.encode()) % 61 / 100


def answer(life: Life, delay_s: float) -> None:
    """The first substantive answer, `delay_s` of open time after reception (W1)."""
    ticket, due = life.ticket, life.ticket.respond_by
    by = life.owner
    replied_at = deadline(life.hours, ticket.received_at, delay_s).replace(microsecond=0)
    if min(replied_at, life.now) > due + timedelta(seconds=1):
        _breach(life, due)
    life.until(replied_at)
    ticket.move("respond")
    ticket.answer(by=by, now=life.at)
    kind = Message.Kind.CALL if ticket.channel == "phone" else Message.Kind.REPLY
    sent = {"delivery": Message.Delivery.SENT} if mailed(life, kind) else {}
    message = life.write(kind, life.say("reply"), by=by, first_response=True, **sent)
    life.tell("ticket.responded", by=by, message=message, how=kind)


def _breach(life: Life, due: datetime) -> None:
    life.until(due + timedelta(seconds=1))
    life.ticket.breached_at = life.at
    life.tell("clock.breached", by=SYSTEM, metric="first_response", cycle=1, due=due.isoformat())


def mailed(life: Life, kind: str) -> bool:
    reply = kind == Message.Kind.REPLY and life.ticket.channel in MAILED
    return reply and "@" in life.ticket.reach_at


def pick_up(life: Life) -> None:
    """A call answered live: answered and known at pick-up; what was told is noted after (W1)."""
    ticket, by = life.ticket, life.owner
    ticket.answer(by=by, now=ticket.received_at)
    ticket.basics_at = ticket.received_at
    ticket.reply_language, ticket.identity_check = life.language, Identity.NOT_NEEDED
    ticket.finish_reception()
    life.write(Message.Kind.CALL, ticket.description, by=by, first_response=True)
    life.later(life.takes(100, 0.4))
    message = life.write(Message.Kind.CALL, life.say("reply"), by=by)
    life.tell("ticket.replied", by=by, message=message, how=Message.Kind.CALL)


def know(life: Life) -> None:
    """The customer's basics; reception is over (W1)."""
    life.later(life.takes(70, 0.5))
    ticket = life.ticket
    ticket.move("record_basics")
    ticket.reply_language = life.language
    ticket.identity_check = Identity.PASSED if life.chance(0.7) else Identity.NOT_NEEDED
    ticket.basics_at = life.at
    life.tell("ticket.basics_recorded", by=life.owner, reception_over=ticket.finish_reception())


def leave_note(life: Life) -> None:
    """A note for colleagues; some name the manager (N4)."""
    boss = life.ticket.group.manager
    if boss is None:
        return
    life.later(life.takes(240, 0.5))
    life.ticket.move("note")
    text = life.phrase("note", boss=boss.username)
    message = life.write(Message.Kind.NOTE, text, by=life.owner)
    named = [boss] if f"@{boss.username}" in text else []
    old = life.now - life.at > timedelta(days=2)
    seen_at = life.at + timedelta(hours=3) if old else None
    life.mentions += [Mention(message=message, user=user, seen_at=seen_at) for user in named]
    life.tell("ticket.noted", by=life.owner, message=message, mentioned=[u.pk for u in named])


def analyse(life: Life, catalogue: Catalogue) -> None:
    """Need, category, the guide's answers, a proposed solution (W2, N3)."""
    life.later(life.takes(300))
    ticket = life.ticket
    ticket.move("analyse")
    ticket.category = catalogue.categories[life.matter.category]
    ticket.guide = catalogue.guides[life.matter.category]
    ticket.answers = life.matter.told(life.values)
    ticket.need, ticket.solution = life.say("need"), life.say("solution")
    level = ticket.product.risk_level if ticket.product else ""
    profile = ticket.customer.risk_profile
    ticket.suitability = verdict(risk_level=level, risk_profile=profile)
    life.tell(
        "ticket.analysed",
        by=life.owner,
        category=ticket.category.pk,
        guide=ticket.guide.pk,
        suitability=ticket.suitability,
    )


def wait(life: Life) -> None:
    """The customer is waited for, and comes back; the resolution clock stands still meanwhile."""
    ticket = life.ticket
    life.later(life.takes(400))
    ticket.move("wait")
    ticket.waiting_on, ticket.waiting_since = Waiting.CUSTOMER, life.at
    ticket.waiting_reason = life.phrase("wait")
    life.tell("ticket.waiting", by=life.owner, reason=ticket.waiting_reason, on="customer")
    back = life.random.uniform(1, 40) * 3600
    life.until((life.at + timedelta(seconds=back)).replace(microsecond=0))
    ticket.move("hear")
    due, since = ticket.resolve_by, ticket.waiting_since
    ticket.resolve_by = promise.moved_by_pause(life.hours, due, paused_at=since, resumed_at=life.at)
    ticket.waiting_on, ticket.waiting_reason, ticket.waiting_since = Waiting.NOBODY, "", None
    message = life.write(Message.Kind.CONTACT, life.phrase("heard"), by=None)
    life.tell("ticket.heard", by=life.owner, message=message, channel=ticket.channel, resumed=True)


def hand_over(life: Life, expert: User, group: str) -> None:
    """Offered to an expert with its context; accepted, or returned with a reason (W3)."""
    ticket, giver = life.ticket, life.owner
    life.later(life.takes(300))
    ticket.move("hand_over")
    ticket.handed_to, ticket.waiting_on, ticket.waiting_since = expert, Waiting.EXPERT, life.at
    reason = ticket.waiting_reason = life.phrase("handover")
    context = {name: getattr(ticket, name) for name in ("need", "answers", "solution")}
    context |= {"identity_check": ticket.identity_check, "reply_language": ticket.reply_language}
    context |= {"guide": ticket.guide_id, "note": life.phrase("handed")}
    offer = Handover(
        ticket=ticket, giver=giver, to=expert, reason=reason, context=context, at=life.at
    )
    life.handovers.append(offer)
    life.tell("ticket.handed_over", by=giver, handover=offer, to=expert.pk, to_group=None)
    life.later(life.takes(3600))
    accepted = life.chance(0.86)
    ticket.move("accept" if accepted else "return_back")
    ticket.handed_to, ticket.waiting_on = None, Waiting.NOBODY
    ticket.waiting_reason, ticket.waiting_since = "", None
    if accepted:
        _accept(life, offer, expert, group)
    else:
        offer.returned_at, offer.return_reason = life.at, life.phrase("returned")
        life.tell("ticket.returned", by=expert, owner=giver.pk)


def _accept(life: Life, offer: Handover, expert: User, group: str) -> None:
    before = life.owner
    life.ticket.owner, life.group = expert, group
    life.ticket.group = life.team.groups[group]
    life.ticket.assigned_because = {"rule": "accepted", "before": before.pk}
    offer.accepted_at, offer.accepted_by = life.at, expert
    life.tell("ticket.accepted", by=expert, owner=expert.pk, before=before.pk)


def resolve(life: Life, outcome: str, summary: str) -> None:
    """The end of the service with its outcome (W3)."""
    ticket = life.ticket
    life.later(_work_s(life))
    early = outcome == Outcome.WITHDRAWN
    ticket.move("withdraw" if early else "resolve")
    ticket.outcome, ticket.summary, ticket.resolved_at = outcome, summary, life.at
    life.tell("ticket.resolved", by=life.owner, outcome=outcome)


def _work_s(life: Life) -> float:
    median = 900 if life.ticket.channel in TALKED else 14_400
    median *= 3 if life.matter.complaint else 1
    return life.takes(median * pace(life.owner), 0.9)


def complain(life: Life) -> None:
    """Any dissatisfaction counts as a complaint."""
    life.ticket.move("mark_complaint")
    life.ticket.is_complaint = True
    life.tell("ticket.complaint_marked", by=life.owner)
