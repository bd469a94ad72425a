"""Thousands of generated calls over the document, as each role: no 5xx, nothing undocumented.

Half of the calls are valid by the document, half are made wrong on purpose; numbers are mostly
turned into those of rows that exist, so that calls get past the first door.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, cycle
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from rest_framework.settings import api_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from teams.models import Group, User
from tests.factories import (
    make_attachment,
    make_category,
    make_contact,
    make_customer,
    make_entry,
    make_group,
    make_guide,
    make_identifier,
    make_invitation,
    make_manager,
    make_message,
    make_product,
    make_response,
    make_skill,
    make_ticket,
    make_token,
    make_user,
)
from tickets.models import SlaPolicy

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES, LEAST = 5, 600
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
RUN = hypothesis_settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
STEPS = ("reception", "analysis", "resolution", "feedback", "closed")


class Rows:
    """Rows of every kind in a group of everybody, and their numbers by what a field is called."""

    def __init__(self) -> None:
        self.group: Group = make_group()
        make_manager(username="manager", runs=[self.group])
        for role in ("specialist", "support"):
            make_user(role=role, username=role, groups=[self.group])
        make_user(role="director", username="director")
        self.known = {name: cycle(keys) for name, keys in self._made().items()}

    def _made(self) -> dict[str, list[int]]:
        owner = User.objects.get(username="specialist")
        customer = make_customer()
        tickets = [
            make_ticket(step=step, group=self.group, owner=owner, customer=customer)
            for step in STEPS * 3
        ]
        make_entry(key=tickets[0].pk)
        make_contact(customer=customer)
        make_identifier(customer=customer)
        colleague = make_user(groups=[self.group])
        return {
            "number": [ticket.pk for ticket in tickets],
            "into": [ticket.pk for ticket in tickets],
            "customers": [customer.pk, make_customer(segment="corporate").pk],
            "products": [make_product().pk],
            "categories": [make_category().pk, make_guide().category_id],
            "question-guides": [make_guide().pk],
            "attachments": [make_attachment(message=make_message(ticket=tickets[0])).pk],
            "invitations": [make_invitation(ticket=tickets[3]).pk],
            "responses": [make_response(ticket=tickets[3]).pk],
            "groups": [self.group.pk, make_group().pk],
            "skills": [make_skill().pk],
            "calendars": [self.group.calendar_id],
            "sla-policies": list(SlaPolicy.objects.values_list("pk", flat=True)),
            "users": [colleague.pk],
            "to": [colleague.pk, owner.pk],
        }

    def of(self, name: str) -> Iterator[int] | None:
        """Numbers for a field or a part of an address called `name`; None: none are known."""
        plural = {"category": "categories"}.get(name, f"{name}s")
        return self.known.get(name) or self.known.get(plural)


def settled(case: Any, rows: Rows, turn: int) -> None:
    """Three of four calls are about rows that exist; every other has no If-Match."""
    if turn % 4:
        kind = case.path.removeprefix("/api/v1/").split("/")[0]
        for name in case.path_parameters or {}:
            keys = rows.of("number" if name == "number" else kind)
            if keys is not None:
                case.path_parameters[name] = next(keys)
        if isinstance(case.body, dict):
            for name, value in case.body.items():
                keys = rows.of(name)
                if isinstance(value, int) and keys is not None:
                    case.body[name] = next(keys)
    if turn % 2 and case.headers:
        case.headers.pop("If-Match", None)


@pytest.fixture
def app(db: None) -> Iterator[Any]:
    """The product itself in the test's transaction; a server would close its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["director", "manager", "specialist", "support"])
def test_generated_calls_are_answered_as_documented(
    role: str, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "user", None)
    rows = Rows()
    signed = {"Authorization": f"Bearer {make_token(User.objects.get(username=role))}"}
    document = schemathesis.openapi.from_wsgi("/api/v1/schema/", app, headers=signed)
    turn = count()
    seen: dict[int, int] = {}

    def call(case: Any) -> None:
        settled(case, rows, next(turn))
        answer = case.call(headers=signed)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=CHECKS)

    for found in document.get_all_operations():
        for mode in MODES:
            RUN(given(found.ok().as_strategy(generation_mode=mode))(call))()  # type: ignore[union-attr]
    assert sum(seen.values()) >= LEAST, seen
    assert {200, 400, 404} <= set(seen), seen
