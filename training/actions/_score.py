"""How a test is closed, scored and booked: steps of handing in, marking, running out of time."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from csservice.ledger.models import record
from teams.models import User
from training import marking
from training.actions._pass import fail_course, pass_course
from training.models import Attempt, AttemptItem, Ending, Enrolment, Kind, Purpose

PLACES = Decimal("0.01")


def close_test(attempt: Attempt, *, how: Ending, by: User, now: datetime, at: datetime) -> None:
    """End a locked, open test at `at`, by what was saved until then; written at `now`.

    What a machine can mark is marked. Free text waits for a trainer, unless nothing was written.
    """
    items = list(attempt.items.select_related("question"))
    for item in items:
        _mark(item, at=at)
    AttemptItem.objects.bulk_update(items, ["points", "waits_since", "marked_at"])
    attempt.closed_at, attempt.ended = at, how
    attempt.save(update_fields=["closed_at", "ended"])
    answered = sum(item.is_answered for item in items)
    record(
        "test.closed",
        "test",
        attempt.pk,
        by=by,
        now=now,
        how=how,
        answered=answered,
        of=len(items),
    )
    finish_test(attempt, items, by=by, now=now)


def _mark(item: AttemptItem, *, at: datetime) -> None:
    question = item.question
    share = marking.share(question.kind, question.options, item.mix, item.given)
    if question.kind == Kind.TEXT and item.is_answered:
        item.waits_since = at
        return
    item.points = (Decimal(str(share or 0)) * question.points).quantize(PLACES)
    item.marked_at = at


def finish_test(attempt: Attempt, items: list[AttemptItem], *, by: User, now: datetime) -> None:
    """Score a closed test once nothing of it waits; then the course is passed, or failed for good.

    Nothing happens while a free text waits.
    """
    if any(item.points is None for item in items):
        return
    version = attempt.enrolment.version
    attempt.points = sum((item.points or Decimal(0) for item in items), Decimal(0))
    score = marking.score(float(attempt.points), attempt.out_of)
    attempt.score, attempt.marked_at = Decimal(str(score)).quantize(PLACES), now
    final = attempt.purpose == Purpose.AFTER
    attempt.passed = attempt.score >= version.pass_mark if final else None
    attempt.save(update_fields=["points", "score", "marked_at", "passed"])
    record(
        "test.scored",
        "test",
        attempt.pk,
        by=by,
        now=now,
        enrolment=attempt.enrolment_id,
        score=str(attempt.score),
        passed=attempt.passed,
    )
    if final:
        _settle(attempt, by=by, now=now)


def _settle(attempt: Attempt, *, by: User, now: datetime) -> None:
    """The course is passed, or failed with the last attempt; an ended one stays as it is."""
    rows = Enrolment.objects.select_for_update(of=("self",))
    enrolment = rows.select_related("user", "course", "version").get(pk=attempt.enrolment_id)
    most = enrolment.version.attempts
    if attempt.passed:
        pass_course(enrolment, attempt.score, now=now, by=by)
    elif most is not None and attempt.number >= most:
        fail_course(enrolment, attempt.score, now=now, by=by)
