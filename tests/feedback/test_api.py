"""Invitations and responses for programs: read as rows, only of the tickets one may see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from feedback.models import Invitation, Response
from teams.models import User
from tests.factories import T0, make_invitation, make_response, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
LISTS = ["invitations", "responses"]


@pytest.fixture
def rated(group: object, owner: User) -> Ticket:
    ticket = make_ticket(step="feedback", group=group, owner=owner)
    make_invitation(ticket=ticket, delivery="sent", tries=1)
    make_response(ticket=ticket, comment="Quick.")
    return ticket


def test_an_invitation_is_read(rated: Ticket, api: APIClient) -> None:
    row = Invitation.objects.get()
    body = api.get(f"/api/v1/invitations/{row.pk}/").json()
    assert body["ticket"] == rated.pk
    assert (body["delivery"], body["tries"], body["end"]) == ("sent", 1, "")
    assert "address" not in body
    assert "token" not in body


def test_a_response_is_read(rated: Ticket, api: APIClient) -> None:
    row = Response.objects.get()
    body = api.get(f"/api/v1/responses/{row.pk}/").json()
    assert (body["ticket"], body["score"], body["comment"]) == (rated.pk, 5, "Quick.")
    assert body["at"] == T0.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("name", LISTS)
def test_lists_can_be_narrowed_to_one_ticket(rated: Ticket, api: APIClient, name: str) -> None:
    assert len(api.get(f"/api/v1/{name}/").json()["results"]) == 1
    assert len(api.get(f"/api/v1/{name}/?ticket={rated.pk}").json()["results"]) == 1
    assert api.get(f"/api/v1/{name}/?ticket={rated.pk + 1}").json()["results"] == []
    assert api.get(f"/api/v1/{name}/?ticket=x").status_code == 400


@pytest.mark.parametrize("name", LISTS)
def test_a_stranger_sees_none(
    rated: Ticket, stranger: User, api_of: Callable[[User], APIClient], name: str
) -> None:
    api = api_of(stranger)
    row = (Invitation if name == "invitations" else Response).objects.get()
    assert api.get(f"/api/v1/{name}/").json()["results"] == []
    assert api.get(f"/api/v1/{name}/{row.pk}/").status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_nobody_writes_them(rated: Ticket, api: APIClient, name: str) -> None:
    assert api.post(f"/api/v1/{name}/", {}).status_code == 405
    assert APIClient().get(f"/api/v1/{name}/").status_code == 401


@pytest.mark.parametrize("name", LISTS)
def test_a_list_runs_the_same_queries_for_one_row_and_for_ten(
    rated: Ticket, api: APIClient, sql_of: Callable[..., list[str]], name: str
) -> None:
    api.get(f"/api/v1/{name}/")  # notes once a day that the token was used
    one = sql_of(lambda: api.get(f"/api/v1/{name}/"))
    for _ in range(9):
        ticket = make_ticket(step="feedback", group=rated.group, owner=rated.owner)
        make_invitation(ticket=ticket)
        make_response(ticket=ticket)
    many = sql_of(lambda: api.get(f"/api/v1/{name}/"))
    assert len(one) == len(many) <= 6, "\n".join(many)
