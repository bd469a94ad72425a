"""Quick replies and ticks over the API: kept, used, guarded, safely retried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from teams.models import Group, User
from tests.conftest import Clock
from tests.factories import make_category, make_macro, make_point, make_ticket
from tests.tickets.support import kinds
from tickets.models import Macro, MacroUse, Message, Tick, Ticket

pytestmark = pytest.mark.django_db
ApiOf = Callable[[User], APIClient]
V1 = "/api/v1/macros/"
BODY: dict[str, Any] = {"shortcut": "Greet", "name": "Greeting", "text_en": "Hi {customer}"}
WAIT = {"do": "wait", "for": "customer", "reason": "Passport"}


def test_one_is_made_read_and_changed(
    api: APIClient, group: Group, manager: User, api_of: ApiOf
) -> None:
    made = api.post(V1, BODY | {"steps": [WAIT]})
    assert made.status_code == 201, made.content
    row = api.get(made["Location"]).json()
    assert (row["scope"], row["shortcut"], row["steps"]) == ("own", "greet", [WAIT])
    assert (row["uses"], row["uses_90_days"], row["last_used_at"]) == (0, 0, None)
    changed = api.patch(made["Location"], {"text_zh": "您好", "steps": []})
    assert (changed.json()["version"], changed.json()["steps"]) == (2, [])
    assert api_of(manager).get(made["Location"]).status_code == 404
    shared = api_of(manager).post(V1, BODY | {"scope": "group", "group": group.pk})
    assert shared.json()["group"] == group.pk


def test_a_change_is_guarded_by_if_match(api: APIClient) -> None:
    at = api.post(V1, BODY)["Location"]
    assert api.get(at)["ETag"] == '"1"'
    assert api.patch(at, {"name": "One"}, headers={"If-Match": '"1"'}).status_code == 200
    stale = api.patch(at, {"name": "Two"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert api.post(f"{at}retire/", headers={"If-Match": '"1"'}).status_code == 412
    assert Macro.objects.get().name == "One"


def test_one_is_retired_and_restored(api: APIClient) -> None:
    at = api.post(V1, BODY)["Location"]
    assert api.post(f"{at}retire/").json()["active"] is False
    assert api.post(f"{at}retire/").status_code == 409
    assert api.post(f"{at}restore/").json()["active"] is True


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"text_en": "Hi {balance}"}, "text_en"),
        ({"shortcut": "two words"}, "shortcut"),
        ({"steps": [{"do": "wait"}]}, "steps"),
        ({"steps": [{"do": "close"}]}, "steps.0.do"),
        ({"scope": "team"}, "scope"),
        ({"scope": "group"}, "group"),
    ],
)
def test_what_is_wrong_is_named(
    over: dict[str, Any], field: str, manager: User, api_of: ApiOf
) -> None:
    answer = api_of(manager).post(V1, BODY | over)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Macro.objects.exists()


def test_the_list_is_filtered_and_searched(api: APIClient, owner: User, group: Group) -> None:
    make_macro(name="Closing", shortcut="bye", text_en="Good bye")
    make_macro(name="Gone", active=False)
    make_macro(name="Ours", group=group)
    make_macro(name="Mine", owner=owner, text_zh="护照")

    def found(**query: str) -> list[str]:
        return [row["name"] for row in api.get(V1, query).json()["results"]]

    assert found() == ["Closing", "Gone", "Mine", "Ours"]
    assert found(active="true", scope="everybody") == ["Closing"]
    assert found(scope="group") == ["Ours"]
    assert found(scope="own") == ["Mine"]
    assert found(q="/bye") == ["Closing"]
    assert found(q="护照") == ["Mine"]


def test_a_ticket_is_answered_with_one(
    group: Group, owner: User, api: APIClient, clock: Clock
) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    macro = make_macro(steps=[WAIT])
    url, key = f"/api/v1/tickets/{ticket.pk}/macro/", {"Idempotency-Key": "once"}
    for _ in range(2):
        answer = api.post(url, {"macro": macro.pk}, headers=key)
        assert answer.status_code == 200, answer.content
        assert answer.json()["waiting_on"] == "customer"
    assert Message.objects.get(ticket=ticket).text == f"Hello {ticket.customer.name}"
    assert MacroUse.objects.get().n == 1
    alone = api.post(url, {"macro": macro.pk, "text": "Thank you", "steps": False})
    assert alone.status_code == 200
    assert api.post(url, {"macro": macro.pk}).status_code == 409
    wrong = api.post(url, {"macro": 0}), api.post(url, {"macro": 99_999})
    assert [answer.status_code for answer in wrong] == [400, 400]


def test_a_stale_answer_is_refused(ticket: Ticket, api: APIClient, clock: Clock) -> None:
    macro = make_macro()
    stale = {"If-Match": f'"{ticket.version + 7}"'}
    answer = api.post(f"/api/v1/tickets/{ticket.pk}/macro/", {"macro": macro.pk}, headers=stale)
    assert answer.status_code == 412
    assert not Message.objects.exists()


def test_a_point_is_ticked(group: Group, owner: User, api: APIClient, clock: Clock) -> None:
    category = make_category()
    point = make_point(category=category)
    ticket = make_ticket(step="resolution", group=group, owner=owner, category=category)
    url = f"/api/v1/tickets/{ticket.pk}/tick/"
    assert api.post(url, {"item": point.pk}).status_code == 200
    assert Tick.objects.get().by == owner
    assert api.get(f"/api/v1/tickets/{ticket.pk}/checklist/").json() == [
        {
            "item": point.pk,
            "stage": "resolution",
            "text": point.text,
            "text_zh": "",
            "done_at": "2026-01-05T09:00:00Z",
            "done_by": owner.name,
        }
    ]
    assert api.post(url, {"item": point.pk, "ticked": False}).status_code == 200
    assert kinds(ticket) == ["ticket.ticked", "ticket.unticked"]
    assert api.post(url, {"item": 99_999}).status_code == 400


def test_the_list_runs_the_same_queries_for_one_and_for_ten(
    api: APIClient, group: Group, sql_of: Callable[..., list[str]]
) -> None:
    make_macro(group=group)
    api.get(V1)
    one = sql_of(lambda: api.get(V1))
    for _ in range(9):
        make_macro(group=group)
    assert len(sql_of(lambda: api.get(V1))) == len(one)
