"""What waits for a person: the numbers of the rail, the bell and the team's pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from csservice.lib.prepared import Prepared
from teams.models import User
from teams.roles import Can
from tickets.models import Alert, Mention, Message, Ticket


def _waiting(user: int, groups: list[int], *, releases: bool) -> QuerySet[Any, Any]:
    mine = Q(owner=user) | Q(owner=None, group__in=groups)
    owed = _named("queue", Ticket.objects.unanswered().filter(mine))
    unread = _named("mentions", Mention.objects.filter(user=user, seen_at=None))
    told = _named("alerts", Alert.objects.filter(user=user, seen_at=None))
    parts = [unread, told]
    if releases:
        held = Message.objects.held().filter(ticket__group__in=groups).exclude(author=user)
        parts.append(_named("held", held))
    numbers: QuerySet[Any, Any] = owed.union(*parts, all=True)
    return numbers


def _named(name: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    named: QuerySet[Any, Any] = rows.order_by().annotate(name=Value(name)).values_list("name")
    numbered: QuerySet[Any, Any] = named.annotate(n=Count("pk"))
    return numbered


_WAITING = Prepared(_waiting)


def waiting(user: User) -> dict[str, int]:
    """`queue`: first answers that are `user`'s to give, their own and nobody's in their groups
    (W1). `mentions`: the bell: notes that name them and clocks they were told of, not opened since
    (N4), and replies that wait for their release. One query.

    Indexes: ticket_work_by_owner, ticket_without_owner, mention_unread, alert_unread,
    message_held.
    """
    releases = user.certified_until is not None or user.can(Can.ASSIGN_TICKETS)
    found = dict(_WAITING(user.pk, user.group_ids, releases=releases))
    found["mentions"] = sum(found.pop(name, 0) for name in ("mentions", "alerts", "held"))
    return found


def open_work(user_ids: Collection[int]) -> Mapping[int, int]:
    """Open tickets of real service by owner. Index: ticket_open_by_owner."""
    owned = Ticket.objects.real().open().filter(owner__in=user_ids).order_by()
    return dict(owned.values_list("owner").annotate(n=Count("pk")))
