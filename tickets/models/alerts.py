"""What a person is told about a clock: it comes near, or it broke (rules 16 and 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from tickets.models.clocks import Clock
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from teams.models import User


class AlertQuerySet(models.QuerySet["Alert"]):
    """Reads of alerts. None runs SQL."""

    def visible_to(self, user: User) -> Self:
        """Those told to `user`, of tickets that `user` may still see."""
        return self.filter(user=user, ticket__in=Ticket.objects.visible_to(user).values("pk"))

    def newest(self) -> Self:
        """Unread ones first, the latest first, with what a list shows of them."""
        unread = Case(When(seen_at=None, then=0), default=1)
        return self.select_related("ticket", "clock").order_by(unread, "-pk")


class Alert(models.Model):
    """A person is told of a clock, once; unread until they open the ticket.

    `rung`: of the ladder they stand on; `fallback`: nobody of the rung that was meant is on duty.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="alerts")
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="alerts")
    clock = models.ForeignKey(Clock, models.PROTECT, db_index=False, related_name="+")
    seconds = models.FloatField(_("at this many seconds"))
    rung = models.CharField(_("told as"), max_length=8)
    fallback = models.BooleanField(_("in the place of somebody"), default=False)
    at = models.DateTimeField(_("told at"))
    seen_at = models.DateTimeField(_("seen at"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes: ClassVar = [
            models.Index(name="alert_unread", fields=["user"], condition=Q(seen_at=None))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="told_once_of_a_mark", fields=["clock", "seconds", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.clock_id}"

    @property
    def late(self) -> bool:
        """Whether the promise was broken by then."""
        return self.seconds >= self.clock.target_s

    @property
    def long_pause(self) -> bool:
        """Whether a long pause is to be looked at."""
        return self.seconds < 0
