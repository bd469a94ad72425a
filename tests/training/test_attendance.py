"""Who was there: the trainer's list, the code on the wall, and how it was (L5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from tests.factories import T0, after, make_manager, make_user
from tests.training.factories import make_seat, make_session
from tests.training.sessions_support import all_present, close, mark, step
from training import actions, codes
from training.actions import Mark
from training.models import Seat, Session, SessionMail
from training.models.sessions import DOORS, REACT

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(manager: User) -> Session:
    return make_session(trainer=manager, capacity=3)


# ---- the register -----------------------------------------------------------------------------
def test_all_are_present_then_the_few_are_corrected(session: Session) -> None:
    seats = [make_seat(session=session, user=make_user()) for _n in range(3)]
    waits = make_seat(session=session, user=make_user(), step="waiting")
    all_present(session, by=session.trainer, now=session.starts_at)
    assert mark(session, seats[0], here="absent") == {}
    assert mark(session, seats[1], here="excused", reason="Ill") == {}
    assert mark(session, seats[2], score="88,5") == {}
    assert [step(seat) for seat in seats] == ["absent", "excused", "attended"]
    assert Seat.objects.get(pk=seats[1].pk).reason == "Ill"
    assert Seat.objects.get(pk=seats[2].pk).score == Decimal("88.50")
    assert step(waits) == "waiting"
    assert Entry.objects.filter(kind="training.register_taken").count() == 4


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"here": "attended", "score": "101"}, "score"),
        ({"here": "attended", "score": "-1"}, "score"),
        ({"here": "attended", "score": "NaN"}, "score"),
        ({"here": "attended", "score": "1e999999999"}, "score"),
        ({"here": "attended", "score": "88.123"}, "score"),
        ({"here": "absent", "score": "50"}, "score"),
        ({"here": "excused", "reason": " "}, "reason"),
        ({"here": "asleep"}, "here"),
    ],
)
def test_what_is_wrong_in_one_row_is_said_and_the_rest_is_saved(
    session: Session, said: dict[str, str], field: str
) -> None:
    wrong, right = (make_seat(session=session, user=make_user()) for _n in range(2))
    marks = {wrong.pk: Mark(**said), right.pk: Mark(here="attended", score="70")}
    now = session.starts_at
    faults = actions.take_register(session.pk, by=session.trainer, marks=marks, now=now)
    assert {pk: fault.field for pk, fault in faults.items()} == {wrong.pk: field}
    assert Seat.objects.get(pk=wrong.pk).score is None
    assert (step(right), Seat.objects.get(pk=right.pk).score) == ("attended", Decimal(70))


def test_the_seat_of_another_session_is_not_marked_here(session: Session, manager: User) -> None:
    other = make_seat(session=make_session(trainer=make_manager()), user=make_user())
    assert mark(session, other, here="attended") == {}
    assert step(other) == "booked"


def test_attendance_is_taken_from_half_an_hour_before_until_it_is_closed(
    session: Session,
) -> None:
    seat = make_seat(session=session, user=make_user())
    early = session.starts_at - DOORS - timedelta(seconds=1)
    for deed in (
        lambda: all_present(session, by=session.trainer, now=early),
        lambda: actions.take_register(
            session.pk, by=session.trainer, marks={seat.pk: Mark(here="attended")}, now=early
        ),
    ):
        with pytest.raises(RefusedError):
            deed()
    all_present(session, by=session.trainer, now=session.starts_at - DOORS)
    close(session)
    with pytest.raises(RefusedError, match="closed"):
        mark(session, seat, here="absent")
    assert step(seat) == "attended"


def test_an_excuse_before_the_session_gives_the_place_to_who_waits(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=1)
    seat = make_seat(session=session, user=make_user())
    waits = make_seat(session=session, user=make_user(), step="waiting")
    marks = {seat.pk: Mark(here="excused", reason="On a journey")}
    assert actions.take_register(session.pk, by=session.trainer, marks=marks, now=T0) == {}
    assert (step(seat), step(waits)) == ("excused", "booked")
    assert SessionMail.objects.get().about == "freed"


def test_a_trainer_who_is_a_specialist_takes_the_register_of_their_session_only(
    session: Session, owner: User
) -> None:
    own = make_session(trainer=owner, made_by=session.trainer)
    seat = make_seat(session=own, user=make_user())
    assert mark(own, seat, by=owner, here="attended") == {}
    other = make_seat(session=session, user=make_user())
    with pytest.raises(PermissionDenied):
        mark(session, other, by=owner, here="attended")
    close(own, by=owner)


# ---- the code on the wall ---------------------------------------------------------------------
def test_the_learner_types_the_code_and_is_there(session: Session, owner: User) -> None:
    seat, now = make_seat(session=session, user=owner), session.starts_at
    code = codes.code_at(session.key, now)
    later = now + timedelta(seconds=30)
    actions.sign_in(session.pk, by=owner, code=code, now=later)
    assert step(seat) == "attended"
    assert Entry.objects.get(kind="training.signed_in").data == {
        "seats": {str(seat.pk): "attended"}
    }
    actions.sign_in(session.pk, by=owner, code=codes.code_at(session.key, later), now=later)
    assert Entry.objects.filter(kind="training.signed_in").count() == 1


def test_a_wrong_or_old_code_or_one_of_another_session_is_refused(
    session: Session, owner: User
) -> None:
    seat, now = make_seat(session=session, user=owner), session.starts_at
    other = make_session(trainer=session.trainer, made_at=after(1))
    old = codes.code_at(session.key, now - timedelta(seconds=60))
    for code in (old, codes.code_at(other.key, now), "000000", "", "abc"):
        with pytest.raises(InvalidError):
            actions.sign_in(session.pk, by=owner, code=code, now=now)
    assert step(seat) == "booked"
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "open_"),
    [(-1801, False), (-1800, True), (5400 + 1800, True), (5400 + 1801, False)],
)
def test_the_code_holds_from_half_an_hour_before_to_half_an_hour_after(
    session: Session, owner: User, seconds: int, open_: bool
) -> None:
    make_seat(session=session, user=owner)
    now = session.starts_at + timedelta(seconds=seconds)
    code = codes.code_at(session.key, now)
    if open_:
        actions.sign_in(session.pk, by=owner, code=code, now=now)
    else:
        with pytest.raises(RefusedError):
            actions.sign_in(session.pk, by=owner, code=code, now=now)


def test_nobody_signs_in_without_a_seat_or_against_the_trainers_mark(
    session: Session, owner: User, colleague: User
) -> None:
    now = session.starts_at
    make_seat(session=session, user=owner, step="absent")
    make_seat(session=session, user=colleague, step="given_up")
    code = codes.code_at(session.key, now)
    for person in (owner, colleague, make_user()):
        with pytest.raises(RefusedError):
            actions.sign_in(session.pk, by=person, code=code, now=now)
    assert not Seat.objects.filter(step="attended").exists()


# ---- how it was -------------------------------------------------------------------------------
def test_who_was_there_says_once_how_it_was_and_the_ledger_does_not_say_what(
    session: Session, owner: User
) -> None:
    seat, now = make_seat(session=session, user=owner, step="attended"), session.ends_at
    with pytest.raises(InvalidError):
        actions.react(session.pk, by=owner, score=6, now=now)
    actions.react(session.pk, by=owner, score=4, comment=" Good pace ", now=now)
    seat.refresh_from_db()
    assert (seat.reaction, seat.comment) == (4, "Good pace")
    with pytest.raises(RefusedError):
        actions.react(session.pk, by=owner, score=1, now=now)
    said = Entry.objects.get(kind="training.session_rated")
    assert said.data == {}


def test_nobody_else_is_asked_and_not_for_ever(session: Session, owner: User) -> None:
    make_seat(session=session, user=owner, step="absent")
    there = make_user()
    make_seat(session=session, user=there, step="attended")
    late = session.ends_at + REACT + timedelta(seconds=1)
    for person, now in ((owner, session.ends_at), (make_user(), session.ends_at), (there, late)):
        with pytest.raises(RefusedError):
            actions.react(session.pk, by=person, score=5, now=now)
    assert not Seat.objects.exclude(reaction=None).exists()


def test_the_secret_is_in_no_column(session: Session) -> None:
    other: Callable[..., Session] = make_session
    assert session.key != other(trainer=session.trainer).key
    names = {field.name for field in Session._meta.get_fields()}
    assert not names & {"secret", "key"}
