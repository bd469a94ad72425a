"""Whom a sweep tells: the people on the rungs of its tickets' ladders, read in six queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from teams.hours import open_at
from teams.models import Absence, CalendarVersion, Group, Membership, User
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
    people = _Standing({row.ticket_id for row, _mark in marks}, now)
    found, had = [], Counter[int]()
    for row, mark in marks:
        rungs = people.rungs(row.ticket_id)
        chosen = ladder.recipients(mark.to, rungs, people.on_duty, people.present)
        for user in chosen.users if chosen else ():
            had[user] += 1
            if had[user] > MOST:
                continue
            rung, instead = (chosen.rung, chosen.fallback) if chosen else ("", False)
            found.append((user, row.ticket_id, row.pk, mark.seconds, rung, instead, now))
    return found


class _Standing:
    """Who stands where for some tickets, and who is at work and on duty at `now`."""

    def __init__(self, tickets: set[int], now: datetime) -> None:
        rows = Ticket.objects.filter(pk__in=tickets).values_list("pk", "owner", "group", "is_drill")
        self.tickets = {pk: place for pk, *place in rows}
        groups = {group for _owner, group, _drill in self.tickets.values()}
        known = list(Group.objects.values_list("pk", "manager", "calendar__current"))
        self.managers = {pk: manager for pk, manager, _version in known}
        self.members: defaultdict[int, list[int]] = defaultdict(list)
        at_work = Membership.objects.filter(group__in=groups, user__is_active=True)
        for group, user in at_work.values_list("group", "user").order_by("user"):
            self.members[group].append(user)
        directors = User.objects.at_work().filter(role=Role.DIRECTOR).order_by("pk")
        self.directors = list(directors.values_list("pk", flat=True))
        present = User.objects.at_work().exclude(presence=Presence.AWAY)
        leave = Absence.objects.on(timezone.localdate(now)).filter(user=OuterRef("pk"))
        found = dict(present.annotate(leave=Exists(leave)).values_list("pk", "leave"))
        self.present = frozenset(found)
        working = {pk for pk, away in found.items() if not away}
        self.on_duty = working - _off_hours(known, now)

    def rungs(self, ticket: int) -> Rungs:
        owner, group, drill = self.tickets[ticket]
        if drill:  # nobody outside of it is told; the trainer has the board (L4)
            return {"owner": [owner] if owner else []}
        manager = self.managers.get(group)
        return {
            "owner": [owner] if owner else [],
            "group": self.members[group],
            "manager": [manager] if manager else [],
            "director": self.directors,
        }


def _off_hours(groups: Sequence[tuple[int, int | None, int | None]], now: datetime) -> set[int]:
    """People all of whose groups, served or run, are closed at `now` (rule 17).

    `groups`: key, manager, version of the opening hours. Who has no group keeps no hours: a
    director is on duty when at work.
    """
    versions = CalendarVersion.objects.in_bulk({version for _pk, _who, version in groups} - {None})
    opened = {pk for pk, version in versions.items() if open_at(version.hours(), now)}
    closed = {pk for pk, _who, version in groups if version and version not in opened}
    kept = list(Membership.objects.values_list("user", "group"))
    kept += [(manager, pk) for pk, manager, _version in groups if manager]
    return {user for user, _pk in kept} - {user for user, pk in kept if pk not in closed}
