"""The pages of the quarterly cycle, for the browser (tests/browser/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from teams.models import User
from training import actions
from training.actions._book import book
from training.models import CycleMember, Reminder
from training.quarters import Quarter

if TYPE_CHECKING:
    from tests.browser.world import World

Place = Callable[["World"], dict[str, Any]]


def _person(world: World, name: str) -> User:
    found = world.people[name]
    assert found is not None
    return found


def _open(world: World) -> CycleMember:
    """The present quarter with one who attended, one excused, and a notice that went."""
    now, learner = timezone.now(), _person(world, "specialist")
    actions.open_due(now=now)
    rows = CycleMember.objects.filter(user=learner).order_by("cycle__area")
    areas = [row.cycle.area for row in rows.select_related("cycle")]
    book(learner, area=areas[0], way="course", source="x", at=now, now=now, by=None)
    excused = rows.filter(cycle__area=areas[1], excused_at=None).first()
    if excused is not None:
        actions.excuse(excused.pk, by=_person(world, "manager"), reason="Abroad", now=now)
    member = rows[2]
    told = {"planned_on": member.due_on, "due_on": member.due_on, "made_at": now}
    Reminder.objects.get_or_create(member=member, step="d14", defaults=told)
    return member


def _nothing(world: World) -> dict[str, Any]:
    _open(world)
    return {}


def _quarter(world: World) -> dict[str, Any]:
    _open(world)
    return {"quarter": str(Quarter.of(timezone.localdate(timezone.now())))}


def _member(world: World) -> dict[str, Any]:
    return {"pk": _open(world).pk}


def _learner(world: World) -> dict[str, Any]:
    return {"pk": _open(world).user_id}


# who, address, what stands in it, query
PAGES: tuple[tuple[str, str, Place, str], ...] = (
    ("manager", "training-cycles", _nothing, ""),
    ("specialist", "training-cycles", _nothing, ""),
    ("director", "training-quarter", _quarter, ""),
    ("manager", "training-quarter", _quarter, "?state=left"),
    ("manager", "training-member", _member, ""),
    ("specialist", "training-member", _member, ""),
    ("manager", "training-person", _learner, ""),
    ("director", "training-matrix", _nothing, "?span=4"),
    ("manager", "training-matrix", _nothing, "?pick=product"),
    ("manager", "training-matrix", _nothing, "?quarter=2020-Q1"),
    ("manager", "training-history", _nothing, ""),
    ("support", "training-history", _nothing, ""),
)
NO_PAGES = frozenset(
    {
        *("training-cycles-open", "training-matrix-enrol", "training-matrix-csv"),
        *("training-history-book", "training-history-csv", "training-history-xlsx"),
    }
)
