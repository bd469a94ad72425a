"""Who was there: the trainer's list, the code on the wall, and how it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from training import codes
from training.actions._row import fill, locked, refuse_ended, say
from training.models import Seat, Session

VERBS = {"attended": "attend", "absent": "miss", "excused": "excuse"}
TAKEN = ["step", "reason", "score", "marked_at"]
COMMENT = 2000


class Mark(NamedTuple):
    """What the list says of one seat. `here`: attended, absent, excused, or empty: as it is.

    `score`: 0 to 100 as it was typed, empty for none; None: as it is. `reason`: of an excuse.
    """

    here: str = ""
    score: str | None = None
    reason: str = ""


@transaction.atomic
def take_register(
    session_id: int,
    *,
    by: User,
    marks: Mapping[int, Mark],
    now: datetime,
    rest_present: bool = False,
) -> dict[int, InvalidError]:
    """Note who of a session one leads is here, and their scores, by the key of the seat.

    `rest_present`: then everybody who is booked and not marked is present.

    What is right is saved; the faults of the rest are returned by seat. An excuse may come before
    the session: the place is then given to the first who waits.
    Raises PermissionDenied, Session.DoesNotExist, RefusedError (ended, or too early).
    """
    by.must(Can.KEEP_OWN)
    session = locked(session_id, by=by, leads=True)
    refuse_ended(session)
    present = rest_present or any(m.here not in {"", "excused"} or m.score for m in marks.values())
    if present and not session.is_on(now):
        raise RefusedError(_("Attendance is taken from half an hour before the start."))
    rows = session.seats.filter(pk__in=marks).select_for_update(of=("self",))
    faults, changed = {}, {}
    for seat in rows:
        before = (seat.step, seat.score, seat.reason)
        for put in (_put_here, _put_score):
            try:
                put(seat, marks[seat.pk], now=now)
            except InvalidError as fault:
                faults[seat.pk] = fault
        if before != (seat.step, seat.score, seat.reason):
            changed[seat.pk] = str(seat.step)
            seat.save(update_fields=TAKEN)
    if rest_present:
        changed |= _rest_present(session, but=faults, now=now)
    if changed:
        say("training.register_taken", session, by=by, now=now, seats=changed)
        fill(session, by=by, now=now)
    return faults


def _rest_present(session: Session, *, but: Collection[int], now: datetime) -> dict[int, str]:
    """Mark who is booked and not marked, without those of a fault, as present."""
    rows = session.seats.filter(step=Seat.Step.BOOKED).exclude(pk__in=but)
    seats = list(rows.select_for_update(of=("self",)))
    for seat in seats:
        seat.move("attend")
        seat.marked_at = now
    Seat.objects.bulk_update(seats, ["step", "marked_at"])
    return {seat.pk: str(seat.step) for seat in seats}


def _put_here(seat: Seat, mark: Mark, *, now: datetime) -> None:
    """Set whether the person is here, in memory. Raises InvalidError; then it is as it was."""
    reason = mark.reason.strip()[:500] if mark.here == Seat.Step.EXCUSED else ""
    if mark.here == Seat.Step.EXCUSED and not reason:
        raise InvalidError("reason", _("Enter why the person is excused."))
    if mark.here and mark.here not in VERBS:
        raise InvalidError("here", _("Choose present, absent or excused."))
    if not mark.here:
        return
    if mark.here != seat.step:
        try:
            seat.move(VERBS[mark.here])
        except RefusedError as refusal:
            raise InvalidError("here", str(refusal)) from None
        seat.marked_at = now
    seat.reason = reason
    seat.score = seat.score if seat.step == Seat.Step.ATTENDED else None


def _put_score(seat: Seat, mark: Mark, *, now: datetime) -> None:
    """Set the score of who was there, in memory. Raises InvalidError, then it is as it was."""
    if mark.score is None:
        return
    score = _score(mark.score)
    if score is not None and seat.step != Seat.Step.ATTENDED:
        raise InvalidError("score", _("Only who was there has a score."))
    seat.score = score


def _score(text: str) -> Decimal | None:
    """0 to 100 with at most two decimals; a comma is a point. Raises InvalidError."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    fault = InvalidError("score", _("Enter a score from 0 to 100."))
    try:
        score = Decimal(text)
    except InvalidOperation:
        raise fault from None
    if not (score.is_finite() and 0 <= score <= 100 and score == round(score, 2)):
        raise fault
    return round(score, 2)


@transaction.atomic
def sign_in(session_id: int, *, by: User, code: str, now: datetime) -> Seat:
    """Say by the code on the wall that one is here. The edge limits how often one may guess.

    Raises Session.DoesNotExist, InvalidError (`code`), RefusedError (not the time, no seat, marked
    by the trainer already); then nothing is written.
    """
    by.must(Can.KEEP_OWN)
    session = locked(session_id, by=by)
    refuse_ended(session)
    if not session.shows_code(now):
        raise RefusedError(
            _("One can sign in from half an hour before the start to after the end.")
        )
    seat = session.seats.select_for_update(of=("self",)).filter(user=by).first()
    if seat is None or seat.step == Seat.Step.GIVEN_UP:
        raise RefusedError(_("You have no seat in this session. Ask the trainer to add you."))
    if not codes.matches(session.key, code, at=now):
        raise InvalidError("code", _("This code is wrong or too old. Enter the one shown now."))
    if seat.step == Seat.Step.ATTENDED:
        return seat
    if not seat.is_asked:
        raise RefusedError(_("The trainer has marked you. Ask them to correct it."))
    seat.move("attend")
    seat.marked_at = now
    seat.save(update_fields=["step", "marked_at"])
    say("training.signed_in", session, by=by, now=now, seats={seat.pk: str(seat.step)})
    return seat


@transaction.atomic
def react(session_id: int, *, by: User, score: int, comment: str = "", now: datetime) -> Seat:
    """Say once how a session was that one attended: 1 to 5, and words if one likes.

    The ledger has that it was said, not what. Raises Session.DoesNotExist, InvalidError (`score`),
    RefusedError (was not there, said already, too early or too late); then nothing is written.
    """
    by.must(Can.KEEP_OWN)
    session = locked(session_id, by=by)
    seat = session.seats.select_for_update(of=("self",)).filter(user=by).first()
    if seat is None or seat.step != Seat.Step.ATTENDED:
        raise RefusedError(_("Only who was there is asked."))
    if seat.reacted_at is not None:
        raise RefusedError(_("You have answered already. Thank you."))
    if not session.hears(now):
        raise RefusedError(_("One can answer from the end of the session for 14 days."))
    if not 1 <= score <= 5:
        raise InvalidError("score", _("Choose 1 to 5."))
    seat.reaction, seat.comment, seat.reacted_at = score, comment.strip()[:COMMENT], now
    seat.save(update_fields=["reaction", "comment", "reacted_at"])
    say("training.session_rated", session, by=by, now=now)
    return seat
