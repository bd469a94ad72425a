"""Customers, products, categories and question guides over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import User
from tests.factories import QUESTIONS, make_customer, make_guide, make_identifier
from tests.tickets.conftest import NUMBER
from tests.tickets.support import unchanged
from tickets.api.customers import CustomerOut
from tickets.models import Customer, Product

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
ApiOf = Callable[[User], APIClient]


# ---- customers ------------------------------------------------------------------------------
def test_a_customer_is_made_with_what_may_be_the_same(api: APIClient, li_na: Customer) -> None:
    sent = {
        "segment": "personal",
        "name": "Li Na",
        "contacts": [{"kind": "phone", "value": "138 0013 8000", "preferred": True}],
        "identifiers": [{"kind": "passport", "number": "E1234567"}],
        "persons": [],
    }
    answer = api.post(f"{V1}/customers/", sent)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["possible_duplicates"] == [{"id": li_na.pk, "name": "李娜"}]
    assert set(body) - {"possible_duplicates"} == set(CustomerOut().fields)
    assert body["contacts"][0]["masked"] == "+86 •••• 8000"
    assert body["identifiers"][0]["masked"] == "•••• 4567"
    assert "E1234567" not in answer.content.decode()


@pytest.mark.parametrize("words", ["李娜", "lina", "8000", "7730"])
def test_customers_are_found_in_one_box(words: str, api: APIClient, li_na: Customer) -> None:
    make_customer(language="zh-hans")
    rows = api.get(f"{V1}/customers/", {"q": words, "language": "zh-hans"}).json()["results"]
    assert [row["id"] for row in rows] == [li_na.pk]


def test_nothing_of_a_customer_is_in_clear(api: APIClient, li_na: Customer) -> None:
    answer = api.get(f"{V1}/customers/{li_na.pk}/")
    assert NUMBER not in answer.content.decode()
    assert "13800138000" not in answer.content.decode()


def test_unmasking_asks_for_a_reason_and_is_on_record(api: APIClient, li_na: Customer) -> None:
    row = li_na.identifiers.get()
    url = f"{V1}/customers/{li_na.pk}/unmask/"
    assert api.post(url, {"what": "identifier", "key": row.pk}).status_code == 400
    assert not Entry.objects.filter(kind="customer.unmasked").exists()
    sent = {"what": "identifier", "key": row.pk, "reason": "To compare with the passport"}
    assert api.post(url, sent).json() == {"value": NUMBER}
    assert Entry.objects.get(kind="customer.unmasked").data["reason"] == sent["reason"]
    other = make_identifier()
    assert api.post(url, sent | {"key": other.pk}).status_code == 404


def test_a_customer_is_changed_by_who_read_it_last(api: APIClient, li_na: Customer) -> None:
    url = f"{V1}/customers/{li_na.pk}/"
    tag = api.get(url)["ETag"]
    answer = api.patch(url, {"risk_profile": "C3"}, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["risk_profile"]) == (200, "C3")
    assert answer["ETag"] != tag
    with unchanged():
        late = api.patch(url, {"risk_profile": "C1"}, HTTP_IF_MATCH=tag)
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"segment": "technical"}, "segment"),
        ({"contacts": [{"kind": "owl", "value": "x"}]}, "contacts.0.kind"),
        ({"contacts": [{"kind": "phone", "value": "x"}]}, "phone"),
        (
            {"contacts": [{"kind": "wechat", "value": v, "preferred": True} for v in "ab"]},
            "contacts",
        ),
        ({"contacts": "x"}, "contacts"),
        ({"identifiers": [{}] * 21}, "identifiers"),
        ({"since": "soon"}, "since"),
    ],
)
def test_a_wrong_customer_is_400_with_its_field(
    sent: dict[str, Any], field: str, api: APIClient
) -> None:
    with unchanged():
        answer = api.post(f"{V1}/customers/", {"segment": "personal", "name": "Ada"} | sent)
    assert answer.status_code == 400, answer.content
    assert field in {error["field"] for error in answer.json()["errors"]}


# ---- catalogue ------------------------------------------------------------------------------
def test_a_product_is_made_and_changed_by_a_manager(
    manager: User, api: APIClient, api_of: ApiOf
) -> None:
    keeper = api_of(manager)
    sent = {"code": "steady", "kind": "fund", "risk_level": "R2", "name": "Steady"}
    made = keeper.post(f"{V1}/products/", sent)
    assert made.status_code == 201, made.content
    url = made["Location"]
    assert keeper.post(f"{V1}/products/", sent).json()["errors"][0]["field"] == "code"
    tag = api.get(url)["ETag"]
    changed = keeper.patch(url, {"risk_level": "R3"}, HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed.json()["risk_level"]) == (200, "R3")
    assert keeper.patch(url, {"risk_level": "R1"}, HTTP_IF_MATCH=tag).status_code == 412
    assert api.patch(url, {"risk_level": "R1"}).status_code == 403
    assert Product.objects.get().risk_level == "R3"
    rows = api.get(f"{V1}/products/", {"kind": "fund", "risk_level": "R3"}).json()["results"]
    assert [row["code"] for row in rows] == ["steady"]


def test_a_guide_is_never_changed_a_new_version_is_published(
    manager: User, api: APIClient, api_of: ApiOf
) -> None:
    keeper, before = api_of(manager), make_guide()
    sent = {"category": before.category_id, "questions": QUESTIONS[:1]}
    made = keeper.post(f"{V1}/question-guides/", sent)
    assert made.status_code == 201, made.content
    assert made.json()["version"] == 2
    asked: dict[str, Any] = {"category": before.category_id, "in_force": "true"}
    rows = api.get(f"{V1}/question-guides/", asked).json()["results"]
    assert [row["version"] for row in rows] == [2]
    assert keeper.post(f"{V1}/question-guides/", sent).status_code == 409
    wrong = sent | {"questions": [QUESTIONS[0] | {"type": "magic"}]}
    answer = keeper.post(f"{V1}/question-guides/", wrong)
    assert answer.json()["errors"][0]["field"] == "questions.0.type"
    assert keeper.patch(made["Location"], {}).status_code == 405
