"""Whom a sweep tells: the people on the rungs of its tickets' ladders, read in four queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from teams.models import Group, Membership, User
from teams.models.people import Presence, Role
from tickets import ladder
from tickets.clock import Mark
from tickets.models import Clock, Ticket

Rungs = dict[str, Sequence[int]]


MOST = 50  # alerts that one sweep gives one person
ALERT = ("user_id", "ticket_id", "clock_id", "seconds", "rung", "fallback", "at")


def alerts(told: Iterable[tuple[Clock, Mark]], *, now: datetime) -> list[tuple[Any, ...]]:
    """The values of ALERT for whom these marks tell.

    After an outage thousands may be due at once: one person is told of MOST of them, the others
    they find on the wall. A flood of notices hides what it tells.
    """
    marks = list(told)
    if not marks:
        return []
    people = _Standing({row.ticket_id for row, _mark in marks})
    found, had = [], Counter[int]()
    for row, mark in marks:
        chosen = ladder.recipients(mark.to, people.rungs(row.ticket_id), people.on_duty)
        for user in chosen.users if chosen else ():
            had[user] += 1
            if had[user] > MOST:
                continue
            rung, instead = (chosen.rung, chosen.fallback) if chosen else ("", False)
            found.append((user, row.ticket_id, row.pk, mark.seconds, rung, instead, now))
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
