"""Who learns which course, and how far they are (plan L1-L4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.models import User as Person
from teams.roles import Can
from training.models.courses import Course, CourseVersion, Lesson

if TYPE_CHECKING:
    from teams.models import User

OPEN = Q(passed_at=None, failed_at=None, left_at=None)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Reads of enrolments. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs; all for a director."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(Q(user=user) | Q(user__in=Person.objects.run_by(user)))

    def open(self) -> Self:
        """Neither passed, failed nor left. Index: one_open_enrolment_of_a_course."""
        return self.filter(OPEN)

    def passed(self) -> Self:
        return self.filter(passed_at__isnull=False)

    def soonest_first(self) -> Self:
        """What is due first stands first; what has no day, last."""
        return self.order_by(F("due_on").asc(nulls_last=True), "pk")


class Enrolment(models.Model):
    """One person learns one version of a course; they keep the version they began with.

    It ends once: passed (`score` 0-100, null where nothing was tested), failed (every attempt used
    up) or left. `read`: keys of the lessons that were read, in the order of reading.
    """

    class Why(models.TextChoices):
        SELF = "self", _("Own choice")
        CYCLE = "cycle", _("Quarterly training")
        NEED = "need", _("Learning need")
        MANAGER = "manager", _("Given by the manager")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="enrolments",
        verbose_name=_("person"),
    )
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="enrolments", verbose_name=_("course")
    )
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="enrolments", verbose_name=_("version")
    )
    why = models.CharField(_("why"), max_length=7, choices=Why, default=Why.SELF)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    begun_at = models.DateTimeField(_("begun at"))
    read = models.JSONField(_("lessons read"), default=list, blank=True)
    passed_at = models.DateTimeField(_("passed at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        indexes: ClassVar = [
            models.Index(name="enrolment_open_of_person", fields=["user", "due_on"], condition=OPEN)
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_enrolment_of_a_course", fields=["course", "user"], condition=OPEN
            ),
            models.CheckConstraint(
                name="an_enrolment_ends_once",
                condition=Q(passed_at=None, failed_at=None)
                | Q(passed_at=None, left_at=None)
                | Q(failed_at=None, left_at=None),
            ),
            models.CheckConstraint(
                name="enrolment_scores_0_to_100",
                condition=Q(score=None) | Q(score__range=(0, 100)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.course_id}"

    @property
    def is_open(self) -> bool:
        return self.passed_at is None and self.failed_at is None and self.left_at is None

    @property
    def is_tested(self) -> bool:
        """Whether a test has to be passed; else reading every lesson is enough."""
        return bool(self.version.draws)

    def unread(self, lessons: list[Lesson]) -> list[Lesson]:
        """Those of `lessons` that were not read, in their order."""
        return [lesson for lesson in lessons if lesson.pk not in self.read]

    def share_read(self, lessons: list[Lesson]) -> int:
        """How much is read, in whole per cent; of no lessons, all."""
        unread = len(self.unread(lessons))
        return round(100 * (len(lessons) - unread) / len(lessons)) if lessons else 100

    def is_late(self, now: datetime) -> bool:
        """Open after the last day it was due on, by the reader's calendar."""
        return self.is_open and self.due_on is not None and timezone.localdate(now) > self.due_on
