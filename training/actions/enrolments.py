"""People begin courses, read them and leave them (L1-L4)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import RefusedError
from teams.models import User
from teams.roles import Can
from training import learning
from training.actions._pass import fail_course, pass_course
from training.models import Course, Enrolment, Lesson, Record

__all__ = [
    "comes_first",
    "enrol",
    "fail_course",
    "leave_course",
    "pass_course",
    "passes",
    "read_lesson",
    "standings",
]


@transaction.atomic
def enrol(
    course_id: int,
    *,
    user_id: int,
    by: User,
    now: datetime,
    why: str = Enrolment.Why.SELF,
    due_on: date | None = None,
) -> Enrolment:
    """Let a person begin a course: oneself, or one of the people `by` runs.

    Who has begun keeps the enrolment; an earlier `due_on` then takes the place of a later one.
    Raises PermissionDenied (not a person that `by` runs), Course.DoesNotExist, RefusedError (not
    on offer, another course comes first); then nothing is written.
    """
    by.must(Can.KEEP_OWN if user_id == by.pk else Can.RUN_TRAINING)
    people = User.objects.at_work() if user_id == by.pk else User.objects.run_by(by).at_work()
    user = people.get(pk=user_id)
    course = Course.objects.visible_to(by).select_related("current").get(pk=course_id)
    if not course.on_offer or course.current is None:
        raise RefusedError(_("This course is not on offer."))
    if first := comes_first(course, user):
        said = _("Pass “%(course)s” first.")
        raise RefusedError(said % {"course": first[0]})
    told = {"version": course.current, "why": why, "due_on": due_on, "begun_at": now}
    enrolment, made = Enrolment.objects.get_or_create(
        user=user, course=course, passed_at=None, failed_at=None, left_at=None, defaults=told
    )
    if made:
        record(
            "training.enrolled",
            "person",
            user.pk,
            by=by,
            now=now,
            course=course.pk,
            why=why,
            due_on=due_on and due_on.isoformat(),
        )
    elif due_on is not None and (enrolment.due_on is None or due_on < enrolment.due_on):
        enrolment.due_on = due_on
        enrolment.save(update_fields=["due_on"])
        record("training.due", "person", user.pk, by=by, now=now, due_on=due_on.isoformat())
    return enrolment


def comes_first(course: Course, user: User) -> list[Course]:
    """The courses that `user` has to pass before `course`, in order of name."""
    done = Record.objects.filter(user=user, course__isnull=False, passed=True)
    return list(course.needs_first.exclude(pk__in=done.values("course")).in_order())


def _mine(enrolment_id: int, by: User) -> Enrolment:
    """The open enrolment of `by`, locked. Raises Enrolment.DoesNotExist, RefusedError."""
    rows = Enrolment.objects.filter(user=by).select_for_update(of=("self",))
    found = rows.select_related("course", "version", "user").get(pk=enrolment_id)
    if not found.is_open:
        raise RefusedError(_("This course is finished already."))
    return found


@transaction.atomic
def read_lesson(enrolment_id: int, *, by: User, now: datetime, lesson_id: int) -> Enrolment:
    """One has read a lesson. Without a test the last one passes the course.

    Raises PermissionDenied, Enrolment.DoesNotExist (not one's own), Lesson.DoesNotExist,
    RefusedError (it has ended).
    """
    by.must(Can.KEEP_OWN)
    enrolment = _mine(enrolment_id, by)
    lessons = list(Lesson.objects.filter(version=enrolment.version_id).order_by("position"))
    if lesson_id not in {lesson.pk for lesson in lessons}:
        raise Lesson.DoesNotExist
    if lesson_id not in enrolment.read:
        enrolment.read = [*enrolment.read, lesson_id]
        enrolment.save(update_fields=["read"])
    if not enrolment.is_tested and not enrolment.unread(lessons):
        pass_course(enrolment, None, now=now, by=by)
    return enrolment


@transaction.atomic
def leave_course(enrolment_id: int, *, by: User, now: datetime) -> Enrolment:
    """Give up a course that one chose oneself; what was given by others has to be done.

    Raises PermissionDenied, Enrolment.DoesNotExist (not one's own), RefusedError.
    """
    by.must(Can.KEEP_OWN)
    enrolment = _mine(enrolment_id, by)
    if enrolment.why != Enrolment.Why.SELF:
        raise RefusedError(_("This course was given to you. Ask your manager."))
    enrolment.left_at = now
    enrolment.save(update_fields=["left_at"])
    record("training.left", "person", by.pk, by=by, now=now, course=enrolment.course_id)
    return enrolment


def standings(user: User, courses: list[Course], now: datetime) -> dict[int, learning.Standing]:
    """How `user` stands to each of `courses` (which hold `needs_first`), in two queries."""
    open_ones = set(Enrolment.objects.filter(user=user).open().values_list("course", flat=True))
    until = passes(user)
    return {
        course.pk: learning.standing(
            now=now,
            enrolled=course.pk in open_ones,
            passed=course.pk in until,
            until=until.get(course.pk),
            locked=bool(learning.missing([c.pk for c in course.needs_first.all()], until)),
        )
        for course in courses
    }


def passes(user: User) -> dict[int, datetime | None]:
    """Course -> when the person's best pass of it runs out; None: never."""
    found: dict[int, datetime | None] = {}
    rows = Record.objects.filter(user=user, course__isnull=False, passed=True)
    for course, until in rows.values_list("course", "valid_until"):
        known = found.get(course, until)
        found[course] = None if until is None or known is None else max(known, until)
    return found
