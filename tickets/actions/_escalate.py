"""Whom a sweep tells: the people on the rungs of its tickets' ladders, read in four queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from teams.models import Group, Membership, User
from teams.models.people import Presence, Role
from tickets import ladder
from tickets.clock import Mark
from tickets.models import Alert, Clock, Ticket

Rungs = dict[str, Sequence[int]]


def alerts(told: Iterable[tuple[Clock, Mark]], *, now: datetime) -> list[Alert]:
    """The alerts of these marks, not saved yet."""
    marks = list(told)
    if not marks:
        return []
    people = _Standing({row.ticket_id for row, _mark in marks})
    found = []
    for row, mark in marks:
        chosen = ladder.recipients(mark.to, people.rungs(row.ticket_id), people.on_duty)
        for user in chosen.users if chosen else ():
            alert = Alert(user_id=user, ticket_id=row.ticket_id, clock=row, at=now)
            alert.seconds, alert.rung = mark.seconds, chosen.rung if chosen else ""
            alert.fallback = bool(chosen and chosen.fallback)
            found.append(alert)
    return found


class _Standing:
    """Who stands where for some tickets, and who is on duty."""

    def __init__(self, tickets: set[int]) -> None:
        rows = Ticket.objects.filter(pk__in=tickets).values_list("pk", "owner", "group")
        self.tickets = {pk: (owner, group) for pk, owner, group in rows}
        groups = {group for _owner, group in self.tickets.values()}
        self.managers = dict(Group.objects.filter(pk__in=groups).values_list("pk", "manager"))
        self.members: defaultdict[int, list[int]] = defaultdict(list)
        at_work = Membership.objects.filter(group__in=groups, user__is_active=True)
        for group, user in at_work.values_list("group", "user").order_by("user"):
            self.members[group].append(user)
        directors = User.objects.at_work().filter(role=Role.DIRECTOR).order_by("pk")
        self.directors = list(directors.values_list("pk", flat=True))
        present = User.objects.at_work().exclude(presence=Presence.AWAY)
        self.on_duty = frozenset(present.values_list("pk", flat=True))

    def rungs(self, ticket: int) -> Rungs:
        owner, group = self.tickets[ticket]
        manager = self.managers.get(group)
        return {
            "owner": [owner] if owner else [],
            "group": self.members[group],
            "manager": [manager] if manager else [],
            "director": self.directors,
        }
