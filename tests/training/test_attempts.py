"""Tests: begun, answered as one goes, handed in or run out, marked blind; what follows."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from tests.factories import T0, after, make_manager, make_user
from tests.training.bank import (
    answer_all,
    make_attempt,
    make_enrolment,
    make_question,
    make_tested_course,
    right,
    wrong,
)
from training import actions
from training.models import Attempt, AttemptItem, Enrolment, Lesson, Record
from training.tasks import close_tests

pytestmark = pytest.mark.django_db
ALL = ("single", "multiple", "ordering", "matching")


def kept(attempt: Attempt) -> AttemptItem:
    return attempt.items.select_related("question").get(position=1)


# ---- begin --------------------------------------------------------------------------------------
def test_a_test_is_drawn_at_random_its_seed_is_kept_and_it_is_on_the_ledger(owner: User) -> None:
    author = make_manager()
    for _n in range(12):
        make_question(made_by=author)
    make_question(difficulty="hard", made_by=author)
    make_question(retired_at=T0, made_by=author)
    course = make_tested_course(n=4, time_limit_s=600)
    attempt = actions.start_test(make_enrolment(owner, course=course).pk, by=owner, now=T0)
    items = list(attempt.items.select_related("question"))
    assert len({item.question_id for item in items}) == 4
    assert {item.question.difficulty for item in items} == {"easy"}
    assert not any(item.question.retired_at for item in items)
    assert (attempt.deadline_at, attempt.out_of) == (after(600), 4)
    entry = Entry.objects.get(kind="test.begun")
    assert entry.data["seed"] == attempt.seed
    assert len({tuple(item.shown["options"]) for item in items}) > 0


def test_beginning_twice_goes_on_with_the_same_test(owner: User) -> None:
    attempt = make_attempt(owner)
    assert actions.start_test(attempt.enrolment_id, by=owner, now=after(60)) == attempt


def test_questions_of_another_course_are_not_drawn(owner: User) -> None:
    course, other = make_tested_course(), make_tested_course()
    make_question(course=course), make_question(), make_question(course=other)
    attempt = actions.start_test(make_enrolment(owner, course=course).pk, by=owner, now=T0)
    assert not attempt.items.filter(question__course=other).exists()
    lonely = make_enrolment(owner, course=other)
    assert actions.start_test(lonely.pk, by=owner, now=T0).items.count() == 2


def refused(enrolment: Enrolment, said: str, **over: Any) -> None:
    before = Attempt.objects.count()
    told: dict[str, Any] = {"by": enrolment.user, "now": T0} | over
    with pytest.raises(RefusedError, match=said), transaction.atomic():
        actions.start_test(enrolment.pk, **told)
    assert Attempt.objects.count() == before


def test_a_bank_that_is_too_small_is_said_and_nothing_is_begun(owner: User) -> None:
    make_question()
    refused(make_enrolment(owner), "too few questions")


def test_an_ended_course_and_one_without_a_test_begin_nothing(owner: User) -> None:
    refused(make_enrolment(owner, passed_at=T0), "ended")
    refused(make_enrolment(owner, course=make_tested_course(draws=[])), "no test")
    with pytest.raises(InvalidError):
        actions.start_test(make_enrolment(owner).pk, by=owner, now=T0, purpose="fun")


def test_somebody_elses_enrolment_is_not_found(owner: User, colleague: User) -> None:
    with pytest.raises(Enrolment.DoesNotExist):
        actions.start_test(make_enrolment(owner).pk, by=colleague, now=T0)


def test_the_lessons_come_before_the_test(owner: User) -> None:
    make_question(), make_question()
    course: Any = make_tested_course()
    lessons = [Lesson.objects.create(version=course.current, position=n, title="A") for n in (1, 2)]
    enrolment = make_enrolment(owner, course=course)
    refused(enrolment, "2 lessons that are left")
    enrolment.read = [lesson.pk for lesson in lessons]
    enrolment.save()
    assert actions.start_test(enrolment.pk, by=owner, now=T0).purpose == "after"


def test_the_test_before_comes_once_and_before_everything(owner: User) -> None:
    make_question(), make_question()
    plain = make_enrolment(owner, course=make_tested_course())
    refused(plain, "no test before", purpose="before")
    begun = make_enrolment(owner, course=make_tested_course(pretest=True), read=[1])
    refused(begun, "too late", purpose="before")
    enrolment = make_enrolment(owner, course=make_tested_course(pretest=True))
    first = actions.start_test(enrolment.pk, by=owner, now=T0, purpose="before")
    answer_all(first)
    done = actions.hand_in(first.pk, by=owner, now=after(60))
    assert done.score == 100
    assert done.passed is None
    enrolment.refresh_from_db()
    assert enrolment.is_open  # it only measures
    refused(enrolment, "You have done", purpose="before")
    assert actions.start_test(enrolment.pk, by=owner, now=after(90)).number == 1


# ---- answer -------------------------------------------------------------------------------------
def test_each_answer_is_kept_as_it_is_given_and_may_be_changed(owner: User) -> None:
    attempt = make_attempt(owner)
    item = kept(attempt)
    saved = actions.save_answer(attempt.pk, 1, by=owner, now=after(5), given=wrong(item), seen=0)
    assert (saved.revision, saved.saved_at, kept(attempt).given) == (1, after(5), wrong(item))
    again = actions.save_answer(attempt.pk, 1, by=owner, now=after(6), given=right(item), seen=1)
    assert (again.revision, kept(attempt).given) == (2, right(item))
    taken = actions.save_answer(attempt.pk, 1, by=owner, now=after(7), given={}, seen=2)
    assert taken.given == {}


def test_an_old_window_writes_nothing_over_but_the_one_that_wrote_last_may(owner: User) -> None:
    attempt = make_attempt(owner)
    item = kept(attempt)
    told: dict[str, Any] = {"by": owner, "now": after(5), "seen": 0}
    actions.save_answer(attempt.pk, 1, given=right(item), window="a", **told)
    with pytest.raises(ChangedError, match="another window"):
        actions.save_answer(attempt.pk, 1, given=wrong(item), window="b", **told)
    assert kept(attempt).given == right(item)
    actions.save_answer(attempt.pk, 1, given=wrong(item), window="a", **told)
    assert kept(attempt).given == wrong(item)


def test_a_request_that_comes_twice_does_no_harm(owner: User) -> None:
    attempt = make_attempt(owner)
    given = right(kept(attempt))
    for window in ("a", "b", ""):
        told: dict[str, Any] = {"by": owner, "now": after(5), "seen": 0, "window": window}
        assert actions.save_answer(attempt.pk, 1, given=given, **told).revision == 1


@pytest.mark.parametrize(("seconds", "in_time"), [(599, True), (600, True), (601, False)])
def test_the_last_instant_counts_and_the_next_does_not(
    owner: User, seconds: int, *, in_time: bool
) -> None:
    attempt = make_attempt(owner, time_limit_s=600)
    given = right(kept(attempt))
    with nullcontext() if in_time else pytest.raises(RefusedError, match="time is over"):
        actions.save_answer(attempt.pk, 1, by=owner, now=after(seconds), given=given)
    assert bool(kept(attempt).given) is in_time


def test_nobody_answers_for_another_nor_what_is_not_asked(owner: User, colleague: User) -> None:
    attempt = make_attempt(owner)
    with pytest.raises(Attempt.DoesNotExist):
        actions.save_answer(attempt.pk, 1, by=colleague, now=T0, given={})
    with pytest.raises(AttemptItem.DoesNotExist):
        actions.save_answer(attempt.pk, 9, by=owner, now=T0, given={})
    with pytest.raises(InvalidError) as refusal:
        actions.save_answer(attempt.pk, 1, by=owner, now=T0, given={"chosen": [1, 2]})
    assert refusal.value.field == "given"
    assert kept(attempt).saved_at is None


# ---- end ----------------------------------------------------------------------------------------
def test_all_right_passes_the_course_and_books_it(owner: User) -> None:
    attempt = make_attempt(owner, kinds=ALL)
    answer_all(attempt)
    done = actions.hand_in(attempt.pk, by=owner, now=after(60))
    assert done.score == 100
    assert (done.passed, done.ended) == (True, "handed_in")
    enrolment = Enrolment.objects.get(pk=attempt.enrolment_id)
    assert enrolment.passed_at == after(60)
    assert enrolment.score == 100
    record = Record.objects.get(user=owner)
    assert (record.source, record.passed) == (f"enrolment:{enrolment.pk}", True)
    assert record.score == 100
    assert set(Entry.objects.values_list("kind", flat=True)) >= {"test.closed", "test.scored"}


def test_one_fails_retries_and_passes(owner: User) -> None:
    attempt = make_attempt(owner, attempts=2)
    answer_all(attempt, hits=1)
    first = actions.hand_in(attempt.pk, by=owner, now=after(60))
    assert first.score == 50
    assert first.passed is False
    assert not Record.objects.exists()
    second = actions.start_test(attempt.enrolment_id, by=owner, now=after(90))
    assert (second.number, second.seed == first.seed) == (2, False)
    answer_all(second, now=after(95))
    assert actions.hand_in(second.pk, by=owner, now=after(99)).passed
    assert Record.objects.filter(user=owner, passed=True).count() == 1


def test_the_last_attempt_fails_the_course(owner: User) -> None:
    attempt = make_attempt(owner, attempts=1)
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    enrolment = Enrolment.objects.get(pk=attempt.enrolment_id)
    assert enrolment.failed_at == after(60)
    refused(enrolment, "ended", now=after(70))


def test_a_closed_test_takes_nothing_more(owner: User) -> None:
    attempt = make_attempt(owner)
    given = right(kept(attempt))
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    for write in (
        lambda: actions.hand_in(attempt.pk, by=owner, now=after(61)),
        lambda: actions.save_answer(attempt.pk, 1, by=owner, now=after(61), given=given),
    ):
        with pytest.raises(RefusedError, match="closed"), transaction.atomic():
            write()
    assert kept(attempt).given == {}


def test_the_beat_closes_what_ran_out_by_what_was_saved(owner: User, clock: Any) -> None:
    attempt = make_attempt(owner, time_limit_s=600)
    answer_all(attempt)
    clock.tick(600)
    close_tests()
    attempt.refresh_from_db()
    assert attempt.closed_at is None  # its last instant
    clock.tick(3600)
    close_tests()
    close_tests()
    found = Attempt.objects.get()
    assert (found.ended, found.closed_at, found.passed) == ("ran_out", after(600), True)
    assert Entry.objects.filter(kind="test.closed").count() == 1
    assert Record.objects.filter(user=owner).count() == 1


def test_handing_in_too_late_is_running_out(owner: User) -> None:
    attempt = make_attempt(owner, time_limit_s=600)
    done = actions.hand_in(attempt.pk, by=owner, now=after(601))
    assert (done.ended, done.closed_at) == ("ran_out", after(600))
    assert done.score == 0


def test_a_new_test_closes_the_one_that_ran_out(owner: User) -> None:
    attempt = make_attempt(owner, time_limit_s=600)
    second = actions.start_test(attempt.enrolment_id, by=owner, now=after(700))
    assert second.number == 2
    assert Attempt.objects.get(pk=attempt.pk).ended == "ran_out"


def test_the_database_keeps_one_test_at_a_time(owner: User) -> None:
    attempt = make_attempt(owner)
    attempt.pk, attempt.number = None, 2
    with pytest.raises(IntegrityError, match=r"one_test_at_a_time|attempt"), transaction.atomic():
        attempt.save()


# ---- mark ---------------------------------------------------------------------------------------
@pytest.fixture
def waiting(owner: User) -> AttemptItem:
    attempt = make_attempt(owner, kinds=("text", "single"))
    answer_all(attempt)
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    return attempt.items.get(question__kind="text")


def test_free_text_waits_for_a_trainer_and_then_the_result_is_final(
    owner: User, manager: User, waiting: AttemptItem
) -> None:
    attempt = Attempt.objects.get(pk=waiting.attempt_id)
    assert (attempt.score, waiting.waits_since) == (None, after(60))
    refused(attempt.enrolment, "being marked", by=owner)
    told: dict[str, Any] = {"by": manager, "now": after(99)}
    actions.mark_answer(waiting.pk, points=Decimal("0.5"), remark="More of it", **told)
    attempt.refresh_from_db()
    assert attempt.score == 75
    assert (attempt.passed, attempt.marked_at) == (False, after(99))
    with pytest.raises(RefusedError, match="marked this answer already"):
        actions.mark_answer(waiting.pk, points=Decimal(1), **told)
    assert AttemptItem.objects.get(pk=waiting.pk).points == Decimal("0.5")


def test_the_trainers_mark_passes_the_course(manager: User, waiting: AttemptItem) -> None:
    actions.mark_answer(waiting.pk, by=manager, now=after(99), points=Decimal(1))
    assert waiting.attempt.enrolment.tests.get().passed
    assert Record.objects.get().at == after(99)


@pytest.mark.parametrize("points", ["-0.5", "1.5"])
def test_points_that_are_not_there_are_refused(
    manager: User, waiting: AttemptItem, points: str
) -> None:
    with pytest.raises(InvalidError, match="0 to 1"), transaction.atomic():
        actions.mark_answer(waiting.pk, by=manager, now=after(99), points=Decimal(points))
    waiting.refresh_from_db()
    assert waiting.waits_since is not None


def test_only_trainers_mark_and_never_their_own(waiting: AttemptItem, colleague: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.mark_answer(waiting.pk, by=colleague, now=T0, points=Decimal(1))
    trainer = make_user(role="director")
    mine = make_attempt(trainer, kinds=("text",))
    answer_all(mine)
    actions.hand_in(mine.pk, by=trainer, now=after(60))
    assert not AttemptItem.objects.to_mark(trainer).filter(attempt=mine).exists()
    own = mine.items.filter(question__kind="text")[0]
    with pytest.raises(AttemptItem.DoesNotExist):
        actions.mark_answer(own.pk, by=trainer, now=T0, points=Decimal(1))


def test_free_text_that_is_empty_waits_for_nobody(owner: User) -> None:
    attempt = make_attempt(owner, kinds=("text",))
    done = actions.hand_in(attempt.pk, by=owner, now=after(60))
    assert done.score == 0
    assert done.passed is False


# ---- how good a question is ---------------------------------------------------------------------
def test_statistics_count_first_tests_after_the_lessons_only(owner: User) -> None:
    attempt = make_attempt(owner, attempts=None)
    answer_all(attempt, hits=1)
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    second = actions.start_test(attempt.enrolment_id, by=owner, now=after(90))
    answer_all(second, now=after(95))
    actions.hand_in(second.pk, by=owner, now=after(99))
    keys = [item.question_id for item in attempt.items.order_by("position")]
    sums = AttemptItem.objects.sums(keys)
    assert {key: (one.n, one.x, one.y, one.xy) for key, one in sums.items()} == {
        keys[0]: (1, 1.0, 0.0, 0.0),
        keys[1]: (1, 0.0, 1.0, 0.0),
    }


def test_a_day_is_not_long_enough_to_lose_a_test_without_a_limit(owner: User, clock: Any) -> None:
    attempt = make_attempt(owner)
    clock.now = T0 + timedelta(days=30)
    close_tests()
    attempt.refresh_from_db()
    assert attempt.closed_at is None
