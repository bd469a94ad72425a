"""People begin courses, read and pass them (L1-L4): actions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from csservice.lib.errors import RefusedError
from teams.models import User
from tests.factories import T0, after, make_group, make_manager, make_user
from tests.training.factories import make_begun, make_course, make_lesson
from training import actions
from training.actions.enrolments import fail_course, pass_course
from training.models import Enrolment, Lesson, Record

pytestmark = pytest.mark.django_db


def test_whoever_has_read_every_lesson_has_passed_and_it_is_booked() -> None:
    who, course = make_user(), make_course(valid_days=365)
    lessons = [make_lesson(course=course), make_lesson(course=course)]
    begun = actions.enrol(course.pk, user_id=who.pk, by=who, now=T0)
    half = actions.read_lesson(begun.pk, by=who, now=after(60), lesson_id=lessons[1].pk)
    assert (half.passed_at, half.share_read(lessons)) == (None, 50)
    done = actions.read_lesson(begun.pk, by=who, now=after(90), lesson_id=lessons[0].pk)
    row = Record.objects.get()
    assert done.passed_at == after(90)
    assert (row.user, row.area, row.source) == (who, "communication", f"enrolment:{begun.pk}")
    assert row.valid_until == after(90) + timedelta(days=365)


def test_a_course_with_a_test_is_not_passed_by_reading() -> None:
    who, course = make_user(), make_course()
    assert course.current is not None
    course.current.draws = [{"area": "product", "difficulty": "easy", "n": 1}]
    course.current.save()
    lesson = make_lesson(course=course)
    begun = make_begun(user=who, course=course)
    done = actions.read_lesson(begun.pk, by=who, now=T0, lesson_id=lesson.pk)
    assert done.is_open
    assert not Record.objects.exists()
    pass_course(done, Decimal(90), now=after(5), by=who)
    pass_course(done, Decimal(100), now=after(9), by=who)
    assert Record.objects.get().score == 90


def test_who_failed_may_begin_anew() -> None:
    who, course = make_user(), make_course()
    first = actions.enrol(course.pk, user_id=who.pk, by=who, now=T0)
    fail_course(first, Decimal(20), now=after(5), by=who)
    again = actions.enrol(course.pk, user_id=who.pk, by=who, now=after(9))
    assert again.pk != first.pk
    assert not Record.objects.exists()


def test_enrolling_twice_keeps_the_first_and_the_earlier_day() -> None:
    manager = make_manager(runs=[group := make_group()])
    who, course = make_user(groups=[group]), make_course()
    made = actions.enrol(course.pk, user_id=who.pk, by=who, now=T0)
    for day in (date(2026, 5, 3), date(2026, 5, 1), date(2026, 5, 2)):
        actions.enrol(course.pk, user_id=who.pk, by=manager, now=T0, why="manager", due_on=day)
    row = Enrolment.objects.get()
    assert (row.pk, row.due_on, row.why) == (made.pk, date(2026, 5, 1), "self")


def test_only_who_runs_a_person_enrols_them_and_nothing_is_written() -> None:
    who, course = make_user(groups=[make_group()]), make_course()
    with pytest.raises(PermissionDenied):
        actions.enrol(course.pk, user_id=who.pk, by=make_user(), now=T0)
    with pytest.raises(User.DoesNotExist):
        actions.enrol(course.pk, user_id=who.pk, by=make_manager(runs=[make_group()]), now=T0)
    assert not Enrolment.objects.exists()


def test_what_comes_first_is_passed_first() -> None:
    who, basic, more = make_user(), make_course(name="Basics"), make_course()
    more.needs_first.add(basic)
    with pytest.raises(RefusedError, match="Basics"):
        actions.enrol(more.pk, user_id=who.pk, by=who, now=T0)
    pass_course(make_begun(user=who, course=basic), None, now=T0, by=who)
    assert actions.enrol(more.pk, user_id=who.pk, by=who, now=T0).is_open


def test_what_was_given_by_others_is_not_left() -> None:
    who = make_user()
    given = make_begun(user=who, why="manager")
    with pytest.raises(RefusedError, match="Ask your manager"):
        actions.leave_course(given.pk, by=who, now=T0)
    own = make_begun(user=who)
    assert not actions.leave_course(own.pk, by=who, now=T0).is_open
    with pytest.raises(RefusedError, match="finished already"):
        actions.leave_course(own.pk, by=who, now=T0)


def test_nobody_reads_for_another_or_a_lesson_of_another_version() -> None:
    who, other = make_user(), make_user()
    begun = make_begun(user=who)
    lesson = make_lesson(course=begun.course)
    with pytest.raises(Enrolment.DoesNotExist):
        actions.read_lesson(begun.pk, by=other, now=T0, lesson_id=lesson.pk)
    stranger = make_lesson(course=make_course())
    with pytest.raises(Lesson.DoesNotExist):
        actions.read_lesson(begun.pk, by=who, now=T0, lesson_id=stranger.pk)
    begun.refresh_from_db()
    assert begun.read == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_enrol_a_person_at_once_one_enrolment_is_made() -> None:
    who, course, meet = make_user(), make_course(), Barrier(2)

    def begin(_n: int) -> int:
        meet.wait(timeout=5)
        try:
            return actions.enrol(course.pk, user_id=who.pk, by=who, now=T0).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(begin, range(2)))
    assert len(set(made)) == 1
    assert Enrolment.objects.count() == 1
