"""The selected people of the matrix begin a course or get a seat (L5)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from csservice.lib.errors import InvalidError
from teams.models import User
from tests.conftest import Clock
from tests.factories import T0
from tests.training.factories import make_course, make_member
from training import actions
from training.actions._book import book
from training.models import Course, Enrolment, Seat, Session

pytestmark = pytest.mark.django_db
ADDRESS = "/training/matrix/enrol/?quarter=2026-Q1"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_several_people_begin_a_course_because_of_the_cycle(
    manager: User, owner: User, colleague: User
) -> None:
    course, users = make_course(), [owner.pk, colleague.pk]
    due = date(2026, 3, 31)
    done = actions.enrol_people(course.pk, by=manager, users=users, now=T0, due_on=due)
    assert {row.user_id for row in done.begun} == set(users)
    assert {(row.why, row.due_on) for row in done.begun} == {("cycle", due)}
    assert done.refused == []


def test_whom_the_course_refuses_is_named_and_the_others_begin(
    manager: User, owner: User, colleague: User
) -> None:
    first, course = make_course(), make_course()
    course.needs_first.add(first)
    book(owner, area="product", way="course", source="x", at=T0, now=T0, by=None, course=first)
    both = [owner.pk, colleague.pk]
    done = actions.enrol_people(course.pk, by=manager, users=both, now=T0)
    assert [row.user for row in done.begun] == [owner]
    assert [person for person, _why in done.refused] == [colleague]


def test_nobody_enrols_people_of_others(manager: User, owner: User, stranger: User) -> None:
    course = make_course()
    for users in ([owner.pk, stranger.pk], []):
        with pytest.raises(InvalidError):
            actions.enrol_people(course.pk, by=manager, users=users, now=T0)
    with pytest.raises(PermissionDenied):
        actions.enrol_people(course.pk, by=owner, users=[owner.pk], now=T0)
    with pytest.raises(Course.DoesNotExist):
        actions.enrol_people(10**9, by=manager, users=[owner.pk], now=T0)
    assert not Enrolment.objects.exists()


# ---- the page ---------------------------------------------------------------------------------
def test_the_selected_are_enrolled_from_the_matrix(
    clock: Clock, manager_browser: Client, owner: User
) -> None:
    make_member(user=owner)
    course = make_course()
    said = {"person": [owner.pk], "course": course.pk, "do": "enrol"}
    answer = manager_browser.post(ADDRESS, said)
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/training/matrix/?quarter=2026-Q1&span=2",
    )
    assert Enrolment.objects.get().due_on == date(2026, 3, 31)


def test_the_selected_get_a_seat(clock: Clock, manager_browser: Client, owner: User) -> None:
    make_member(user=owner)
    manager = owner.groups_served.get().manager
    assert manager is not None
    session = Session.objects.create(
        area="product",
        name="Cards",
        place="Room 2",
        trainer=manager,
        starts_at=T0 + timedelta(days=1),
        ends_at=T0 + timedelta(days=1, hours=1),
        capacity=5,
        made_at=T0,
        made_by=manager,
    )
    assert "2026-01-06 17:00 Cards" in text(manager_browser.get("/training/matrix/"))
    said = {"person": [owner.pk], "session": session.pk, "do": "book"}
    assert manager_browser.post(ADDRESS, said).status_code == 302
    assert Seat.objects.get().user == owner
    refused = manager_browser.post(ADDRESS, said)
    assert refused.status_code == 422
    assert "Booked already." in text(refused)


def test_nobody_selected_or_nothing_chosen(
    clock: Clock, manager_browser: Client, owner: User, stranger: User
) -> None:
    make_member(user=owner)
    course = make_course()
    none = manager_browser.post(ADDRESS, {"course": course.pk, "do": "enrol"})
    assert none.status_code == 422
    assert "Select somebody first." in text(none)
    for key in ("x", "", str(10**9)):
        said = {"person": [owner.pk], "course": key, "do": "enrol"}
        assert manager_browser.post(ADDRESS, said).status_code == 404
    others = {"person": [stranger.pk], "course": course.pk, "do": "enrol"}
    assert manager_browser.post(ADDRESS, others).status_code == 422
    assert not Enrolment.objects.exists()
