"""The clocks on a ticket's page, and the page that says why (rule 19)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from teams.models import Group, User
from tests.conftest import Clock as Now
from tests.factories import after, make_calendar, make_group, make_ticket
from tickets import actions
from tickets.models import Clock, Ticket

SWAP: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
OFFICE = {str(day): [[9 * 3600, 18 * 3600]] for day in range(5)}
pytestmark = pytest.mark.usefixtures("clock")


def text(answer: Any) -> str:
    return " ".join(str(answer.content.decode()).split())


def card(answer: Any) -> str:
    """The card of the clocks alone."""
    return text(answer).split('class="card clocks"')[1].split("</section>")[0]


@pytest.fixture
def office(owner: User) -> Group:
    """Open from 9 to 18 in Shanghai; T0 is a Monday, 17:00 there."""
    return make_group(name="Office", calendar=make_calendar(name="Office hours", week=OFFICE))


@pytest.fixture
def working(office: Group, owner: User) -> Ticket:
    """In the resolution since T0: ten open hours are promised."""
    return make_ticket(step="resolution", group=office, owner=owner)


def speak_chinese(user: User) -> None:
    user.language = "zh-hans"
    user.save(update_fields=["language"])


# ---- the card -----------------------------------------------------------------------------------
def test_every_clock_of_the_ticket_stands_in_the_card(
    working: Ticket, owner_browser: Client, clock: Now
) -> None:
    clock.now = after(60)
    said = card(owner_browser.get(f"/t/{working.pk}/"))
    assert said.count("<li") == 2
    assert 'data-s="met"' in said
    assert "Kept" in said
    assert "Due Tomorrow 18:00, 9 h 59 min left" in said
    for metric in ("first_response", "resolution"):
        assert f'href="/t/{working.pk}/clocks/{metric}/1/"' in said
    assert "<small>" in said, "the policy's name"


def test_a_paused_clock_says_when_it_would_be_due(
    working: Ticket, owner: User, owner_browser: Client, clock: Now
) -> None:
    actions.wait(working.pk, by=owner, reason="Passport", now=after(60))
    clock.now = after(3600)
    said = card(owner_browser.get(f"/t/{working.pk}/"))
    assert 'data-s="paused"' in said
    assert "Paused" in said
    assert "If it goes on now, it is due 7 Jan 09:59" in said


def test_broken_inherited_and_waived_are_said_in_words(
    group: Group, owner: User, manager: User, owner_browser: Client, clock: Now
) -> None:
    ticket = make_ticket(group=group, owner=owner)
    actions.respond(ticket.pk, by=owner, text="Good day", now=after(420))
    clock.now = after(500)
    said = card(owner_browser.get(f"/t/{ticket.pk}/"))
    assert 'data-s="missed"' in said
    assert "Broken" in said
    assert "Done 17:07 after 7 minutes, 2 minutes late" in said
    actions.waive(ticket.pk, by=owner, metric="first_response", reason="Power cut", now=after(500))
    actions.waive(ticket.pk, by=manager, metric="first_response", reason="Yes", now=after(510))
    Clock.objects.filter(ticket=ticket, metric="first_response").update(inherited=True)
    said = card(owner_browser.get(f"/t/{ticket.pk}/"))
    assert "Waived" in said
    assert "Inherited" in said


def test_what_is_late_says_that_it_was_due(
    ticket: Ticket, owner_browser: Client, clock: Now
) -> None:
    clock.now = after(301)
    said = card(owner_browser.get(f"/t/{ticket.pk}/"))
    assert 'data-s="late"' in said
    assert "Was due 17:05" in said


def test_a_reopened_ticket_shows_the_first_and_the_whole_time(
    office: Group, owner: User, owner_browser: Client, clock: Now
) -> None:
    ticket = make_ticket(
        step="feedback", group=office, owner=owner, need="A card", solution="Send one"
    )
    actions.reopen(ticket.pk, by=owner, reason="Still lost", now=after(1800))
    clock.now = after(3600)
    said = card(owner_browser.get(f"/t/{ticket.pk}/"))
    assert "Resolution, no. 2" in said
    first = Clock.objects.get(ticket=ticket, metric="resolution", cycle=1)
    assert first.ended_at is not None
    assert "the first time" in said
    assert "in all (2 times)" in said


def test_what_ended_unmeasured_says_so(
    group: Group, owner: User, owner_browser: Client, clock: Now
) -> None:
    ticket = make_ticket(group=group, owner=owner)
    actions.resolve(ticket.pk, by=owner, outcome="withdrawn", summary="Hung up", now=after(60))
    assert "17:01, not measured" in card(owner_browser.get(f"/t/{ticket.pk}/"))


def test_the_card_is_one_query_for_many_clocks(
    working: Ticket, owner: User, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    url = f"/t/{working.pk}/"
    owner_browser.get(url)
    one = sql_of(lambda: owner_browser.get(url))
    for n in range(4):
        actions.hear(working.pk, by=owner, text="And?", channel="phone", now=after(60 + 100 * n))
        actions.respond(working.pk, by=owner, text="Soon", now=after(100 + 100 * n))
    many = sql_of(lambda: owner_browser.get(url))
    assert Clock.objects.filter(ticket=working).count() == 6
    assert sum("tickets_clock" in sql for sql in many) == 1
    assert len(many) <= len(one) + 1, "the names of a thread that was empty"


# ---- why ----------------------------------------------------------------------------------------
def test_the_page_says_why(working: Ticket, owner_browser: Client) -> None:
    said = text(owner_browser.get(f"/t/{working.pk}/clocks/resolution/1/"))
    assert "<!doctype html>" in said
    assert "Received Mon 17:00; the group is open until 18:00, so 1 hour counts then." in said
    assert "Office hours · version 1" in said
    assert "Tue 6 Jan" in said
    assert "09:00–18:00" in said


def test_the_drawer_gets_the_part_alone(working: Ticket, owner_browser: Client) -> None:
    said = text(owner_browser.get(f"/t/{working.pk}/clocks/resolution/1/", **SWAP))
    assert "<!doctype html>" not in said
    assert "Day by day" in said


def test_pauses_owners_and_events_are_told(
    working: Ticket,
    owner: User,
    colleague: User,
    manager: User,
    manager_browser: Client,
    clock: Now,
) -> None:
    working.group.manager = manager
    working.group.save(update_fields=["manager"])
    actions.assign(working.pk, by=manager, to=colleague, now=after(600))
    actions.wait(working.pk, by=manager, reason="The police", for_="hold", now=after(1200))
    clock.now = after(2400)
    said = text(manager_browser.get(f"/t/{working.pk}/clocks/resolution/1/"))
    assert "Held by the regulator since Mon 17:20." in said
    assert "20 minutes not counted" in said
    assert owner.name in said
    assert f"From now on it is the time of {colleague.name} (Office)" in said
    assert "Paused: Held by the regulator" in said


def test_a_change_of_the_promise_is_told(
    working: Ticket, owner: User, owner_browser: Client, clock: Now
) -> None:
    actions.record_basics(working.pk, by=owner, priority="high", now=after(600))
    clock.now = after(700)
    said = text(owner_browser.get(f"/t/{working.pk}/clocks/resolution/1/"))
    assert "Mon 17:10 the promise changed from 10 hours to 4 hours." in said
    assert "10 hours → 4 hours" in said
    assert "10 minutes carried over" in said


def test_a_long_life_leaves_days_out(owner: User, owner_browser: Client, clock: Now) -> None:
    week = {"0": [[9 * 3600, 9 * 3600 + 300]]}
    group = make_group(calendar=make_calendar(week=week))
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    said = text(owner_browser.get(f"/t/{ticket.pk}/clocks/resolution/1/"))
    assert "more days" in said


@pytest.mark.parametrize(
    "which", ["acceptance/1", "resolution/2", "luck/1", "resolution/99999999999"]
)
def test_what_was_never_promised_is_not_found(
    which: str, working: Ticket, owner_browser: Client
) -> None:
    assert owner_browser.get(f"/t/{working.pk}/clocks/{which}/").status_code == 404


def test_the_clocks_of_others_are_not_there(
    ticket: Ticket, stranger_browser: Client, support_browser: Client, director_browser: Client
) -> None:
    url = f"/t/{ticket.pk}/clocks/first_response/1/"
    assert stranger_browser.get(url).status_code == 404
    assert support_browser.get(url).status_code == 404
    assert director_browser.get(url).status_code == 200


def test_why_runs_the_same_queries_for_a_long_life(
    working: Ticket, owner: User, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    url = f"/t/{working.pk}/clocks/resolution/1/"
    owner_browser.get(url)
    one = sql_of(lambda: owner_browser.get(url))
    for n in range(5):
        actions.wait(working.pk, by=owner, reason="Papers", now=after(60 + 60 * n))
        actions.resume(working.pk, by=owner, now=after(90 + 60 * n))
    many = sql_of(lambda: owner_browser.get(url))
    assert len(one) == len(many) <= 9, "\n".join(many)


def test_both_speak_chinese(working: Ticket, owner: User, owner_browser: Client) -> None:
    speak_chinese(owner)
    said = text(owner_browser.get(f"/t/{working.pk}/clocks/resolution/1/"))
    assert "星期二自 09:00 起计其余 9 小时。星期二 18:00 到期。" in said
    said = card(owner_browser.get(f"/t/{working.pk}/"))
    assert "计时</h2>" in said
    assert "按时" in said


# ---- what is waited for -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("for_", "said"),
    [
        ("customer", "Waiting for the customer"),
        ("third", "Waiting for a third party"),
        ("hold", "Held by the regulator"),
    ],
)
def test_what_is_waited_for_is_chosen_shown_and_ended(
    for_: str, said: str, working: Ticket, owner_browser: Client
) -> None:
    url = f"/t/{working.pk}/"
    form = text(owner_browser.get(f"{url}wait/"))
    assert f'value="{for_}"' in form
    owner_browser.post(f"{url}wait/", {"for_": for_, "reason": "The papers"})
    working.refresh_from_db()
    assert working.waiting_on == for_
    page = text(owner_browser.get(url))
    assert f"{said}</h2>" in page
    assert "The papers" in page
    owner_browser.post(f"{url}resume/")
    working.refresh_from_db()
    assert working.waiting_on == "nobody"


def test_without_a_choice_it_is_the_customer(working: Ticket, owner_browser: Client) -> None:
    owner_browser.post(f"/t/{working.pk}/wait/", {"reason": "The papers"})
    working.refresh_from_db()
    assert working.waiting_on == "customer"


def test_nobody_waits_for_what_there_is_not(working: Ticket, owner_browser: Client) -> None:
    sent = {"for_": "expert", "reason": "The papers"}
    assert owner_browser.post(f"/t/{working.pk}/wait/", sent).status_code == 422
    working.refresh_from_db()
    assert working.waiting_on == "nobody"


# ---- the chip of the next reply -----------------------------------------------------------------
def test_the_queue_says_that_a_reply_is_due(
    group: Group, owner: User, owner_browser: Client, clock: Now
) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.hear(ticket.pk, by=owner, text="And?", channel="phone", now=after(60))
    clock.now = after(60 + 7200 - 750)
    said = text(owner_browser.get("/queue/rows/"))
    assert "Reply due 12 min left" in said
    clock.now = after(60 + 7200 + 72)
    said = text(owner_browser.get("/queue/rows/"))
    assert "Reply late 1:12" in said
    assert "Reply late" in text(owner_browser.get(f"/t/{ticket.pk}/"))


def test_a_toast_is_said_for_each_pause(working: Ticket, owner_browser: Client) -> None:
    answer = owner_browser.post(
        f"/t/{working.pk}/wait/", {"for_": "third", "reason": "Papers"}, **SWAP
    )
    assert json.loads(answer["HX-Trigger"])["toast"]["text"] == "Paused"
