"""The one way a training comes into a person's history (L5, K4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from csservice.ledger.models import record
from teams.models import User
from training.actions._settle import settle
from training.actions.certificates import certify
from training.actions.needs import close_needs
from training.models import Course, Record


def book(
    user: User,
    *,
    area: str,
    way: str,
    source: str,
    at: datetime,
    now: datetime,
    by: User | None,
    course: Course | None = None,
    name: str = "",
    minutes: int = 0,
    score: Decimal | None = None,
    passed: bool = True,
    valid_until: datetime | None = None,
) -> Record:
    """Keep that `user` was trained in `area` at `at`; in the caller's transaction, once a `source`.

    `at` is when it took place, `now` when it is written; `score` 0-100. Booking the same source
    again corrects the row. What hangs on it follows here: the quarter's cycle, open needs.
    """
    told = {
        "area": area,
        "way": way,
        "course": course,
        "name": name,
        "at": at,
        "minutes": minutes,
        "score": score,
        "passed": passed,
        "valid_until": valid_until,
    }
    row, _made = Record.objects.update_or_create(user=user, source=source, defaults=told)
    settle(row, now=now)
    close_needs(row, now=now)
    certify(row, now=now)
    record(
        "training.booked",
        "person",
        user.pk,
        by=by,
        now=now,
        area=area,
        way=way,
        source=source,
        passed=passed,
        score=None if score is None else str(score),
    )
    return row
