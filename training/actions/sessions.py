"""Sessions are planned, changed, cancelled, closed into people's histories and reopened (L5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from training.actions._book import book
from training.actions._row import (
    at_leisure,
    fill,
    locked,
    refuse_ended,
    say,
    seat_people,
    tell,
)
from training.models import Area, Record, Seat, Session, SessionMail, Way

LONGEST = timedelta(hours=12)
MOST = 1000  # places
TOLD = frozenset({"starts_at", "ends_at", "place", "link", "trainer"})  # what booked people hear of
FIELDS = frozenset({"area", "course", "name", "name_zh", "capacity"}) | TOLD


@transaction.atomic
def save_session(
    session_id: int | None,
    *,
    by: User,
    now: datetime,
    makes_up_for: Session | None = None,
    take_missed: bool = False,
    **fields: Any,
) -> Session:
    """Plan a session, or change what is given of `fields` in one (FIELDS; new: all but names).

    Who is booked is told of another time, place or trainer; more places go to those who wait.
    With `makes_up_for`, `take_missed` books whoever missed that one or was excused, and is free.
    Raises PermissionDenied, Session.DoesNotExist, InvalidError (field), RefusedError (ended); then
    nothing is written.
    """
    by.must(Can.RUN_TRAINING)
    if session_id is None:
        session = Session(made_at=now, made_by=by, makes_up_for=_missed(makes_up_for, by=by))
    else:
        session = locked(session_id, by=by, leads=True)
        refuse_ended(session)
    changed = _put(session, fields, new=session_id is None)
    _check(session, changed, now=now)
    session.save()
    kind = "training.session_changed" if session_id else "training.session_planned"
    say(kind, session, by=by, now=now, fields=sorted(changed))
    if session_id and changed & TOLD:
        booked = session.seats.filter(step=Seat.Step.BOOKED).select_related("user")
        tell(booked, SessionMail.About.CHANGED, now=now)
    if session_id and "capacity" in changed:
        fill(session, by=by, now=now)
    if session_id is None and take_missed:
        _take_missed(session, by=by, now=now)
    return session


def _missed(session: Session | None, *, by: User) -> Session | None:
    """The session that is made up for, of those that `by` leads."""
    return session and locked(session.pk, by=by, leads=True)


def _put(session: Session, fields: dict[str, Any], *, new: bool) -> set[str]:
    """Set what is given, in memory. The names of what is new."""
    changed = set()
    for name in FIELDS & fields.keys():
        value = fields[name].strip() if isinstance(fields[name], str) else fields[name]
        if new or getattr(session, name) != value:
            setattr(session, name, value)
            changed.add(name)
    return changed


def _check(session: Session, changed: set[str], *, now: datetime) -> None:
    """Raises InvalidError for what cannot be."""
    if not session.name:
        raise InvalidError("name", _("Enter a name."))
    if session.area not in Area.values:
        raise InvalidError("area", _("Choose an area."))
    if session.course is not None and session.course.area != session.area:
        raise InvalidError("course", _("Choose a course of this area."))
    if not session.place and not session.link:
        raise InvalidError("place", _("Enter a place or a link."))
    if "trainer" in changed and not session.trainer.is_active:
        raise InvalidError("trainer", _("Choose somebody who is at work."))
    _check_time(session, changed, now=now)
    if not 1 <= session.capacity <= MOST:
        raise InvalidError("capacity", _("Enter a number from 1 to %(most)d.") % {"most": MOST})
    taken = session.seats.taking().count() if session.pk else 0
    if session.capacity < taken:
        said = _("Enter at least %(n)d: so many are booked.")
        raise InvalidError("capacity", said % {"n": taken})


def _check_time(session: Session, changed: set[str], *, now: datetime) -> None:
    if session.ends_at <= session.starts_at:
        raise InvalidError("ends_at", _("Enter an end after the start."))
    if session.ends_at - session.starts_at > LONGEST:
        raise InvalidError("ends_at", _("Enter at most twelve hours."))
    if "starts_at" in changed and session.starts_at < now:
        raise InvalidError("starts_at", _("Enter a time to come."))


def _take_missed(session: Session, *, by: User, now: datetime) -> None:
    steps = (Seat.Step.ABSENT, Seat.Step.EXCUSED)
    missed = Seat.objects.filter(session=session.makes_up_for, step__in=steps)
    rows = User.objects.at_work().filter(pk__in=missed.values("user")).order_by("pk")
    people = {person.pk: person for person in rows.select_for_update(no_key=True)}
    free = at_leisure(session, people.values())
    seat_people(session, [people[pk] for pk in free], by=by, now=now)


@transaction.atomic
def cancel_session(session_id: int, *, by: User, reason: str, now: datetime) -> Session:
    """Call it off, with a reason; whoever is booked or waits is told, calendars drop it.

    Raises PermissionDenied, Session.DoesNotExist, InvalidError (`reason`), RefusedError (ended).
    """
    by.must(Can.RUN_TRAINING)
    session = locked(session_id, by=by, leads=True)
    refuse_ended(session)
    session.cancelled_at, session.cancelled_because = now, _reason(reason)
    session.save(update_fields=["cancelled_at", "cancelled_because"])
    asked = session.seats.filter(step__in=[Seat.Step.BOOKED, Seat.Step.WAITING])
    tell(asked.select_related("user"), SessionMail.About.CANCELLED, now=now)
    say("training.session_cancelled", session, by=by, now=now, reason=reason.strip())
    return session


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InvalidError("reason", _("Enter the reason."))
    return reason.strip()


@transaction.atomic
def close_session(session_id: int, *, by: User, now: datetime) -> Session:
    """Make the attendance final and keep it in people's histories (K4).

    Who was there is trained; whom an earlier closing said to have been there and was not, no more.
    Raises PermissionDenied, Session.DoesNotExist, RefusedError (not begun, ended, somebody is not
    marked yet); then nothing is written.
    """
    by.must(Can.KEEP_OWN)
    session = locked(session_id, by=by, leads=True)
    refuse_ended(session)
    if now < session.starts_at:
        raise RefusedError(_("This session has not begun."))
    seats = list(session.seats.select_related("user").order_by("pk"))
    unmarked = sum(seat.step == Seat.Step.BOOKED for seat in seats)
    if unmarked:
        said = ngettext(
            "%(n)d person is not marked yet.", "%(n)d people are not marked yet.", unmarked
        )
        raise RefusedError(said % {"n": unmarked})
    session.closed_at = now
    session.save(update_fields=["closed_at"])
    _keep(session, seats, by=by, now=now)
    counts = {step: sum(seat.step == step for seat in seats) for step in Seat.MARKED}
    say("training.session_closed", session, by=by, now=now, **counts)
    return session


def _keep(session: Session, seats: list[Seat], *, by: User, now: datetime) -> None:
    """Book who was there, and correct what an earlier closing booked."""
    sources = [f"seat:{seat.pk}" for seat in seats]
    kept = set(Record.objects.filter(source__in=sources).values_list("source", flat=True))
    valid = session.course.valid_days if session.course else None
    for seat, source in zip(seats, sources, strict=True):
        present = seat.step == Seat.Step.ATTENDED
        if present or source in kept:
            book(
                seat.user,
                area=session.area,
                way=Way.SESSION,
                source=source,
                at=session.starts_at,
                now=now,
                by=by,
                course=session.course,
                name=session.name,
                minutes=session.minutes,
                score=seat.score if present else None,
                passed=present,
                valid_until=session.starts_at + timedelta(days=valid) if valid else None,
            )


@transaction.atomic
def reopen_session(session_id: int, *, by: User, reason: str, now: datetime) -> Session:
    """Open a closed register again to correct it; the next closing corrects the histories.

    Raises PermissionDenied, Session.DoesNotExist, InvalidError (`reason`), RefusedError (open).
    """
    by.must(Can.RUN_TRAINING)
    session = locked(session_id, by=by, leads=True)
    reason = _reason(reason)
    if session.closed_at is None:
        raise RefusedError(_("This session is not closed."))
    before = session.closed_at
    session.closed_at = None
    session.save(update_fields=["closed_at"])
    said = {"reason": reason, "closed_at": before.isoformat()}
    say("training.session_reopened", session, by=by, now=now, **said)
    return session
