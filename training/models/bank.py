"""The question bank (plan L1-L4): what is asked, in both languages; a row is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models.groups import in_language
from teams.roles import Can
from training import marking
from training.models.choices import Area
from training.models.courses import Course

if TYPE_CHECKING:
    from teams.models import User


class Difficulty(models.TextChoices):
    """How hard its author thinks a question is; its statistics say how hard it is."""

    EASY = "easy", _("Easy")
    MEDIUM = "medium", _("Medium")
    HARD = "hard", _("Hard")


class Kind(models.TextChoices):
    """How a question is answered (training/marking.py)."""

    SINGLE = marking.SINGLE, _("One right answer")
    MULTIPLE = marking.MULTIPLE, _("Several right answers")
    ORDERING = marking.ORDERING, _("Put in order")
    MATCHING = marking.MATCHING, _("Match pairs")
    TEXT = marking.TEXT, _("Free text, marked by a trainer")


class QuestionQuerySet(models.QuerySet["Question"]):
    """Reads of the bank. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """The bank is for authors: whoever could read it would know the key of every test."""
        return self if user.can(Can.AUTHOR_COURSES) else self.none()

    def in_bank(self) -> Self:
        """What tests draw from. Index: question_in_bank."""
        return self.filter(retired_at=None)

    def for_course(self, course: Course) -> Self:
        """What a test of `course` may draw: of the bank, what is everybody's or the course's."""
        return self.in_bank().filter(Q(course=None) | Q(course=course))

    def found_by(self, words: str) -> Self:
        """Those with every word in their text, of either language."""
        rows = self
        for word in words.split():
            rows = rows.filter(Q(text__icontains=word) | Q(text_zh__icontains=word))
        return rows

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Question(models.Model):
    """One question as it was written; another wording is another row that `replaces` this one.

    So an answer keeps the question it answered, and statistics never mix two wordings.
    `options`: [{"text", "text_zh", "right", "partner", "partner_zh"}, …], for an ordering in the
    right order, for free text none. `why` is shown with the key; for free text it says what a good
    answer has. Null `course`: for all. Retired: no test draws it any more.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    area = models.CharField(_("area"), max_length=14, choices=Area)
    difficulty = models.CharField(_("difficulty"), max_length=6, choices=Difficulty)
    course = models.ForeignKey(
        Course,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("course"),
    )
    text = models.TextField(_("question"))
    text_zh = models.TextField(_("question in Chinese"), blank=True)
    options = models.JSONField(_("answers to choose from"), default=list, blank=True)
    why = models.TextField(_("explanation"), blank=True)
    why_zh = models.TextField(_("explanation in Chinese"), blank=True)
    points = models.PositiveSmallIntegerField(_("points"), default=1)
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        indexes: ClassVar = [
            models.Index(
                name="question_in_bank",
                fields=["area", "difficulty"],
                condition=Q(retired_at=None),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="question_earns_1_to_10_points", condition=Q(points__range=(1, 10))
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.text, self.text_zh)

    @property
    def successor(self) -> Question | None:
        """The row that took its place."""
        return getattr(self, "replaced_by", None)

    def explained(self) -> str:
        """The explanation in the reader's language."""
        return in_language(self.why, self.why_zh)

    def option(self, number: int) -> str:
        """The text of an option in the reader's language."""
        one: dict[str, Any] = self.options[number]
        return in_language(one["text"], one.get("text_zh", ""))

    def partner(self, number: int) -> str:
        """The other side of an option of a matching, in the reader's language."""
        one: dict[str, Any] = self.options[number]
        return in_language(one.get("partner", ""), one.get("partner_zh", ""))
