"""Courses and what stands in them, version by version (plan L1-L4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models.groups import in_language
from teams.roles import Can
from tickets.models import Product
from training import learning
from training.models.choices import Area

if TYPE_CHECKING:
    from teams.models import User


class CourseQuerySet(models.QuerySet["Course"]):
    """Reads of courses. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Authors see drafts and retired courses too; others what can be taken."""
        if user.can(Can.AUTHOR_COURSES):
            return self
        return self.on_offer() if user.is_active else self.none()

    def on_offer(self) -> Self:
        """Published and not retired."""
        return self.filter(current__isnull=False, retired_at=None)

    def in_order(self) -> Self:
        return self.order_by("area", "name", "pk")

    def required(self) -> Self:
        """On offer and required of somebody; of whom says `Course.is_for`."""
        return self.on_offer().exclude(roles=[])


class Course(models.Model):
    """Something to be learnt in one area (L1-L4), in both languages.

    `roles` and `segments` say for whom it is required: values of Role and Segment; an empty list of
    roles means nobody must, an empty list of segments everybody with such a role. A pass is valid
    for `valid_days`; null means for good. `current` is the published version, null while a draft.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    area = models.CharField(_("area"), max_length=14, choices=Area)
    about = models.TextField(_("what it is about"), blank=True)
    about_zh = models.TextField(_("what it is about, in Chinese"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    roles = models.JSONField(_("required of"), default=list, blank=True)
    segments = models.JSONField(_("required in"), default=list, blank=True)
    valid_days = models.PositiveSmallIntegerField(_("valid for days"), null=True, blank=True)
    needs_first = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="opens", verbose_name=_("needs first")
    )
    products = models.ManyToManyField(
        Product, blank=True, related_name="courses", verbose_name=_("products")
    )
    current = models.ForeignKey(
        "CourseVersion",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("version"),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)

    @property
    def on_offer(self) -> bool:
        """Whether it can be taken now."""
        return self.current_id is not None and self.retired_at is None

    def is_for(self, role: str, segments: Collection[str]) -> bool:
        """Whether it is required of `role` in groups of `segments`."""
        return learning.required(self.roles, self.segments, role=role, serves=segments)

    def told_about(self) -> str:
        """What it is about, in the reader's language."""
        return in_language(self.about, self.about_zh)


class CourseVersion(models.Model):
    """A course as it was published, or the one draft that is being written. Never changed after.

    A learner keeps the version begun with. `pass_mark` in per cent; `time_limit_s` null: no limit;
    `attempts` null: as many as needed. `draws`: [{"area", "difficulty", "n"}, …], what a test draws
    from the bank at random; an empty list means that reading the lessons is all there is.
    """

    course = models.ForeignKey(
        Course, models.PROTECT, related_name="versions", verbose_name=_("course")
    )
    number = models.PositiveIntegerField(_("version"))
    pass_mark = models.PositiveSmallIntegerField(_("pass mark"), default=80)
    time_limit_s = models.PositiveIntegerField(_("time limit"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), null=True, blank=True)
    pretest = models.BooleanField(_("test before the lessons"), default=False)
    draws = models.JSONField(_("drawn from the bank"), default=list, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("version of a course")
        verbose_name_plural = _("versions of courses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="course_version_is_numbered_once", fields=["course", "number"]
            ),
            models.UniqueConstraint(
                name="a_course_has_one_draft", fields=["course"], condition=Q(published_at=None)
            ),
            models.CheckConstraint(
                name="pass_mark_is_a_per_cent", condition=Q(pass_mark__range=(0, 100))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id}.{self.number}"

    @property
    def questions(self) -> int:
        """How many questions a test has."""
        return sum(draw["n"] for draw in self.draws)


class Lesson(models.Model):
    """One page of a course: text in both languages (Markdown), perhaps a video and a file."""

    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="lessons", verbose_name=_("version")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=120)
    title_zh = models.CharField(_("title in Chinese"), max_length=120, blank=True)
    text = models.TextField(_("text"), blank=True)
    text_zh = models.TextField(_("text in Chinese"), blank=True)
    video = models.URLField(_("video"), blank=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        constraints: ClassVar = [
            models.UniqueConstraint(name="lesson_has_its_place", fields=["version", "position"])
        ]

    def __str__(self) -> str:
        return in_language(self.title, self.title_zh)

    def said(self) -> str:
        """Its text in the reader's language, as Markdown."""
        return in_language(self.text, self.text_zh)


def where(file: LessonFile, filename: str) -> str:
    """The stored name: digest only, as for attachments of tickets."""
    return f"lessons/{file.digest[:2]}/{file.digest}"


class LessonFile(models.Model):
    """A file to a lesson: type found from its bytes, served as a download only.

    Rows of later versions of the course name the same stored file.
    """

    lesson = models.ForeignKey(
        Lesson, models.PROTECT, related_name="files", verbose_name=_("lesson")
    )
    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    file = models.FileField(upload_to=where, max_length=200)

    class Meta:
        verbose_name = _("file of a lesson")
        verbose_name_plural = _("files of lessons")

    def __str__(self) -> str:
        return self.name
