"""A session from its plan to people's histories, and back when it was wrong (L5, K4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, after, make_manager, make_user
from tests.training.factories import make_course, make_member, make_seat, make_session
from tests.training.sessions_support import all_present, close, mark, step
from training import actions
from training.models import CycleMember, Record, Seat, Session, SessionMail

pytestmark = pytest.mark.django_db
START = after(2 * 86_400)


@pytest.fixture
def session(manager: User) -> Session:
    return make_session(trainer=manager, capacity=3)


def plan(by: User, **over: Any) -> Session:
    fields: dict[str, Any] = {
        "area": "product",
        "name": " Funds ",
        "place": "Room 2",
        "trainer": by,
        "starts_at": START,
        "ends_at": START + timedelta(hours=1),
        "capacity": 10,
    }
    return actions.save_session(None, by=by, now=T0, **fields | over)


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
    assert (row.score, row.minutes, row.passed, row.course) == (Decimal(91), 90, True, course)
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


def test_managers_of_other_groups_lead_nothing(session: Session, group: Group) -> None:
    assert not Session.objects.led_by(make_manager(runs=[])).exists()
    assert Session.objects.led_by(session.trainer).get() == session
