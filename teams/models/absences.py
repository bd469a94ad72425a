"""Who is not at work on which days, and why: what the training cycle and bookings ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from teams.models.people import User as Person
from teams.roles import Can

if TYPE_CHECKING:
    from teams.models import User


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Reads of absences. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs. Why somebody is away is nobody else's."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(Q(user=user) | Q(user__in=Person.objects.run_by(user)))

    def on(self, day: date) -> Self:
        """Whoever is away on `day`."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def of(self, users: Iterable[int], first: date, last: date) -> Self:
        """Absences of `users` (keys) with at least a day of `first` to `last`, both included.

        Index: absence_by_person.
        """
        return self.filter(user__in=users, starts_on__lte=last, ends_on__gte=first)

    def ended_since(self, day: date) -> Self:
        """Going on, to come, or over on `day` or later."""
        return self.filter(ends_on__gte=day)

    def in_order(self) -> Self:
        return self.order_by("starts_on", "pk")


class Absence(models.Model):
    """Days from `starts_on` to `ends_on`, both included, on which a person does not work."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("Leave")
        SICKNESS = "sickness", _("Sickness")
        OTHER = "other", _("Other")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        related_name="absences",
        verbose_name=_("person"),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.LEAVE)
    noted_at = models.DateTimeField(_("noted at"))
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        related_name="+",
        verbose_name=_("noted by"),
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        indexes: ClassVar = [models.Index(name="absence_by_person", fields=["user", "ends_on"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.starts_on} - {self.ends_on}"
