"""Who gets a seat: booked while there is room, else in line; a freed seat goes to the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from training.actions._row import (
    fill,
    is_led,
    locked,
    refuse_busy,
    refuse_ended,
    say,
    seat_people,
    tell,
)
from training.models import Seat, SessionMail


@transaction.atomic
def book_seats(session_id: int, *, by: User, users: Iterable[int], now: datetime) -> list[Seat]:
    """Give people (keys) a seat: one's own, the people one runs, anybody in a session one leads.

    The session's row is locked, so of two who want the last place one gets it and the other waits.
    Whoever has a seat already keeps it. Once it has begun only who leads it lets people in, then
    whatever the places. All get a seat or none. Returns the new seats.
    Raises PermissionDenied, Session.DoesNotExist, InvalidError (`users`), RefusedError (ended,
    begun, busy then, all booked already); then nothing is written.
    """
    by.must(Can.KEEP_OWN)
    session = locked(session_id, by=by)
    leads = is_led(session, by)
    refuse_ended(session)
    people = _people(set(users), by=by, leads=leads)
    if session.is_open(now):
        refuse_busy(session, people)
    elif not leads:
        raise RefusedError(_("This session has begun. Ask the trainer."))
    made = seat_people(session, people, by=by, now=now)
    if not made:
        raise RefusedError(_("Booked already."))
    return made


def _people(users: Collection[int], *, by: User, leads: bool) -> list[User]:
    """Those people, row-locked in key order, so that nobody is booked twice at one time."""
    rows = User.objects.at_work().filter(pk__in=users).order_by("pk")
    people = list(rows.select_for_update(no_key=True))
    if not people or len(people) < len(users):
        raise InvalidError("users", _("Choose people who are at work."))
    others = [person.pk for person in people if person.pk != by.pk]
    if not leads and others:
        by.must(Can.RUN_TRAINING)
        if User.objects.run_by(by).filter(pk__in=others).count() < len(others):
            raise PermissionDenied(Can.RUN_TRAINING)
    return people


@transaction.atomic
def give_up(session_id: int, *, by: User, user: int, now: datetime) -> Seat:
    """Give a seat up before the session begins; the first who waits gets it and is told.

    One's own seat, of the people one runs, of a session one leads.
    Raises Session.DoesNotExist, Seat.DoesNotExist (not theirs), RefusedError (begun, ended, no
    longer booked); then nothing is written.
    """
    by.must(Can.KEEP_OWN)
    session = locked(session_id, by=by)
    rows = Seat.objects.visible_to(by).filter(session=session).select_related("user")
    seat = rows.select_for_update(of=("self",)).get(user=user)
    refuse_ended(session)
    if not session.is_open(now):
        raise RefusedError(_("This session has begun. The trainer notes who is there."))
    had_place = seat.step == Seat.Step.BOOKED
    seat.move("give_up")
    seat.save(update_fields=["step"])
    say("training.seat_given_up", session, by=by, now=now, people=[seat.user_id])
    if had_place:
        tell([seat], SessionMail.About.GIVEN_UP, now=now)
        fill(session, by=by, now=now)
    return seat
