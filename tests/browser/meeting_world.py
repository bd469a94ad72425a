"""The pages of sessions and of drills, for the browser (tests/browser/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from teams.models import User
from tests.factories import make_manager
from tests.training.drills_support import levels, make_drill
from tests.training.factories import make_seat, make_session
from training import actions
from training.models import Drill, Session
from training.models.sessions import FEWEST

if TYPE_CHECKING:
    from tests.browser.world import World

Place = Callable[["World"], dict[str, Any]]
HOUR = timedelta(hours=1)


def _person(world: World, name: str) -> User:
    found = world.people[name]
    assert found is not None
    return found


def _nothing(world: World) -> dict[str, Any]:
    return {}


# ---- sessions ---------------------------------------------------------------------------------
def _session(world: World, *, begins: timedelta, **over: Any) -> Session:
    """Led by the manager; the learner has a seat, the director waits for one."""
    start = timezone.now() + begins
    fields = {"starts_at": start, "ends_at": start + HOUR, "capacity": 1}
    session = make_session(trainer=_person(world, "manager"), **fields | over)
    make_seat(session=session, user=_person(world, "specialist"))
    make_seat(session=session, user=_person(world, "director"), step="waiting")
    return session


def _coming(world: World) -> dict[str, Any]:
    make_session(trainer=_person(world, "manager"), name="Free", starts_at=_in(3), ends_at=_in(4))
    return {"pk": _session(world, begins=48 * HOUR).pk}


def _in(hours: int) -> Any:
    return timezone.now() + hours * HOUR


def _going_on(world: World) -> dict[str, Any]:
    return {"pk": _session(world, begins=-HOUR / 2).pk}


def _held(world: World) -> dict[str, Any]:
    """Closed, with as many reactions as are shown, one absent and one excused."""
    begins = -2 * HOUR
    session = _session(world, begins=begins, capacity=20, closed_at=timezone.now())
    session.seats.update(step="attended", score=88)
    said = {"step": "attended", "reaction": 4, "comment": "Good", "reacted_at": timezone.now()}
    for _n in range(FEWEST):
        make_seat(session=session, user=make_manager(), **said)
    make_seat(session=session, user=make_manager(), step="absent")
    make_seat(session=session, user=make_manager(), step="excused", reason="Ill")
    return {"pk": session.pk}


def _heard(world: World) -> dict[str, Any]:
    """The learner was there and may say how it was."""
    session = _session(world, begins=-2 * HOUR)
    session.seats.filter(user=_person(world, "specialist")).update(step="attended")
    return {"pk": session.pk}


def _cancelled(world: World) -> dict[str, Any]:
    why = {"cancelled_at": timezone.now(), "cancelled_because": "The trainer is ill"}
    return {"pk": _session(world, begins=HOUR, **why).pk}


def _listed(place: Place) -> Place:
    """The list with what `place` makes; nothing stands in its address."""

    def made(world: World) -> dict[str, Any]:
        place(world)
        return {}

    return made


SESSIONS: tuple[tuple[str, str, Place, str], ...] = (
    ("manager", "sessions", _nothing, "?area=emergency"),
    ("specialist", "sessions", _listed(_coming), ""),
    ("manager", "sessions", _listed(_held), "?show=past"),
    ("specialist", "session", _coming, ""),
    ("manager", "session", _coming, ""),
    ("specialist", "session", _going_on, ""),
    ("specialist", "session", _heard, ""),
    ("manager", "session", _held, ""),
    ("director", "session", _cancelled, ""),
    ("manager", "session-register", _going_on, ""),
    ("manager", "session-register", _held, ""),
    ("manager", "session-code", _going_on, ""),
    ("manager", "session-code", _held, ""),
    ("manager", "session-new", _nothing, ""),
    ("manager", "session-edit", _coming, ""),
)


# ---- drills -----------------------------------------------------------------------------------
def _drill(world: World, *, begun: bool = True, ended: bool = False) -> Drill:
    """The manager's, with the learner in it; the director rates beside them."""
    manager, now = _person(world, "manager"), timezone.now()
    people = [_person(world, "specialist")]
    drill = make_drill(manager, people, _person(world, "director"), planned_for=now)
    if begun:
        actions.start_drill(drill.pk, by=manager, now=now)
        actions.run_drills(now=now, limit=10)
    if ended:
        actions.end_drill(drill.pk, by=manager, now=now + HOUR)
    return drill


def _planned(world: World) -> dict[str, Any]:
    return {"pk": _drill(world, begun=False).pk}


def _running(world: World) -> dict[str, Any]:
    return {"pk": _drill(world).pk}


def _ended(world: World) -> dict[str, Any]:
    return {"pk": _drill(world, ended=True).pk}


def _debriefed(world: World) -> dict[str, Any]:
    drill, now = _drill(world, ended=True), timezone.now() + 2 * HOUR
    for name, level in (("manager", 2), ("director", 1)):
        rater = _person(world, name)
        actions.rate_drill(drill.pk, by=rater, levels=levels(drill, level), now=now)
    actions.debrief_drill(drill.pk, by=_person(world, "manager"), lessons="Block first", now=now)
    return {"pk": drill.pk}


def _scenario(world: World) -> dict[str, Any]:
    return {"pk": _drill(world, begun=False).scenario_id}


DRILLS: tuple[tuple[str, str, Place, str], ...] = (
    ("specialist", "drills", _nothing, ""),
    ("manager", "drills", _listed(_debriefed), ""),
    ("manager", "drill-new", _nothing, ""),
    ("manager", "drill", _planned, ""),
    ("manager", "drill", _running, ""),
    ("specialist", "drill", _running, ""),
    ("manager", "drill", _ended, ""),
    ("director", "drill-debriefing", _ended, ""),
    ("manager", "drill-debriefing", _debriefed, ""),
    ("specialist", "drill-debriefing", _debriefed, ""),
    ("manager", "scenarios", _nothing, ""),
    ("manager", "scenario-new", _nothing, "?from=card-fraud"),
    ("manager", "scenario", _scenario, ""),
)
PAGES = (*SESSIONS, *DRILLS)
NO_PAGES = frozenset(
    {
        *("sessions-calendar", "session-calendar", "session-book", "session-give-up"),
        *("session-cancel", "session-sign-in", "session-react", "session-close"),
        *("session-reopen", "drill-start", "drill-pause", "drill-resume", "drill-end"),
        *("drill-cancel", "drill-announce", "drill-customer", "drill-debrief"),
    }
)
