"""Asking for satisfaction, and what customers answer (plan W4, F1, K1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from csservice.lib.mail import Mailed, MailedQuerySet
from teams.models.people import Language
from teams.roles import Can
from tickets.models import AnsweredVia, Satisfaction, Step, Ticket

if TYPE_CHECKING:
    from teams.models import User

SIGNER = signing.Signer(salt="feedback.invitation", sep=".")


class InvitationQuerySet(MailedQuerySet["Invitation"]):
    """Reads. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Invitations of the tickets that `user` may see."""
        if user.can(Can.SEE_ALL_TICKETS):
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(user).values("pk"))

    def open(self) -> Self:
        """Neither used nor ended. Index: invitation_open."""
        return self.filter(ended_at=None)

    def to_send(self, now: datetime) -> Self:
        """Open invitations that wait for the mail. Index: invitation_to_send."""
        return super().to_send(now).open()

    def run_out(self, now: datetime) -> Self:
        """Open when `now` is past their last instant. Index: invitation_open."""
        return self.open().filter(expires_at__lt=now).order_by("expires_at")

    def overtaken(self) -> Self:
        """Open, though the ticket went on: reopened, or rated or refused through staff.

        Index: invitation_open, in its order.
        """
        return (
            self.open()
            .filter(Q(ticket__reopens__gt=F("round")) | ~Q(ticket__satisfaction=""))
            .order_by("expires_at")
        )

    def signed(self, token: str) -> Self:
        """The invitation that the link's `token` names; none when the signature is not ours."""
        try:
            return self.filter(pk=int(SIGNER.unsign(token)))
        except (signing.BadSignature, ValueError):
            return self.none()


def not_asked() -> models.QuerySet[Ticket]:
    """Tickets whose service ended and that were not asked in this round (W4). No drills (L4).

    Index: ticket_to_settle. In no order: by key, a LIMIT would tempt PostgreSQL to walk the table.
    """
    asked = Invitation.objects.filter(ticket=OuterRef("pk"), round=OuterRef("reopens"))
    return Ticket.objects.real().filter(~Exists(asked), step=Step.FEEDBACK, satisfaction="")


def rated_through_staff(since: datetime) -> models.QuerySet[Ticket]:
    """Tickets rated since `since` by phone, branch or chat without a response row yet (F1).

    Index: ticket_rated_through_staff.
    """
    kept = Response.objects.filter(ticket=OuterRef("pk"), round=OuterRef("reopens"))
    return (
        Ticket.objects.real()
        .filter(~Exists(kept), satisfaction=Satisfaction.ANSWERED, satisfaction_at__gte=since)
        .exclude(answered_via=AnsweredVia.LINK)
        .order_by("satisfaction_at")
    )


class Invitation(Mailed):
    """The question for satisfaction after one service: one a ticket and round (W4).

    The link is the key under a signature, so nothing secret is stored; single use, ends at
    `expires_at`. A reopened ticket ends its invitation and gets another in its next round.
    """

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
            models.Index(name="invitation_not_sent", fields=["id"], condition=Q(delivery="failed")),
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

    @property
    def token(self) -> str:
        """What the link carries: the key and its signature (HMAC-SHA-256), no personal data."""
        return SIGNER.sign(str(self.pk))

    @property
    def link(self) -> str:
        """The whole address of the customer's page."""
        return f"{settings.BASE_URL}{reverse('survey', args=[self.token])}"

    def ending(self, ticket: Ticket, *, now: datetime) -> str:
        """How the question has ended, as `ticket` (fresh) and `now` tell; empty: it is open.

        The last instant still counts. The row learns of it from the beat; this is the truth before.
        """
        if self.end:
            return self.end
        if ticket.reopens > self.round or ticket.step not in {Step.FEEDBACK, Step.CLOSED}:
            return self.End.WITHDRAWN
        if ticket.satisfaction:
            return str(ticket.satisfaction)
        return self.End.EXPIRED if now > self.expires_at else ""

    def finish(self, how: str, *, now: datetime) -> None:
        """End it, in memory. What was not sent by then will not be."""
        self.end, self.ended_at = how, now


class ResponseQuerySet(models.QuerySet["Response"]):
    """Reads. None runs SQL or reads the clock."""

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
