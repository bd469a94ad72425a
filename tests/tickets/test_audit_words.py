"""The audit in words: what a change of opening hours or of a policy was, and is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from csservice.ledger.models import Entry
from teams.actions import save_calendar
from teams.models import Group, User
from teams.views import ledger_words
from tests.factories import after, make_manager, make_user
from tests.tickets.promises import first_within, save, standard

pytestmark = pytest.mark.django_db
DAY = [[9 * 3600, 18 * 3600]]


def saved(by: User, key: int | None = None, **over: Any) -> int:
    fields: dict[str, Any] = {
        "name": "Shop",
        "time_zone": "Asia/Shanghai",
        "week": dict.fromkeys("01234", DAY),
        "country": "CN",
    }
    return int(save_calendar(key, by=by, now=after(0), **fields | over).pk)


def last_change() -> list[tuple[str, ...]]:
    entry = Entry.objects.newest_first()[0]
    return [tuple(change) for change in ledger_words.changes([entry])[entry.pk]]


@pytest.fixture
def head() -> User:
    return make_user(role="director")


def test_new_opening_hours_are_told_by_their_days(head: User) -> None:
    saved(head)
    assert last_change() == [
        ("Name", "", "Shop"),
        ("Public holidays", "", "China"),
        ("Monday to Friday", "", "09:00–18:00"),
        ("Saturday to Sunday", "", "Closed"),
        ("Holidays of 2025", "", "from the library"),
        ("Holidays of 2026", "", "from the library"),
    ]


def test_only_what_changed_is_told_with_what_it_was(head: User) -> None:
    key = saved(head)
    week = dict.fromkeys("0123", DAY) | {"4": [[9 * 3600, 12 * 3600]], "5": [[79_200, 108_000]]}
    saved(head, key, week=week, days={"2026-12-24": [[32_400, 43_200]]})
    assert last_change() == [
        ("Friday", "09:00–18:00", "09:00–12:00"),
        ("Saturday", "Closed", "22:00–06:00"),
        ("2026-12-24", "", "09:00–12:00"),
    ]
    saved(head, key, week=None, country="")
    found = {what: (old, new) for what, old, new in last_change()}
    assert found["Public holidays"] == ("China", "")
    assert found["Sunday"] == ("Closed", "00:00–24:00")


def test_a_policy_is_told_by_its_promises(group: Group) -> None:
    save(make_manager(groups=[group]), first_within(240), row=standard(), name_zh="标准")
    assert last_change() == [
        ("Version", "1", "2"),
        (
            "First response",
            "5:00 · The group's opening hours · Warnings 3:00, 4:15 · Hand on 4:30",
            "4:00 · The group's opening hours · Warnings 3:00, 4:15 · Hand on 4:30",
        ),
    ]


def test_it_is_told_in_the_readers_language(head: User) -> None:
    saved(head)
    with translation.override("zh-hans"):
        assert last_change()[:3] == [
            ("名称", "", "Shop"),
            ("法定节假日", "", "中国"),
            ("星期一至星期五", "", "09:00–18:00"),
        ]


def test_what_nobody_knows_more_of_is_told_plainly() -> None:
    told = ledger_words.plain({"a": 1, "name": "x", "on": True}, {"a": 1, "name": "y", "b": [2, 3]})
    assert [tuple(change) for change in told] == [
        ("Name", "x", "y"),
        ("on", "yes", ""),
        ("b", "", "2, 3"),
    ]


def test_the_page_shows_it_at_the_same_cost_for_many(
    client: Client, head: User, group: Group, sql_of: Callable[..., list[str]]
) -> None:
    boss = make_manager(groups=[group])
    saved(head)
    save(boss, first_within(240), row=standard())
    client.force_login(head)
    client.get("/settings/audit/")
    short = sql_of(lambda: client.get("/settings/audit/"))
    for seconds in (200, 210, 220):
        save(boss, first_within(seconds), row=standard())
    long = sql_of(lambda: client.get("/settings/audit/"))
    assert len(short) == len(long)
    page = client.get("/settings/audit/").content.decode()
    assert "<del>1</del>" in page
    assert "&quot;week&quot;" not in page
