"""Tests: begun, answered question by question, handed in or run out, marked (plan L1-L4).

Every answer is saved as it is given, so that a lost connection loses nothing. All writes of one
test hold its row, so an answer, the end and the beat meet one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from training import drawing, marking
from training.actions._score import close_test, finish_test
from training.actions.bank import shortage
from training.models import (
    Attempt,
    AttemptItem,
    Ending,
    Enrolment,
    Kind,
    Purpose,
    Question,
)


# ---- begin --------------------------------------------------------------------------------------
@transaction.atomic
def start_test(
    enrolment_id: int, *, by: User, now: datetime, purpose: str = Purpose.AFTER
) -> Attempt:
    """Draw a test for one's own enrolment; the one that is going on, where there is one.

    Raises PermissionDenied, Enrolment.DoesNotExist (not one's own), RefusedError: ended, nothing to
    test, lessons unread, attempts used up, the last one not marked yet, too few questions.
    """
    by.must(Can.KEEP_OWN)
    over = Attempt.objects.run_out(now).filter(enrolment=enrolment_id, enrolment__user=by)
    for pk in over.values_list("pk", flat=True):
        _close_row(pk, now=now)  # its row is held before the enrolment's, as everywhere
    rows = Enrolment.objects.filter(user=by).select_for_update(of=("self",))
    enrolment = rows.select_related("version", "course").get(pk=enrolment_id)
    going = Attempt.objects.going().filter(enrolment=enrolment).first()
    if going is not None:
        return going
    done = list(enrolment.tests.order_by("pk"))
    _may_start(enrolment, done, purpose)
    return _drawn(enrolment, purpose, done, by=by, now=now)


def _may_start(enrolment: Enrolment, done: list[Attempt], purpose: str) -> None:
    if purpose not in Purpose.values:
        raise InvalidError("purpose", _("Choose one of the list."))
    if not enrolment.is_open:
        raise RefusedError(_("This course has ended for you."))
    if not enrolment.version.draws:
        raise RefusedError(_("This course has no test."))
    if purpose == Purpose.BEFORE:
        _may_measure(enrolment, done)
    else:
        _may_try(enrolment, done)


def _may_measure(enrolment: Enrolment, done: list[Attempt]) -> None:
    """The test before the lessons: once, and before."""
    if not enrolment.version.pretest:
        raise RefusedError(_("This course has no test before the lessons."))
    if done:
        raise RefusedError(_("You have done the test before the lessons."))
    if enrolment.read:
        raise RefusedError(_("You have begun the lessons: it is too late for the test before."))


def _may_try(enrolment: Enrolment, done: list[Attempt]) -> None:
    """The test that counts: after every lesson, as often as the course allows."""
    lessons = list(enrolment.version.lessons.order_by("position"))
    unread = len(enrolment.unread(lessons))
    if unread:
        said = ngettext(
            "Read the %(n)s lesson that is left first.",
            "Read the %(n)s lessons that are left first.",
            unread,
        )
        raise RefusedError(said % {"n": unread})
    tried = [one for one in done if one.purpose == Purpose.AFTER]
    if any(one.marked_at is None for one in tried):
        raise RefusedError(_("Your last test is still being marked."))
    most = enrolment.version.attempts
    if most is not None and len(tried) >= most:
        raise RefusedError(_("You have used all attempts. Speak with your manager."))


def _drawn(
    enrolment: Enrolment, purpose: str, done: list[Attempt], *, by: User, now: datetime
) -> Attempt:
    version, course = enrolment.version, enrolment.course
    if shortage(course, version.draws):
        raise RefusedError(
            _("The test cannot be drawn: too few questions in the bank. Tell your manager.")
        )
    bank: dict[tuple[str, str], list[int]] = {}
    pool = {question.pk: question for question in Question.objects.for_course(course)}
    for question in pool.values():
        bank.setdefault((question.area, question.difficulty), []).append(question.pk)
    number = sum(one.purpose == purpose for one in done) + 1
    seed = f"{enrolment.pk}.{purpose}.{number}.{now.isoformat()}"
    chosen = [pool[pk] for pk in drawing.drawn(drawing.read(version.draws), bank, seed=seed)]
    limit = version.time_limit_s
    attempt = Attempt.objects.create(
        enrolment=enrolment,
        purpose=purpose,
        number=number,
        seed=seed,
        begun_at=now,
        deadline_at=now + timedelta(seconds=limit) if limit else None,
        out_of=sum(question.points for question in chosen),
    )
    AttemptItem.objects.bulk_create(
        AttemptItem(
            attempt=attempt,
            question=question,
            position=position,
            shown=_mix(question, seed=f"{seed}.{question.pk}"),
        )
        for position, question in enumerate(chosen, 1)
    )
    told = {"enrolment": enrolment.pk, "purpose": purpose, "number": number, "seed": seed}
    record("test.begun", "test", attempt.pk, by=by, now=now, **told)
    return attempt


def _mix(question: Question, *, seed: str) -> dict[str, list[int]]:
    """The order in which its options stand on the page."""
    shown = {"options": drawing.mixed(range(len(question.options)), seed=seed)}
    if question.kind == Kind.MATCHING:
        others = marking.partners(question.options)
        shown["partners"] = drawing.mixed(others, seed=f"{seed}.partners")
    return shown


# ---- answer -------------------------------------------------------------------------------------
@transaction.atomic
def save_answer(
    attempt_id: int,
    position: int,
    *,
    by: User,
    now: datetime,
    given: Mapping[str, Any],
    seen: int | None = None,
    window: str = "",
) -> AttemptItem:
    """Keep what is answered to one question so far; until the deadline, its instant included.

    `seen`, `window`: see `marking.may_overwrite`. The same answer again is kept already, whatever
    the sender knew: a repeated request does no harm. Nothing is on the ledger before the test ends.
    Raises PermissionDenied, Attempt.DoesNotExist, AttemptItem.DoesNotExist, RefusedError (closed,
    time is over), ChangedError (answered in another window since), InvalidError.
    """
    by.must(Can.KEEP_OWN)
    attempt = _mine(attempt_id, by=by)
    if attempt.is_over(now):
        raise RefusedError(_("The time is over. What you had saved counts."))
    item = attempt.items.select_related("question").get(position=position)
    try:
        kept = marking.checked(item.question.kind, item.mix, given)
    except marking.NotAnAnswerError:
        raise InvalidError("given", _("This is no answer to the question.")) from None
    if kept == item.given and item.saved_at is not None:
        return item
    if not marking.may_overwrite(
        seen=seen, revision=item.revision, window=window, last_window=item.window
    ):
        raise ChangedError(_("You have answered this in another window. What is kept stands here."))
    item.given, item.saved_at, item.window = kept, now, window
    item.revision += 1
    item.save(update_fields=["given", "saved_at", "revision", "window"])
    return item


def _mine(attempt_id: int, *, by: User) -> Attempt:
    """One's own open test, row-locked. Raises RefusedError when it is closed."""
    rows = Attempt.objects.visible_to(by).select_for_update(of=("self",))
    attempt = rows.select_related("enrolment__version").get(pk=attempt_id)
    if attempt.closed_at is not None:
        raise RefusedError(_("This test is closed."))
    return attempt


# ---- end ----------------------------------------------------------------------------------------
@transaction.atomic
def hand_in(attempt_id: int, *, by: User, now: datetime) -> Attempt:
    """End one's own test; what is not answered earns nothing. After the deadline it has run out.

    Raises PermissionDenied, Attempt.DoesNotExist, RefusedError (closed).
    """
    by.must(Can.KEEP_OWN)
    attempt = _mine(attempt_id, by=by)
    if attempt.is_over(now):
        _run_out(attempt, now=now)
    else:
        close_test(attempt, how=Ending.HANDED_IN, by=by, now=now, at=now)
    return attempt


@transaction.atomic
def close_run_out(*, now: datetime, limit: int) -> int:
    """Close up to `limit` tests whose time is over, as of their deadline.

    Tests that somebody holds are skipped; the next beat looks again. Returns how many it closed.
    """
    rows = Attempt.objects.run_out(now).select_for_update(of=("self",), skip_locked=True)
    attempts = list(rows.select_related("enrolment__version", "enrolment__user")[:limit])
    for attempt in attempts:
        _run_out(attempt, now=now)
    return len(attempts)


@transaction.atomic
def close_if_run_out(attempt_id: int, *, now: datetime) -> None:
    """Close one test whose time is over, whoever reads it next; nothing when it is not."""
    _close_row(attempt_id, now=now)


def _close_row(attempt_id: int, *, now: datetime) -> None:
    rows = Attempt.objects.run_out(now).select_for_update(of=("self",))
    for attempt in rows.select_related("enrolment__version", "enrolment__user").filter(
        pk=attempt_id
    ):
        _run_out(attempt, now=now)


def _run_out(attempt: Attempt, *, now: datetime) -> None:
    assert attempt.deadline_at is not None  # noqa: S101 - `is_over` and `run_out` say so
    by = attempt.enrolment.user
    close_test(attempt, how=Ending.RAN_OUT, by=by, now=now, at=attempt.deadline_at)


# ---- mark ---------------------------------------------------------------------------------------
@transaction.atomic
def mark_answer(
    item_id: int, *, by: User, now: datetime, points: Decimal, remark: str = ""
) -> AttemptItem:
    """A trainer gives a free text its points, once; not knowing whose it is, never one's own.

    With the last one of a test its result is final. Raises PermissionDenied,
    AttemptItem.DoesNotExist, RefusedError (marked already), InvalidError.
    """
    by.must(Can.RUN_TRAINING)
    known = AttemptItem.objects.exclude(attempt__enrolment__user=by).filter(
        question__kind=Kind.TEXT, attempt__closed_at__isnull=False
    )
    attempt_id = known.values_list("attempt", flat=True).get(pk=item_id)
    rows = Attempt.objects.select_for_update(of=("self",))
    attempt = rows.select_related("enrolment__version", "enrolment__user").get(pk=attempt_id)
    items = list(attempt.items.select_related("question").order_by("position"))
    item = next(one for one in items if one.pk == item_id)
    if item.waits_since is None:
        raise RefusedError(_("Somebody has marked this answer already."))
    _give(item, points, remark, by=by, now=now)
    told = {"item": item.pk, "points": str(item.points)}
    record("test.marked", "test", attempt.pk, by=by, now=now, **told)
    finish_test(attempt, items, by=by, now=now)
    return item


def _give(item: AttemptItem, points: Decimal, remark: str, *, by: User, now: datetime) -> None:
    most = item.question.points
    if not 0 <= points <= most:
        raise InvalidError("points", _("Enter points from 0 to %(most)s.") % {"most": most})
    item.points, item.remark = points, remark.strip()[:2000]
    item.waits_since, item.marked_at, item.marked_by = None, now, by
    item.save(update_fields=["points", "remark", "waits_since", "marked_at", "marked_by"])
