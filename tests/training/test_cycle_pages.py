"""Pages and API of the quarterly cycle and the matrix: who sees what; done, refused (L5, K4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from teams.models import Group, User
from tests.conftest import Clock
from tests.factories import T0, make_user
from tests.training.factories import make_cycle, make_member
from training.actions._book import book
from training.models import Cycle, CycleMember, Reminder

pytestmark = pytest.mark.django_db
PAGES = ["/training/cycles/", "/training/cycles/2026-Q1/", "/training/matrix/"]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def attend(user: User) -> None:
    book(user, area="product", way="course", source="x", at=T0, now=T0, by=None)


@pytest.fixture
def members(clock: Clock, owner: User, colleague: User, stranger: User) -> list[CycleMember]:
    """Owner and colleague of the manager's group, and a stranger: nobody attended."""
    return [make_member(user=user) for user in (owner, colleague, stranger)]


# ---- pages ------------------------------------------------------------------------------------
def test_the_figure_changes_when_somebody_attends(
    members: list[CycleMember], manager_browser: Client, owner: User
) -> None:
    before = text(manager_browser.get("/training/cycles/"))
    assert "0 of 2" in before
    assert "2 people to go" in before
    assert "2 trainings to go" in before
    attend(owner)
    after = text(manager_browser.get("/training/cycles/"))
    assert "1 of 2" in after
    assert "1 person to go" in after


def test_a_specialist_sees_their_own_figures(
    members: list[CycleMember], owner_browser: Client, colleague: User
) -> None:
    assert "0 of 1" in text(owner_browser.get("/training/cycles/"))
    quarter = text(owner_browser.get("/training/cycles/2026-Q1/"))
    assert colleague.name not in quarter


def test_the_list_of_a_quarter_is_filtered(
    members: list[CycleMember], director_browser: Client, owner: User, stranger: User, group: Group
) -> None:
    attend(owner)
    address = "/training/cycles/2026-Q1/"
    shown = text(director_browser.get(address, {"state": "attended"}))
    assert (owner.name in shown, stranger.name in shown) == (True, False)
    shown = text(director_browser.get(address, {"group": str(group.pk), "state": "open"}))
    assert (owner.name in shown, stranger.name in shown) == (False, False)
    assert "Nobody stands so" in text(director_browser.get(address, {"group": "none"}))
    nonsense = {"state": "x", "group": "x", "area": "x", "page": "99"}
    assert owner.name in text(director_browser.get(address, nonsense))


@pytest.mark.parametrize("quarter", ["2026-Q2", "2026-Q9", "x"])
def test_a_quarter_that_is_not_open_is_not_there(quarter: str, director_browser: Client) -> None:
    assert director_browser.get(f"/training/cycles/{quarter}/").status_code == 404


def test_a_manager_opens_the_quarter_by_a_button(manager_browser: Client, clock: Clock) -> None:
    assert "Open it now" in text(manager_browser.get("/training/cycles/"))
    answer = manager_browser.post("/training/cycles/open/", {"quarter": "2026-Q1"})
    assert (answer.status_code, answer["Location"]) == (302, "/training/cycles/")
    assert Cycle.objects.count() == 4
    refused = manager_browser.post("/training/cycles/open/", {"quarter": "2025-Q1"})
    assert refused.status_code == 422
    assert Cycle.objects.count() == 4


def test_a_manager_excuses_with_a_reason_and_requires_again(
    members: list[CycleMember], manager_browser: Client
) -> None:
    address = f"/training/cycles/member/{members[0].pk}/"
    assert manager_browser.post(address, {"reason": ""}).status_code == 422
    manager_browser.post(address, {"reason": "At the regulator"})
    shown = text(manager_browser.get(address))
    assert "At the regulator" in shown
    assert "Require again" in shown
    listed = text(manager_browser.get("/training/cycles/2026-Q1/"))
    assert "1 excused" in listed
    manager_browser.post(address, {"reason": "Back", "do": "revoke"})
    members[0].refresh_from_db()
    assert members[0].excused_at is None


def test_the_page_of_a_person_shows_quarters_and_trainings(
    members: list[CycleMember], owner_browser: Client, stranger_browser: Client, owner: User
) -> None:
    attend(owner)
    Reminder.objects.create(
        member=members[0], step="d14", due_on=T0, planned_on=T0, made_at=T0, letter=None
    )
    shown = text(owner_browser.get(f"/training/people/{owner.pk}/"))
    assert "1 of 1" in shown
    assert "Passed" in shown
    assert "14 days before" in text(owner_browser.get(f"/training/cycles/member/{members[0].pk}/"))
    assert stranger_browser.get(f"/training/people/{owner.pk}/").status_code == 404


# ---- the matrix -------------------------------------------------------------------------------
def test_the_matrix_shows_gaps_selects_them_and_names_the_counts(
    members: list[CycleMember],
    manager_browser: Client,
    owner: User,
    colleague: User,
    stranger: User,
) -> None:
    attend(owner)
    shown = text(manager_browser.get("/training/matrix/"))
    assert "1 of 2" in shown
    assert stranger.name not in shown
    assert f'value="{colleague.pk}" aria-labelledby="p{colleague.pk}"' in shown
    assert " checked>" not in shown
    picked = text(manager_browser.get("/training/matrix/", {"pick": "product"}))
    assert f'value="{colleague.pk}" aria-labelledby="p{colleague.pk}" checked>' in picked
    assert "1 person selected" in picked
    gaps = text(manager_browser.get("/training/matrix/", {"show": "gaps"}))
    assert (owner.name in gaps, colleague.name in gaps) == (False, True)


def test_the_matrix_is_of_a_group_at_that_time(
    members: list[CycleMember], director_browser: Client, group: Group, owner: User, stranger: User
) -> None:
    shown = text(director_browser.get("/training/matrix/", {"group": str(group.pk), "span": "8"}))
    assert (owner.name in shown, stranger.name in shown) == (True, False)
    other = text(director_browser.get("/training/matrix/", {"quarter": "2024-Q1", "span": "1"}))
    assert "Nobody here" in other


def test_a_name_in_the_matrix_is_text(clock: Clock, director_browser: Client) -> None:
    make_member(user=make_user(name="<script>alert(1)</script>"))
    shown = text(director_browser.get("/training/matrix/"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_the_matrix_as_csv_is_guarded(clock: Clock, director_browser: Client) -> None:
    make_member(user=make_user(name="=HYPERLINK(1)"))
    answer = director_browser.get("/training/matrix/csv/", {"span": 1})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("Person,2026-Q1 Service awareness,2026-Q1 Product knowledge")
    assert lines[1] == "'=HYPERLINK(1),–,To go,–,–"


@pytest.mark.parametrize("url", PAGES)
def test_pages_run_the_same_queries_for_one_row_and_for_many(
    url: str, director_browser: Client, clock: Clock, sql_of: Callable[..., list[str]]
) -> None:
    make_member(user=make_user())
    director_browser.get(url)
    one = sql_of(lambda: director_browser.get(url))
    for _ in range(9):
        make_member(user=make_user())
    many = sql_of(lambda: director_browser.get(url))
    assert len(one) == len(many) <= 14, "\n".join(many)


# ---- the API ----------------------------------------------------------------------------------
def test_cycles_tell_the_participation_of_whom_one_may_see(
    members: list[CycleMember],
    api_of: Callable[[User], APIClient],
    manager: User,
    owner: User,
    director: User,
) -> None:
    attend(owner)
    found = {
        user.pk: api_of(user).get("/api/v1/cycles/").json()["results"][0]["participation"]
        for user in (owner, manager, director)
    }
    assert (found[owner.pk]["attended"], found[owner.pk]["required"]) == (1, 1)
    assert (found[manager.pk]["attended"], found[manager.pk]["required"]) == (1, 2)
    assert found[manager.pk]["rate"] == 0.5
    assert (found[director.pk]["attended"], found[director.pk]["required"]) == (1, 3)
    cycle = api_of(manager).get(f"/api/v1/cycles/{members[0].cycle_id}/").json()
    assert (cycle["quarter"], cycle["participation"]["to_go"]) == ("2026-Q1", 1)


def test_members_are_listed_by_state(
    members: list[CycleMember], api_of: Callable[[User], APIClient], manager: User, owner: User
) -> None:
    attend(owner)
    address = f"/api/v1/cycles/{members[0].cycle_id}/members/"
    rows = api_of(manager).get(address, {"state": "attended"}).json()["results"]
    assert [(row["user"], row["state"]) for row in rows] == [(owner.pk, "attended")]
    assert len(api_of(manager).get(address).json()["results"]) == 2
    assert api_of(manager).get(address, {"state": "x"}).status_code == 400


def test_a_program_opens_excuses_and_revokes(
    members: list[CycleMember], api_of: Callable[[User], APIClient], manager: User, owner: User
) -> None:
    api, pk = api_of(manager), members[0].cycle_id
    opened = api.post("/api/v1/cycles/", {"quarter": "2026-Q2"}, format="json")
    assert [row["quarter"] for row in opened.json()] == ["2026-Q2"] * 4
    assert api.post("/api/v1/cycles/", {"quarter": "2027-Q1"}, format="json").status_code == 409
    assert api.post("/api/v1/cycles/", {"quarter": "soon"}, format="json").status_code == 400
    said = {"user": owner.pk, "reason": "At the regulator"}
    answer = api.post(f"/api/v1/cycles/{pk}/excuse/", said, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "excused")
    assert api.post(f"/api/v1/cycles/{pk}/excuse/", said, format="json").status_code == 409
    answer = api.post(f"/api/v1/cycles/{pk}/revoke/", said, format="json")
    assert answer.json()["state"] == "open"


def test_a_program_excuses_nobody_of_others(
    members: list[CycleMember], api_of: Callable[[User], APIClient], manager: User, stranger: User
) -> None:
    said = {"user": stranger.pk, "reason": "why"}
    address = f"/api/v1/cycles/{members[0].cycle_id}/excuse/"
    assert api_of(manager).post(address, said, format="json").status_code == 404
    assert not CycleMember.objects.filter(excused_at__isnull=False).exists()


def test_the_list_of_cycles_runs_the_same_queries_for_many(
    clock: Clock, api_of: Callable[[User], APIClient], director: User, sql_of: Callable[..., Any]
) -> None:
    api = api_of(director)
    make_member(user=make_user())
    api.get("/api/v1/cycles/")
    one = sql_of(lambda: api.get("/api/v1/cycles/"))
    for area in ("service", "communication", "emergency"):
        make_member(user=make_user(), cycle=make_cycle(area=area))
    many = sql_of(lambda: api.get("/api/v1/cycles/"))
    assert len(one) == len(many), "\n".join(many)
    assert date(2026, 1, 1) == Cycle.objects.all()[0].starts_on
