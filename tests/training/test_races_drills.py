"""Two at once on a drill: beats beside each other, a beat beside the end, two raters (L4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from csservice.lib.errors import RefusedError
from teams.models import User
from tests.factories import T0, after, make_group, make_manager, make_user
from tests.training.drills_support import levels, make_drill, script
from tickets.models import Customer, Ticket
from training import actions
from training.actions import drilling
from training.models import Drill, DrillCue, DrillRating

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def drill() -> Drill:
    group = make_group()
    manager = make_manager(runs=[group])
    people = [make_user(groups=[group]) for _n in range(2)]
    made = make_drill(manager, people, make_manager(), text=script(6, every=0))
    return actions.start_drill(made.pk, by=manager, now=T0)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned, or the refusal it met."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except RefusedError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def meeting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Both wait for each other before the step `name`, as far as the locks let them."""
    meet, real = Barrier(2), getattr(drilling, name)

    def after_meeting(*args: Any, **more: Any) -> Any:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=0.5)
        return real(*args, **more)

    monkeypatch.setattr(drilling, name, after_meeting)


def test_two_beats_play_each_cue_once(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting(monkeypatch, "_play")
    taken = together(*[lambda: actions.run_drills(now=after(1), limit=100)] * 2)
    assert sum(taken) == 7  # six customers and the bulletin
    assert Ticket.objects.filter(is_drill=True).count() == 6
    assert Customer.objects.filter(is_drill=True).count() == 6
    assert sum(drill.seats.values_list("served", flat=True)) == 6


def test_a_beat_beside_the_end_leaves_no_ticket_open(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, real = Barrier(2), drilling._come

    def come(*args: Any, **more: Any) -> Any:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=2)
        return real(*args, **more)

    def end() -> Drill:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=2)
        return actions.end_drill(drill.pk, by=drill.trainer, now=after(2))

    monkeypatch.setattr(drilling, "_come", come)
    together(lambda: actions.run_drills(now=after(1), limit=100), end)
    steps = set(Ticket.objects.filter(is_drill=True).values_list("step", flat=True))
    assert steps == {"closed"}
    assert not DrillCue.objects.open().exists()


def test_one_rater_pressing_twice_rates_once(drill: Drill) -> None:
    trainer: User = drill.trainer
    actions.end_drill(drill.pk, by=trainer, now=after(2))
    given = levels(drill)

    def rate() -> DrillRating:
        return actions.rate_drill(drill.pk, by=trainer, levels=given, now=after(3))

    found = together(rate, rate)
    assert sorted(isinstance(one, RefusedError) for one in found) == [False, True]
    assert DrillRating.objects.count() == 1
