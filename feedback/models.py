"""Asking for satisfaction, and what customers answer (plan W4, F1, K1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models.people import Language
from teams.roles import Can
from tickets.models import AnsweredVia, Ticket

if TYPE_CHECKING:
    from teams.models import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> Self:
        """Invitations of the tickets that `user` may see."""
        if user.can(Can.SEE_ALL_TICKETS):
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(user).values("pk"))

    def open(self) -> Self:
        """Neither used nor ended. Index: invitation_open."""
        return self.filter(ended_at=None)

    def to_send(self) -> Self:
        """Open invitations that still wait for the mail. Index: invitation_to_send."""
        return self.open().filter(delivery=Invitation.Delivery.QUEUED).order_by("pk")

    def run_out(self, now: datetime) -> Self:
        """Open when `now` is past their last instant. Index: invitation_open."""
        return self.open().filter(expires_at__lt=now).order_by("expires_at")


class Invitation(models.Model):
    """The question for satisfaction after one service: one a ticket and round (W4).

    The link is the key under a signature, so nothing secret is stored; single use, ends at
    `expires_at`. A reopened ticket ends its invitation and gets another in its next round.
    """

    class Delivery(models.TextChoices):
        NONE = "", _("Not sent by mail")
        QUEUED = "queued", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    class End(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("The ticket was reopened")

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="invitations", verbose_name=_("ticket")
    )
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    language = models.CharField(_("language"), max_length=10, choices=Language)
    address = models.CharField(_("address"), max_length=254, blank=True)
    delivery = models.CharField(
        _("delivery"), max_length=6, choices=Delivery, blank=True, default=""
    )
    asked_at = models.DateTimeField(_("asked at"))
    expires_at = models.DateTimeField(_("expires at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end = models.CharField(_("end"), max_length=9, choices=End, blank=True, default="")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes: ClassVar = [
            models.Index(name="invitation_open", fields=["expires_at"], condition=Q(ended_at=None)),
            models.Index(
                name="invitation_to_send",
                fields=["id"],
                condition=Q(delivery="queued", ended_at=None),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_ticket_is_asked_once_a_round", fields=["ticket", "round"]
            ),
            models.CheckConstraint(
                name="invitation_ends_in_one_way",
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} ({self.round})"


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, user: User) -> Self:
        """Answers about the tickets that `user` may see."""
        if user.can(Can.SEE_ALL_TICKETS):
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(user).values("pk"))


class Response(models.Model):
    """One answer to the question for satisfaction: 1 very poor to 5 very good (K1)."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="responses", verbose_name=_("ticket")
    )
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    score = models.PositiveSmallIntegerField(_("score"))
    comment = models.TextField(_("comment"), blank=True)
    via = models.CharField(_("answered by"), max_length=8, choices=AnsweredVia)
    wants_reply = models.BooleanField(_("wants to hear the outcome"), default=False)
    at = models.DateTimeField(_("at"), db_index=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_service_is_rated_once_a_round", fields=["ticket", "round"]
            ),
            models.CheckConstraint(name="response_scores_1_to_5", condition=Q(score__range=(1, 5))),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id}: {self.score}"
