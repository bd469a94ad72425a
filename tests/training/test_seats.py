"""Who gets a seat: the first who ask, then who waits longest, and never two the same place."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, after, make_absence, make_manager, make_user
from tests.training.factories import make_seat, make_session
from training import actions
from training.models import Seat, Session, SessionMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(manager: User) -> Session:
    """Two places, led by the manager of owner and colleague."""
    return make_session(trainer=manager)


def book(session: Session, *users: User, by: User | None = None, **over: Any) -> list[Seat]:
    keys = [user.pk for user in users]
    return actions.book_seats(session.pk, by=by or users[0], users=keys, **{"now": T0} | over)


def steps(session: Session) -> dict[int, str]:
    return {seat.user_id: str(seat.step) for seat in session.seats.all()}


def told(session: Session) -> list[tuple[int, str, int | None]]:
    mails = SessionMail.objects.filter(seat__session=session).order_by("pk")
    return list(mails.values_list("seat__user", "about", "sequence"))


def test_one_books_oneself_until_the_places_are_gone_then_one_waits(session: Session) -> None:
    first, second, third = make_user(), make_user(), make_user()
    for person in (first, second, third):
        book(session, person)
    assert steps(session) == {first.pk: "booked", second.pk: "booked", third.pk: "waiting"}
    assert told(session) == [
        (first.pk, "booked", 0),
        (second.pk, "booked", 0),
        (third.pk, "waiting", None),
    ]
    kinds = list(Entry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["training.seats_booked"] * 2 + ["training.seats_waiting"]


def test_a_freed_seat_goes_to_whoever_waits_longest_and_they_are_told(session: Session) -> None:
    first, second, third, fourth = (make_user() for _n in range(4))
    for n, person in enumerate((first, second, fourth, third)):
        book(session, person, now=after(n))
    actions.give_up(session.pk, by=first, user=first.pk, now=after(60))
    assert steps(session) == {
        first.pk: "given_up",
        second.pk: "booked",
        third.pk: "waiting",
        fourth.pk: "booked",
    }
    assert told(session)[-2:] == [(first.pk, "given_up", 1), (fourth.pk, "freed", 0)]
    assert Entry.objects.get(kind="training.seats_freed").data == {"people": [fourth.pk]}


def test_who_left_the_team_is_passed_over(session: Session) -> None:
    first, second, gone, third = (make_user() for _n in range(4))
    for n, person in enumerate((first, second, gone, third)):
        book(session, person, now=after(n))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    actions.give_up(session.pk, by=first, user=first.pk, now=after(60))
    assert steps(session)[gone.pk] == "waiting"
    assert steps(session)[third.pk] == "booked"


def test_who_waits_gives_up_without_a_mail_and_nobody_moves(session: Session) -> None:
    people = [make_user() for _n in range(3)]
    for person in people:
        book(session, person)
    before = len(told(session))
    actions.give_up(session.pk, by=people[2], user=people[2].pk, now=after(60))
    assert steps(session)[people[2].pk] == "given_up"
    assert len(told(session)) == before


def test_whoever_gave_up_may_ask_again_at_the_end_of_the_line(session: Session) -> None:
    people = [make_user() for _n in range(3)]
    for n, person in enumerate(people):
        book(session, person, now=after(n))
    actions.give_up(session.pk, by=people[0], user=people[0].pk, now=after(10))
    book(session, people[0], now=after(20))
    assert steps(session)[people[0].pk] == "waiting"
    actions.give_up(session.pk, by=people[1], user=people[1].pk, now=after(30))
    assert steps(session)[people[0].pk] == "booked"
    # booked 0, given up 1, freed 2: calendars take each for newer than the one before
    mine = [number for user, _about, number in told(session) if user == people[0].pk]
    assert mine == [0, 1, None, 2]
    assert Seat.objects.filter(user=people[0]).count() == 1


def test_a_manager_books_the_people_they_run_and_nobody_else(
    session: Session, group: Group, owner: User, colleague: User, stranger: User
) -> None:
    other = make_manager(runs=[group.__class__.objects.get(name="Cards")])
    session.trainer = session.made_by = make_manager()
    session.save()
    made = book(session, owner, colleague, by=other)
    assert {seat.user_id for seat in made} == {owner.pk, colleague.pk}
    assert {seat.asked_by_id for seat in made} == {other.pk}
    with pytest.raises(PermissionDenied):
        book(session, stranger, by=other)
    with pytest.raises(PermissionDenied):
        book(session, stranger, by=owner)
    assert stranger.pk not in steps(session)


def test_who_leads_the_session_lets_anybody_in(session: Session, stranger: User) -> None:
    book(session, stranger, by=session.trainer)
    assert steps(session) == {stranger.pk: "booked"}


def test_once_it_has_begun_only_who_leads_it_lets_people_in_whatever_the_places(
    session: Session, owner: User
) -> None:
    for _n in range(2):
        make_seat(session=session, user=make_user())
    with pytest.raises(RefusedError, match="has begun"):
        book(session, owner, now=session.starts_at)
    book(session, owner, by=session.trainer, now=session.starts_at)
    assert steps(session)[owner.pk] == "booked"


@pytest.mark.parametrize(
    ("over", "said"),
    [({"cancelled_at": T0}, "was cancelled"), ({"closed_at": T0}, "is closed")],
)
def test_nobody_is_booked_into_what_has_ended(
    session: Session, owner: User, over: dict[str, Any], said: str
) -> None:
    Session.objects.filter(pk=session.pk).update(**over)
    with pytest.raises(RefusedError, match=said):
        book(session, owner)
    assert not Seat.objects.exists()


def test_nobody_is_booked_twice_at_one_time_or_while_away(
    session: Session, manager: User, owner: User, colleague: User
) -> None:
    beside = make_session(
        trainer=manager,
        starts_at=session.ends_at - timedelta(minutes=1),
        ends_at=session.ends_at + timedelta(hours=1),
    )
    make_seat(session=beside, user=owner)
    make_absence(user=colleague, starts_on=date(2026, 1, 7), ends_on=date(2026, 1, 7))
    third = make_user()
    with pytest.raises(RefusedError) as refused:
        book(session, owner, colleague, third, by=manager)
    assert owner.name in str(refused.value)
    assert colleague.name in str(refused.value)
    assert third.name not in str(refused.value)
    assert not session.seats.exists()
    beside.seats.update(step="given_up")
    book(session, owner)


def test_one_after_the_other_is_no_clash(session: Session, manager: User, owner: User) -> None:
    later = session.ends_at + timedelta(hours=1)
    after_it = make_session(trainer=manager, starts_at=session.ends_at, ends_at=later)
    make_seat(session=after_it, user=owner)
    book(session, owner)
    assert steps(session) == {owner.pk: "booked"}


def test_who_is_booked_already_keeps_the_seat(
    session: Session, manager: User, owner: User, colleague: User
) -> None:
    book(session, owner)
    assert [seat.user_id for seat in book(session, owner, colleague, by=manager)] == [colleague.pk]
    with pytest.raises(RefusedError, match="Booked already"):
        book(session, owner)
    assert SessionMail.objects.count() == 2


def test_somebody_unknown_or_gone_is_refused(session: Session, manager: User) -> None:
    gone = make_user(is_active=False)
    for users in ([], [10**9], [gone.pk]):
        with pytest.raises(InvalidError):
            actions.book_seats(session.pk, by=manager, users=users, now=T0)
    assert not Seat.objects.exists()


def test_a_seat_is_given_up_by_whose_it_is_who_runs_them_and_who_leads_until_it_begins(
    session: Session, owner: User, colleague: User, stranger: User
) -> None:
    make_seat(session=session, user=owner)
    for who in (colleague, stranger):
        with pytest.raises(Seat.DoesNotExist):
            actions.give_up(session.pk, by=who, user=owner.pk, now=T0)
    with pytest.raises(RefusedError, match="has begun"):
        actions.give_up(session.pk, by=owner, user=owner.pk, now=session.starts_at)
    assert steps(session) == {owner.pk: "booked"}
    actions.give_up(session.pk, by=session.trainer, user=owner.pk, now=T0)
    with pytest.raises(RefusedError):
        actions.give_up(session.pk, by=owner, user=owner.pk, now=T0)


def test_who_sees_whose_seats(
    session: Session, owner: User, colleague: User, stranger: User, director: User
) -> None:
    mine, theirs = make_seat(session=session, user=owner), make_seat(session=session, user=stranger)
    assert list(Seat.objects.visible_to(owner)) == [mine]
    assert not Seat.objects.visible_to(colleague).exists()
    for who in (session.trainer, director):
        assert set(Seat.objects.visible_to(who)) == {mine, theirs}
    other = make_manager(runs=list(owner.groups_served.all()))
    assert list(Seat.objects.visible_to(other)) == [mine]


@pytest.mark.postgres
def test_the_line_can_use_its_index(
    session: Session, indexes_of: Callable[[QuerySet[Any]], set[str]]
) -> None:
    assert "seat_waits" in indexes_of(session.seats.in_line())


# ---- races ------------------------------------------------------------------------------------
def race(meet: Barrier, deeds: list[Callable[[], Any]]) -> list[str]:
    def tried(deed: Callable[[], Any]) -> str:
        try:
            deed()
        except RefusedError:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(tried, deeds))


def meeting(monkeypatch: pytest.MonkeyPatch, name: str, meet: Barrier) -> None:
    """Let two meet between the count of the places and the write."""
    plain = Seat.move

    def move_after_meeting(self: Seat, verb: str) -> None:
        if verb == name or name == "*":
            with suppress(BrokenBarrierError):
                meet.wait(timeout=0.3)
        plain(self, verb)

    monkeypatch.setattr(Seat, "move", move_after_meeting)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_seat_one_waits(
    session: Session, owner: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_seat(session=session, user=make_user())
    meet = Barrier(2)
    meeting(monkeypatch, "*", meet)
    race(meet, [lambda: book(session, owner), lambda: book(session, colleague)])
    taken = sorted([steps(session)[owner.pk], steps(session)[colleague.pk]])
    assert taken == ["booked", "waiting"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_freed_seats_go_to_two_who_wait_and_none_twice(
    session: Session, owner: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [make_user(), make_user(), make_user()]
    for person in (owner, colleague):
        make_seat(session=session, user=person)
    for n, person in enumerate(waiting):
        make_seat(session=session, user=person, step="waiting", asked_at=after(n))
    meet = Barrier(2)
    meeting(monkeypatch, "*", meet)
    deeds = [
        lambda: actions.give_up(session.pk, by=owner, user=owner.pk, now=after(60)),
        lambda: actions.give_up(session.pk, by=colleague, user=colleague.pk, now=after(60)),
    ]
    assert race(meet, deeds) == ["done", "done"]
    found = steps(session)
    assert [found[person.pk] for person in waiting] == ["booked", "booked", "waiting"]
    freed = [user for user, about, _n in told(session) if about == "freed"]
    assert sorted(freed) == sorted([waiting[0].pk, waiting[1].pk])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_gets_two_seats_at_one_time_by_asking_twice_at_once(
    session: Session, manager: User, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = make_session(trainer=manager)
    meet = Barrier(2)
    meeting(monkeypatch, "*", meet)
    outcomes = race(meet, [lambda: book(session, owner), lambda: book(beside, owner)])
    assert sorted(outcomes) == ["done", "refused"]
    assert Seat.objects.filter(user=owner, step="booked").count() == 1
