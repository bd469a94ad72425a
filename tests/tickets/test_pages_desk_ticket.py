"""The ticket's page: what it shows to whom, what it offers, who else looks at it (W1-W4, N4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from teams.models import Group, User
from tests.factories import (
    after,
    make_category,
    make_customer,
    make_guide,
    make_handover,
    make_message,
    make_ticket,
    make_user,
    make_viewer,
)
from tickets import actions
from tickets.models import Message, Ticket

SWAP: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
pytestmark = pytest.mark.usefixtures("clock")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def seen(page: Any) -> str:
    """The token of what the page had shown, as its forms carry it."""
    return text(page).split('name="seen" id="composer-seen" value="')[1].split('"')[0]


def verbs_on(page: Any) -> set[str]:
    """The verbs that a page links or posts to."""
    said = text(page)
    known = "accept analyse assign close hand_over hear log_call mark_complaint merge note"
    known += " record_basics refuse_satisfaction reopen resolve respond resume return_back"
    known += " satisfaction take wait withdraw"
    return {verb for verb in known.split() if f'/{verb}/"' in said}


@pytest.fixture
def analysed(group: Group, owner: User) -> Ticket:
    """The owner's, in the analysis, of a category with a guide."""
    category = make_category(name="Lost card", words="card,卡")
    make_guide(category=category)
    return make_ticket(group=group, owner=owner, step="analysis", category=category)


# ---- the page -----------------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["reception", "analysis", "resolution", "feedback", "closed"])
@pytest.mark.parametrize("role", ["owner", "colleague", "manager", "director"])
def test_the_page_shows_every_step_to_whoever_may_see_it(
    step: str, role: str, group: Group, owner: User, request: pytest.FixtureRequest, browser_of: Any
) -> None:
    ticket = make_ticket(group=group, owner=owner, step=step, subject="Card lost at sea")
    browser = browser_of(request.getfixturevalue(role))
    answer = browser.get(f"/t/{ticket.pk}/")
    assert answer.status_code == 200
    said = text(answer)
    assert '<h1 class="w-title"' in said
    assert "Card lost at sea" in said
    assert said.count('aria-current="step"') == (step != "closed")


@pytest.mark.parametrize("url", ["", "respond/", "look/", "hand_over/"])
def test_a_stranger_does_not_learn_that_the_ticket_is_there(
    url: str, ticket: Ticket, stranger_browser: Client
) -> None:
    call = stranger_browser.get if url in {"", "hand_over/"} else stranger_browser.post
    assert call(f"/t/{ticket.pk}/{url}").status_code == 404


def test_no_such_verb(ticket: Ticket, owner_browser: Client) -> None:
    assert owner_browser.post(f"/t/{ticket.pk}/explode/").status_code == 404


def test_a_director_reads_and_does_nothing(ticket: Ticket, director_browser: Client) -> None:
    page = director_browser.get(f"/t/{ticket.pk}/")
    assert verbs_on(page) == set()
    assert director_browser.post(f"/t/{ticket.pk}/respond/", {"text": "hello"}).status_code == 403
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("step", "more", "offered", "missing"),
    [
        ("reception", {}, {"respond", "record_basics", "withdraw"}, {"analyse", "hand_over"}),
        ("analysis", {}, {"analyse", "hand_over", "wait"}, {"resolve", "close", "accept"}),
        ("resolution", {}, {"resolve", "hand_over", "wait"}, {"analyse", "satisfaction"}),
        ("resolution", {"waiting_on": "customer"}, {"resume", "resolve"}, {"wait"}),
        ("resolution", {"waiting_on": "expert"}, {"return_back"}, {"resolve", "wait", "accept"}),
        ("feedback", {}, {"satisfaction", "refuse_satisfaction", "reopen"}, {"close", "merge"}),
        ("closed", {}, {"reopen", "note"}, {"respond", "close", "satisfaction"}),
    ],
)
def test_the_owner_is_offered_what_the_step_allows(
    step: str,
    more: dict[str, Any],
    offered: set[str],
    missing: set[str],
    group: Group,
    owner: User,
    owner_browser: Client,
) -> None:
    ticket = make_ticket(group=group, owner=owner, step=step, **more)
    verbs = verbs_on(owner_browser.get(f"/t/{ticket.pk}/"))
    assert offered <= verbs
    assert not missing & verbs


def test_a_colleague_is_not_offered_what_only_the_owner_may(
    analysed: Ticket, colleague: User, browser_of: Callable[[User], Client]
) -> None:
    verbs = verbs_on(browser_of(colleague).get(f"/t/{analysed.pk}/"))
    assert {"respond", "note"} <= verbs
    assert not {"analyse", "hand_over", "wait", "assign", "take"} & verbs


def test_the_page_says_why_the_owner_is_the_owner(
    group: Group, owner: User, owner_browser: Client
) -> None:
    because = {"rule": "least_work", "load": 2, "among": 3, "missed": ["skill"]}
    because |= {"segment": "personal", "language": "en"}
    ticket = make_ticket(group=group, owner=owner, assigned_because=because)
    said = text(owner_browser.get(f"/t/{ticket.pk}/"))
    assert "Personal customers, English, least open work (2) of 3 available" in said
    assert "Nobody available has the skill." in said


def test_the_page_runs_the_same_queries_for_one_entry_and_for_ten(
    analysed: Ticket, owner: User, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    url = f"/t/{analysed.pk}/"
    actions.respond(analysed.pk, by=owner, text="Good day", now=after(1))
    owner_browser.get(url)
    one = sql_of(lambda: owner_browser.get(url))
    for n in range(9):
        actions.respond(analysed.pk, by=owner, text="Good day", now=after(2 + n))
        make_ticket(group=analysed.group, customer=analysed.customer)
    many = sql_of(lambda: owner_browser.get(url))
    assert len(one) == len(many) <= 16, "\n".join(many)


def test_what_happened_stands_in_the_conversation_in_words(
    analysed: Ticket, owner: User, colleague: User, manager: User, owner_browser: Client
) -> None:
    actions.respond(analysed.pk, by=owner, text="Good day", now=after(1))
    actions.assign(analysed.pk, by=manager, to=colleague, now=after(2))
    said = text(owner_browser.get(f"/t/{analysed.pk}/"))
    assert said.index("Good day") < said.index(f"{manager.name} assigned it to {colleague.name}")
    assert "<b>You</b>" in said


def test_what_a_customer_writes_is_text_and_never_markup(
    group: Group, owner: User, owner_browser: Client
) -> None:
    evil = "<script>alert(1)</script>"
    ticket = make_ticket(group=group, owner=owner, subject=evil, description=evil)
    make_message(ticket=ticket, kind="contact", author=None, text=evil)
    assert evil not in text(owner_browser.get(f"/t/{ticket.pk}/"))
    assert evil not in text(owner_browser.get("/queue/"))


# ---- presence -----------------------------------------------------------------------------------
def test_colleagues_who_have_it_open_are_named(
    ticket: Ticket, colleague: User, owner: User, owner_browser: Client
) -> None:
    make_viewer(ticket=ticket, user=colleague, writing=True)
    said = text(owner_browser.post(f"/t/{ticket.pk}/look/", **SWAP))
    assert f"{colleague.name} is writing" in said
    assert owner.name not in said


def test_what_others_write_appears_by_the_tick_once(
    ticket: Ticket, colleague: User, owner_browser: Client
) -> None:
    token = seen(owner_browser.get(f"/t/{ticket.pk}/"))
    quiet = owner_browser.post(f"/t/{ticket.pk}/look/", {"shown": token}, **SWAP)
    assert "hx-partial" not in text(quiet)
    actions.note(ticket.pk, by=colleague, text="Mind the deadline", now=after(5))
    fresh = owner_browser.post(f"/t/{ticket.pk}/look/", {"shown": token}, **SWAP)
    assert "Mind the deadline" in text(fresh)
    assert colleague.name in json.loads(fresh["HX-Trigger"])["announce"]
    now_shown = text(fresh).split('name="shown" value="')[1].split('"')[0]
    again = owner_browser.post(f"/t/{ticket.pk}/look/", {"shown": now_shown}, **SWAP)
    assert "Mind the deadline" not in text(again)


def test_looking_reads_the_mentions(
    ticket: Ticket, owner: User, colleague: User, owner_browser: Client
) -> None:
    actions.note(ticket.pk, by=colleague, text="@owner please look", now=after(5))
    assert owner.mentions.filter(seen_at=None).count() == 1
    owner_browser.post(f"/t/{ticket.pk}/look/", **SWAP)
    assert owner.mentions.filter(seen_at=None).count() == 0


def test_the_hand_over_of_another_customer_is_not_shown(
    analysed: Ticket, owner_browser: Client
) -> None:
    make_handover(ticket=make_ticket(step="analysis"), reason="Hidden reason", to=make_user())
    assert "Hidden reason" not in text(owner_browser.get(f"/t/{analysed.pk}/"))
    assert make_customer().pk != analysed.customer_id


def test_without_scripts_a_kept_draft_leads_back_to_the_ticket(
    group: Group, owner: User, owner_browser: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner, step="analysis", category=make_guide().category)
    sent = {"category": ticket.category_id, "answer-lost": "yes"}
    answer = owner_browser.post(f"/t/{ticket.pk}/analyse/?draft=1", sent)
    assert answer["Location"] == f"/t/{ticket.pk}/"
    assert "When?" in text(owner_browser.get(f"/t/{ticket.pk}/"))
