"""Clocks and their explanations over the API (rule 19)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from teams.models import Group, User
from tests.conftest import Clock as Now
from tests.factories import T0, after, make_calendar, make_group, make_ticket
from tickets import actions
from tickets.models import Clock, Ticket

V1 = "/api/v1"
OFFICE = {str(day): [[9 * 3600, 18 * 3600]] for day in range(5)}
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def office(owner: User) -> Group:
    """Open from 9 to 18 in Shanghai; T0 is a Monday, 17:00 there."""
    return make_group(name="Office", calendar=make_calendar(name="Office hours", week=OFFICE))


@pytest.fixture
def working(office: Group, owner: User) -> Ticket:
    """In the resolution since T0: ten open hours are promised."""
    return make_ticket(step="resolution", group=office, owner=owner)


def explained(api: APIClient, ticket: Ticket, **wanted: Any) -> dict[str, Any]:
    body: dict[str, Any] = api.get(f"{V1}/tickets/{ticket.pk}/explain/", wanted).json()
    return body


# ---- one ticket's promise -----------------------------------------------------------------------
def test_every_promise_of_a_ticket_is_explained(api: APIClient, working: Ticket) -> None:
    body = explained(api, working, metric="resolution")
    assert (body["metric"], body["cycle"], body["target_s"]) == ("resolution", 1, 36_000)
    assert body["calendar"]["name"] == "Office hours"
    assert body["calendar"]["version"] == 1
    assert [(day["on"], day["seconds"]) for day in body["days"]] == [
        ("2026-01-05", 3600),
        ("2026-01-06", 32_400),
    ]
    assert body["due"] == body["due_today"] == "2026-01-06T10:00:00Z"
    assert body["sentences"][0] == "Promised within 10 hours of opening hours."
    assert body["booked"] == []
    assert (body["spent_s"], body["left_s"], body["state"]) == (0, 36_000, "ok")


def test_what_it_stood_still_for_and_whose_time_it_was(
    api: APIClient, working: Ticket, owner: User, clock: Now
) -> None:
    actions.wait(working.pk, by=owner, reason="Passport", for_="third", now=after(1800))
    clock.now = after(3000)
    body = explained(api, working, metric="resolution")
    assert (body["state"], body["if_resumed"]) == ("paused", True)
    assert body["due"] == "2026-01-07T01:20:00Z"
    assert body["pauses"] == [
        {"start": "2026-01-05T09:30:00Z", "end": None, "reason": "third", "open_s": 1200}
    ]
    assert body["booked"] == [
        {
            "owner": owner.pk,
            "owner_name": owner.name,
            "group": working.group_id,
            "group_name": "Office",
            "open_s": 1800,
        }
    ]
    actions.resume(working.pk, by=owner, now=after(3000))
    body = explained(api, working, metric="resolution")
    assert (body["pauses"][0]["end"], body["if_resumed"]) == ("2026-01-05T09:50:00Z", False)
    assert any(said.startswith("Waited for a third party") for said in body["sentences"])


def test_the_sentences_are_in_the_language_that_is_asked_for(
    api: APIClient, working: Ticket
) -> None:
    url = f"{V1}/tickets/{working.pk}/explain/?metric=resolution"
    said = api.get(url, HTTP_ACCEPT_LANGUAGE="zh-hans").json()["sentences"]
    assert said[0] == "承诺在服务时间 10 小时内完成。"
    assert "星期一 17:00 收到；当日服务时间到 18:00 为止，计 1 小时。" in said


def test_a_reopened_ticket_has_a_cycle_for_each_time(
    api: APIClient, owner: User, office: Group, clock: Now
) -> None:
    ticket = make_ticket(
        step="feedback", group=office, owner=owner, need="A card", solution="Send one"
    )
    actions.reopen(ticket.pk, by=owner, reason="Still lost", now=after(7200))
    clock.now = after(7300)
    assert explained(api, ticket, metric="resolution")["cycle"] == 2, "the latest one"
    assert explained(api, ticket, metric="resolution", cycle=1)["state"] == "met"
    again = explained(api, ticket, metric="resolution", cycle=2)
    assert any(said.startswith("Opened again") for said in again["sentences"])


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"metric": "acceptance"}, 404),
        ({"metric": "first_response", "cycle": 2}, 404),
        ({"metric": "luck"}, 400),
        ({"cycle": 0}, 400),
        ({"cycle": 10**9}, 400),
        ({"cycle": "x"}, 400),
    ],
)
def test_what_was_never_promised_is_not_found(
    wanted: dict[str, Any], status: int, api: APIClient, working: Ticket
) -> None:
    assert api.get(f"{V1}/tickets/{working.pk}/explain/", wanted).status_code == status


def test_an_explanation_runs_as_many_queries_for_a_long_life_as_for_a_short_one(
    api: APIClient, working: Ticket, owner: User, sql_of: Callable[..., list[str]]
) -> None:
    url = f"{V1}/tickets/{working.pk}/explain/?metric=resolution"
    api.get(url)
    one = sql_of(lambda: api.get(url))
    for n in range(5):
        actions.wait(working.pk, by=owner, reason="Papers", now=after(60 + 60 * n))
        actions.resume(working.pk, by=owner, now=after(90 + 60 * n))
    many = sql_of(lambda: api.get(url))
    assert len(one) == len(many) <= 9, "\n".join(many)


# ---- the resource -------------------------------------------------------------------------------
def keys(answer: Any) -> list[tuple[int, str]]:
    return [(row["ticket"], row["metric"]) for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["resolution", "first_response"]),
        ({"metric": "resolution"}, ["resolution"]),
        ({"state": "met"}, []),
        ({"state": "running"}, ["resolution", "first_response"]),
        ({"breached": "true"}, ["first_response"]),
        ({"breached": "false"}, ["resolution"]),
        ({"waived": "true"}, []),
        ({"due_before": "2026-01-05T10:00:00Z"}, ["first_response"]),
        ({"due_after": "2026-01-05T10:00:00Z"}, ["resolution"]),
        ({"ordering": "started_at", "metric": "first_response"}, ["first_response"]),
    ],
)
def test_clocks_are_filtered(
    wanted: dict[str, Any], found: list[str], api: APIClient, office: Group, owner: User, clock: Now
) -> None:
    ticket = make_ticket(group=office, owner=owner)
    clock.now = after(301)
    answer = api.get(f"{V1}/clocks/", wanted | {"ticket": ticket.pk})
    assert keys(answer) == [(ticket.pk, metric) for metric in found]


def test_the_last_instant_is_not_broken(
    api: APIClient, office: Group, owner: User, clock: Now
) -> None:
    make_ticket(group=office, owner=owner)
    clock.now = after(300)
    assert keys(api.get(f"{V1}/clocks/", {"breached": "true"})) == []


def test_a_clock_with_its_events(api: APIClient, working: Ticket, owner: User) -> None:
    actions.wait(working.pk, by=owner, reason="Passport", now=after(60))
    row = Clock.objects.get(ticket=working, metric="resolution")
    body = api.get(f"{V1}/clocks/{row.pk}/").json()
    assert (body["state"], body["due_at"], body["first_target_s"]) == ("paused", None, 36_000)
    assert body["calendar"] == {
        "id": working.group.calendar_id,
        "name": "Office hours",
        "version": 1,
    }
    assert body["events"] == [
        {
            "kind": "pause",
            "at": "2026-01-05T09:01:00Z",
            "noted_at": "2026-01-05T09:01:00Z",
            "by": owner.pk,
            "data": {"reason": "customer"},
        }
    ]


def test_the_clocks_of_others_are_not_there(
    api: APIClient, ticket: Ticket, stranger: User, director: User, support: User, api_of: Any
) -> None:
    row = ticket.clocks.all()[0]
    for person in (stranger, support):
        theirs = api_of(person)
        assert theirs.get(f"{V1}/clocks/{row.pk}/").status_code == 404
        assert keys(theirs.get(f"{V1}/clocks/")) == []
        assert theirs.get(f"{V1}/tickets/{ticket.pk}/explain/").status_code == 404
    assert len(keys(api_of(director).get(f"{V1}/clocks/"))) == 2


def test_pages_of_clocks_are_whole(api: APIClient, group: Group, owner: User) -> None:
    for _n in range(4):
        make_ticket(group=group, owner=owner)
    whole = api.get(f"{V1}/clocks/").json()["results"]
    url, found = f"{V1}/clocks/?page_size=3", []
    while url:
        page = api.get(url).json()
        found += page["results"]
        url = page["next"]
    assert found == whole
    assert len(whole) == 8


def test_a_list_of_clocks_runs_the_same_queries_for_many_rows(
    api: APIClient, group: Group, owner: User, sql_of: Callable[..., list[str]]
) -> None:
    make_ticket(group=group, owner=owner)
    url = f"{V1}/clocks/"
    api.get(url)
    one = sql_of(lambda: api.get(url))
    for _n in range(9):
        make_ticket(group=group, owner=owner)
    many = sql_of(lambda: api.get(url))
    assert len(one) == len(many) <= 4, "\n".join(many)


def test_times_are_utc(api: APIClient, ticket: Ticket) -> None:
    (row, *_more) = api.get(f"{V1}/clocks/").json()["results"]
    assert datetime.fromisoformat(row["started_at"]) == T0


@pytest.mark.parametrize("for_", ["customer", "third", "hold"])
def test_a_ticket_waits_for_whom_is_named(for_: str, api: APIClient, working: Ticket) -> None:
    url = f"{V1}/tickets/{working.pk}"
    body = api.post(f"{url}/wait/", {"for": for_, "reason": "Papers"}).json()
    assert body["waiting_on"] == for_
    assert Clock.objects.get(ticket=working, metric="resolution").state == "paused"
    assert api.post(f"{url}/resume/").json()["waiting_on"] == "nobody"


@pytest.mark.parametrize("name", ["ticket", "owner", "group"])
def test_a_key_that_no_row_has_finds_nothing(name: str, api: APIClient, ticket: Ticket) -> None:
    for key in (0, -1, 10**12):
        answer = api.get(f"{V1}/clocks/", {name: key})
        assert answer.status_code == 200
        assert keys(answer) == []


@pytest.mark.parametrize(
    "wanted", [{"metric": "luck"}, {"state": "late"}, {"due_before": "x"}, {"ordering": "due_at"}]
)
def test_a_filter_that_there_is_not_is_refused(
    wanted: dict[str, str], api: APIClient, ticket: Ticket
) -> None:
    assert api.get(f"{V1}/clocks/", wanted).status_code == 400
