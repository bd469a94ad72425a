"""What the tests of SLA policies share: what policies say, contacts with clocks."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from teams.models import Group, User
from tests.factories import T0, after, make_customer
from tickets import actions
from tickets.models import Clock, SlaPolicy, Ticket
from tickets.policy import DEFAULT

NOW = after(120)
Said = dict[str, Any]


def said(**over: Any) -> Said:
    """The promise of the plan, with some of it otherwise."""
    known: Said = json.loads(json.dumps(DEFAULT))
    return known | over


def first_within(seconds: int, **over: Any) -> Said:
    known = said(**over)
    known["targets"]["first_response"]["seconds"] = dict.fromkeys(
        ("high", "normal", "low"), seconds
    )
    return known


def resolved_within(seconds: int) -> Said:
    known = said()
    known["targets"]["resolution"]["seconds"] = dict.fromkeys(("high", "normal", "low"), seconds)
    return known


def standard() -> SlaPolicy:
    return SlaPolicy.objects.select_related("current").get(name="Standard")


def save(by: User, what: Said, row: SlaPolicy | None = None, **over: Any) -> SlaPolicy:
    known = {"name": row.name if row else "VIP", "name_zh": ""}
    fields: dict[str, Any] = known | {"now": NOW} | over
    return actions.save_policy(row.pk if row else None, by=by, said=what, **fields)


def received(group: Group, owner: User, **over: Any) -> Ticket:
    """A contact of T0 that came in as contacts do, with its clocks."""
    fields: dict[str, Any] = {"channel": "web", "subject": "Card", "now": T0, "group": group}
    return actions.receive(by=owner, customer=make_customer(), **fields | over)


def clock_of(ticket: Ticket, metric: str = "first_response") -> Clock:
    return Clock.objects.select_related("policy").get(ticket=ticket, metric=metric)


def due(ticket: Ticket, metric: str = "first_response") -> datetime | None:
    return clock_of(ticket, metric).due_at
