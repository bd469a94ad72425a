"""The page of the notes that name somebody (N4), and the page of the shortcuts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from teams.models import Group, User
from tests.factories import T0, after, make_ticket
from tickets import actions

pytestmark = pytest.mark.django_db


def named(owner: User, colleague: User, group: Group) -> int:
    ticket = make_ticket(group=group, owner=owner)
    actions.note(ticket.pk, by=owner, text=f"@{colleague.username} look at this", now=T0)
    return int(ticket.pk)


def page_of(client: Client) -> str:
    return client.get("/mentions/").content.decode()


def test_a_note_stands_with_whom_it_names_until_the_ticket_is_opened(
    owner: User, colleague: User, group: Group, client: Client
) -> None:
    number = named(owner, colleague, group)
    client.force_login(colleague)
    assert "look at this" in page_of(client)
    assert "Unread" in page_of(client)
    assert "1 unread" in page_of(client)
    client.post(f"/t/{number}/look/")  # the open page tells that it is looked at
    assert "look at this" in page_of(client)
    assert "Unread" not in page_of(client)


def test_nobody_else_sees_it(owner: User, colleague: User, group: Group, client: Client) -> None:
    named(owner, colleague, group)
    client.force_login(owner)
    assert "look at this" not in page_of(client)


def test_a_ticket_that_moved_out_of_sight_is_not_shown(
    owner: User, colleague: User, group: Group, client: Client
) -> None:
    named(owner, colleague, group)
    colleague.memberships.all().delete()
    client.force_login(User.objects.get(pk=colleague.pk))
    assert "look at this" not in page_of(client)


def test_the_list_runs_the_same_queries_for_one_row_and_for_many(
    owner: User, colleague: User, group: Group, client: Client, sql_of: Callable[..., list[str]]
) -> None:
    named(owner, colleague, group)
    client.force_login(colleague)
    client.get("/mentions/")  # the session's first request asks for the second factor
    one = sql_of(lambda: client.get("/mentions/"))
    for _ in range(9):
        number = named(owner, colleague, group)
        actions.note(number, by=owner, text=f"@{colleague.username} again", now=after(9))
    many = sql_of(lambda: client.get("/mentions/"))
    assert len(one) == len(many) <= 7, "\n".join(many)


def test_the_shortcuts_have_a_page_without_a_script(owner: User, client: Client) -> None:
    client.force_login(owner)
    text = client.get("/help/keys/").content.decode()
    assert "data-keys-here" in text
    assert "/me/preferences/" in text
