"""When people are on leave, as the cycle asks (L5). Why they are away is nobody's matter here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from teams.models import Absence
from training.models import CycleMember
from training.quarters import Span


def leaves(members: Iterable[CycleMember]) -> dict[int, list[Span]]:
    """The leaves of each member's person, from the first of these quarters on. One query."""
    found: dict[int, list[Span]] = defaultdict(list)
    rows = list(members)
    if rows:
        users = {member.user_id for member in rows}
        first = min(member.cycle.starts_on for member in rows)
        away = Absence.objects.filter(user__in=users).ended_since(first)
        for user, start, end in away.values_list("user", "starts_on", "ends_on"):
            found[user].append(Span(start, end))
    return found


def on_leave(since: date) -> QuerySet[Absence, Any]:
    """The keys of people with a leave that goes on, is to come, or was over on `since` or later."""
    return Absence.objects.ended_since(since).values("user")
