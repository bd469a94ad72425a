"""The OpenAPI document and its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.test import APIClient

from csservice.api_urls import urlpatterns as routes
from csservice.lib.api import Api


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as it is served."""
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        made: dict[str, Any] = SchemaGenerator().get_schema(  # type: ignore[no-untyped-call]
            request=None, public=True
        )
    return made


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_valid_and_made_without_a_warning(document: dict[str, Any]) -> None:
    validate_schema(document)  # type: ignore[no-untyped-call]
    said = {**GENERATOR_STATS._warn_cache, **GENERATOR_STATS._error_cache}
    assert not said, "\n".join(said)


def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        found = {int(status) for status in operation["responses"]}
        assert {400, 401, 403, 404, 406, 429, 503} <= found, path
        if method != "get":
            assert {409, 412, 413, 415} <= found, path
        if method == "post":
            assert 422 in found, path
            names = {p["name"] for p in operation["parameters"]}
            assert "Idempotency-Key" in names, path


def test_every_verb_answers_the_ticket(document: dict[str, Any]) -> None:
    for path, _method, operation in operations(document):
        if path.startswith("/api/v1/tickets/{number}/") and "requestBody" in operation:
            answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert answer["$ref"].endswith("/TicketOut"), path


def test_every_enum_has_a_name_for_people(document: dict[str, Any]) -> None:
    enums = [name for name in document["components"]["schemas"] if name.endswith("Enum")]
    assert enums
    for name in enums:
        assert not any(sign.isdigit() for sign in name), name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/vnd.oai.openapi"),
        ("application/json", "application/json"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
    ],
)
def test_the_document_is_served_as_asked(accept: str, kind: str, api: APIClient) -> None:
    answer = api.get("/api/v1/schema/", {"lang": "\0", "version": "\0"}, HTTP_ACCEPT=accept)
    assert answer.status_code == 200
    assert answer["Content-Type"].split(";")[0] == kind


@pytest.mark.django_db
def test_its_page_needs_sign_in_and_has_nothing_inline(owner_browser: Client) -> None:
    assert Client().get("/api/docs/")["Location"].startswith("/accounts/login/")
    page = owner_browser.get("/api/docs/").content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script src=") == page.count("<script") == 3
    script = owner_browser.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")


def test_every_route_stands_on_the_kernel() -> None:
    """Errors, retries and rate are alike everywhere."""
    views = [
        route.callback.cls for found in routes for route in getattr(found, "url_patterns", [found])
    ]
    assert len(views) > 10
    for view in views:
        assert issubclass(view, (Api, SpectacularSwaggerSplitView)), view
