"""SLA policies over the API: read by the team, kept by managers, previewed, safely retried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.conftest import Clock as Stands
from tests.factories import after, make_calendar, make_category
from tests.tickets.promises import due, first_within, received, said, save, standard
from tickets.models import SlaPolicy, SlaPolicyVersion
from tickets.policy import DEFAULT

pytestmark = pytest.mark.django_db
ApiOf = Callable[[User], APIClient]
V1 = "/api/v1/sla-policies/"


def at() -> str:
    return f"{V1}{standard().pk}/"


def test_the_team_reads_policies_in_the_order_they_are_tried(api: APIClient, manager: User) -> None:
    cards = make_category()
    save(manager, said(when={"category": [cards.pk]}))
    rows = api.get(V1).json()["results"]
    assert [row["name"] for row in rows] == ["VIP", "Standard"]
    assert rows[0]["when"] == {"category": [cards.pk]}
    row = api.get(at()).json()
    assert row["targets"]["first_response"] == {
        "seconds": {"high": 300, "normal": 300, "low": 300},
        "hours": "group",
        "warn_s": [180, 255],
        "warn_shares": [],
        "hand_on_s": 270,
    }
    assert (row["version"], row["active"], row["position"]) == (1, True, 2)


def test_a_policy_is_added_and_changed(manager: User, api_of: ApiOf) -> None:
    program = api_of(manager)
    calendar = make_calendar()
    body = said(when={"channel": ["phone"]}) | {"name": "Phone", "name_zh": "电话"}
    body["targets"]["resolution"]["hours"] = calendar.pk
    made = program.post(V1, body)
    assert made.status_code == 201, made.content
    row = program.get(made["Location"]).json()
    assert (row["name_zh"], row["position"]) == ("电话", 1)
    assert row["targets"]["resolution"]["hours"] == calendar.pk
    assert made["ETag"] == program.get(made["Location"])["ETag"]
    changed = program.put(made["Location"], first_within(240) | {"name": "Phone"})
    assert changed.json()["version"] == 2
    assert changed.json()["when"] == {}
    numbers = [v["number"] for v in program.get(f"{made['Location']}versions/").json()["results"]]
    assert numbers == [2, 1]


def test_what_is_read_may_be_sent_back(manager: User, api_of: ApiOf) -> None:
    program = api_of(manager)
    assert program.put(at(), program.get(at()).json()).status_code == 200
    assert SlaPolicyVersion.objects.count() == 1
    assert not Entry.objects.exists()


@pytest.mark.parametrize(("apply", "seconds"), [(None, 300), ("fresh", 720), ("recompute", 600)])
def test_a_change_says_what_open_tickets_make_of_it(
    apply: str | None,
    seconds: int,
    clock: Stands,
    group: Group,
    owner: User,
    manager: User,
    api_of: ApiOf,
) -> None:
    ticket = received(group, owner)
    clock.now = after(120)
    body = first_within(600) | {"name": "Standard"} | ({"apply": apply} if apply else {})
    assert api_of(manager).put(at(), body).status_code == 200
    assert due(ticket) == after(seconds)


def test_a_preview_tells_the_deadlines_and_writes_nothing(
    clock: Stands, group: Group, owner: User, manager: User, api_of: ApiOf
) -> None:
    ticket = received(group, owner)
    clock.now = after(120)
    answer = api_of(manager).post(f"{at()}preview/", first_within(60))
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["count"], found["hidden"]) == (1, 0)
    assert found["clocks"][0] == {
        "ticket": ticket.pk,
        "metric": "first_response",
        "paused": False,
        "changed": True,
        "target_s": 300,
        "new_target_s": 60,
        "due_at": "2026-01-05T09:05:00Z",
        "fresh": "2026-01-05T09:03:00Z",
        "recompute": "2026-01-05T09:01:00Z",
        "carry": "2026-01-05T09:02:00Z",
        "broken_by": ["carry", "recompute"],
    }
    assert SlaPolicyVersion.objects.count() == 1


def test_a_policy_is_added_once_for_its_key(manager: User, api_of: ApiOf) -> None:
    program = api_of(manager)
    body = {"name": "VIP"} | dict(DEFAULT)
    answers = [program.post(V1, body, headers={"Idempotency-Key": "k"}) for _n in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert SlaPolicy.objects.filter(name="VIP").count() == 1


def test_order_and_force_are_verbs(manager: User, api_of: ApiOf) -> None:
    program = api_of(manager)
    row = save(manager, said(when={"segment": ["corporate"]}))
    url = f"{V1}{row.pk}/"
    tag = program.get(url)["ETag"]
    moved = program.post(f"{url}move/", {"to": "down"}, headers={"If-Match": tag})
    assert moved.json()["position"] == 2
    assert program.post(f"{url}move/", {"to": "up"}, headers={"If-Match": tag}).status_code == 412
    assert program.post(f"{url}move/", {"to": "down"}).status_code == 409
    assert program.post(f"{url}deactivate/").json()["active"] is False
    assert program.post(f"{url}activate/").json()["active"] is True
    assert program.post(f"{at()}deactivate/").status_code == 409
    assert program.post(f"{V1}999999/activate/").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "x"}, "targets"),
        ({"name": "x", "targets": {}}, "targets.first_response"),
        ({"name": "x"} | said(pauses={"hold": ["first_response"]}), "pauses.hold.0"),
        ({"name": "x"} | said(when={"category": [999_999]}), "when"),
        ({"name": "x"} | said(ladder=[{"to": "king", "share": 1}]), "ladder.0.to"),
        ({"name": "standard"} | said(), "name"),
        ({"name": "x", "apply": "maybe"} | said(), "apply"),
    ],
)
def test_wrong_input_names_its_field(
    body: dict[str, Any], field: str, manager: User, api_of: ApiOf
) -> None:
    answer = api_of(manager).post(V1, body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert SlaPolicy.objects.count() == 1


def test_only_managers_write(api: APIClient, support: User, api_of: ApiOf) -> None:
    for program in (api, api_of(support)):
        assert program.post(V1, {"name": "x"} | said()).status_code == 403
        assert program.post(f"{at()}preview/", said()).status_code == 403
        assert program.get(at()).status_code == 200


def test_the_list_costs_the_same_for_ten(
    api: APIClient, manager: User, sql_of: Callable[..., list[str]]
) -> None:
    api.get(V1)
    one = sql_of(lambda: api.get(V1))
    for n in range(9):
        save(manager, said(when={"segment": ["corporate"]}), name=f"policy {n}")
    ten = sql_of(lambda: api.get(V1))
    assert len(ten) == len(one), "\n".join(ten)
