"""A session from its plan to people's histories, and back when it was wrong (L5, K4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, after, make_manager, make_user
from tests.training.factories import make_course, make_member, make_seat, make_session
from training import actions, codes
from training.actions import Mark
from training.models import CycleMember, Record, Seat, Session, SessionMail
from training.models.sessions import DOORS, REACT

pytestmark = pytest.mark.django_db
START = after(2 * 86_400)


@pytest.fixture
def session(manager: User) -> Session:
    return make_session(trainer=manager, capacity=3)


def plan(by: User, **over: Any) -> Session:
    fields = {
        "area": "product",
        "name": " Funds ",
        "place": "Room 2",
        "trainer": by,
        "starts_at": START,
        "ends_at": START + timedelta(hours=1),
        "capacity": 10,
    }
    return actions.save_session(None, by=by, now=T0, **fields | over)


def mark(session: Session, seat: Seat, by: User | None = None, **said: Any) -> dict[int, Any]:
    marks = {seat.pk: Mark(**said)}
    by = by or session.trainer
    return actions.take_register(session.pk, by=by, marks=marks, now=session.starts_at)


def all_present(session: Session, *, by: User, now: datetime) -> None:
    actions.take_register(session.pk, by=by, marks={}, rest_present=True, now=now)


def close(session: Session, by: User | None = None) -> Session:
    return actions.close_session(session.pk, by=by or session.trainer, now=session.ends_at)


def step(seat: Seat) -> str:
    return str(Seat.objects.get(pk=seat.pk).step)


# ---- planning ---------------------------------------------------------------------------------
def test_a_manager_plans_a_session(manager: User) -> None:
    made = plan(manager)
    assert (made.name, made.minutes, made.made_by) == ("Funds", 60, manager)
    assert Entry.objects.get(kind="training.session_planned").key == str(made.pk)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "name"),
        ({"area": "cooking"}, "area"),
        ({"place": "", "link": ""}, "place"),
        ({"ends_at": START}, "ends_at"),
        ({"ends_at": START + timedelta(hours=13)}, "ends_at"),
        ({"starts_at": T0 - timedelta(hours=1), "ends_at": T0}, "starts_at"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 1001}, "capacity"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_written(
    manager: User, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        plan(manager, **over)
    assert refused.value.field == field
    assert not Session.objects.exists()
    assert not Entry.objects.exists()


def test_a_course_of_another_area_or_a_trainer_who_left_is_refused(manager: User) -> None:
    with pytest.raises(InvalidError):
        plan(manager, course=make_course(area="service"))
    with pytest.raises(InvalidError):
        plan(manager, trainer=make_user(is_active=False))
    assert not Session.objects.exists()


def test_who_does_not_run_training_plans_nothing(owner: User, session: Session) -> None:
    for deed in (
        lambda: plan(owner),
        lambda: actions.save_session(session.pk, by=owner, now=T0, capacity=9),
        lambda: actions.cancel_session(session.pk, by=owner, reason="x", now=T0),
        lambda: actions.reopen_session(session.pk, by=owner, reason="x", now=T0),
        lambda: actions.close_session(session.pk, by=owner, now=session.ends_at),
        lambda: all_present(session, by=owner, now=session.starts_at),
        lambda: actions.save_session(session.pk, by=make_manager(), now=T0, capacity=9),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert not Entry.objects.exists()


def test_another_time_is_told_and_more_places_go_to_those_who_wait(
    manager: User, session: Session
) -> None:
    booked = make_seat(session=session, user=make_user(), sequence=1)
    waits = make_seat(session=session, user=make_user(), step="waiting")
    later = session.starts_at + timedelta(minutes=15)
    actions.save_session(session.pk, by=manager, now=T0, starts_at=later, capacity=5)
    assert list(SessionMail.objects.order_by("pk").values_list("seat", "about", "sequence")) == [
        (booked.pk, "changed", 1),
        (waits.pk, "freed", 0),
    ]
    assert step(waits) == "booked"


def test_another_name_is_told_to_nobody(manager: User, session: Session) -> None:
    make_seat(session=session, user=make_user())
    actions.save_session(session.pk, by=manager, now=T0, name="Funds 2")
    assert not SessionMail.objects.exists()


def test_places_never_become_fewer_than_are_booked(manager: User, session: Session) -> None:
    for _n in range(2):
        make_seat(session=session, user=make_user())
    with pytest.raises(InvalidError, match="at least 2"):
        actions.save_session(session.pk, by=manager, now=T0, capacity=1)


def test_a_cancelled_session_tells_everybody_and_calendars_drop_it(
    manager: User, session: Session
) -> None:
    booked = make_seat(session=session, user=make_user(), sequence=2)
    waits = make_seat(session=session, user=make_user(), step="waiting")
    gone = make_seat(session=session, user=make_user(), step="given_up")
    with pytest.raises(InvalidError):
        actions.cancel_session(session.pk, by=manager, reason=" ", now=T0)
    actions.cancel_session(session.pk, by=manager, reason="Trainer ill", now=T0)
    mails = SessionMail.objects.order_by("pk").values_list("seat", "about", "sequence")
    assert list(mails) == [(booked.pk, "cancelled", 2), (waits.pk, "cancelled", None)]
    assert not gone.mails.exists()
    with pytest.raises(RefusedError):
        actions.cancel_session(session.pk, by=manager, reason="again", now=T0)
    with pytest.raises(RefusedError):
        close(session)


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
    assert (step(right), Seat.objects.get(pk=right.pk).score) == ("attended", 70)


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


# ---- closing and reopening --------------------------------------------------------------------
def test_closing_books_those_who_were_there_and_the_cycle_follows(
    session: Session, owner: User, colleague: User
) -> None:
    course = make_course(area="product", valid_days=30)
    Session.objects.filter(pk=session.pk).update(course=course)
    member = make_member(user=owner)
    seat = make_seat(session=session, user=owner, step="attended", score=91)
    make_seat(session=session, user=colleague, step="absent")
    make_seat(session=session, user=make_user(), step="waiting")
    close(session)
    row = Record.objects.get()
    assert (row.user, row.source, row.way, row.at) == (
        owner,
        f"seat:{seat.pk}",
        "session",
        session.starts_at,
    )
    assert (row.score, row.minutes, row.passed, row.course) == (91, 90, True, course)
    assert row.valid_until == session.starts_at + timedelta(days=30)
    assert CycleMember.objects.get(pk=member.pk).record == row
    said = Entry.objects.get(kind="training.session_closed").data
    assert said == {"attended": 1, "absent": 1, "excused": 0}


def test_nothing_is_closed_while_somebody_is_not_marked_or_before_it_begins(
    session: Session,
) -> None:
    seat = make_seat(session=session, user=make_user())
    with pytest.raises(RefusedError, match="1 person is not marked"):
        close(session)
    Seat.objects.filter(pk=seat.pk).update(step="attended")
    before = session.starts_at - timedelta(seconds=1)
    with pytest.raises(RefusedError, match="not begun"):
        actions.close_session(session.pk, by=session.trainer, now=before)
    assert not Record.objects.exists()
    close(session)
    with pytest.raises(RefusedError):
        close(session)
    assert Record.objects.count() == 1


def test_reopening_is_on_record_and_corrects_the_histories(
    session: Session, owner: User, colleague: User
) -> None:
    member = make_member(user=owner)
    mine = make_seat(session=session, user=owner, step="attended", score=50)
    theirs = make_seat(session=session, user=colleague, step="absent")
    close(session)
    with pytest.raises(InvalidError):
        actions.reopen_session(session.pk, by=session.trainer, reason=" ", now=session.ends_at)
    actions.reopen_session(session.pk, by=session.trainer, reason="Mixed up", now=session.ends_at)
    said = Entry.objects.get(kind="training.session_reopened").data
    assert (said["reason"], said["closed_at"]) == ("Mixed up", session.ends_at.isoformat())
    assert mark(session, mine, here="absent") == {}
    assert mark(session, theirs, here="attended", score="80") == {}
    close(session)
    records = {row.user_id: (row.passed, row.score) for row in Record.objects.all()}
    assert records == {owner.pk: (False, None), colleague.pk: (True, 80)}
    assert CycleMember.objects.get(pk=member.pk).attended_at is None


def test_only_a_closed_session_is_reopened(session: Session) -> None:
    with pytest.raises(RefusedError):
        actions.reopen_session(session.pk, by=session.trainer, reason="x", now=T0)


def test_a_make_up_session_takes_those_who_missed_and_are_free(
    session: Session, manager: User, owner: User, colleague: User
) -> None:
    make_seat(session=session, user=owner, step="absent")
    make_seat(session=session, user=colleague, step="excused", reason="Ill")
    make_seat(session=session, user=make_user(), step="attended")
    busy = make_user()
    make_seat(session=session, user=busy, step="absent")
    when = {"starts_at": after(9 * 86_400), "ends_at": after(9 * 86_400 + 3600)}
    make_seat(session=make_session(trainer=manager, **when), user=busy)
    made = plan(manager, makes_up_for=session, take_missed=True, **when)
    assert made.makes_up_for == session
    assert {seat.user_id for seat in made.seats.all()} == {owner.pk, colleague.pk}
    with pytest.raises(PermissionDenied):
        plan(make_manager(), makes_up_for=session)


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


def test_managers_of_other_groups_lead_nothing(session: Session, group: Group) -> None:
    assert not Session.objects.led_by(make_manager(runs=[])).exists()
    assert Session.objects.led_by(session.trainer).get() == session
