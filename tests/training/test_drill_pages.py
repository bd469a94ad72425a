"""Pages and API of drills: planned in the browser, led, rated blind; a task plays them (L4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from csservice.celery import EVERY
from teams.models import User
from tests.conftest import Clock
from tests.factories import T0, after, make_manager
from tests.training.drills_support import begun, levels, make_drill, script
from tickets.models import Ticket
from training import actions, scripts, tasks
from training.models import Drill, Record, Scenario

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db: None) -> User:
    return make_manager(username="second")


@pytest.fixture
def drill(clock: Clock, manager: User, owner: User, colleague: User, second: User) -> Drill:
    return make_drill(manager, [owner, colleague], second)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def path(drill: Drill, verb: str = "") -> str:
    return f"/training/drills/{drill.pk}/{verb}"


def test_a_drill_is_planned_started_led_ended_and_debriefed_in_the_browser(
    clock: Clock,
    manager: User,
    owner: User,
    second: User,
    manager_browser: Client,
    browser_of: Callable[[User], Client],
) -> None:
    sent = {
        "what": "shipped:card-fraud",
        "planned_for": "2026-01-05T17:00",
        "speed": "1",
        "second": second.pk,
        "people": [owner.pk],
    }
    assert manager_browser.post("/training/drills/new/", sent).status_code == 302
    drill = Drill.objects.get()
    manager_browser.post(path(drill, "start/"))
    clock.tick(30)
    tasks.run_drills()
    board = text(manager_browser.get(path(drill)))
    assert "(drill 演练)" in board
    assert "Risk control reports unusual card payments" in board
    said = {"event-text": "Two more banks", "event-text_zh": "又有两家银行"}
    assert manager_browser.post(path(drill, "announce/"), said).status_code == 302
    mine = text(browser_of(owner).get(path(drill)))
    assert "Two more banks" in mine
    assert "What comes next" not in mine
    ended = manager_browser.post(path(drill, "end/"))
    assert ended["Location"].endswith("/debriefing/")
    for browser in (manager_browser, browser_of(second)):
        form = {f"level.{owner.pk}.{one.key}": "1" for one in drill.script().criteria}
        assert browser.post(path(drill, "debriefing/"), form).status_code == 302
    closed = manager_browser.post(path(drill, "debrief/"), {"lessons": "Block first"})
    assert closed.status_code == 302
    assert Record.objects.get(user=owner).source == f"drill:{drill.pk}"
    shown = text(manager_browser.get(path(drill, "debriefing/")))
    assert "0 of 1" in shown
    assert "50 of 100" in shown


def test_nothing_new_is_answered_with_nothing(
    drill: Drill, manager: User, manager_browser: Client
) -> None:
    actions.start_drill(drill.pk, by=manager, now=T0)
    shown = manager_browser.get(path(drill))
    tag = shown.context["tag"]
    ask = {"HX-Request": "true"}
    assert manager_browser.get(path(drill), {"seen": tag}, headers=ask).status_code == 204
    actions.run_drills(now=T0, limit=10)
    fresh = manager_browser.get(path(drill), {"seen": tag}, headers=ask)
    assert fresh.status_code == 200
    assert "<html" not in text(fresh)


def test_who_takes_part_does_not_know_of_a_planned_drill(
    drill: Drill, owner_browser: Client
) -> None:
    assert owner_browser.get(path(drill)).status_code == 404
    assert drill.name not in text(owner_browser.get("/training/drills/"))


def test_a_rating_is_hidden_until_both_are_in(
    manager: User, owner: User, manager_browser: Client, browser_of: Callable[[User], Client]
) -> None:
    drill = begun(manager, [owner], ended=True)
    actions.rate_drill(
        drill.pk, by=manager, levels=levels(drill, 2), now=after(700), remark="Seen by me"
    )
    other = text(browser_of(drill.second).get(path(drill, "debriefing/")))
    assert "Seen by me" not in other
    assert "What both raters saw" not in other
    assert "Your rating" in other
    actions.rate_drill(drill.pk, by=drill.second, levels=levels(drill, 1), now=after(700))
    both = text(manager_browser.get(path(drill, "debriefing/")))
    assert "Seen by me" in both
    assert "Cohen" in both


def test_a_rubric_with_a_gap_is_shown_again_and_nothing_is_written(
    manager: User, owner: User, manager_browser: Client
) -> None:
    drill = begun(manager, [owner], ended=True)
    answer = manager_browser.post(path(drill, "debriefing/"), {f"level.{owner.pk}.calm": "1"})
    assert answer.status_code == 422
    assert "Choose a level for everybody" in text(answer)
    assert not drill.ratings.exists()


def test_a_refused_move_is_said_and_an_empty_customer_is_shown_again(
    drill: Drill, manager: User, manager_browser: Client
) -> None:
    answer = manager_browser.post(path(drill, "pause/"), follow=True)
    assert "Not possible now" in text(answer)
    actions.start_drill(drill.pk, by=manager, now=T0)
    assert manager_browser.post(path(drill, "customer/"), {}).status_code == 422
    assert not drill.cues.filter(injected_by=manager).exists()


def test_a_scenario_is_copied_and_changed_in_the_browser(manager_browser: Client) -> None:
    copied = text(manager_browser.get("/training/drills/scenarios/new/?from=data-leak"))
    assert "My number is on the internet" in copied
    written = scripts.shipped()["data-leak"].replace('name = "Data leak"', 'name = "Our leak"', 1)
    sent = {"text": written, "active": "on"}
    assert manager_browser.post("/training/drills/scenarios/new/", sent).status_code == 302
    row = Scenario.objects.get()
    assert (row.name, row.kind) == ("Our leak", "leak")
    wrong = manager_browser.post(f"/training/drills/scenarios/{row.pk}/", {"text": "x ="})
    assert wrong.status_code == 422
    assert "Our leak" in text(manager_browser.get("/training/drills/scenarios/"))


@pytest.mark.parametrize("code", sorted(scripts.shipped()))
def test_what_comes_with_the_product_can_be_played_in_both_languages(code: str) -> None:
    script_ = scripts.read(scripts.shipped()[code])
    assert script_.visitors
    assert all(one.text.en and one.text.zh and one.says for one in script_.visitors)
    assert all(len(one.levels) == 3 for one in script_.criteria)


def test_pages_speak_chinese(drill: Drill, manager: User, browser_of: Any) -> None:
    manager.language = "zh-hans"
    manager.save()
    with translation.override("zh-hans"):
        assert "演练" in text(browser_of(manager).get(path(drill)))


@pytest.mark.parametrize("url", ["/training/drills/", "/api/v1/drills/"])
def test_a_list_asks_the_same_for_one_and_for_many(
    url: str,
    drill: Drill,
    manager: User,
    owner: User,
    second: User,
    manager_browser: Client,
    sql_of: Callable[..., list[str]],
) -> None:
    manager_browser.get(url)
    one = sql_of(lambda: manager_browser.get(url))
    for _n in range(9):
        make_drill(manager, [owner], second)
    many = sql_of(lambda: manager_browser.get(url))
    assert len(one) == len(many), "\n".join(many)


@pytest.mark.parametrize("what", ["", "debriefing/"])
def test_a_board_asks_the_same_for_few_customers_and_many(
    what: str,
    manager: User,
    owner: User,
    second: User,
    manager_browser: Client,
    sql_of: Callable[..., list[str]],
) -> None:
    counted = []
    for name, customers in (("Few", 1), ("Many", 8)):
        drill = make_drill(manager, [owner], second, text=script(customers, every=1, name=name))
        actions.start_drill(drill.pk, by=manager, now=T0)
        actions.run_drills(now=after(20), limit=100)
        if what:
            actions.end_drill(drill.pk, by=manager, now=after(600))
        where = path(drill, what)
        manager_browser.get(where)
        counted.append(sql_of(lambda where=where: manager_browser.get(where)))
    assert len(counted[0]) == len(counted[1]), "\n".join(counted[1])


def test_a_program_leads_a_drill(
    clock: Clock, manager: User, owner: User, second: User, api_of: Callable[[User], APIClient]
) -> None:
    api = api_of(manager)
    sent = {
        "code": "system-outage",
        "people": [owner.pk],
        "second": second.pk,
        "planned_for": "2026-01-05T09:00:00Z",
    }
    made = api.post("/api/v1/drills/", sent, format="json")
    assert made.status_code == 201, made.json()
    url = f"/api/v1/drills/{made.json()['id']}/"
    assert api.post(f"{url}start/").json()["step"] == "running"
    clock.tick(31)
    tasks.run_drills()
    told = api.get(f"{url}timeline/").json()
    assert any(cue["ticket"] for cue in told)
    assert api.post(f"{url}pause/").json()["moves"][0] == "resume"
    assert api.post(f"{url}start/").status_code == 409
    assert api.post(f"{url}end/").json()["step"] == "ended"
    found = api.get(f"{url}debriefing/").json()
    assert found["agreement"] is None
    assert {line["outcome"] for line in found["clocks"]} == {"none"}


def test_the_api_shows_drills_only_when_asked(
    drill: Drill, manager: User, api_of: Callable[[User], APIClient]
) -> None:
    actions.start_drill(drill.pk, by=manager, now=T0)
    actions.run_drills(now=T0, limit=10)
    api = api_of(manager)
    assert api.get("/api/v1/tickets/").json()["results"] == []
    found = api.get("/api/v1/tickets/?is_drill=true").json()["results"]
    assert [row["number"] for row in found] == [Ticket.objects.get().pk]
    assert api.get("/api/v1/customers/").json()["results"] == []


def test_the_beat_comes_every_two_seconds_and_costs_one_look_when_nothing_is_due(
    clock: Clock, sql_of: Callable[..., list[str]]
) -> None:
    assert EVERY["training.run_drills"] == 2
    asked = [sql for sql in sql_of(tasks.run_drills) if 'FROM "training_' in sql]
    assert len(asked) == 2
