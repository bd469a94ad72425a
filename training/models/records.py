"""Who was trained in what, and when: kept for ever (plan L5, K4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import User as Person
from teams.roles import Can
from training.models.choices import Area, Way
from training.models.courses import Course

if TYPE_CHECKING:
    from teams.models import User


class RecordQuerySet(models.QuerySet["Record"]):
    """Reads of training records. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(Q(user=user) | Q(user__in=Person.objects.run_by(user)))

    def valid(self, now: datetime) -> Self:
        """Passed, and not run out at `now`."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=now), passed=True)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class Record(models.Model):
    """One training of one person in one area: the fact that cycles, needs and K4 read.

    `source` names the row that made it ("enrolment:12", "seat:7", "drill:3", "import:…"), so that
    nothing is booked twice. `score` 0-100 or null where nothing was scored; `passed` is whether it
    counts. Corrected only by another action of its source, on the ledger.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="training_records",
        verbose_name=_("person"),
    )
    area = models.CharField(_("area"), max_length=14, choices=Area)
    way = models.CharField(_("way"), max_length=8, choices=Way)
    course = models.ForeignKey(
        Course,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        verbose_name=_("course"),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    minutes = models.PositiveIntegerField(_("minutes"), default=0)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("passed"), default=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=80)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("training record")
        verbose_name_plural = _("training records")
        indexes: ClassVar = [
            models.Index(name="record_by_person", fields=["user", "area", "-at"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_training_is_booked_once", fields=["user", "source"]),
            models.CheckConstraint(
                name="record_scores_0_to_100",
                condition=Q(score=None) | Q(score__range=(0, 100)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.area} {self.at:%Y-%m-%d}"
