"""What the queue shows: whose tickets, in which group and order, and whether it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from csservice.lib.prepared import Prepared
from csservice.lib.templatetags.ui import chip, icon
from teams.models import User
from teams.models.groups import Segment
from tickets import promise
from tickets.models import Channel, Step, Ticket, Waiting
from tickets.models.choices import PAUSES

FIRST = 100
OWED, DOING, WAITING, DONE = range(4)
VIEWS: dict[str, str | Promise] = {
    "mine": pgettext_lazy("whose tickets", "Mine"),
    "unassigned": pgettext_lazy("whose tickets", "Unassigned"),
    "team": pgettext_lazy("whose tickets", "Team"),
    "closed": pgettext_lazy("whose tickets", "Closed"),
}
GROUPS: dict[int, str | Promise] = {
    OWED: gettext_lazy("Reply due"),
    DOING: gettext_lazy("In progress"),
    WAITING: gettext_lazy("Waiting"),
    DONE: gettext_lazy("Closed, latest first"),
}
ICONS: dict[str, str] = {
    Channel.PHONE: "phone",
    Channel.EMAIL: "mail",
    Channel.WEB: "world",
    Channel.CHAT: "message",
    Channel.BRANCH: "building-bank",
    Channel.API: "api",
}
_FIRST = Q(step=Step.RECEPTION, responded_at=None)
_OWED = _FIRST | Q(answer_by__isnull=False)
_WAITS = ~Q(waiting_on=Waiting.NOBODY) | Q(step=Step.FEEDBACK)
_RANK = Case(
    When(_OWED, then=Value(OWED)),
    When(_WAITS, then=Value(WAITING)),
    default=Value(DOING),
    output_field=IntegerField(),
)
_DUE = Case(
    When(_FIRST, then=F("respond_by")),
    When(answer_by__isnull=False, then=F("answer_by")),
    default=F("resolve_by"),
)
COLUMNS = (
    "pk", "subject", "channel", "customer__name", "customer__segment", "step", "waiting_on",
    "responded_at", "received_at", "respond_by", "resolve_by", "resolved_at", "waiting_since",
    "priority", "owner_id", "owner__name", "handed_to_id", "is_complaint",
    "respond_s", "resolve_s", "resolve_took_s", "heard_at", "answer_by", "rank",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; anything unknown is as if it were not there."""

    view: str = "mine"
    segment: str = ""
    channel: str = ""
    q: str = ""
    customer: str = ""
    late: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any], *, first: str) -> Wanted:
        view = given.get("view", "")
        segment, channel = given.get("segment", ""), given.get("channel", "")
        customer = given.get("customer", "")
        return cls(
            view=view if view in VIEWS else first,
            segment=segment if segment in (Segment.PERSONAL, Segment.CORPORATE) else "",
            channel=channel if channel in Channel.values else "",
            q=given.get("q", "").strip()[:200],
            customer=customer if customer.isdecimal() and len(customer) < 19 else "",
            late="1" if given.get("late") else "",
        )

    @property
    def narrowed(self) -> int:
        """How many filters are on."""
        return sum(map(bool, (self.segment, self.channel, self.q, self.customer, self.late)))

    def query(self, **changed: str) -> str:
        """The query string of this wish with `changed` in it, empty values left out."""
        mine = {name: getattr(self, name) for name in self.__slots__} | changed
        return urlencode({name: value for name, value in mine.items() if value})


class Row(NamedTuple):
    """One line of the queue, ready to print."""

    pk: int
    url: str
    subject: str
    chip: SafeString
    picture: SafeString
    channel: str
    who: str
    stage: str
    urgent: bool
    mine: bool
    take: str
    complaint: bool
    selected: bool


class Section(NamedTuple):
    key: int
    title: str
    size: int
    rows: list[Row]


class Counts(NamedTuple):
    """How many open tickets each view holds, and the tag of their state."""

    views: dict[str, int]
    tag: str


def scope(user: User, wanted: Wanted) -> QuerySet[Ticket]:
    """The tickets of the chosen view that `user` may see, before the filters."""
    seen = Ticket.objects.visible_to(user).to_work(user)
    if wanted.view == "closed":
        return seen.filter(step=Step.CLOSED)
    return seen.open().filter(_whose(user, wanted.view))


def _whose(user: User, view: str) -> Q:
    """As TicketQuerySet.of and .unassigned: `Count(filter=…)` needs them as conditions."""
    if view == "mine":
        return Q(owner=user) | Q(handed_to=user)
    if view == "unassigned":
        return Q(owner=None) | Q(waiting_on=Waiting.EXPERT, handed_to=None)
    return Q()


def _narrow(wanted: Wanted, now: datetime) -> Q:
    """The filters as one condition."""
    asked = Q()
    if wanted.segment:
        asked &= Q(customer__segment=wanted.segment)
    if wanted.channel:
        asked &= Q(channel=wanted.channel)
    if wanted.customer:
        asked &= Q(customer=int(wanted.customer))
    if wanted.late:
        asked &= (
            (_FIRST & Q(respond_by__lt=now))
            | Q(answer_by__lt=now)
            | (~_OWED & Q(resolved_at=None, resolve_by__lt=now) & ~Q(waiting_on__in=sorted(PAUSES)))
        )
    if wanted.q:
        asked &= Q(pk__in=Ticket.objects.found_by(wanted.q).values("pk"))
    return asked


def _counts(me: int, groups: list[int], **who: Any) -> QuerySet[Ticket, Any]:
    user = User.standing_in(me, groups, **who)
    every = Ticket.objects.visible_to(user).to_work(user).open().order_by()
    return (
        every.annotate(all=Value(1))
        .values_list("all")
        .annotate(
            mine=Count("pk", filter=_whose(user, "mine")),
            unassigned=Count("pk", filter=_whose(user, "unassigned")),
            team=Count("pk"),
            changed=Max("changed_at"),
        )
    )


_COUNTS = Prepared(_counts)


def count(user: User, wanted: Wanted, *, now: datetime, selected: int | None) -> Counts:
    """The numbers and the tag in one query over the open tickets that `user` sees."""
    rows = _COUNTS(user.pk, user.group_ids, **user.shape)
    _all, mine, unassigned, team, changed = rows[0] if rows else (1, 0, 0, 0, None)
    # time alone makes a ticket late; everything else shows in `changed`
    late = scope(user, wanted).filter(_narrow(wanted, now)).count() if wanted.late else 0
    numbers, today = (mine, unassigned, team, changed, late), timezone.localdate(now)
    state = (wanted, numbers, get_language(), today, selected, user.pk)
    return Counts(
        views={"mine": mine, "unassigned": unassigned, "team": team},
        tag=hashlib.sha256(repr(state).encode()).hexdigest()[:20],
    )


def _sizes(found: QuerySet[Ticket]) -> dict[int, int]:
    """How many tickets each group holds, where not all of them are shown."""
    numbers = found.order_by().aggregate(
        all=Count("pk"), owed=Count("pk", filter=_OWED), waits=Count("pk", filter=_WAITS)
    )
    owed, waits = numbers["owed"], numbers["waits"]
    return {OWED: owed, DOING: numbers["all"] - owed - waits, WAITING: waits}


def _lines(found: QuerySet[Ticket], *, closed: bool) -> QuerySet[Ticket, Any]:
    """The columns of the rows in their order."""
    found = found.annotate(rank=_RANK)
    ordered = found.order_by("-pk") if closed else found.order_by("rank", _DUE, "pk")
    return ordered.values_list(*COLUMNS)


def _whole(
    me: int, groups: list[int], *, view: str, limit: int, **who: Any
) -> QuerySet[Ticket, Any]:
    found = scope(User.standing_in(me, groups, **who), Wanted(view=view))
    return _lines(found, closed=view == "closed")[: limit + 1]


_WHOLE = Prepared(_whole)


def sections(
    user: User, wanted: Wanted, *, now: datetime, selected: int | None, limit: int
) -> tuple[list[Section], bool]:
    """The groups with their rows, most urgent first, and whether there are more than `limit`."""
    closed = wanted.view == "closed"
    found = scope(user, wanted).filter(_narrow(wanted, now))
    if wanted.narrowed:
        values = list(_lines(found, closed=closed)[: limit + 1])
    else:
        who = {"view": wanted.view, "limit": limit, **user.shape}
        values = _WHOLE(user.pk, user.group_ids, **who)
    told = _Teller(user, wanted, now=now, selected=selected)
    rows: dict[int, list[Row]] = {}
    for line in values[:limit]:
        rows.setdefault(DONE if closed else line[-1], []).append(told.row(line))
    more = len(values) > limit
    sizes = _sizes(found) if more and not closed else {}
    groups = [
        Section(key, str(GROUPS[key]), sizes.get(key, len(lines)), lines)
        for key, lines in sorted(rows.items())
    ]
    return groups, more


class _Teller:
    """Turns lines of the database into rows; what is the same for all is looked up once."""

    def __init__(self, user: User, wanted: Wanted, *, now: datetime, selected: int | None) -> None:
        self.user, self.wanted, self.now, self.selected = user, wanted, now, selected
        self.base = reverse("ticket", args=[0])[: -len("0/")]
        self.steps = {value: str(label) for value, label in Step.choices}
        self.channels = {value: str(label) for value, label in Channel.choices}
        self.segments = {value: str(label) for value, label in Segment.choices}
        self.pictures = {value: icon(name) for value, name in ICONS.items()}
        self.who = _("%(name)s · %(more)s")

    def row(self, line: tuple[Any, ...]) -> Row:
        told = dict(zip(COLUMNS, line, strict=True))
        clock = _clock(told, self.now)
        url = f"{self.base}{told['pk']}/"
        free = told["owner_id"] is None and self.wanted.view == "unassigned"
        return Row(
            pk=told["pk"],
            url=url,
            subject=told["subject"],
            chip=chip(clock),
            picture=self.pictures[told["channel"]],
            channel=self.channels[told["channel"]],
            who=self.who % {
                "name": told["customer__name"],
                "more": self.segments[told["customer__segment"]],
            },
            stage=self._stage(told),
            urgent=clock.state in {"urgent", "late"},
            mine=told["owner_id"] == self.user.pk,
            take=f"{url}take/" if free else "",
            complaint=told["is_complaint"],
            selected=told["pk"] == self.selected,
        )  # fmt: skip

    def _stage(self, told: dict[str, Any]) -> str:
        """Where it stands: its step, or what it waits for; in the team's view whose it is."""
        if told["waiting_on"] == Waiting.CUSTOMER:
            return _("For customer")
        if told["waiting_on"] in PAUSES:
            return _("On hold")
        if told["waiting_on"] == Waiting.EXPERT:
            return _("For you") if told["handed_to_id"] == self.user.pk else _("With expert")
        if self.wanted.view == "team":
            return told["owner__name"] or _("Nobody yet")
        return self.steps[told["step"]]


def _clock(told: dict[str, Any], now: datetime) -> promise.Chip:
    """The clock that matters now: the first answer while it is owed, then the resolution."""
    if told["rank"] == OWED and told["responded_at"] is None:
        return promise.first_response(
            received_at=told["received_at"],
            due=told["respond_by"],
            responded_at=None,
            target_s=told["respond_s"],
            now=now,
        )
    if told["rank"] == OWED:
        owed_s = int((told["answer_by"] - told["heard_at"]).total_seconds())
        return promise.next_response(due=told["answer_by"], target_s=owed_s, now=now)
    return promise.resolution(
        received_at=told["received_at"],
        due=told["resolve_by"],
        resolved_at=told["resolved_at"],
        paused=told["waiting_on"] in PAUSES,
        target_s=told["resolve_s"],
        took_s=told["resolve_took_s"],
        now=now,
    )
