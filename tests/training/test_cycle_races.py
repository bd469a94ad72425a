"""Two beats beside each other, and a booking beside an excuse: each thing is done once (L5)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection, transaction

from csservice.lib.errors import RefusedError
from teams.models import User
from tests.factories import make_group, make_manager, make_user
from tests.training.factories import make_member
from training import actions
from training.actions import cycles, reminding
from training.actions._book import book
from training.models import Cycle, CycleMember, Letter, Reminder

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OPEN = datetime(2026, 1, 1, 1, tzinfo=UTC)
NOTICE = datetime(2026, 3, 17, 1, tzinfo=UTC)


def beside(*deeds: Callable[[], Any]) -> list[Any]:
    """What each of the deeds gives when they run at once."""

    def run(deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except RefusedError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def meet_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let two calls of `module.name` wait for each other, half a second at most."""
    meet, deed = Barrier(2), getattr(module, name)

    def meeting(*args: Any, **said: Any) -> Any:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=0.5)
        return deed(*args, **said)

    monkeypatch.setattr(module, name, meeting)


def test_of_two_beats_that_open_a_quarter_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_user(date_joined=LONG_AGO)
    meet_at(monkeypatch, cycles, "_enlist")
    opened = beside(*[lambda: actions.open_due(now=OPEN)] * 2)
    assert sum(opened) == 4
    assert Cycle.objects.count() == 4
    assert CycleMember.objects.count() == 12


def test_of_two_beats_that_remind_each_person_hears_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [make_member(user=make_user()) for _ in range(5)]
    meet_at(monkeypatch, reminding, "_due")
    beside(*[lambda: actions.remind(now=NOTICE, limit=500)] * 2)
    actions.remind(now=NOTICE, limit=500)
    assert Reminder.objects.filter(member__in=rows, step="d14").count() == 5
    assert Letter.objects.count() == 5


def test_of_two_beats_that_follow_nobody_is_taken_in_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    actions.open_due(now=OPEN)
    make_user(date_joined=datetime(2026, 1, 5, tzinfo=UTC))
    meet_at(monkeypatch, cycles, "_write")
    beside(*[lambda: actions.follow_people(now=NOTICE)] * 2)
    assert CycleMember.objects.count() == 4


def test_who_attends_while_being_excused_is_one_or_both_but_never_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Attended stands whatever comes after; an excuse after it is refused."""
    group = make_group()
    manager, user = make_manager(runs=[group]), make_user(groups=[group])
    row = make_member(user=user)
    meet_at(monkeypatch, cycles, "_checked")

    def attend(person: User) -> None:
        with transaction.atomic():
            book(person, area="product", way="course", source="x", at=OPEN, now=OPEN, by=None)

    beside(
        lambda: attend(user),
        lambda: actions.excuse(row.pk, by=manager, reason="why", now=NOTICE),
    )
    row.refresh_from_db()
    assert row.attended_at is not None
    assert row.remind_on is None


def test_of_two_excuses_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    group = make_group()
    manager, user = make_manager(runs=[group]), make_user(groups=[group])
    row = make_member(user=user)
    meet_at(monkeypatch, cycles, "_locked")
    done = beside(*[lambda: actions.excuse(row.pk, by=manager, reason="why", now=NOTICE).pk] * 2)
    assert sorted(map(str, done)) == sorted([str(row.pk), "refused"])
