"""Proof: thirty simulated customers through the real workflow; no figure of real service changes.

The figures are read at one and the same instant, before the drill and after it was debriefed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from csservice.status.backlog import backlog
from feedback.models import Invitation, Response
from teams.models import User
from teams.navigation import open_work
from tests.conftest import Clock as EdgeClock
from tests.factories import T0, after, make_category, make_manager, make_ticket
from tests.training.drills_support import Lapse, levels, make_drill, script
from tickets import actions as tickets
from tickets.models import Alert, Clock, Macro, Simulation, Ticket
from tickets.numbers import waiting
from tickets.views.live_board import board
from training import actions
from training.models import Drill, Need, Record, Review
from training.models.debriefing import debriefing

pytestmark = pytest.mark.django_db
CUSTOMERS, LENGTH = 30, 22 * 60
END = after(2 * 3600)  # when the figures are read
IDLE = frozenset({4, 11, 19})  # customers whom nobody answers
PAGES = (
    *("/live/", "/live/kept/", "/live/kept/tickets/", "/complaints/", "/complaints/check/"),
    *("/settings/promises/", "/customers/"),
)
LISTS = ("tickets", "clocks", "complaints", "customers", "responses", "invitations", "reviews")


@pytest.fixture
def real(group: Any, owner: User, colleague: User) -> list[Ticket]:
    """Real service that says something in every figure."""
    names = [("closed", 0), ("closed", 60), ("feedback", 90), ("analysis", 120)]
    rows = [
        make_ticket(step=step, group=group, owner=owner, received_at=after(at))
        for step, at in names
    ]
    late = make_ticket(
        step="closed",
        group=group,
        owner=colleague,
        responded_at=after(900),
        score=5,
        satisfaction="answered",
        answered_via="phone",
    )
    owed = make_ticket(group=group, owner=colleague, received_at=after(7000))
    return [*rows, late, owed]


def figures(
    browsers: dict[str, Client], api_of: Callable[[User], Any], director: User, others: list[User]
) -> dict[str, Any]:
    """Every figure of real service that the product shows."""
    waits = backlog(END)
    found: dict[str, Any] = {"backlog": replace(waits, unsealed=0)}  # the ledger grows by a drill
    found["work"] = open_work([u.pk for u in others])
    for user in (director, *others):
        wall = board(user, now=END)
        found[f"wall {user.pk}"] = (
            *(wall.whole, wall.oldest, wall.waiting, wall.people, wall.groups, wall.today),
        )
        found[f"queue {user.pk}"] = waiting(user)
    for name, browser in browsers.items():
        for url in PAGES:
            answer = browser.get(url)
            assert answer.status_code == 200, url
            found[f"{name} {url}"] = _shown(answer)
    for name in LISTS:
        found[name] = [row.get("id", row.get("number")) for row in _rows(api_of(director), name)]
    found["attained"] = list(
        Clock.objects.filter(ticket__is_drill=False)
        .order_by("pk")
        .values_list("metric", "state", "breached_at")
    )
    found["suspects"] = [one.ticket.pk for one in tickets.suspects(director, END)]
    found["simulation"] = _simulated(director)
    found["needs"], found["reviews"] = Need.objects.count(), Review.objects.count()
    found["answers"] = Response.objects.count(), Invitation.objects.count()
    found["macros"] = list(Macro.objects.values_list("uses"))
    return found


def _shown(answer: Any) -> list[str]:
    """The words of the page's main part, without what is new in each answer."""
    text = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return [line for line in text.split("\n") if "csrfmiddlewaretoken" not in line]


def _rows(client: Any, name: str) -> list[Any]:
    answer = client.get(f"/api/v1/{name}/?page_size=100")
    assert answer.status_code == 200, name
    rows: list[Any] = answer.json()["results"]
    return rows


def _simulated(by: User) -> Any:
    row = Simulation.objects.create(
        made_by=by, made_at=END, start=T0, end=END + timedelta(days=1), said="", hours=""
    )
    tickets.run_simulations(now=END)
    row.refresh_from_db()
    return row.state, row.total, row.result


def play(drill: Drill, manager: User) -> Lapse:
    """Thirty customers by time-lapse; the drill ends before END."""
    actions.start_drill(drill.pk, by=manager, now=T0)
    lapse = Lapse(drill, make_category(), start=T0)
    lapse.run(after(LENGTH), step=20, idle=IDLE)
    actions.end_drill(drill.pk, by=manager, now=after(LENGTH))
    return lapse


def test_a_drill_of_thirty_customers_changes_no_figure_of_real_service(
    clock: EdgeClock,
    real: list[Ticket],
    manager: User,
    director: User,
    stranger: User,
    owner: User,
    colleague: User,
    manager_browser: Client,
    director_browser: Client,
    api_of: Callable[[User], Any],
) -> None:
    second = make_manager(username="second")
    drill = make_drill(manager, [owner, colleague], second, text=script(CUSTOMERS))
    clock.now = END
    browsers = {"manager": manager_browser, "director": director_browser}
    others = [manager, stranger, owner, colleague]
    _beats_of_real_service(END)
    before = figures(browsers, api_of, director, others)
    told = Alert.objects.exclude(ticket__is_drill=True).count()

    play(drill, manager)
    simulated = Ticket.objects.filter(is_drill=True)
    assert simulated.count() == CUSTOMERS
    _debriefed(drill, manager, second)

    after_it = figures(browsers, api_of, director, others)
    for name, value in before.items():
        assert after_it[name] == value, name
    assert Alert.objects.exclude(ticket__is_drill=True).count() == told
    assert not Alert.objects.filter(ticket__is_drill=True, user__in=[manager, director]).exists()
    assert mail.outbox == []
    assert {t.step for t in simulated} == {"closed"}


def _beats_of_real_service(now: datetime) -> None:
    """What the beats do to the real tickets they do before, so that only the drill is between."""
    from feedback import actions as feedback

    tickets.flag_breaches(now=now, limit=100)
    tickets.release_absent(now=now, limit=100)
    tickets.assign_waiting(now=now, limit=100)
    feedback.ask(now=now, limit=100)
    feedback.collect(now=now, limit=100)
    tickets.close_settled(now=now, limit=100)
    actions.find_needs(now=now, limit=100)
    mail.outbox.clear()
    Invitation.objects.update(delivery="none")


def _debriefed(drill: Drill, manager: User, second: User) -> None:
    at = after(LENGTH)
    actions.rate_drill(drill.pk, by=manager, levels=levels(drill, 2), now=at)
    actions.rate_drill(drill.pk, by=second, levels=levels(drill, 2, calm=1), now=at)
    actions.debrief_drill(drill.pk, by=manager, lessons="Answer first, then read", now=at)
    drill.refresh_from_db()
    told = debriefing(drill, now=timezone.now())
    clocks = [line for line in told.clocks if line.metric == "first_response"]
    assert len(clocks) == CUSTOMERS
    assert sum(line.outcome == "late" for line in clocks) == len(IDLE)
    assert sum(line.outcome == "met" for line in clocks) == CUSTOMERS - len(IDLE)
    assert all(0 < (line.seconds or 0) <= 300 for line in clocks if line.outcome == "met")
    assert told.first.kept == CUSTOMERS - len(IDLE)
    assert told.agreement is not None
    assert told.agreement.n == 4
    assert told.agreement.observed == 0.5
    assert told.weighted is not None
    booked = Record.objects.filter(source=f"drill:{drill.pk}")
    assert booked.count() == 2
    assert {row.passed for row in booked} == {True}
