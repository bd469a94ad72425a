"""Makers of what training holds."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import count
from typing import Any

from django.core.files.base import ContentFile

from teams.models import User
from tests.factories import T0, after, make_manager, make_ticket
from training.models import (
    Certificate,
    Course,
    CourseVersion,
    Cycle,
    CycleMember,
    Enrolment,
    Lesson,
    LessonFile,
    Need,
    Review,
    ReviewForm,
    ReviewFormVersion,
    Seat,
    Session,
)

_n = count(1)
LINES = [
    {"key": "greets", "name": "Greets by name", "weight": 1, "area": "communication"},
    {"key": "identity", "name": "Checks identity", "weight": 3, "critical": True},
]


def make_cycle(**over: Any) -> Cycle:
    """Product knowledge in the first quarter of 2026."""
    fields = {"area": "product", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)}
    return Cycle.objects.get_or_create(**fields | over, defaults={"opened_at": T0})[0]


def make_member(*, user: User, **over: Any) -> CycleMember:
    """A person who must attend a cycle, in the first group they serve."""
    fields = {
        "cycle": over.get("cycle") or make_cycle(),
        "group": user.groups_served.first(),
        "since": date(2026, 1, 1),
        "due_on": date(2026, 3, 31),
        "remind_on": date(2026, 3, 17),
    }
    return CycleMember.objects.create(user=user, **fields | over)


def make_review_form(**over: Any) -> ReviewForm:
    """A form of two lines, in use."""
    form = ReviewForm.objects.create(**{"name": f"Form {next(_n)}"} | over)
    form.current = ReviewFormVersion.objects.create(
        form=form, number=1, items=LINES, made_at=T0, made_by=make_manager()
    )
    form.save(update_fields=["current"])
    return form


def make_review(**over: Any) -> Review:
    """A rating that is done: the customer was not greeted by name."""
    ticket = over.pop("ticket", None) or make_ticket(step="closed")
    fields = {
        "ticket": ticket,
        "person": ticket.owner,
        "rater": ticket.group.manager or make_manager(runs=[ticket.group]),
        "form": make_review_form().current,
        "made_at": T0,
        "done_at": after(60),
        "answers": {"greets": "not_met", "identity": "met"},
        "comments": {"greets": "No name used"},
        "failed": ["greets"],
        "score": 75,
    }
    return Review.objects.create(**fields | over)


def make_course(**over: Any) -> Course:
    """A course of communication that can be taken: nothing is tested."""
    fields = {"name": f"Course {next(_n)}", "area": "communication", "minutes": 30}
    course = Course.objects.create(**fields | over)
    course.current = CourseVersion.objects.create(course=course, number=1, published_at=T0)
    course.save(update_fields=["current"])
    return course


def make_need(**over: Any) -> Need:
    """An open need by a poor rating."""
    fields = {"area": "communication", "why": "rating", "at": T0}
    return Need.objects.create(**fields | over)


def make_session(*, trainer: User, **over: Any) -> Session:
    """Two places the day after tomorrow at nine, for an hour and a half."""
    fields = {
        "area": "product",
        "name": "Funds",
        "name_zh": "基金",
        "place": "Room 2",
        "starts_at": after(2 * 86_400),
        "ends_at": after(2 * 86_400 + 5400),
        "capacity": 2,
        "made_at": T0,
        "made_by": trainer,
    }
    return Session.objects.create(trainer=trainer, **fields | over)


def make_seat(*, session: Session, user: User, **over: Any) -> Seat:
    """A booked seat; no mail is written."""
    fields = {"step": "booked", "asked_at": T0, "asked_by": user}
    return Seat.objects.create(session=session, user=user, **fields | over)


def make_certificate(**over: Any) -> Certificate:
    """Valid for a year from T0."""
    fields = {"area": "service", "issued_at": T0, "valid_until": after(365 * 86_400)}
    fields["name"] = str(over["user"])
    return Certificate.objects.create(**fields | over)


def make_lesson(*, course: Course, **over: Any) -> Lesson:
    """A lesson of what is on offer, the last."""
    version = over.pop("version", course.current)
    fields = {"version": version, "position": version.lessons.count() + 1, "title": "Listen first"}
    return Lesson.objects.create(**fields | {"text": "# Listen\n\nThen *speak*."} | over)


def make_draft(*, course: Course, **over: Any) -> CourseVersion:
    """A version that is being written."""
    return CourseVersion.objects.create(course=course, number=course.versions.count() + 1, **over)


def make_lesson_file(*, lesson: Lesson, content: bytes = b"%PDF-1.4 lesson") -> LessonFile:
    """A small PDF to a lesson."""
    digest = hashlib.sha256(content).hexdigest()
    row = LessonFile(
        lesson=lesson, name="leaf.pdf", type="application/pdf", size=len(content), digest=digest
    )
    row.file.save(row.name, ContentFile(content), save=True)
    return row


def make_begun(*, user: User, **over: Any) -> Enrolment:
    """A course that was begun by own choice."""
    course = over.pop("course", None) or make_course()
    fields = {"course": course, "version": course.current, "begun_at": T0}
    return Enrolment.objects.create(user=user, **fields | over)
