"""Sessions in the browser and for programs: everybody finds what is theirs, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from teams.models import User
from tests.conftest import Clock
from tests.factories import T0, after, make_user
from tests.training.factories import make_seat, make_session
from training import codes
from training.models import Record, Seat, Session

pytestmark = pytest.mark.django_db
V1 = "/api/v1/sessions/"
ApiOf = Callable[[User], APIClient]


@pytest.fixture
def session(manager: User, clock: Clock) -> Session:
    """Two places in an hour: who is signed in now still is then."""
    return make_session(
        trainer=manager, capacity=2, starts_at=after(3600), ends_at=after(3600 + 5400)
    )


def text(response: Any) -> str:
    return str(response.content.decode())


def url(name: str, session: Session) -> str:
    return reverse(f"session-{name}", args=[session.pk])


def page_of(session: Session) -> str:
    return reverse("session", args=[session.pk])


# ---- the list ---------------------------------------------------------------------------------
def test_the_list_shows_what_is_to_come_and_what_was(
    session: Session, owner: User, owner_browser: Client, manager: User
) -> None:
    past = make_session(
        trainer=manager, name="Old news", starts_at=after(-7200), ends_at=after(-3600)
    )
    make_seat(session=session, user=owner)
    shown = text(owner_browser.get(reverse("sessions")))
    assert "Funds" in shown
    assert "Booked" in shown
    assert "1 of 2" in shown
    assert "Old news" not in shown
    assert "New session" not in shown
    before = text(owner_browser.get(reverse("sessions"), {"show": "past"}))
    assert past.name in before
    assert 'href="/training/sessions/new/"' not in before
    other = owner_browser.get(reverse("sessions"), {"area": "service"})
    assert "No session planned" in text(other)


@pytest.mark.parametrize("address", ["/training/sessions/", V1, "one"])
def test_a_list_runs_the_same_queries_for_one_row_and_for_many(
    address: str,
    session: Session,
    manager: User,
    manager_browser: Client,
    sql_of: Callable[..., list[str]],
) -> None:
    where = page_of(session) if address == "one" else address
    make_seat(session=session, user=make_user())
    manager_browser.get(where)
    one = sql_of(lambda: manager_browser.get(where))
    for _n in range(9):
        make_seat(session=make_session(trainer=manager), user=make_user())
        make_seat(session=session, user=make_user())
    many = sql_of(lambda: manager_browser.get(where))
    assert len(one) == len(many), "\n".join(many)


# ---- booking ----------------------------------------------------------------------------------
def test_one_books_and_gives_up_on_the_page(
    session: Session, owner: User, owner_browser: Client
) -> None:
    booked = owner_browser.post(url("book", session), follow=True)
    assert "You are booked." in text(booked)
    again = owner_browser.post(url("book", session))
    assert again.status_code == 422
    assert "Booked already." in text(again)
    given_up = owner_browser.post(url("give-up", session), follow=True)
    assert "The seat is given up." in text(given_up)
    assert Seat.objects.get().step == "given_up"


def test_who_waits_sees_their_place_in_line(
    session: Session, owner: User, owner_browser: Client
) -> None:
    for n in range(2):
        make_seat(session=session, user=make_user())
        make_seat(session=session, user=make_user(), step="waiting", asked_at=after(-60 - n))
    shown = owner_browser.post(url("book", session), follow=True)
    assert "You are on the waiting list." in text(shown)
    assert "number 3 in line" in text(shown)


def test_a_manager_books_several_at_once(
    session: Session, manager_browser: Client, owner: User, colleague: User
) -> None:
    sent = {"users": [owner.pk, colleague.pk]}
    shown = manager_browser.post(url("book", session), sent, follow=True)
    assert "Booked: 2. On the waiting list: 0." in text(shown)
    assert owner.name in text(shown)
    wrong = manager_browser.post(url("book", session), {"users": ["x"]})
    assert wrong.status_code == 422


def test_a_learner_sees_no_other_names_and_books_nobody_else(
    session: Session, owner_browser: Client, stranger: User
) -> None:
    make_seat(session=session, user=stranger)
    assert stranger.name not in text(owner_browser.get(page_of(session)))
    sent = {"users": [make_user().pk]}
    assert owner_browser.post(url("book", session), sent).status_code == 403
    assert owner_browser.post(url("give-up", session), {"user": stranger.pk}).status_code == 404
    assert Seat.objects.get().step == "booked"


# ---- planning ---------------------------------------------------------------------------------
FORM = {
    "name": "Funds 2",
    "area": "product",
    "starts_at": "2026-01-08T14:00",
    "ends_at": "2026-01-08T15:30",
    "place": "Room 2",
    "capacity": "10",
}


def test_a_manager_plans_and_changes_a_session(
    session: Session, manager: User, manager_browser: Client
) -> None:
    made = manager_browser.post(reverse("session-new"), FORM | {"trainer": manager.pk}, follow=True)
    assert "Saved." in text(made)
    new = Session.objects.get(name="Funds 2")
    assert new.starts_at.isoformat() == "2026-01-08T06:00:00+00:00"
    shown = text(manager_browser.get(url("edit", new)))
    assert 'value="2026-01-08T14:00"' in shown
    wrong = manager_browser.post(url("edit", new), FORM | {"trainer": manager.pk, "place": ""})
    assert wrong.status_code == 422
    assert "Enter a place or a link." in text(wrong)


def test_a_make_up_session_is_planned_from_the_one_that_was_missed(
    session: Session, owner: User, manager: User, manager_browser: Client
) -> None:
    make_seat(session=session, user=owner, step="absent")
    address = f"{reverse('session-new')}?for={session.pk}"
    assert "1 person missed the first one" in text(manager_browser.get(address))
    sent = FORM | {"trainer": manager.pk, "take_missed": "on"}
    assert manager_browser.post(address, sent).status_code == 302
    made = Session.objects.get(makes_up_for=session)
    assert [seat.user for seat in made.seats.all()] == [owner]
    for key in ("x", "9" * 30, "0"):
        assert manager_browser.get(f"{reverse('session-new')}?for={key}").status_code == 404


def test_a_session_is_cancelled_with_a_reason(session: Session, manager_browser: Client) -> None:
    wrong = manager_browser.post(url("cancel", session), {"cancel-reason": ""})
    assert wrong.status_code == 422
    manager_browser.post(url("cancel", session), {"cancel-reason": "Trainer ill"})
    assert "Cancelled: Trainer ill" in text(manager_browser.get(page_of(session)))


# ---- the register -----------------------------------------------------------------------------
def test_the_register_is_taken_closed_and_reopened(
    session: Session, owner: User, colleague: User, manager_browser: Client, clock: Clock
) -> None:
    mine, theirs = (make_seat(session=session, user=user) for user in (owner, colleague))
    clock.now = session.starts_at
    where = url("register", session)
    assert "0 of 2 present" in text(manager_browser.get(where))
    manager_browser.post(where, {"do": "all"})
    sent = {f"here-{theirs.pk}": "absent", f"score-{mine.pk}": "88", f"here-{mine.pk}": "attended"}
    part = manager_browser.post(where, sent, headers={"HX-Request": "true"})
    assert "1 of 2 present" in text(part)
    assert "<html" not in text(part)
    wrong = manager_browser.post(where, sent | {f"score-{mine.pk}": "101"})
    assert wrong.status_code == 422
    assert "Enter a score from 0 to 100." in text(wrong)
    assert 'value="101"' in text(wrong)
    closed = manager_browser.post(url("close", session), follow=True)
    assert "Closed. It stands in everybody&#x27;s training history." in text(closed)
    assert Record.objects.get().user == owner
    assert f'name="here-{mine.pk}"' not in text(closed)
    assert manager_browser.post(where, sent).status_code == 422
    assert manager_browser.post(url("reopen", session), {"reason": ""}).status_code == 422
    manager_browser.post(url("reopen", session), {"reason": "Mixed up"})
    assert f'name="here-{mine.pk}"' in text(manager_browser.get(where))


def test_all_present_in_the_form_of_the_page_does_not_lose_what_stands_in_it(
    session: Session, owner: User, colleague: User, manager_browser: Client, clock: Clock
) -> None:
    """Without JavaScript the button sends the whole form."""
    mine, theirs = (make_seat(session=session, user=user) for user in (owner, colleague))
    clock.now = session.starts_at
    sent = {"do": "all", f"here-{theirs.pk}": "absent", f"score-{mine.pk}": ""}
    manager_browser.post(url("register", session), sent)
    steps = dict(session.seats.values_list("pk", "step"))
    assert steps == {mine.pk: "attended", theirs.pk: "absent"}


def test_closing_too_early_says_why(
    session: Session, owner: User, manager_browser: Client, clock: Clock
) -> None:
    make_seat(session=session, user=owner)
    clock.now = session.starts_at
    refused = manager_browser.post(url("close", session))
    assert refused.status_code == 422
    assert "1 person is not marked yet." in text(refused)


# ---- the code ---------------------------------------------------------------------------------
def test_the_wall_shows_the_code_and_the_learner_types_it(
    session: Session, owner: User, owner_browser: Client, manager_browser: Client, clock: Clock
) -> None:
    make_seat(session=session, user=owner)
    assert "No code now" in text(manager_browser.get(url("code", session)))
    clock.now = session.starts_at
    code = codes.code_at(session.key, clock.now)
    wall = manager_browser.get(url("code", session))
    assert f"{code[:3]} {code[3:]}" in text(wall)
    assert "no-store" in wall["Cache-Control"]
    part = manager_browser.get(url("code", session), headers={"HX-Request": "true"})
    assert text(part).lstrip().startswith('<div id="code"')
    assert owner_browser.get(url("code", session)).status_code == 403
    assert code not in text(owner_browser.get(page_of(session)))
    wrong = owner_browser.post(url("sign-in", session), {"code": "12345"})
    assert wrong.status_code == 422
    done = owner_browser.post(url("sign-in", session), {"code": code}, follow=True)
    assert "You are noted as present." in text(done)
    assert Seat.objects.get().step == "attended"


def test_who_guesses_is_stopped_after_five_tries_a_minute(
    session: Session, owner: User, owner_browser: Client, api_of: ApiOf, clock: Clock
) -> None:
    make_seat(session=session, user=owner)
    clock.now = session.starts_at
    statuses = [
        owner_browser.post(url("sign-in", session), {"code": "000000"}).status_code
        for _n in range(6)
    ]
    assert statuses == [422] * 5 + [429]
    answer = api_of(owner).post(f"{V1}{session.pk}/sign-in/", {"code": "000000"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert Seat.objects.get().step == "booked"


# ---- how it was -------------------------------------------------------------------------------
def test_below_five_answers_nobody_sees_any_and_never_a_name(
    session: Session, manager_browser: Client, owner: User, owner_browser: Client, clock: Clock
) -> None:
    clock.now = session.ends_at
    make_seat(session=session, user=owner, step="attended")
    for n in range(3):
        make_seat(
            session=session,
            user=make_user(),
            step="attended",
            reaction=2,
            comment=f"Said {n}",
            reacted_at=T0,
        )
    owner_browser.post(url("react", session), {"score": "5", "comment": "Mine"})
    hidden = text(manager_browser.get(page_of(session)))
    assert "4 answers so far." in hidden
    assert "Said 0" not in hidden
    last = make_user(name="Wang Fang")
    make_seat(session=session, user=last, step="attended", reaction=5, reacted_at=T0)
    for where in (page_of(session), url("register", session)):
        shown = text(manager_browser.get(where))
        assert "3.2" in shown
        assert "of 5, 5 answers" in shown
        assert "Said 0" in shown
    assert "Said 0" not in text(owner_browser.get(page_of(session)))


# ---- programs ---------------------------------------------------------------------------------
def test_a_program_plans_books_marks_and_closes(
    session: Session, manager: User, owner: User, colleague: User, api_of: ApiOf, clock: Clock
) -> None:
    program = api_of(manager)
    body = {
        "area": "product",
        "name": "Funds 2",
        "place": "Room 2",
        "trainer": manager.pk,
        "starts_at": "2026-01-08T06:00:00Z",
        "ends_at": "2026-01-08T07:30:00Z",
        "capacity": 1,
    }
    made = program.post(V1, body)
    assert made.status_code == 201
    at = made["Location"]
    assert program.post(V1, body | {"place": ""}).status_code == 400
    assert program.patch(at, {"capacity": 5}).json()["capacity"] == 5
    seats = program.post(f"{at}book/", {"users": [owner.pk, colleague.pk]}).json()
    assert [seat["state"] for seat in seats] == ["booked", "booked"]
    assert program.post(f"{at}book/", {"users": [owner.pk]}).status_code == 409
    assert program.post(f"{at}close/").status_code == 409
    clock.now = Session.objects.get(name="Funds 2").starts_at
    first, second = (seat["id"] for seat in seats)
    marks = [
        {"seat": first, "here": "attended", "score": "88.50"},
        {"seat": second, "here": "excused"},
    ]
    assert program.post(f"{at}register/", {"marks": marks}).status_code == 400
    marks[1]["reason"] = "Ill"
    taken = program.post(f"{at}register/", {"marks": marks})
    assert [seat["state"] for seat in taken.json()] == ["attended", "excused"]
    closed = program.post(f"{at}close/").json()
    assert closed["closed_at"] is not None
    assert program.post(f"{at}reopen/", {"reason": "Mixed up"}).json()["closed_at"] is None
    assert Record.objects.get().score == 88.5


def test_a_program_of_a_learner_books_gives_up_and_signs_in(
    session: Session, owner: User, api: APIClient, clock: Clock
) -> None:
    at = f"{V1}{session.pk}/"
    assert api.post(f"{at}book/").json()[0]["state"] == "booked"
    assert api.get(at).json()["mine"] == "booked"
    assert api.post(f"{at}give-up/").json()["state"] == "given_up"
    api.post(f"{at}book/")
    clock.now = session.starts_at
    code = codes.code_at(session.key, clock.now)
    assert api.post(f"{at}sign-in/", {"code": code}).json()["state"] == "attended"
    clock.now = session.ends_at
    assert api.post(f"{at}react/", {"score": 5}).status_code == 200
    assert api.post(f"{at}react/", {"score": 5}).status_code == 409
    assert len(api.get(f"{at}seats/").json()) == 1
    assert code not in str(api.get(at).json())


def test_a_program_filters_sessions(session: Session, manager: User, api: APIClient) -> None:
    make_session(
        trainer=manager,
        area="service",
        starts_at=after(-7200),
        ends_at=after(-7200) + timedelta(hours=1),
    )
    for asked, n in (
        ({"when": "to_come"}, 1),
        ({"when": "past"}, 1),
        ({"area": "service"}, 1),
        ({"trainer": manager.pk}, 2),
        ({}, 2),
    ):
        assert len(api.get(V1, asked).json()["results"]) == n, asked
    assert api.get(V1, {"when": "never"}).status_code == 400
