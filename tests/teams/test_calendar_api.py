"""Opening hours over the API: imported, tried out, their versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from teams.models import Calendar, Group, User
from tests.factories import make_calendar
from tests.teams.conftest import change

pytestmark = pytest.mark.django_db
V1 = "/api/v1/calendars"
ApiOf = Callable[[User], APIClient]
HOLIDAYS = {"year": 2027, "text": "2027-01-01 off New Year\n2027-02-14 work"}


def test_a_calendar_comes_with_its_country_and_single_days(director: User, api_of: ApiOf) -> None:
    program = api_of(director)
    body = {
        "name": "Night",
        "name_zh": "夜班",
        "time_zone": "Asia/Hong_Kong",
        "week": {"0": [[79_200, 108_000]]},
        "country": "HK",
        "days": {"2026-12-24": [[32_400, 43_200]]},
        "day_names": {"2026-12-24": "Half day"},
    }
    made = program.post(f"{V1}/", body)
    assert made.status_code == 201
    row = program.get(made["Location"]).json()
    assert row["public"]["2026-04-03"]["name_zh"] == "耶稣受难节"
    assert (row["version"], row["day_names"]) == (1, {"2026-12-24": "Half day"})
    assert body.items() <= row.items()
    refused = program.post(f"{V1}/", body | {"name": "B", "country": "XX"})
    assert refused.json()["errors"][0]["field"] == "country"


def test_an_import_is_done_once_for_its_key(shop: Calendar, director: User, api_of: ApiOf) -> None:
    program, at = api_of(director), f"{V1}/{shop.pk}/import/"
    answers = [program.post(at, HOLIDAYS, headers={"Idempotency-Key": "k"}) for _n in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["years"]["2027"] == "file"
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert shop.versions.count() == 2


def test_an_import_of_what_somebody_changed_is_refused(
    shop: Calendar, director: User, api_of: ApiOf
) -> None:
    program, at = api_of(director), f"{V1}/{shop.pk}/"
    tag = program.get(at)["ETag"]
    assert program.post(f"{at}import/", HOLIDAYS, headers={"If-Match": tag}).status_code == 200
    assert program.post(f"{at}import/", HOLIDAYS, headers={"If-Match": tag}).status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"year": 2027, "text": "2026-01-01 off"}, "text"),
        ({"year": 2027, "text": ""}, "text"),
        ({"year": 1, "text": "2027-01-01 off"}, "year"),
        ({}, "year"),
    ],
)
def test_a_wrong_import_is_bad_input(
    shop: Calendar, director: User, api_of: ApiOf, body: dict[str, object], field: str
) -> None:
    answer = api_of(director).post(f"{V1}/{shop.pk}/import/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert shop.versions.count() == 1


def test_another_managers_hours_are_not_imported_into(
    manager: User, other_group: Group, api_of: ApiOf
) -> None:
    answer = api_of(manager).post(f"{V1}/{other_group.calendar.pk}/import/", HOLIDAYS)
    assert answer.status_code == 403


def test_a_deadline_names_the_days_that_were_left_out(api: APIClient, shop: Calendar) -> None:
    asked: dict[str, Any] = {"start": "2026-09-30T11:58:00+08:00", "seconds": 300}
    answer = api.get(f"{V1}/{shop.pk}/deadline/", asked).json()
    assert answer["due_at"] == "2026-10-08T00:03:00Z"
    assert (answer["version"], answer["time_zone"]) == (1, "Asia/Shanghai")
    assert [(day["on"], day["kind"], day["seconds"]) for day in answer["days"]] == [
        ("2026-09-30", "single", 120),
        *((f"2026-10-0{n}", "off", 0) for n in range(1, 8)),
        ("2026-10-08", "usual", 180),
    ]
    assert answer["days"][1]["name_zh"] == "国庆节"
    assert answer["days"][0]["stretches"] == [
        {"opens": "2026-09-30T03:58:00Z", "closes": "2026-09-30T04:00:00Z"}
    ]
    assert answer["unknown_years"] == []


def test_a_deadline_in_a_year_that_is_not_known_says_so(api: APIClient, shop: Calendar) -> None:
    asked: dict[str, Any] = {"start": "2027-03-01T09:00:00+08:00", "seconds": 300}
    assert api.get(f"{V1}/{shop.pk}/deadline/", asked).json()["unknown_years"] == [2027]


def test_a_deadline_by_an_old_version(api: APIClient, director: User, shop: Calendar) -> None:
    change(shop, by=director, week=None, country="", days={})
    asked: dict[str, Any] = {"start": "2026-09-30T11:58:00+08:00", "seconds": 300}
    at = f"{V1}/{shop.pk}/deadline/"
    assert api.get(at, asked).json()["due_at"] == "2026-09-30T04:03:00Z"
    assert api.get(at, asked | {"version": 1}).json()["due_at"] == "2026-10-08T00:03:00Z"
    assert api.get(at, asked | {"version": 3}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"start": "soon", "seconds": 300},
        {"start": "2026-09-30T19:58:00Z"},
        {"start": "2026-09-30T19:58:00Z", "seconds": -1},
        {"start": "2026-09-30T19:58:00Z", "seconds": 10**9},
        {"start": "9999-12-31T23:59:59Z", "seconds": 300},
        {"start": "0001-01-01T00:00:00Z", "seconds": 300},
    ],
)
def test_a_question_that_makes_no_sense_is_bad_input(
    api: APIClient, shop: Calendar, asked: dict[str, str]
) -> None:
    assert api.get(f"{V1}/{shop.pk}/deadline/", asked).status_code == 400


def test_too_little_open_time_is_bad_input(api: APIClient, director: User, shop: Calendar) -> None:
    change(shop, by=director, week={"0": [[0, 60]]})
    asked: dict[str, Any] = {"start": "2026-09-30T19:58:00Z", "seconds": 2000 * 3600}
    answer = api.get(f"{V1}/{shop.pk}/deadline/", asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "seconds"


def test_versions_come_newest_first_and_in_pages(
    api: APIClient, director: User, shop: Calendar, sql_of: Callable[..., list[str]]
) -> None:
    at = f"{V1}/{shop.pk}/versions/"
    api.get(at)
    one = sql_of(lambda: api.get(at))
    for hour in range(9, 12):
        change(shop, by=director, time_zone="UTC", week={"0": [[hour * 3600, 72_000]]})
    many = sql_of(lambda: api.get(at))
    assert len(one) == len(many), "\n".join(many)
    first = api.get(at, {"page_size": 3}).json()
    assert [row["number"] for row in first["results"]] == [4, 3, 2]
    rest = api.get(first["next"]).json()["results"]
    assert [(row["number"], row["time_zone"]) for row in rest] == [(1, "Asia/Shanghai")]
    assert rest[0]["names"]["2026-10-01"] == ["National Day", "国庆节", "off"]
    assert rest[0]["made_by"] == director.pk
    assert api.get(f"{V1}/{make_calendar().pk}/versions/").json()["results"][0]["number"] == 1
    assert api.get(f"{V1}/999999/versions/").status_code == 404
