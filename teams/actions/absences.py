"""Who is away: noted and taken back by whoever runs the person."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.actions._row import locked
from teams.models import Absence, User
from teams.roles import Can

LONGEST = timedelta(days=730)


@transaction.atomic
def note_absence(
    user_id: int, *, by: User, starts_on: date, ends_on: date, kind: str, now: datetime
) -> Absence:
    """Note that a person is away from `starts_on` to `ends_on`, both included.

    The person's row is locked, so no day is noted twice. The ledger has no kind: illness is
    nobody's business there.
    Raises PermissionDenied, User.DoesNotExist, InvalidError (field); then nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    if ends_on < starts_on:
        raise InvalidError("ends_on", _("Enter a last day that is not before the first."))
    if ends_on - starts_on > LONGEST:
        raise InvalidError("ends_on", _("Enter at most two years."))
    if kind not in Absence.Kind.values:
        raise InvalidError("kind", _("Choose why the person is away."))
    if Absence.objects.of([person.pk], starts_on, ends_on).exists():
        raise InvalidError("starts_on", _("Some of these days are noted already."))
    made = Absence.objects.create(
        user=person, starts_on=starts_on, ends_on=ends_on, kind=kind, noted_at=now, noted_by=by
    )
    _say("person.away", made, by=by, now=now)
    return made


@transaction.atomic
def withdraw_absence(user_id: int, *, by: User, absence: int, now: datetime) -> User:
    """Take back an absence that was noted for a person; the ledger keeps that it was there.

    Raises PermissionDenied, User.DoesNotExist, RefusedError (gone already, or another's).
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    row = person.absences.select_for_update().filter(pk=absence).first()
    if row is None:
        raise RefusedError(_("This absence was taken back already."))
    _say("person.not_away", row, by=by, now=now)
    row.delete()
    return person


def _say(kind: str, row: Absence, *, by: User, now: datetime) -> None:
    days = {"starts_on": str(row.starts_on), "ends_on": str(row.ends_on)}
    record(kind, "user", row.user_id, by=by, now=now, absence=row.pk, **days)
