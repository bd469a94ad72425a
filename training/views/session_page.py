"""What the pages of sessions show: lines of the list, one session, its register, how it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from csservice.lib.errors import InvalidError
from teams.forms import ReasonForm
from teams.models import User
from teams.roles import Can
from training import codes
from training.forms.sessions import BookForm, CodeForm, ReactionForm
from training.models import Seat, Session
from training.models.sessions import FEWEST

ORDER = ("booked", "attended", "absent", "excused", "waiting")


class Row(NamedTuple):
    """One line of the list: a session and the reader's own seat in it."""

    session: Session
    seat: Seat | None
    may_book: bool
    may_give_up: bool

    @property
    def is_full(self) -> bool:
        return self.session.taken >= self.session.capacity  # type: ignore[attr-defined, no-any-return]


def rows_of(sessions: Iterable[Session], reader: User, now: datetime) -> list[Row]:
    """Lines of `sessions`, which come with their counts. One query more, however many."""
    sessions = list(sessions)
    seats = Seat.objects.filter(session__in=[s.pk for s in sessions], user=reader)
    mine = {seat.session_id: seat for seat in seats}
    return [_row(session, mine.get(session.pk), now) for session in sessions]


def _row(session: Session, seat: Seat | None, now: datetime) -> Row:
    live = seat is not None and seat.step != Seat.Step.GIVEN_UP
    is_open = session.is_open(now)
    gives = seat is not None and seat.is_asked
    return Row(session, seat if live else None, is_open and not live, is_open and gives)


class Reactions(NamedTuple):
    """How a session was. Below FEWEST answers only their number; `comments` in no order of people.

    `shares`: (score, how many), the best first.
    """

    n: int
    mean: float | None = None
    shares: tuple[tuple[int, int], ...] = ()
    comments: tuple[str, ...] = ()


def reactions(session: Session) -> Reactions:
    """What those who were there thought, nameless. One query."""
    answers = list(session.seats.filter(reaction__isnull=False).values_list("reaction", "comment"))
    if len(answers) < FEWEST:
        return Reactions(len(answers))
    scores = [score for score, _comment in answers if score]
    counted = Counter(scores)
    return Reactions(
        n=len(answers),
        mean=sum(scores) / len(scores),
        shares=tuple((score, counted[score]) for score in (5, 4, 3, 2, 1)),
        comments=tuple(sorted(comment for _score, comment in answers if comment)),
    )


def whole(session: Session, reader: User, now: datetime) -> dict[str, Any]:
    """One session's page without the forms that were sent: `session` comes with its counts."""
    leads = Session.objects.led_by(reader).filter(pk=session.pk).exists()
    mine = session.seats.filter(user=reader).first()
    row = _row(session, mine, now)
    signs = row.seat is not None and row.seat.is_asked and session.shows_code(now)
    asked = row.seat is not None and row.seat.step == Seat.Step.ATTENDED
    asked = asked and mine is not None and mine.reacted_at is None and session.hears(now)
    runs = reader.can(Can.RUN_TRAINING)
    open_for_changes = session.cancelled_at is None and session.closed_at is None
    return {
        "row": row,
        "session": session,
        "seat": row.seat,
        "is_open": session.is_open(now),
        "place_in_line": _place(row.seat),
        "leads": leads,
        "may_edit": leads and runs and open_for_changes,
        "is_on": leads and session.is_on(now),
        "shows_code": leads and session.shows_code(now),
        "seats": _seats(session, reader) if leads or runs else None,
        "reactions": reactions(session) if leads else None,
        "fewest": FEWEST,
        "forms": {
            "sign-in": CodeForm() if signs else None,
            "react": ReactionForm() if asked else None,
            "book": book_form(session, reader, leads=leads, now=now),
            "cancel": ReasonForm(prefix="cancel") if leads and runs and open_for_changes else None,
        },
    }


def _place(seat: Seat | None) -> int | None:
    """How many come first, and oneself: the place on the waiting list."""
    if seat is None or seat.step != Seat.Step.WAITING:
        return None
    line = list(Seat.objects.filter(session=seat.session_id).in_line().values_list("pk", flat=True))
    return line.index(seat.pk) + 1


def _seats(session: Session, reader: User) -> list[Seat]:
    """Who sits in it, of whom the reader may know: first those with a place, then the line."""
    seats = Seat.objects.visible_to(reader).filter(session=session, step__in=ORDER)
    rows = seats.select_related("user").order_by("asked_at", "user__name", "pk")
    return sorted(rows, key=lambda seat: ORDER.index(seat.step))


def book_form(
    session: Session, reader: User, *, leads: bool, now: datetime, data: Any = None
) -> BookForm | None:
    """To book others: anybody for who leads, else the people one runs; none when it is too late."""
    ended = session.cancelled_at is not None or session.closed_at is not None
    if ended or not (leads or (reader.can(Can.RUN_TRAINING) and session.is_open(now))):
        return None
    people = User.objects.at_work() if leads else User.objects.at_work().run_by(reader)
    seated = session.seats.exclude(step=Seat.Step.GIVEN_UP).values("user")
    return BookForm(data, by=reader, people=people.exclude(pk__in=seated).in_name_order())


class Line(NamedTuple):
    """One row of the register; `fault` is what is wrong with what was sent for it."""

    seat: Seat
    here: str
    score: str
    reason: str
    fault: InvalidError | None


def register_of(
    session: Session, faults: dict[int, InvalidError], sent: dict[int, Any]
) -> dict[str, Any]:
    """The register with its counts; a row that was refused shows what was sent."""
    steps = [step for step in ORDER if step != Seat.Step.WAITING]
    rows = session.seats.filter(step__in=steps).select_related("user")
    lines = [_line(seat, faults.get(seat.pk), sent.get(seat.pk)) for seat in _by_name(rows)]
    counts = Counter(line.seat.step for line in lines)
    return {
        "lines": lines,
        "present": counts[Seat.Step.ATTENDED],
        "unmarked": counts[Seat.Step.BOOKED],
        "failed": bool(faults),
    }


def _by_name(rows: Iterable[Seat]) -> list[Seat]:
    return sorted(rows, key=lambda seat: (seat.user.name, seat.user_id))


def _line(seat: Seat, fault: InvalidError | None, sent: Any) -> Line:
    score = "" if seat.score is None else f"{seat.score.normalize():f}"
    here = seat.step if seat.step in Seat.MARKED else ""
    if fault is None or sent is None:
        return Line(seat, here, score, seat.reason, None)
    typed = score if sent.score is None else sent.score
    return Line(seat, sent.here or here, typed, sent.reason or seat.reason, fault)


def shown_code(session: Session, now: datetime) -> dict[str, Any]:
    """The six digits of now in two groups, and how long they stay."""
    code = codes.code_at(session.key, now)
    return {
        "code": f"{code[:3]} {code[3:]}",
        "left": codes.seconds_left(now),
        "step": codes.STEP_S,
        "present": session.seats.filter(step=Seat.Step.ATTENDED).count(),
    }
