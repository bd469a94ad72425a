"""What the wall shows: read by open rows and today's rows only, never by the whole table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from teams.models import Group, Membership, User
from teams.models.people import Presence
from teams.roles import Can
from tickets import promise
from tickets.models import Channel, Step, Ticket
from tickets.models.choices import WORK

LONGEST = 50
FEWEST = 10  # answers before a share is shown as a percentage
_OWED = Q(step=Step.RECEPTION, responded_at=None)
WAITING = (
    "pk", "subject", "channel", "customer__name", "owner__name", "group_id", "received_at",
    "respond_by", "respond_s",
)  # fmt: skip


class Waits(NamedTuple):
    """One ticket that waits for its first answer."""

    number: int
    url: str
    subject: str
    channel: str
    who: str
    owner: str
    group: str
    clock: promise.Chip


@dataclass(slots=True)
class Sum:
    """What is open with one person or one group. `first`: the deadline that comes first."""

    work: int = 0
    owed: int = 0
    late: int = 0
    unassigned: int = 0
    first: datetime | None = None

    def add(self, other: Sum) -> None:
        self.work += other.work
        self.owed += other.owed
        self.late += other.late
        self.unassigned += other.unassigned
        if other.first and (self.first is None or other.first < self.first):
            self.first = other.first


class PersonLine(NamedTuple):
    pk: int
    name: str
    presence: str
    presence_words: str
    since: datetime | None
    sum: Sum


class GroupLine(NamedTuple):
    name: str
    here: int
    people: int
    sum: Sum


class Share(NamedTuple):
    """`part` of `n`; a percentage only where there are enough to say one."""

    part: int
    n: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.part / self.n) if self.n >= FEWEST else None


class Today(NamedTuple):
    """Of the contacts received since midnight here."""

    received: int
    in_time: Share
    resolved: int
    content: Share


@dataclass(frozen=True, slots=True)
class Board:
    """The wall. `tag` stands for all that it shows beside the ticking clocks."""

    whole: Sum
    oldest: datetime | None
    waiting: list[Waits]
    people: list[PersonLine]
    groups: list[GroupLine]
    today: Today
    tag: str = field(default="")

    @property
    def more(self) -> int:
        return max(0, self.whole.owed - len(self.waiting))


def board(user: User, *, now: datetime) -> Board:
    """All that `user` may see of real work now, in six queries. Indexes: ticket_open_by_group,
    ticket_open_by_owner, ticket_by_reception.
    """
    groups = {group.pk: group for group in _groups(user)}
    sums = _sums(user, now)
    whole = _total(sums.values())
    waiting = list(_waiting(user))
    people, places = _people(user, groups, sums)
    lines = _group_lines(groups, people, places, sums)
    today = _today(user, now)
    state = (waiting, people, lines, today, whole, get_language())
    return Board(
        whole=whole,
        oldest=min((row[6] for row in waiting), default=None),
        waiting=_waits(waiting, groups, now),
        people=people,
        groups=lines,
        today=today,
        tag=hashlib.sha256(repr(state).encode()).hexdigest()[:20],
    )


def staff(user: User) -> QuerySet[User]:
    """Who works tickets in the groups that `user` sees."""
    members = Membership.objects.all()
    if not user.can(Can.SEE_ALL_TICKETS):
        members = members.filter(group__in=user.group_ids)
    found: QuerySet[User] = User.objects.at_work().working_tickets().in_name_order()
    return found.filter(pk__in=members.values("user"))


def _groups(user: User) -> QuerySet[Group]:
    groups = Group.objects.visible_to(user)
    return groups if user.can(Can.SEE_ALL_TICKETS) else groups.filter(pk__in=user.group_ids)


def _sums(user: User, now: datetime) -> dict[tuple[int, int | None], Sum]:
    """(group, owner) -> what is open there. One query over open rows."""
    rows = (
        Ticket.objects.visible_to(user)
        .real()
        .open()
        .order_by()
        .values_list("group_id", "owner_id")
        .annotate(
            work=Count("pk", filter=Q(step__in=sorted(WORK))),
            owed=Count("pk", filter=_OWED),
            late=Count("pk", filter=_OWED & Q(respond_by__lt=now)),
            unassigned=Count("pk", filter=Q(owner=None)),
            first=Min("respond_by", filter=_OWED),
        )
    )
    return {(group, owner): Sum(*sums) for group, owner, *sums in rows}


def _total(sums: Iterable[Sum]) -> Sum:
    whole = Sum()
    for one in sums:
        whole.add(one)
    return whole


def _waiting(user: User) -> QuerySet[Ticket, tuple[Any, ...]]:
    """Who waits for a first answer, least time left first."""
    owed = Ticket.objects.visible_to(user).real().open().unanswered()
    return owed.order_by("respond_by", "pk").values_list(*WAITING)[:LONGEST]


def _waits(rows: list[tuple[Any, ...]], groups: dict[int, Group], now: datetime) -> list[Waits]:
    channels = {value: str(label) for value, label in Channel.choices}
    base = reverse("ticket", args=[0])[: -len("0/")]
    return [
        Waits(
            number=pk,
            url=f"{base}{pk}/",
            subject=subject,
            channel=channels[channel],
            who=who,
            owner=owner or "",
            group=str(groups.get(group, "")),
            clock=promise.first_response(
                received_at=received_at,
                due=respond_by,
                responded_at=None,
                target_s=respond_s,
                now=now,
            ),
        )
        for pk, subject, channel, who, owner, group, received_at, respond_by, respond_s in rows
    ]


def _people(
    user: User, groups: dict[int, Group], sums: dict[tuple[int, int | None], Sum]
) -> tuple[list[PersonLine], list[tuple[int, int]]]:
    """The people with what is open with them, and (person, group) of their memberships."""
    places = list(
        Membership.objects.filter(group__in=list(groups)).values_list("user_id", "group_id")
    )
    words = {value: str(label) for value, label in Presence.choices}
    own: dict[int | None, Sum] = {}
    for (_group, owner), one in sums.items():
        own.setdefault(owner, Sum()).add(one)
    found = staff(user).values_list("pk", "name", "presence", "presence_at")
    lines = [
        PersonLine(pk, name, presence, words[presence], since, own.get(pk, Sum()))
        for pk, name, presence, since in found
    ]
    return lines, places


def _group_lines(
    groups: dict[int, Group],
    people: list[PersonLine],
    places: list[tuple[int, int]],
    sums: dict[tuple[int, int | None], Sum],
) -> list[GroupLine]:
    presence = {person.pk: person.presence for person in people}
    lines = []
    for key, group in groups.items():
        members = [presence.get(person) for person, place in places if place == key]
        whole = _total(one for (place, _owner), one in sums.items() if place == key)
        here = members.count(Presence.AVAILABLE)
        lines.append(GroupLine(str(group), here, len(members) - members.count(None), whole))
    return lines


def _today(user: User, now: datetime) -> Today:
    """Of what came since midnight here; a drill is no contact. One query over today's rows."""
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    kept = Q(responded_at__lte=F("respond_by"))
    numbers = (
        Ticket.objects.visible_to(user)
        .received_since(start)
        .filter(is_drill=False)
        .order_by()
        .aggregate(
            received=Count("pk"),
            kept=Count("pk", filter=kept),
            due=Count("pk", filter=Q(responded_at__isnull=False) | Q(respond_by__lt=now)),
            resolved=Count("pk", filter=Q(resolved_at__isnull=False)),
            answered=Count("pk", filter=Q(score__isnull=False)),
            content=Count("pk", filter=Q(score__gte=4)),
        )
    )
    return Today(
        received=numbers["received"],
        in_time=Share(numbers["kept"], numbers["due"]),
        resolved=numbers["resolved"],
        content=Share(numbers["content"], numbers["answered"]),
    )
