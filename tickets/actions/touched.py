"""What a change of an SLA policy would do to open tickets, before it is saved (W1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from teams.hours import Hours, read
from teams.models import Calendar, User
from teams.roles import Can
from tickets import clock, policy
from tickets.actions import _offers
from tickets.actions._policy import ALWAYS, EVERY_SECOND
from tickets.actions._promised import checked
from tickets.clock import Event, Kind, Mode
from tickets.models import Clock, Ticket

MOST = 50  # tickets that are shown; all are counted
MODES = (Mode.FRESH, Mode.RECOMPUTE, Mode.CARRY)


@dataclass(frozen=True, slots=True)
class Moved:
    """An open clock of a touched ticket: its deadline now, and by each mode.

    None: it stands, or (`dropped`) is promised no more.
    """

    ticket: Ticket
    metric: str
    before: datetime | None
    target_s: int
    new_target_s: int | None
    after: Mapping[Mode, datetime | None]
    broken: frozenset[Mode]  # broken by the change itself
    paused: bool
    changed: bool  # it is counted otherwise, or no more

    @property
    def dropped(self) -> bool:
        return self.new_target_s is None


@dataclass(frozen=True, slots=True)
class Touched:
    """How many open tickets a change touches, and the clocks of the first that one may see."""

    count: int
    hidden: int = 0  # of the first, those that are not theirs to see
    clocks: Sequence[Moved] = ()
    tickets: Sequence[Ticket] = field(default_factory=tuple)


def touched(policy_id: int | None, said: Mapping[str, Any], *, by: User, now: datetime) -> Touched:
    """The open tickets that the policy holds, or would hold if it said `said`; nothing is written.

    At most `MOST` are read, in seven queries. Raises PermissionDenied, InvalidError,
    RefusedError (as the change would be).
    """
    by.must(Can.MANAGE_PROMISES)
    wanted = policy.checked(checked(said))
    before = _offers.in_force()
    offers = _offers.with_change(before, policy_id, wanted)
    _offers.keep_one_for_all([one.said for one in before], [one.said for one in offers])
    rows = _offers.touched_tickets(policy_id, offers)
    count = rows.count()
    if not count:
        return Touched(0)
    seen = rows.filter(pk__in=Ticket.objects.visible_to(by).values("pk"))
    tickets = list(seen.select_related("customer", "group__calendar").order_by("pk")[:MOST])
    hidden = max(0, min(count, MOST) - len(tickets))
    return Touched(count, hidden, moved(tickets, offers, now=now), tickets)


def moved(
    tickets: Sequence[Ticket], offers: Sequence[_offers.Offer], *, now: datetime
) -> list[Moved]:
    """The open clocks of `tickets` by each mode, as `offers` would count them. Three queries."""
    known = {ticket.pk: ticket for ticket in tickets}
    rules = {ticket.pk: _offers.rule_of(ticket, offers).said for ticket in tickets}
    rows = Clock.objects.open().filter(ticket__in=tickets).exclude(metric__in=clock.COMPLAINTS)
    rows = rows.select_related("calendar")
    named = _calendars(offers)
    return [
        _after(row, known[row.ticket_id], rules[row.ticket_id], named, now=now)
        for row in rows.order_by("ticket", "pk")
    ]


def _calendars(offers: Sequence[_offers.Offer]) -> dict[int, Calendar]:
    """The calendars that policies name, by key. One query."""
    named = {target.hours for offer in offers for target in offer.said.targets.values()}
    keys = [key for key in named if isinstance(key, int)]
    return Calendar.objects.select_related("current").in_bulk(keys) if keys else {}


def _after(
    row: Clock, ticket: Ticket, said: policy.Policy, named: Mapping[int, Calendar], *, now: datetime
) -> Moved:
    """The clock by each mode: the same arithmetic that the change itself would do."""
    state = clock.from_data(row.snapshot)
    target_s = said.target_s(row.metric, ticket.priority)
    after: dict[Mode, datetime | None] = {}
    broken: set[Mode] = set()
    other = True
    if target_s is not None:
        key, hours = _counted_in(said.targets[row.metric], ticket, named)
        own = read(row.calendar.spec) if row.calendar else EVERY_SECOND
        by_key = {row.calendar_id or ALWAYS: own, key: hours}
        other = (row.target_s, row.calendar_id or ALWAYS) != (target_s, key)
        after = {} if other else dict.fromkeys(MODES, row.due_at)
        for mode in MODES if other else ():
            data = {"target_s": target_s, "calendar": key, "mode": mode}
            new = clock.after(state, Event(Kind.RETARGET, now, data), by_key.__getitem__)
            after[mode] = new.due_at(hours) if new.since else None
            if new.inherited and not state.inherited:
                broken.add(mode)
    return Moved(
        ticket=ticket,
        metric=row.metric,
        before=row.due_at if row.state == "running" else None,
        target_s=row.target_s,
        new_target_s=target_s,
        after=after,
        broken=frozenset(broken),
        paused=row.state == "paused",
        changed=other,
    )


def _counted_in(
    target: policy.Target, ticket: Ticket, named: Mapping[int, Calendar]
) -> tuple[int, Hours]:
    """As `_policy.counted_in`, of calendars that have been read."""
    if target.hours == policy.ALWAYS:
        return ALWAYS, EVERY_SECOND
    calendar = ticket.group.calendar if target.hours == policy.GROUP else named[int(target.hours)]
    return calendar.current_id or ALWAYS, calendar.hours()
