"""Tests that were begun, question by question, with what was answered (plan L1-L4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from teams.roles import Can
from training import items, marking
from training.models.bank import Question
from training.models.enrolments import Enrolment

if TYPE_CHECKING:
    from teams.models import User


class Purpose(models.TextChoices):
    """What a test is for."""

    BEFORE = "before", _("Before the lessons")
    AFTER = "after", _("After the lessons")


class Ending(models.TextChoices):
    """How a test came to its end."""

    HANDED_IN = "handed_in", _("Handed in")
    RAN_OUT = "ran_out", _("Time ran out")


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Reads of attempts. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own: a trainer marks without knowing whose answer it is, so nobody else's."""
        return self.filter(enrolment__user=user)

    def going(self) -> Self:
        return self.filter(closed_at=None)

    def run_out(self, now: datetime) -> Self:
        """Open ones whose time is over. Index: attempt_to_close."""
        return self.going().filter(deadline_at__lt=now).order_by("deadline_at", "pk")

    def finals(self) -> Self:
        """Tests after the lessons: those that count."""
        return self.filter(purpose=Purpose.AFTER)

    def with_items(self) -> Self:
        """With their questions in order, in one query more."""
        rows = AttemptItem.objects.select_related("question")
        return self.prefetch_related(models.Prefetch("items", rows.order_by("position")))


class Attempt(models.Model):
    """One test of one enrolment: drawn by `seed`, to be answered by `deadline_at` (null: no limit).

    Closed when handed in or run out; marked when every free text is. `points` of `out_of`; `score`
    0-100; `passed` is null for a test before the lessons, which only measures.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="tests", verbose_name=_("enrolment")
    )
    purpose = models.CharField(_("purpose"), max_length=6, choices=Purpose)
    number = models.PositiveSmallIntegerField(_("attempt"))
    seed = models.CharField(_("seed"), max_length=64)
    begun_at = models.DateTimeField(_("begun at"))
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    ended = models.CharField(_("ended"), max_length=9, choices=Ending, blank=True)
    marked_at = models.DateTimeField(_("marked at"), null=True, blank=True)
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2, null=True, blank=True)
    out_of = models.PositiveSmallIntegerField(_("of points"), default=0)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("test")
        verbose_name_plural = _("tests")
        indexes: ClassVar = [
            models.Index(
                name="attempt_to_close", fields=["deadline_at"], condition=Q(closed_at=None)
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="attempt_is_numbered_once", fields=["enrolment", "purpose", "number"]
            ),
            models.UniqueConstraint(
                name="one_test_at_a_time", fields=["enrolment"], condition=Q(closed_at=None)
            ),
            models.CheckConstraint(
                name="a_closed_test_says_how",
                condition=Q(closed_at=None, ended="") | (Q(closed_at__isnull=False) & ~Q(ended="")),
            ),
            models.CheckConstraint(
                name="a_marked_test_has_its_score",
                condition=Q(marked_at=None, score=None, points=None)
                | Q(marked_at__isnull=False, closed_at__isnull=False, score__range=(0, 100)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.purpose} {self.number}"

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over at `now`; the last instant still counts. Twin of `run_out`."""
        return self.deadline_at is not None and now > self.deadline_at


class AttemptItemQuerySet(models.QuerySet["AttemptItem"]):
    """Reads of the questions of tests. None runs SQL or reads the clock, but `sums`."""

    def to_mark(self, user: User) -> Self:
        """Free texts for a trainer to mark, oldest first; never one's own. Index: item_to_mark."""
        if not user.can(Can.RUN_TRAINING):
            return self.none()
        waiting = self.filter(waits_since__isnull=False)
        return waiting.exclude(attempt__enrolment__user=user).order_by("waits_since", "pk")

    def counted(self) -> Self:
        """What item statistics count: first tests after the lessons, marked.

        Retries would flatter a question, tests before the lessons would blacken it.
        """
        return self.filter(
            attempt__marked_at__isnull=False,
            attempt__purpose=Purpose.AFTER,
            attempt__number=1,
            attempt__out_of__gt=F("question__points"),
        )

    def sums(self, questions: list[int]) -> dict[int, items.Moments]:
        """What difficulty and discrimination of each are reckoned from. Runs one query."""
        worth = Cast("question__points", FloatField())
        earned = Cast("points", FloatField())
        x = earned / worth
        rest = Cast("attempt__points", FloatField()) - earned
        y = rest / (Cast("attempt__out_of", FloatField()) - worth)
        rows = (
            self.counted()
            .filter(question__in=questions)
            .annotate(x=x, y=y)
            .values("question")
            .annotate(
                n=models.Count("pk"),
                sx=models.Sum("x"),
                sy=models.Sum("y"),
                sxx=models.Sum(F("x") * F("x")),
                syy=models.Sum(F("y") * F("y")),
                sxy=models.Sum(F("x") * F("y")),
            )
            .order_by()
        )
        return {
            row["question"]: items.Moments(
                row["n"], row["sx"], row["sy"], row["sxx"], row["syy"], row["sxy"]
            )
            for row in rows
        }


class AttemptItem(models.Model):
    """One question of a test: how it was shown, what is answered so far, what it earned.

    `shown`: {"options": [number, …], "partners": […]}; `given`: see training/marking.py; both speak
    of `question`, which never changes. `revision` counts what was kept and `window` names the page
    that wrote last, so that an old window writes nothing over. `waits_since`: a free text that a
    trainer has to mark.
    """

    attempt = models.ForeignKey(
        Attempt, models.PROTECT, related_name="items", verbose_name=_("test")
    )
    question = models.ForeignKey(
        Question, models.PROTECT, related_name="answers", verbose_name=_("question")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    shown = models.JSONField(_("as shown"), default=dict)
    given = models.JSONField(_("answer"), default=dict, blank=True)
    saved_at = models.DateTimeField(_("saved at"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    window = models.CharField(max_length=32, blank=True, editable=False)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True, blank=True)
    waits_since = models.DateTimeField(_("waits since"), null=True, blank=True)
    marked_at = models.DateTimeField(_("marked at"), null=True, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("marked by"),
    )
    remark = models.TextField(_("remark"), max_length=2000, blank=True)

    objects = AttemptItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("question of a test")
        verbose_name_plural = _("questions of tests")
        indexes: ClassVar = [
            models.Index(
                name="item_to_mark",
                fields=["waits_since", "id"],
                condition=Q(waits_since__isnull=False),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="item_has_its_place", fields=["attempt", "position"]),
            models.UniqueConstraint(
                name="a_test_asks_a_question_once", fields=["attempt", "question"]
            ),
            models.CheckConstraint(
                name="item_earns_no_less_than_nothing",
                condition=Q(points=None) | Q(points__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.position}"

    @property
    def mix(self) -> marking.Shown:
        """How its options stand on the page."""
        return marking.Shown(self.shown.get("options", []), self.shown.get("partners", []))

    @property
    def is_answered(self) -> bool:
        return bool(self.given)

    @property
    def share(self) -> float | None:
        """What it earned of its points, 0 to 1; None while it waits."""
        return None if self.points is None else float(self.points) / self.question.points
