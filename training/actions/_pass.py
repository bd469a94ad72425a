"""How learning a course ends: passed, and booked; or failed (L1-L4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from csservice.ledger.models import record
from teams.models import User
from training import learning
from training.actions._book import book
from training.models import Enrolment, Way


def pass_course(
    enrolment: Enrolment, score: Decimal | None, *, now: datetime, by: User | None
) -> Enrolment:
    """The person has passed; it comes into their history. In the caller's transaction and lock.

    `score` 0-100; None where nothing was tested. An enrolment that has ended stays as it is.
    """
    if not enrolment.is_open:
        return enrolment
    enrolment.passed_at, enrolment.score = now, score
    enrolment.save(update_fields=["passed_at", "score"])
    course = enrolment.course
    book(
        enrolment.user,
        area=course.area,
        way=Way.COURSE,
        source=f"enrolment:{enrolment.pk}",
        at=now,
        now=now,
        by=by,
        course=course,
        name=course.name,
        minutes=course.minutes,
        score=score,
        valid_until=learning.valid_until(now, course.valid_days),
    )
    return enrolment


def fail_course(
    enrolment: Enrolment, score: Decimal | None, *, now: datetime, by: User | None
) -> Enrolment:
    """Every attempt is used up; the course can be begun anew. In the caller's transaction."""
    if not enrolment.is_open:
        return enrolment
    enrolment.failed_at, enrolment.score = now, score
    enrolment.save(update_fields=["failed_at", "score"])
    record(
        "training.failed",
        "person",
        enrolment.user_id,
        by=by,
        now=now,
        course=enrolment.course_id,
        enrolment=enrolment.pk,
        score=None if score is None else str(score),
    )
    return enrolment
