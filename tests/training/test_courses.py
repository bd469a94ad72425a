"""Courses are written, published and retired (L1-L4): actions."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from tests.factories import T0, make_manager, make_product, make_user
from tests.training.factories import make_course, make_draft, make_lesson, make_lesson_file
from training import actions
from training.models import Course, CourseVersion, Lesson, LessonFile

pytestmark = pytest.mark.django_db


def test_an_author_makes_a_course_with_a_draft_and_publishes_it() -> None:
    author = make_manager()
    made = actions.save_course(None, by=author, now=T0, name=" Cards ", area="product")
    assert (made.name, made.on_offer) == ("Cards", False)
    with pytest.raises(RefusedError, match="Write a lesson"):
        actions.publish_course(made.pk, by=author, now=T0)
    actions.save_lesson(made.pk, None, by=author, now=T0, title="Fees")
    done = actions.publish_course(made.pk, by=author, now=T0)
    assert done.on_offer
    assert done.current is not None
    assert (done.current.number, done.current.published_by) == (1, author)
    kinds = Entry.objects.filter(kind__startswith="course.").values_list("kind", flat=True)
    assert set(kinds) == {"course.saved", "course.lesson_saved", "course.published"}


def test_a_specialist_writes_no_course_and_nothing_is_written() -> None:
    course, who = make_course(), make_user()
    for act in (
        lambda: actions.save_course(None, by=who, now=T0, name="X", area="product"),
        lambda: actions.begin_draft(course.pk, by=who, now=T0),
        lambda: actions.retire_course(course.pk, by=who, now=T0),
        lambda: actions.save_lesson(course.pk, None, by=who, now=T0, title="X"),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Course.objects.count() == 1
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "Taken"}, "name"),
        ({"area": "cooking"}, "area"),
        ({"minutes": 0}, "minutes"),
        ({"valid_days": 0}, "valid_days"),
        ({"roles": ["pope"]}, "roles"),
        ({"segments": ["moon"]}, "segments"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    fields: dict[str, object], wrong: str
) -> None:
    make_course(name="Taken")
    sent: dict[str, Any] = {"name": "New", "area": "product"} | fields
    with pytest.raises(InvalidError) as error:
        actions.save_course(None, by=make_manager(), now=T0, **sent)
    assert error.value.field == wrong
    assert Course.objects.count() == 1


def test_courses_cannot_need_each_other_first() -> None:
    author, one, two = make_manager(), make_course(), make_course()
    actions.save_course(two.pk, by=author, now=T0, needs_first=[one])
    with pytest.raises(InvalidError, match="needs this one first"):
        actions.save_course(one.pk, by=author, now=T0, needs_first=[two])
    assert not one.needs_first.exists()


def test_whoever_saw_an_earlier_state_does_not_write_over_it() -> None:
    author, course = make_manager(), make_course()
    actions.save_course(course.pk, by=author, now=T0, seen=1, minutes=20)
    with pytest.raises(ChangedError):
        actions.save_course(course.pk, by=author, now=T0, seen=1, minutes=40)
    course.refresh_from_db()
    assert course.minutes == 20


def test_a_new_version_begins_with_all_of_the_old_one_which_stays_as_it_is() -> None:
    author, course = make_manager(), make_course()
    old = make_lesson(course=course, title="Old", product=make_product())
    make_lesson_file(lesson=old)
    draft = actions.begin_draft(course.pk, by=author, now=T0)
    copy = draft.lessons.get()
    actions.save_lesson(course.pk, copy.pk, by=author, now=T0, title="New")
    actions.publish_course(course.pk, by=author, now=T0)
    old.refresh_from_db()
    assert (old.title, copy.product_id, draft.number) == ("Old", old.product_id, 2)
    assert [file.name for file in copy.files.all()] == ["leaf.pdf"]
    with pytest.raises(RefusedError, match="new version first"):
        actions.save_lesson(course.pk, copy.pk, by=author, now=T0, title="After")


def test_there_is_one_draft_at_a_time() -> None:
    author, course = make_manager(), make_course()
    actions.begin_draft(course.pk, by=author, now=T0)
    with pytest.raises(RefusedError, match="a draft already"):
        actions.begin_draft(course.pk, by=author, now=T0)


def test_a_published_lesson_is_out_of_reach_of_the_draft() -> None:
    course = make_course()
    old = make_lesson(course=course)
    make_draft(course=course)
    with pytest.raises(Lesson.DoesNotExist):
        actions.save_lesson(course.pk, old.pk, by=make_manager(), now=T0, title="X")
    with pytest.raises(Lesson.DoesNotExist):
        actions.remove_lesson(course.pk, old.pk, by=make_manager(), now=T0)


def _draft() -> tuple[Course, CourseVersion]:
    course = make_course()
    return course, make_draft(course=course)


def test_lessons_change_places_and_at_the_end_stay() -> None:
    course, draft = _draft()
    author = make_manager()
    one, two, three = (make_lesson(course=course, version=draft, title=t) for t in "abc")
    actions.move_lesson(course.pk, three.pk, by=author, now=T0, up=True)
    actions.move_lesson(course.pk, one.pk, by=author, now=T0, up=True)
    actions.move_lesson(course.pk, one.pk, by=author, now=T0, up=False)
    titles = draft.lessons.order_by("position").values_list("title", flat=True)
    assert list(titles) == ["c", "a", "b"]
    actions.remove_lesson(course.pk, two.pk, by=author, now=T0)
    assert draft.lessons.count() == 2


def test_a_file_is_known_by_its_bytes() -> None:
    course, draft = _draft()
    author = make_manager()
    page = SimpleUploadedFile("fees.pdf", b"<html>")
    with pytest.raises(InvalidError) as error:
        actions.save_lesson(course.pk, None, by=author, now=T0, title="Fees", files=[page])
    assert error.value.field == "files"
    assert not draft.lessons.exists()
    leaf = SimpleUploadedFile("fees.pdf", b"%PDF-1.4 fees")
    lesson = actions.save_lesson(course.pk, None, by=author, now=T0, title="Fees", files=[leaf])
    assert lesson.files.get().type == "application/pdf"


def test_a_removed_file_stays_where_an_earlier_version_has_it(
    django_capture_on_commit_callbacks: object,
) -> None:
    author, course = make_manager(), make_course()
    kept = make_lesson_file(lesson=make_lesson(course=course))
    draft = actions.begin_draft(course.pk, by=author, now=T0)
    copy = draft.lessons.get().files.get()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        actions.remove_file(course.pk, copy.pk, by=author, now=T0)
    assert kept.file.storage.exists(kept.file.name or "")
    only = make_lesson_file(lesson=draft.lessons.get(), content=b"%PDF-1.4 other")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        actions.remove_lesson(course.pk, draft.lessons.get().pk, by=author, now=T0)
    assert not only.file.storage.exists(only.file.name or "")
    assert LessonFile.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"pass_mark": 101}, "pass_mark"),
        ({"time_limit_s": 5}, "time_limit_s"),
        ({"attempts": 0}, "attempts"),
        ({"draws": [{"area": "moon", "difficulty": "easy", "n": 1}]}, "draws"),
        ({"draws": [{"area": "product", "difficulty": "easy", "n": 61}]}, "draws"),
    ],
)
def test_a_wrong_test_is_refused(fields: dict[str, object], wrong: str) -> None:
    course, draft = _draft()
    with pytest.raises(InvalidError) as error:
        actions.save_test(course.pk, by=make_manager(), now=T0, **fields)  # type: ignore[arg-type]
    assert error.value.field == wrong
    draft.refresh_from_db()
    assert draft.draws == []


def test_a_test_that_the_bank_cannot_fill_is_not_published() -> None:
    course, draft = _draft()
    author = make_manager()
    make_lesson(course=course, version=draft)
    draws = [{"area": "product", "difficulty": "easy", "n": 2}]
    actions.save_test(course.pk, by=author, now=T0, draws=draws)
    with pytest.raises(RefusedError, match="The bank has 0 of the 2 questions"):
        actions.publish_course(course.pk, by=author, now=T0)
    course.refresh_from_db()
    assert course.current != draft


def test_a_retired_course_is_not_on_offer_until_it_is_restored() -> None:
    author, course = make_manager(), make_course()
    actions.retire_course(course.pk, by=author, now=T0)
    assert not Course.objects.visible_to(make_user()).exists()
    with pytest.raises(RefusedError, match="retired already"):
        actions.retire_course(course.pk, by=author, now=T0)
    actions.retire_course(course.pk, by=author, now=T0, retired=False)
    assert Course.objects.visible_to(make_user()).exists()
