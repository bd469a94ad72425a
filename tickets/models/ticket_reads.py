"""The reads of tickets (plan W1-W4): who may see what, what waits, what is late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from teams.roles import Can
from tickets.models.choices import Step, Waiting
from tickets.models.search import TicketSearch

if TYPE_CHECKING:
    from teams.models import User
    from tickets.models.ticket import Ticket  # noqa: F401 - named by the base class below


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Reads that chain. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Tickets `user` may know of: own, their groups', handed to them; all for a director.
        The only door from a request to a ticket. No joins, so rows stay unique and lockable.
        A drill is known to who takes part and to who runs training, not to their groups (L4).
        """
        if user.can(Can.SEE_ALL_TICKETS):
            return self
        if not user.can(Can.WORK_TICKETS):
            return self.none()
        groups = user.group_ids
        theirs = Q(group__in=groups) | Q(handed_to_group__in=groups)
        if not user.can(Can.RUN_TRAINING):
            theirs &= Q(is_drill=False)
        return self.filter(Q(owner=user) | Q(handed_to=user) | theirs)

    def real(self) -> Self:
        """Real service: no drills. Every figure begins with it (L4)."""
        return self.filter(is_drill=False)

    def to_work(self, user: User) -> Self:
        """Real service, and of drills only what is `user`'s own to work (L4)."""
        return self.filter(Q(is_drill=False) | Q(owner=user) | Q(handed_to=user))

    def open(self) -> Self:
        return self.exclude(step=Step.CLOSED)

    def of(self, user: User) -> Self:
        """Open tickets that `user` owns or was asked to take over. Index: ticket_open_by_owner."""
        return self.open().filter(Q(owner=user) | Q(handed_to=user))

    def unassigned(self) -> Self:
        """Waiting for an owner, or handed to a group. Index: ticket_without_owner."""
        return self.open().filter(Q(owner=None) | Q(waiting_on=Waiting.EXPERT, handed_to=None))

    def unanswered(self) -> Self:
        """Still owed their first response (W1)."""
        return self.filter(step=Step.RECEPTION, responded_at=None)

    def overdue(self, now: datetime) -> Self:
        """Unanswered when `now` (aware) is past the promise; the last instant still keeps it (W1).

        Index: ticket_to_flag, for those not flagged yet.
        """
        return self.unanswered().filter(respond_by__lt=now)

    def to_flag(self, now: datetime) -> Self:
        return self.overdue(now).filter(breached_at=None).order_by("respond_by")

    def with_something_to_tell(self, now: datetime) -> Self:
        """Once for each clock with something to say by `now`. Index: clock_to_tell."""
        return self.filter(clocks__next_at__lt=now).order_by("clocks__next_at")

    def waiting_for_owner(self) -> Self:
        return self.filter(step=Step.RECEPTION, owner=None).order_by("respond_by")

    def settled(self) -> Self:
        """Asked for satisfaction, and it came to an end: ready to close (W4)."""
        return self.filter(step=Step.FEEDBACK).exclude(satisfaction="")

    def found_by(self, words: str) -> Self:
        """Tickets in whose subject, text, names or thread all of `words` occur, newest first."""
        return self.filter(pk__in=TicketSearch.objects.filter(tokens__match=words).values("ticket"))

    def newest_of_hits(self) -> Self:
        """Newest first, after `found_by`: ordered by an expression, since a plain `-pk` invites
        PostgreSQL to walk the primary key and test every ticket against the words."""
        return self.order_by((F("pk") + 0).desc())

    def found_after(self, words: str, *, number: int) -> Self:
        """As `found_by`, of the tickets above `number` only: bounded however many there are."""
        late = TicketSearch.objects.filter(tokens__scan=words, ticket__gt=number)
        return self.filter(pk__gt=number, pk__in=late.values("ticket"))

    def received_since(self, start: datetime) -> Self:
        """Received at `start` (aware) or later. Index: ticket_by_reception."""
        return self.filter(received_at__gte=start)
