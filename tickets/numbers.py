"""What waits for a person: the numbers of the rail, the bell and the team's pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from csservice.lib.prepared import Prepared
from teams.models import User
from tickets.models import Alert, Mention, Ticket


def _waiting(user: int, groups: list[int]) -> QuerySet[Any, Any]:
    mine = Q(owner=user) | Q(owner=None, group__in=groups)
    owed = _named("queue", Ticket.objects.unanswered().filter(mine))
    unread = _named("mentions", Mention.objects.filter(user=user, seen_at=None))
    told = _named("alerts", Alert.objects.filter(user=user, seen_at=None))
    numbers: QuerySet[Any, Any] = owed.union(unread, told, all=True)
    return numbers


def _named(name: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    named: QuerySet[Any, Any] = rows.order_by().annotate(name=Value(name)).values_list("name")
    numbered: QuerySet[Any, Any] = named.annotate(n=Count("pk"))
    return numbered


_WAITING = Prepared(_waiting)


def waiting(user: User) -> dict[str, int]:
    """`queue`: first answers that are `user`'s to give, their own and nobody's in their groups
    (W1). `mentions`: the bell: notes that name them and clocks they were told of, not opened since
    (N4). One query.

    Indexes: ticket_work_by_owner, ticket_without_owner, mention_unread, alert_unread.
    """
    found = dict(_WAITING(user.pk, user.group_ids))
    found["mentions"] = found.get("mentions", 0) + found.pop("alerts", 0)
    return found


def open_work(user_ids: Collection[int]) -> Mapping[int, int]:
    """Open tickets of real service by owner. Index: ticket_open_by_owner."""
    owned = Ticket.objects.real().open().filter(owner__in=user_ids).order_by()
    return dict(owned.values_list("owner").annotate(n=Count("pk")))
