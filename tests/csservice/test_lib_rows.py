"""Writes whose SQL is made once do what `save` does (rows.py)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from csservice.ledger.models import Entry, entry
from csservice.lib.rows import insert, update
from teams.models import Calendar, Group, IdempotencyKey, User
from tests.factories import T0, make_calendar

pytestmark = pytest.mark.django_db


def key_of(user: User, key: str) -> IdempotencyKey:
    return IdempotencyKey(user=user, key=key, request="r", status=0, made_at=T0)


def test_a_row_is_written_as_save_writes_it(owner: User) -> None:
    rows = [entry("ticket.noted", "ticket", 7, by=owner, now=T0, text="“好” 100 %") for _ in "12"]
    insert(rows[0])
    rows[1].save(force_insert=True)
    kept = Entry.objects.order_by("pk").values().filter(kind="ticket.noted")
    one, other = ({**row, "id": 0} for row in kept)
    assert one == other
    assert rows[0].pk == kept[0]["id"]
    assert not rows[0]._state.adding
    rows[0].refresh_from_db()
    assert rows[0].data == {"text": "“好” 100 %"}


def test_the_named_fields_are_written_and_no_others(owner: User) -> None:
    row, other = key_of(owner, "a"), key_of(owner, "b")
    insert(row)
    insert(other)
    row.status, row.body, row.headers, row.key = 201, "x", {"ETag": '"1"'}, "never"
    update(row, "status", "body", "headers")
    row.refresh_from_db()
    assert (row.status, row.body, row.headers, row.key) == (201, "x", {"ETag": '"1"'}, "a")
    other.refresh_from_db()
    assert (other.status, other.body) == (0, None)


def test_a_refused_row_undoes_the_whole_transaction(owner: User) -> None:
    insert(key_of(owner, "a"))
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            insert(key_of(owner, "a"))
        assert connection.needs_rollback
    assert IdempotencyKey.objects.count() == 1


def test_several_new_rows_are_one_statement_and_each_has_its_key(
    django_assert_num_queries: Any,
) -> None:
    calendar = make_calendar()
    groups = [Group(name=f"Group {n}", segment="personal", calendar=calendar) for n in range(3)]
    with django_assert_num_queries(1):
        insert(*groups)
    assert [Group.objects.get(pk=group.pk).name for group in groups] == [
        "Group 0",
        "Group 1",
        "Group 2",
    ]
    assert not any(group._state.adding for group in groups)


def test_a_row_follows_what_was_written_since_it_was_given() -> None:
    calendar = Calendar(name="Given before it had a key")
    group = Group(name="Follows", segment="personal", calendar=calendar)
    insert(calendar)
    insert(group)
    assert Group.objects.get(pk=group.pk).calendar == calendar
