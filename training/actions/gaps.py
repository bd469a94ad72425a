"""What is done about the gaps of a quarter: several people begin a course at once (L5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from training.actions.enrolments import enrol
from training.models import Enrolment


class Enrolled(NamedTuple):
    """Who began, and whom the course refused, with its words."""

    begun: list[Enrolment]
    refused: list[tuple[User, str]]


@transaction.atomic
def enrol_people(
    course_id: int, *, by: User, users: Iterable[int], now: datetime, due_on: date | None = None
) -> Enrolled:
    """Let people (keys) begin a course because of the quarter's cycle, due on `due_on`.

    Whom the course refuses, as where another comes first, is left out and named; the others begin.
    Raises PermissionDenied, InvalidError (`users`: nobody, or not of the people `by` runs),
    Course.DoesNotExist; then nothing is written.
    """
    by.must(Can.RUN_TRAINING)
    wanted = set(users)
    people = list(User.objects.at_work().filter(pk__in=wanted).in_name_order())
    mine = set(User.objects.run_by(by).filter(pk__in=wanted).values_list("pk", flat=True))
    if not people or len(people) < len(wanted) or wanted - mine - {by.pk}:
        raise InvalidError("users", _("Select people of yours who are at work."))
    begun, refused = [], []
    why = Enrolment.Why.CYCLE
    for person in people:
        try:
            begun.append(
                enrol(course_id, user_id=person.pk, by=by, now=now, why=why, due_on=due_on)
            )
        except RefusedError as refusal:
            refused.append((person, str(refusal)))
    return Enrolled(begun, refused)
