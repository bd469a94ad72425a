"""What waits for a person: the numbers of the rail, the bell and the team's pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Count, Q

from teams.models import User
from tickets.models import Mention, Ticket


def replies_owed(user: User) -> int:
    """First answers that are `user`'s to give: their own, and nobody's in their groups (W1)."""
    mine = Q(owner=user) | Q(owner=None, group__in=user.group_ids)
    return Ticket.objects.unanswered().filter(mine).count()


def unread_mentions(user: User) -> int:
    """Notes that name `user` and were not opened since (N4). Index: mention_unread."""
    return Mention.objects.filter(user=user, seen_at=None).count()


def open_work(user_ids: Collection[int]) -> Mapping[int, int]:
    """Open tickets by owner, of those who have any. Index: ticket_open_by_owner."""
    owned = Ticket.objects.open().filter(owner__in=user_ids).order_by()
    return dict(owned.values_list("owner").annotate(n=Count("pk")))
