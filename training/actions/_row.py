"""What the actions on sessions and seats begin and end with: lock, mails, waiting list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import RefusedError
from csservice.lib.wording import listed
from teams.models import Absence, User
from teams.roles import Can
from training.models import Seat, Session, SessionMail

ASKED = ["step", "asked_at", "asked_by", "reason", "marked_at", "score"]


def locked(session_id: int, *, by: User, leads: bool = False) -> Session:
    """The session, row-locked: whoever changes its seats comes here first, one after the other.

    Raises Session.DoesNotExist; PermissionDenied where `by` must lead it and does not.
    """
    rows = Session.objects.visible_to(by).select_for_update(of=("self",))
    session = rows.get(pk=session_id)
    if leads and not is_led(session, by):
        raise PermissionDenied(Can.RUN_TRAINING)
    return session


def is_led(session: Session, by: User) -> bool:
    """Whether `by` takes its attendance."""
    return Session.objects.led_by(by).filter(pk=session.pk).exists()


def refuse_ended(session: Session) -> None:
    """Raises RefusedError when nothing of it can change any more."""
    if session.cancelled_at is not None:
        raise RefusedError(_("This session was cancelled."))
    if session.closed_at is not None:
        raise RefusedError(_("This session is closed. Reopen it first."))


def tell(seats: Iterable[Seat], about: str, *, now: datetime) -> None:
    """Write a mail to each seat's person; they come with their users. Numbers go up by one."""
    numbered = about in SessionMail.REQUESTS | SessionMail.CANCELS
    mails = []
    rows = list(seats)
    for seat in rows:
        in_calendar = numbered and (about in SessionMail.REQUESTS or seat.sequence > 0)
        mails.append(
            SessionMail(
                seat=seat,
                about=about,
                sequence=seat.sequence if in_calendar else None,
                made_at=now,
                delivery=SessionMail.Delivery.QUEUED
                if seat.user.email
                else SessionMail.Delivery.NONE,
            )
        )
        seat.sequence += in_calendar
    SessionMail.objects.bulk_create(mails)
    Seat.objects.bulk_update(rows, ["sequence"])


def seat_people(session: Session, people: Iterable[User], *, by: User, now: datetime) -> list[Seat]:
    """Seat these people in a locked session, in their order, and tell them. The new seats."""
    known = {seat.user_id: seat for seat in session.seats.select_for_update(of=("self",))}
    free = session.capacity - session.seats.taking().count()
    seated: list[Seat] = []
    for person in people:
        seat = known.get(person.pk) or Seat(session=session, user=person, step=Seat.Step.GIVEN_UP)
        if seat.step != Seat.Step.GIVEN_UP:
            continue
        seat.user = person
        seat.move("book" if free > 0 or not session.is_open(now) else "wait")
        free -= 1
        seat.asked_at, seat.asked_by = now, by
        seat.reason, seat.marked_at, seat.score = "", None, None
        seated.append(seat)
    Seat.objects.bulk_update([seat for seat in seated if seat.pk], ASKED)
    Seat.objects.bulk_create([seat for seat in seated if not seat.pk])
    for step, about in (
        (Seat.Step.BOOKED, SessionMail.About.BOOKED),
        (Seat.Step.WAITING, SessionMail.About.WAITING),
    ):
        some = [seat for seat in seated if seat.step == step]
        tell(some, about, now=now)
        if some:
            kind = "training.seats_booked" if step == Seat.Step.BOOKED else "training.seats_waiting"
            say(kind, session, by=by, now=now, people=[seat.user_id for seat in some])
    return seated


def fill(session: Session, *, by: User, now: datetime) -> list[Seat]:
    """Give the free places of a locked session to the first who wait, and tell them."""
    if not session.is_open(now):
        return []
    free = session.capacity - session.seats.taking().count()
    line = session.seats.in_line().filter(user__is_active=True).select_related("user")
    moved = list(line.select_for_update(of=("self",))[:free]) if free > 0 else []
    for seat in moved:
        seat.move("book")
    Seat.objects.bulk_update(moved, ["step"])
    tell(moved, SessionMail.About.FREED, now=now)
    if moved:
        say("training.seats_freed", session, by=by, now=now, people=[s.user_id for s in moved])
    return moved


def refuse_busy(session: Session, people: Iterable[User]) -> None:
    """Raises RefusedError with the names of who is booked elsewhere then, or away that day."""
    free = set(at_leisure(session, people))
    busy = [person.name for person in people if person.pk not in free]
    if busy:
        said = _("Booked elsewhere then, or away that day: %(names)s.")
        raise RefusedError(said % {"names": listed(busy)})


def at_leisure(session: Session, people: Iterable[User]) -> list[int]:
    """The keys of those who are neither away nor in another session at that time, in order."""
    keys = [person.pk for person in people]
    days = (timezone.localdate(session.starts_at), timezone.localdate(session.ends_at))
    away = set(Absence.objects.of(keys, *days).values_list("user", flat=True))
    elsewhere = Seat.objects.held().filter(
        step=Seat.Step.BOOKED,
        user__in=keys,
        session__starts_at__lt=session.ends_at,
        session__ends_at__gt=session.starts_at,
    )
    away |= set(elsewhere.exclude(session=session).values_list("user", flat=True))
    return [pk for pk in keys if pk not in away]


def say(kind: str, session: Session, *, by: User, now: datetime, **data: object) -> None:
    """Write one line about the session to the ledger."""
    record(kind, "session", session.pk, by=by, now=now, **data)
