"""The OpenAPI document and its page."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema


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
