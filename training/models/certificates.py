"""Certificates: an area that somebody has passed whole, for a time, with a code to verify it."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from teams.models import User as Person
from teams.roles import Can
from training.models.choices import Area

if TYPE_CHECKING:
    from teams.models import User


def new_code() -> str:
    """96 random bits: nobody finds a certificate by trying."""
    return token_urlsafe(12)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Reads of certificates. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(Q(user=user) | Q(user__in=Person.objects.run_by(user)))

    def valid(self, now: datetime) -> Self:
        """Neither run out at `now` nor taken back."""
        return self.filter(valid_until__gt=now, revoked_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-issued_at", "-pk")


class Certificate(models.Model):
    """One person is certified in one area until `valid_until`. `name`: as it was then."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="certificates",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=120)
    area = models.CharField(_("area"), max_length=14, choices=Area)
    code = models.CharField(_("code"), max_length=24, unique=True, default=new_code)
    issued_at = models.DateTimeField(_("issued at"))
    valid_until = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    revoked_because = models.TextField(_("taken back because"), blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        indexes: ClassVar = [
            models.Index(name="certificate_of_person", fields=["user", "area", "-valid_until"])
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_certificate_for_each_term", fields=["user", "area", "valid_until"]
            ),
            models.CheckConstraint(
                name="certificate_is_valid_for_a_time", condition=Q(valid_until__gt=F("issued_at"))
            ),
            models.CheckConstraint(
                name="certificate_is_taken_back_with_a_reason",
                condition=Q(revoked_at=None, revoked_by=None, revoked_because="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_area_display()}"

    def holds(self, now: datetime) -> bool:
        """Whether it can be relied on at `now`."""
        return self.revoked_at is None and now < self.valid_until

    @property
    def link(self) -> str:
        """The whole address where anybody who holds it can verify it."""
        return f"{settings.BASE_URL}{reverse('certificate-verify', args=[self.code])}"
