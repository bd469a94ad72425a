"""The pages of the question bank and of tests, for the browser (tests/browser/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from teams.models import User
from tests.training.bank import make_attempt, make_question, waiting
from training import actions
from training.models import Attempt

if TYPE_CHECKING:
    from tests.browser.world import World

KINDS = ("single", "multiple", "ordering", "matching", "text")
Place = Callable[["World"], dict[str, Any]]


def _learner(world: World) -> User:
    found = world.people["specialist"]
    assert found is not None
    return found


def _going(world: World, *kinds: str) -> Attempt:
    return make_attempt(_learner(world), kinds=kinds or KINDS, time_limit_s=10**8)


def _test(*kinds: str) -> Place:
    return lambda world: {"pk": _going(world, *kinds).pk}


def _closed(world: World) -> dict[str, Any]:
    attempt = make_attempt(_learner(world), kinds=KINDS, attempts=1)
    actions.hand_in(attempt.pk, by=_learner(world), now=timezone.now())
    return {"pk": attempt.pk}


def _nothing(world: World) -> dict[str, Any]:
    return {}


# who, address, what stands in it, query
PAGES: tuple[tuple[str, str, Place, str], ...] = (
    ("manager", "bank", _nothing, ""),
    ("manager", "bank", _nothing, "?q=nobody+asks"),
    ("manager", "bank-courses", _nothing, ""),
    *(
        ("manager", "question-new", _nothing, f"?kind={kind}")
        for kind in ("single", "ordering", "matching", "text")
    ),
    (
        "manager",
        "question",
        lambda w: {"pk": make_question(kind="multiple", difficulty="hard").pk},
        "",
    ),
    ("manager", "marking", _nothing, ""),
    ("manager", "marking-one", lambda w: {"pk": waiting(_learner(w)).pk}, ""),
    *(("specialist", "test", _test(kind), "") for kind in KINDS),
    ("specialist", "test", _test("single"), "?q=end"),
    ("specialist", "test-result", _closed, ""),
    ("specialist", "test-results", lambda w: {"pk": _going(w).enrolment_id}, ""),
)
NO_PAGES = frozenset({"question-retire", "test-start", "test-answer", "test-hand-in"})
