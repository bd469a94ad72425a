"""Two at once on one test: answers, the end, the beat, trainers (tests/tickets/test_races.py)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from csservice.ledger.models import Entry
from teams.models import User
from tests.factories import T0, after, make_manager, make_user
from tests.tickets.test_races import meet, outcomes
from tests.training.bank import make_attempt, make_enrolment, make_question, right, waiting, wrong
from training import actions, marking
from training.actions import attempts, bank
from training.models import Attempt, AttemptItem, Record

__all__ = ["meet"]  # the fixture
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
Meet = Callable[..., None]


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user()


def first(attempt: Attempt) -> AttemptItem:
    return attempt.items.select_related("question").get(position=1)


def saving(attempt: Attempt, given: dict[str, Any], **over: Any) -> Callable[[], Any]:
    told: dict[str, Any] = {"by": attempt.enrolment.user, "now": after(5), "seen": 0} | over
    return partial(actions.save_answer, attempt.pk, 1, given=given, **told)


def test_two_windows_that_save_at_once_keep_one_answer_and_the_other_is_told(
    user: User, meet: Meet
) -> None:
    attempt = make_attempt(user)
    item = first(attempt)
    meet(marking, "may_overwrite")
    one = saving(attempt, right(item), window="a")
    two = saving(attempt, wrong(item), window="b")
    assert outcomes(one, two) == ["ChangedError", "done"]
    assert first(attempt).revision == 1


def test_an_answer_and_the_end_at_once_never_change_a_closed_test(user: User, meet: Meet) -> None:
    attempt = make_attempt(user, kinds=("single",))
    given = right(first(attempt))
    meet(marking, "checked")
    meet(attempts, "close_test")
    ended = partial(actions.hand_in, attempt.pk, by=user, now=after(6))
    assert outcomes(saving(attempt, given), ended) in (["RefusedError", "done"], ["done", "done"])
    attempt.refresh_from_db()
    kept = first(attempt)
    assert (attempt.score == 100) is (kept.given == given)


def test_the_beat_and_the_hand_in_close_once(user: User, meet: Meet) -> None:
    attempt = make_attempt(user, time_limit_s=600)
    meet(attempts, "close_test")
    beat = partial(actions.close_run_out, now=after(700), limit=10)
    hand = partial(actions.hand_in, attempt.pk, by=user, now=after(700))
    outcomes(beat, hand, beat)
    assert Entry.objects.filter(kind="test.closed").count() == 1


def test_two_trainers_mark_one_answer_once(user: User, meet: Meet) -> None:
    item = waiting(user)
    meet(attempts, "_give")
    calls = [
        partial(actions.mark_answer, item.pk, by=make_manager(), now=after(99), points=Decimal(n))
        for n in (0, 1)
    ]
    assert outcomes(*calls) == ["RefusedError", "done"]
    assert Entry.objects.filter(kind="test.scored").count() == 1


def test_two_texts_marked_at_once_end_the_test_once(user: User, meet: Meet) -> None:
    attempt = make_attempt(user, kinds=("text", "text"))
    for item in attempt.items.all():
        actions.save_answer(attempt.pk, item.position, by=user, now=after(5), given={"text": "So"})
    actions.hand_in(attempt.pk, by=user, now=after(6))
    meet(attempts, "finish_test")
    calls = [
        partial(actions.mark_answer, pk, by=make_manager(), now=after(99), points=Decimal(1))
        for pk in attempt.items.values_list("pk", flat=True)
    ]
    assert outcomes(*calls) == ["done", "done"]
    attempt.refresh_from_db()
    assert (float(attempt.score or 0), attempt.passed) == (100, True)
    assert Record.objects.filter(user=user).count() == 1


def test_beginning_twice_at_once_draws_one_test(user: User, meet: Meet) -> None:
    make_question(), make_question()
    enrolment = make_enrolment(user)
    meet(attempts, "_drawn")
    call = partial(actions.start_test, enrolment.pk, by=user, now=T0)
    assert outcomes(call, call) == ["done", "done"]
    assert Attempt.objects.count() == 1


def test_two_authors_replace_a_question_once(user: User, meet: Meet) -> None:
    question = make_question()
    meet(bank, "_retire")
    told: dict[str, Any] = {"kind": "text", "area": "product", "difficulty": "easy", "now": T0}
    calls = [
        partial(actions.save_question, question.pk, by=make_manager(), text=text, **told)
        for text in ("One?", "Two?")
    ]
    assert outcomes(*calls) == ["ChangedError", "done"]
