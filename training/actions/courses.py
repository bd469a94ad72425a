"""Courses are written as drafts, published version by version, and retired (L1-L4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from teams.models.groups import Segment
from teams.models.people import Role
from teams.roles import Can
from training import drawing, learning
from training.models import (
    Area,
    Course,
    CourseVersion,
    Difficulty,
    Lesson,
    LessonFile,
    Question,
)

TEXTS = ("name", "name_zh", "about", "about_zh")
LISTS = ("needs_first", "products")
TEST = ("pass_mark", "time_limit_s", "attempts", "pretest", "draws")
MOST_MINUTES = 600
MOST_DAYS = 3650


def locked(course_id: int, *, by: User, seen: int | None = None) -> Course:
    """The course, locked for a change. Raises Course.DoesNotExist, ChangedError."""
    by.must(Can.AUTHOR_COURSES)
    course = Course.objects.visible_to(by).select_for_update(of=("self",)).get(pk=course_id)
    if seen is not None and seen != course.version:
        raise ChangedError(
            _("This course has changed since you opened it. Read what is new, then send again.")
        )
    return course


@transaction.atomic
def save_course(
    course_id: int | None,
    *,
    by: User,
    now: datetime,
    seen: int | None = None,
    **fields: Any,
) -> Course:
    """Make a course with its first draft (`course_id` None), or change what is said about it.

    `fields`: columns of Course, `needs_first` courses and `products`; those not given stay. What it
    teaches is its draft's. Raises PermissionDenied, Course.DoesNotExist, ChangedError, InvalidError
    (name, area, roles, segments, needs_first, minutes, valid_days); then nothing is written.
    """
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by, seen=seen) if course_id else Course()
    for name in set(fields) - set(LISTS):
        value = fields[name]
        setattr(course, name, value.strip() if name in TEXTS else value)
    _check(course, fields.get("needs_first"))
    course.version += 1 if course_id else 0
    course.save()
    if "needs_first" in fields:
        course.needs_first.set(fields["needs_first"])
    if "products" in fields:
        course.products.set(fields["products"])
    if course_id is None:
        CourseVersion.objects.create(course=course, number=1)
    record("course.saved", "course", course.pk, by=by, now=now, fields=sorted(fields))
    return course


def _check(course: Course, first: Sequence[Course] | None) -> None:
    """Raises InvalidError for the first thing that is wrong."""
    _check_name(course)
    for field, known in (("roles", Role.values), ("segments", Segment.values)):
        if not set(getattr(course, field)) <= set(known):
            raise InvalidError(field, _("Choose from the list."))
    if course.area not in Area.values:
        raise InvalidError("area", _("Choose one of the four areas."))
    if not 1 <= course.minutes <= MOST_MINUTES:
        said = _("Enter minutes from 1 to %(most)s.")
        raise InvalidError("minutes", said % {"most": MOST_MINUTES})
    if course.valid_days is not None and not 1 <= course.valid_days <= MOST_DAYS:
        said = _("Enter days from 1 to %(most)s, or leave it empty.")
        raise InvalidError("valid_days", said % {"most": MOST_DAYS})
    if course.pk and first and learning.goes_round(course.pk, [c.pk for c in first], _first()):
        said = _("One of these courses needs this one first. Leave it out.")
        raise InvalidError("needs_first", said)


def _check_name(course: Course) -> None:
    if not course.name:
        raise InvalidError("name", _("Enter the name."))
    if Course.objects.filter(name=course.name).exclude(pk=course.pk).exists():
        raise InvalidError("name", _("There is a course with this name. Choose another."))


def _first() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    links = Course.needs_first.through.objects.values_list("from_course", "to_course")
    for course, before in links:
        found.setdefault(course, []).append(before)
    return found


# ---- versions -----------------------------------------------------------------------------------
def draft_of(course: Course) -> CourseVersion:
    """The draft that is being written. Raises RefusedError when there is none."""
    found = course.versions.filter(published_at=None).first()
    if found is None:
        raise RefusedError(_("Begin a new version first: a published one is never changed."))
    return found


@transaction.atomic
def begin_draft(course_id: int, *, by: User, now: datetime) -> CourseVersion:
    """A new draft with all that the published version holds. Raises as `save_course`,
    RefusedError (there is a draft already)."""
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    if course.current is None or course.versions.filter(published_at=None).exists():
        raise RefusedError(_("There is a draft already."))
    old = course.current
    number = course.versions.count() + 1
    made = course.versions.create(number=number, **{name: getattr(old, name) for name in TEST})
    for lesson in old.lessons.prefetch_related("files").order_by("position"):
        files = list(lesson.files.all())
        lesson.pk, lesson.version = None, made  # as Django's "Copying model instances" has it
        lesson.save(force_insert=True)
        for file in files:
            file.pk, file.lesson = None, lesson
        LessonFile.objects.bulk_create(files)
    record("course.draft_begun", "course", course.pk, by=by, now=now, version=made.number)
    return made


@transaction.atomic
def save_test(
    course_id: int,
    *,
    by: User,
    now: datetime,
    pass_mark: int = 80,
    time_limit_s: int | None = None,
    attempts: int | None = None,
    pretest: bool = False,
    draws: Sequence[Mapping[str, Any]] = (),
) -> CourseVersion:
    """How the draft is tested; no `draws`: it is not, reading is enough.

    `draws`: [{"area", "difficulty", "n"}, …]; `pass_mark` in per cent, `time_limit_s` in seconds.
    Raises as `save_course`, RefusedError (no draft), InvalidError.
    """
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    draft = draft_of(course)
    if not 1 <= pass_mark <= 100:
        raise InvalidError("pass_mark", _("Enter a per cent from 1 to 100."))
    if time_limit_s is not None and not 60 <= time_limit_s <= 4 * 3600:
        raise InvalidError("time_limit_s", _("Enter a time from 1 minute to 4 hours."))
    if attempts is not None and not 1 <= attempts <= 20:
        raise InvalidError("attempts", _("Enter attempts from 1 to 20, or leave it empty."))
    draft.draws = _draws(draws)
    draft.pass_mark, draft.time_limit_s, draft.attempts = pass_mark, time_limit_s, attempts
    draft.pretest = pretest and bool(draft.draws)
    draft.save(update_fields=TEST)
    record("course.test_saved", "course", course.pk, by=by, now=now, version=draft.number)
    return draft


def _draws(draws: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    wanted = [
        {"area": one.area, "difficulty": one.difficulty, "n": one.n} for one in drawing.read(draws)
    ]
    for one in wanted:
        known = {*Difficulty.values, drawing.ANY}
        if one["area"] not in Area.values or one["difficulty"] not in known:
            raise InvalidError("draws", _("Choose from the list."))
    if sum(one.n for one in drawing.read(draws)) > drawing.MOST_QUESTIONS:
        said = _("Draw at most %(most)s questions.") % {"most": drawing.MOST_QUESTIONS}
        raise InvalidError("draws", said)
    return wanted


@transaction.atomic
def publish_course(course_id: int, *, by: User, now: datetime) -> Course:
    """The draft becomes what can be taken; who learns an earlier version keeps that one.

    Raises as `save_course`, RefusedError: no draft, nothing in it, or the bank is too small for
    its test.
    """
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    draft = draft_of(course)
    if not Lesson.objects.filter(version=draft).exists():
        raise RefusedError(_("Write a lesson before you publish."))
    if short := drawing.lacks(drawing.read(draft.draws), bank_of(course)):
        raise RefusedError(
            _("The bank has %(has)s of the %(n)s questions that a test draws of %(area)s.")
            % {
                "has": short[0].has,
                "n": short[0].draw.n,
                "area": Area(short[0].draw.area).label,
            }
        )
    draft.published_at, draft.published_by = now, by
    draft.save(update_fields=["published_at", "published_by"])
    course.current = draft
    course.version += 1
    course.save(update_fields=["current", "version"])
    record("course.published", "course", course.pk, by=by, now=now, version=draft.number)
    return course


def bank_of(course: Course) -> dict[tuple[str, str], int]:
    """How many questions a test of `course` may draw, by area and difficulty."""
    found: dict[tuple[str, str], int] = {}
    rows = Question.objects.for_course(course).values_list("area", "difficulty")
    for place in rows.order_by():
        found[place] = found.get(place, 0) + 1
    return found


@transaction.atomic
def retire_course(course_id: int, *, by: User, now: datetime, retired: bool = True) -> Course:
    """Nobody can begin it any more; who has begun may finish. `retired` False: on offer again.

    Raises as `save_course`, RefusedError (already so).
    """
    by.must(Can.AUTHOR_COURSES)
    course = locked(course_id, by=by)
    if (course.retired_at is not None) == retired:
        said = _("This course is retired already.") if retired else _("This course is not retired.")
        raise RefusedError(said)
    course.retired_at = now if retired else None
    course.version += 1
    course.save(update_fields=["retired_at", "version"])
    kind = "course.retired" if retired else "course.restored"
    record(kind, "course", course.pk, by=by, now=now)
    return course
