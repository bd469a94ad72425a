"""People, groups, skills and opening hours over the API: the same actions as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import Group, Skill, User
from tests.factories import make_group, make_skill, make_user

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
ApiOf = Callable[[User], APIClient]


@pytest.mark.parametrize("what", ["users", "groups", "skills", "calendars"])
def test_a_list_runs_the_same_queries_for_one_row_and_for_many(
    what: str, api: APIClient, sql_of: Callable[..., list[str]]
) -> None:
    url = f"{V1}/{what}/"
    make_user(groups=[make_group()], skills=[make_skill()])
    api.get(url)
    one = sql_of(lambda: api.get(url))
    for _n in range(9):
        make_user(groups=[make_group()], skills=[make_skill()])
    many = sql_of(lambda: api.get(url))
    assert len(one) == len(many) <= 5, "\n".join(many)


@pytest.mark.parametrize("what", ["users", "groups", "skills", "calendars"])
def test_nothing_is_read_without_sign_in(what: str, db: None) -> None:
    assert APIClient().get(f"{V1}/{what}/").status_code == 401


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "manager"}, ["manager"]),
        ({"q": "OLLEAG"}, ["colleague"]),
        ({"active": "false"}, ["gone"]),
        ({"presence": "available"}, ["here"]),
    ],
)
def test_people_are_filtered(
    api: APIClient, colleague: User, manager: User, asked: dict[str, str], found: list[str]
) -> None:
    make_user(username="gone", is_active=False)
    make_user(username="here", presence="available")
    results = api.get(f"{V1}/users/", asked).json()["results"]
    assert [row["username"] for row in results] == found


def test_people_of_a_group_and_one_person(api: APIClient, owner: User, group: Group) -> None:
    rows = api.get(f"{V1}/users/", {"group": group.pk}).json()["results"]
    assert [row["username"] for row in rows] == ["owner"]
    one = api.get(f"{V1}/users/{owner.pk}/").json()
    assert one["groups"] == [group.pk]
    assert "password" not in one
    assert api.get(f"{V1}/users/999999/").status_code == 404


def test_a_manager_adds_and_changes_a_person(manager: User, group: Group, api_of: ApiOf) -> None:
    program, skill = api_of(manager), make_skill()
    body = {
        "username": "li.na",
        "name": "Li Na",
        "email": "li.na@bank.example",
        "role": "specialist",
        "groups": [group.pk],
        "skills": [skill.pk],
    }
    made = program.post(f"{V1}/users/", body)
    assert made.status_code == 201
    at = made["Location"]
    changed = program.patch(at, {"name": "Li Na 2", "skills": []})
    assert (changed.json()["name"], changed.json()["skills"]) == ("Li Na 2", [])
    again = program.post(f"{V1}/users/", body)
    assert again.status_code == 400
    assert again.json()["errors"][0]["field"] == "username"


def test_verbs_change_a_person(
    director: User, owner: User, other_group: Group, api_of: ApiOf
) -> None:
    program, at = api_of(director), f"{V1}/users/{owner.pk}"
    why = {"reason": "needed there"}
    assert program.post(f"{at}/role/", {"role": "support"} | why).json()["role"] == "support"
    groups = {"groups": [other_group.pk]}
    assert program.post(f"{at}/groups/", groups | why).json()["groups"] == [other_group.pk]
    assert program.post(f"{at}/presence/", {"presence": "busy"}).json()["presence"] == "busy"
    assert program.post(f"{at}/deactivate/", why).json()["active"] is False
    assert program.post(f"{at}/deactivate/", why).status_code == 409
    assert program.post(f"{at}/activate/", why).json()["active"] is True
    assert Entry.objects.filter(key=str(owner.pk), subject="user").count() == 5


VERBS: dict[str, dict[str, Any]] = {
    "role": {"role": "support", "reason": "x"},
    "groups": {"groups": [], "reason": "x"},
    "deactivate": {"reason": "x"},
    "activate": {"reason": "x"},
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_specialist_changes_nobody(verb: str, api: APIClient, colleague: User) -> None:
    answer = api.post(f"{V1}/users/{colleague.pk}/{verb}/", VERBS[verb])
    assert answer.status_code == 403
    assert not Entry.objects.exists()


@pytest.mark.parametrize("verb", ["role", "groups", "deactivate", "presence"])
def test_a_verb_without_its_words_is_bad_input(verb: str, director: User, api_of: ApiOf) -> None:
    answer = api_of(director).post(f"{V1}/users/{director.pk}/{verb}/", {})
    assert answer.status_code == 400


def test_a_director_keeps_groups(director: User, group: Group, api_of: ApiOf) -> None:
    program = api_of(director)
    body = {"name": "Wealth", "segment": "personal", "calendar": group.calendar.pk}
    made = program.post(f"{V1}/groups/", body)
    assert made.status_code == 201
    at = made["Location"]
    assert program.patch(at, {"name": "Funds"}).status_code == 400
    renamed = program.patch(at, {"name": "Funds", "reason": "clearer"})
    assert renamed.json()["name"] == program.get(at).json()["name"] == "Funds"


def test_skills_and_hours_are_kept(manager: User, api_of: ApiOf, api: APIClient) -> None:
    program = api_of(manager)
    skill = program.post(f"{V1}/skills/", {"name": "Payments"})
    renamed = program.put(skill["Location"], {"name": "Pay"})
    assert (skill.status_code, renamed.json()["name"]) == (201, "Pay")
    assert program.get(skill["Location"]).status_code == 200
    hours = {"name": "Office", "time_zone": "Asia/Shanghai", "week": {"0": [[32400, 64800]]}}
    made = program.post(f"{V1}/calendars/", hours)
    assert (made.status_code, made.json()["week"]) == (201, hours["week"])
    always = program.put(made["Location"], hours | {"week": None})
    assert always.json()["week"] == program.get(made["Location"]).json()["week"] == {}
    never = program.post(f"{V1}/calendars/", hours | {"name": "N", "week": {"0": []}})
    assert never.status_code == 400
    assert never.json()["errors"][0]["field"] == "week"
    for what in ("skills", "calendars", "groups"):
        assert api.post(f"{V1}/{what}/", {}).status_code == 403
    assert Skill.objects.count() == 1
