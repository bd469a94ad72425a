"""The lessons of a draft: written, put in order, given files (L1-L4)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions.files import LARGEST, MOST, Upload, type_of
from tickets.models import Product
from training.actions.courses import draft_of, locked
from training.learning import MOST_LESSONS
from training.models import Lesson, LessonFile

LONGEST = 50_000


@transaction.atomic
def save_lesson(
    course_id: int,
    lesson_id: int | None,
    *,
    by: User,
    now: datetime,
    title: str,
    title_zh: str = "",
    text: str = "",
    text_zh: str = "",
    video: str = "",
    product: Product | None = None,
    files: list[Upload] | None = None,
) -> Lesson:
    """Write a lesson of the draft; a new one (`lesson_id` None) comes last. Texts are Markdown.

    `files` are added to those it has. Raises PermissionDenied, Course.DoesNotExist,
    Lesson.DoesNotExist (not of the draft), RefusedError (no draft), InvalidError.
    """
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    draft = draft_of(course)
    lessons = Lesson.objects.filter(version=draft)
    last = lessons.order_by("-position").first()
    if lesson_id is None and last is not None and lessons.count() >= MOST_LESSONS:
        raise RefusedError(_("A course has at most %(most)s lessons.") % {"most": MOST_LESSONS})
    new = Lesson(version=draft, position=last.position + 1 if last else 1)
    lesson = new if lesson_id is None else lessons.get(pk=lesson_id)
    lesson.title, lesson.title_zh = title.strip(), title_zh.strip()
    lesson.text, lesson.text_zh, lesson.video, lesson.product = text, text_zh, video, product
    if not lesson.title:
        raise InvalidError("title", _("Enter the title."))
    if video and not video.startswith("https://"):
        raise InvalidError("video", _("Enter an address that begins with https://."))
    for field, written in (("text", text), ("text_zh", text_zh)):
        if len(written) > LONGEST:
            raise InvalidError(field, _("This text is too long. Make two lessons of it."))
    lesson.save()
    _attach(lesson, files or [])
    record("course.lesson_saved", "course", course.pk, by=by, now=now, lesson=lesson.pk)
    return lesson


def _attach(lesson: Lesson, files: list[Upload]) -> None:
    """Keep `files` with the lesson. Raises InvalidError (`files`) as attachments of tickets."""
    if lesson.files.count() + len(files) > MOST:
        raise InvalidError("files", _("Attach at most %(most)s files.") % {"most": MOST})
    for upload in files:
        name = PurePath((upload.name or "").replace("\\", "/")).name[:200] or "file"
        content = upload.read()
        if len(content) > LARGEST:
            said = _("%(name)s is too large. Attach files of up to 10 MB.")
            raise InvalidError("files", said % {"name": name})
        kind = type_of(name, content)
        if kind is None:
            said = _(
                "%(name)s cannot be attached. Attach a PDF, picture, Word, Excel or text file."
            )
            raise InvalidError("files", said % {"name": name})
        digest = hashlib.sha256(content).hexdigest()
        row = LessonFile(lesson=lesson, name=name, type=kind, size=len(content), digest=digest)
        row.file.save(name, ContentFile(content), save=True)


@transaction.atomic
def remove_file(course_id: int, file_id: int, *, by: User, now: datetime) -> Lesson:
    """Take a file from a lesson of the draft; earlier versions keep theirs. Raises as above."""
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    rows = LessonFile.objects.filter(lesson__version=draft_of(course)).select_related("lesson")
    file = rows.get(pk=file_id)
    stored, name = file.file.storage, file.file.name
    lesson = file.lesson
    file.delete()
    if name and not LessonFile.objects.filter(file=name).exists():
        transaction.on_commit(lambda: stored.delete(name))
    record("course.file_removed", "course", course.pk, by=by, now=now, lesson=lesson.pk)
    return lesson


@transaction.atomic
def move_lesson(course_id: int, lesson_id: int, *, by: User, now: datetime, up: bool) -> Lesson:
    """Put a lesson of the draft one place up or down; at the end nothing moves. Raises as above."""
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    lessons = Lesson.objects.filter(version=draft_of(course))
    lesson = lessons.get(pk=lesson_id)
    beside = (
        lessons.filter(position__lt=lesson.position).order_by("-position").first()
        if up
        else lessons.filter(position__gt=lesson.position).order_by("position").first()
    )
    if beside is None:
        return lesson
    mine, theirs = lesson.position, beside.position
    lessons.filter(pk=lesson.pk).update(position=0)  # a place is held once, also for an instant
    lessons.filter(pk=beside.pk).update(position=mine)
    lessons.filter(pk=lesson.pk).update(position=theirs)
    lesson.position = theirs
    record("course.lesson_moved", "course", course.pk, by=by, now=now, lesson=lesson.pk)
    return lesson


@transaction.atomic
def remove_lesson(course_id: int, lesson_id: int, *, by: User, now: datetime) -> None:
    """Take a lesson out of the draft, with its files. Raises as above."""
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    lesson = Lesson.objects.filter(version=draft_of(course)).get(pk=lesson_id)
    for file in lesson.files.all():
        remove_file(course_id, file.pk, by=by, now=now)
    lesson.delete()
    record("course.lesson_removed", "course", course.pk, by=by, now=now, lesson=lesson_id)
