"""Every error of the API has one shape, and nothing that a client sends is our fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from django.test import Client, override_settings
from rest_framework.test import APIClient

from csservice.lib.problems import flat
from teams.models import User
from tests.factories import make_customer, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
HUGE = 10**30


def refused(answer: Any, status: int, field: str | None = None) -> dict[str, Any]:
    """The problem that `answer` is; `field`: the one that `errors` must name."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    assert body["type"].startswith("urn:csservice:problem:")
    if field is not None:
        assert field in {error["field"] for error in body["errors"]}, body
        assert all(set(error) == {"field", "code", "message"} for error in body["errors"])
    return body


def post(api: APIClient, url: str, raw: bytes | str, **more: Any) -> Any:
    return api.post(url, raw, content_type=more.pop("content_type", "application/json"), **more)


def test_without_sign_in_401_says_how_to(ticket: Ticket) -> None:
    answer = APIClient().get(f"{V1}/tickets/{ticket.pk}/")
    refused(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_401() -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    refused(client.get(f"{V1}/tickets/"), 401)


def test_a_session_without_its_csrf_token_is_403(owner: User, ticket: Ticket) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(
        f"{V1}/tickets/{ticket.pk}/note/", {"text": "x"}, content_type="application/json"
    )
    refused(answer, 403)


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v2/tickets/"])
def test_an_unknown_address_is_404(path: str, api: APIClient) -> None:
    refused(api.get(path), 404)
    refused(api.post(path, {}), 404)


def test_an_unknown_verb_is_404(api: APIClient, ticket: Ticket) -> None:
    refused(api.post(f"{V1}/tickets/{ticket.pk}/explode/", {}), 404)


@pytest.mark.parametrize("number", ["0", "999999999", str(HUGE), "9" * 5000, "abc", "-1", "1.5"])
def test_a_number_of_no_ticket_is_404(number: str, api: APIClient) -> None:
    refused(api.get(f"{V1}/tickets/{number}/"), 404)
    refused(api.post(f"{V1}/tickets/{number}/respond/", {"text": "Hello"}), 404)


def test_another_method_is_405_and_says_which(api: APIClient, ticket: Ticket) -> None:
    answer = api.delete(f"{V1}/tickets/{ticket.pk}/")
    refused(answer, 405)
    assert answer["Allow"] == "GET, HEAD"
    refused(api.options(f"{V1}/tickets/"), 405)
    refused(api.get(f"{V1}/tickets/{ticket.pk}/respond/"), 405)


def test_another_format_is_406_or_415(api: APIClient, ticket: Ticket) -> None:
    refused(api.get(f"{V1}/tickets/", HTTP_ACCEPT="image/png"), 406)
    url = f"{V1}/tickets/{ticket.pk}/note/"
    refused(post(api, url, "<a/>", content_type="application/xml"), 415)


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
@pytest.mark.parametrize("key", [{}, {"HTTP_IDEMPOTENCY_KEY": "k"}])
def test_too_large_a_body_is_413(key: dict[str, Any], api: APIClient, ticket: Ticket) -> None:
    url = f"{V1}/tickets/{ticket.pk}/note/"
    refused(post(api, url, json.dumps({"text": "x" * 200}), **key), 413)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"",
        b"\xff",
        b'{"text": NaN}',
        b"[" * 200_000,
        b'{"text": ' + b"1" * 5000 + b"}",
        b'{"text": "\x00"}',
    ],
)
def test_a_body_that_is_no_json_is_400(raw: bytes, api: APIClient, ticket: Ticket) -> None:
    refused(post(api, f"{V1}/tickets/{ticket.pk}/note/", raw), 400)


@pytest.mark.parametrize("raw", ["[]", '"x"', "1", "null", "[{}]"])
def test_a_body_that_is_no_object_is_400(raw: str, api: APIClient, ticket: Ticket) -> None:
    refused(post(api, f"{V1}/tickets/{ticket.pk}/note/", raw), 400)


@pytest.mark.parametrize("sign", [r"\u0000", r"\ud800", r"\udfff"])
def test_text_that_no_database_holds_is_400_with_its_field(
    sign: str, api: APIClient, ticket: Ticket
) -> None:
    refused(post(api, f"{V1}/tickets/{ticket.pk}/note/", f'{{"text": "a{sign}"}}'), 400, "text")
    raw = f'{{"need": "n", "solution": "s", "category": 1, "answers": {{"a": ["{sign}"]}}}}'
    refused(post(api, f"{V1}/tickets/{ticket.pk}/analyse/", raw), 400, "answers.a.0")


def test_an_escaped_backslash_is_no_nul(api: APIClient, ticket: Ticket) -> None:
    answer = post(api, f"{V1}/tickets/{ticket.pk}/note/", r'{"text": "a \\u0000 and 好 \u597d"}')
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["owner", "group", "customer", "category"])
@pytest.mark.parametrize("value", ["x", str(HUGE), "1.5", "\0", "1" * 5000, f"-{HUGE}"])
def test_a_filter_of_the_wrong_type_is_no_fault_of_ours(
    name: str, value: str, api: APIClient
) -> None:
    assert api.get(f"{V1}/tickets/", {name: value}).status_code in {200, 400}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"step": "nowhere"}, "step"),
        ({"late": "maybe"}, "late"),
        ({"received_after": "yesterday"}, "received_after"),
        ({"received_after": "0001-01-01T00:00:00+14:00"}, "received_after"),
        ({"q": "a\0b"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"ordering": "colour"}, "ordering"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "many"}, "page_size"),
        ({"page_size": "١"}, "page_size"),
        ({"cursor": "???"}, "cursor"),
        ({"cursor": "WzAsIFtdXQ=="}, "cursor"),
        ({"cursor": "WzAsIFsieCJdXQ=="}, "cursor"),
        ({"cursor": "é"}, "cursor"),
    ],
)
def test_a_wrong_parameter_is_400_with_its_name(
    asked: dict[str, str], field: str, api: APIClient
) -> None:
    refused(api.get(f"{V1}/tickets/", asked), 400, field)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"channel": "owl"}, "channel"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": 7, "channel": []}, "channel"),
        ({"subject": {}}, "subject"),
        ({"customer": True}, "customer"),
        ({"customer": "Ada"}, "customer"),
        ({"customer": 0}, "customer"),
        ({"customer": HUGE}, "customer"),
        ({"customer": {"name": ""}}, "customer.name"),
        ({"customer": {"name": "Ada", "phone": "not a number"}}, "phone"),
        ({"product": HUGE}, "product"),
        ({"category": "x"}, "category"),
        ({"group": [1]}, "group"),
        ({"received_at": "2999-01-01T00:00:00Z"}, "received_at"),
        ({"received_at": "2000-01-01T00:00:00Z"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
    ],
)
def test_a_wrong_field_of_a_contact_is_400_and_nothing_is_written(
    sent: dict[str, Any], field: str, api: APIClient
) -> None:
    contact = {"channel": "web", "subject": "Card", "customer": make_customer().pk}
    refused(api.post(f"{V1}/tickets/", contact | sent), 400, field)
    assert not Ticket.objects.exists()


def test_a_role_that_may_not_is_403_before_its_body_is_read(
    director: User, api_of: Callable[[User], APIClient]
) -> None:
    refused(api_of(director).post(f"{V1}/tickets/{make_ticket().pk}/respond/", {}), 403)


def test_errors_speak_the_callers_language(api: APIClient, ticket: Ticket) -> None:
    url = f"{V1}/tickets/{ticket.pk}/note/"
    body = refused(api.post(url, {}, HTTP_ACCEPT_LANGUAGE="zh-hans"), 400, "text")
    assert body["errors"][0]["message"] == "该字段是必填项。"


def test_the_log_of_a_refused_write_holds_nothing_of_the_row(
    api: APIClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise IntegrityError("breaks one_value\nDETAIL: Key (value)=(+8613800138000)")

    monkeypatch.setattr("tickets.actions.close", fail)
    assert api.post(f"{V1}/tickets/{ticket.pk}/close/").status_code == 409
    assert "breaks one_value" in caplog.text
    assert "138" not in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(IntegrityError("x"), 409), (OperationalError("x"), 503), (InterfaceError("x"), 503)],
)
def test_the_databases_own_refusals_are_answers_too(
    error: Exception,
    status: int,
    api: APIClient,
    ticket: Ticket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise error

    monkeypatch.setattr("tickets.actions.close", fail)
    answer = api.post(f"{V1}/tickets/{ticket.pk}/close/", {})
    refused(answer, status)
    assert (status == 503) == ("Retry-After" in answer)


def test_a_fault_of_ours_is_a_problem_too(
    api: APIClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tickets.actions.close", fail)
    api.raise_request_exception = False
    body = refused(api.post(f"{V1}/tickets/{ticket.pk}/close/", {}), 500)
    assert "ZeroDivision" not in json.dumps(body)


def test_a_refusal_before_the_api_is_a_problem_too(api: APIClient) -> None:
    refused(api.get(f"{V1}/tickets/", HTTP_HOST="evil.example"), 400)


def test_nested_details_become_dotted_fields() -> None:
    leaf = {"message": "m", "code": "c"}
    nested = {"contacts": [{}, {"kind": [leaf]}], "non_field_errors": [leaf]}
    assert [error["field"] for error in flat(nested)] == ["contacts.1.kind", ""]
