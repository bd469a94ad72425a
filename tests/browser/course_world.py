"""The pages of courses, for the browser (tests/browser/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from teams.models import User
from tests.training.factories import (
    make_begun,
    make_course,
    make_draft,
    make_lesson,
    make_lesson_file,
)
from training.models import Course, Lesson, Record

if TYPE_CHECKING:
    from tests.browser.world import World

Place = Callable[["World"], dict[str, Any]]
TEXT = "# One\n\n1. first\n2. *second*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n\n## Two"


def _learner(world: World) -> User:
    found = world.people["specialist"]
    assert found is not None
    return found


def _course(**over: Any) -> Course:
    return make_course(name_zh="倾听", about="About", about_zh="简介", valid_days=90, **over)


def _full(world: World) -> Lesson:
    """A lesson with all that one can have, in a course that the learner takes and that is due."""
    course = _course(roles=["specialist"])
    lesson = make_lesson(
        course=course,
        text=TEXT,
        text_zh=TEXT,
        title_zh="先听",
        video="https://bank.example/film",
        product=world.product,
    )
    make_lesson(course=course)
    make_lesson_file(lesson=lesson)
    make_begun(user=_learner(world), course=course, due_on=date(2026, 1, 1), read=[lesson.pk])
    return lesson


def _due(world: World) -> dict[str, Any]:
    """Something late, something required, something that was done."""
    lesson = _full(world)
    now = timezone.now()
    Record.objects.create(
        user=_learner(world),
        course=lesson.version.course,
        area="product",
        way="course",
        at=now,
        valid_until=now + timedelta(days=20),
        score=88,
        source=f"course:{lesson.pk}",
    )
    return {}


def _taken(world: World) -> dict[str, Any]:
    return {"pk": _full(world).version.course_id}


def _locked(world: World) -> dict[str, Any]:
    course = _course()
    course.needs_first.add(_course())
    return {"pk": course.pk}


def _drafted(world: World) -> dict[str, Any]:
    course = _course()
    draft = make_draft(course=course, draws=[{"area": "product", "difficulty": "easy", "n": 2}])
    lesson = make_lesson(course=course, version=draft, product=world.product)
    make_lesson(course=course, version=draft)
    make_lesson_file(lesson=lesson)
    return {"pk": course.pk, "lesson": lesson.pk}


def _pk_of_draft(world: World) -> dict[str, Any]:
    return {"pk": _drafted(world)["pk"]}


def _lesson(world: World) -> dict[str, Any]:
    lesson = _full(world)
    return {"pk": lesson.version.course_id, "lesson": lesson.pk}


# who, address, what stands in it, query
PAGES: tuple[tuple[str, str, Place, str], ...] = (
    ("specialist", "training", _due, ""),
    ("specialist", "courses", _due, ""),
    ("specialist", "courses", _due, "?area=emergency"),
    ("specialist", "course", _taken, ""),
    ("specialist", "course", _locked, ""),
    ("specialist", "course-lesson", _lesson, ""),
    ("manager", "course", _taken, ""),
    ("manager", "course-new", lambda w: {}, ""),
    ("manager", "course-edit", _pk_of_draft, ""),
    ("manager", "course-write", _pk_of_draft, ""),
    ("manager", "course-test", _pk_of_draft, ""),
    ("manager", "lesson-new", _pk_of_draft, ""),
    ("manager", "lesson-edit", _drafted, ""),
)
NO_PAGES = frozenset(
    {
        *("course-begin", "course-leave", "course-give", "course-do"),
        *("lesson-do", "lesson-file", "lesson-file-remove"),
    }
)
