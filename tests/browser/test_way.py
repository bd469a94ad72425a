"""The whole way of one customer, from reception to satisfaction, as people go it (W1-W4).

By mouse and by keyboard alone, in both languages; the customer answers on a phone.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from feedback import actions as feedback
from feedback.models import Invitation
from teams.models import Group, User
from tests.browser.conftest import Opens
from tests.browser.hands import Hands, Keys, Mouse, Watched
from tests.factories import PASSWORD, make_calendar, make_customer, make_guide, make_user
from tickets import actions
from tickets.models import Category, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
PACE_MS = 120  # a brisk typist
HANDS: dict[str, type[Mouse] | type[Keys]] = {"mouse": Mouse, "keys": Keys}


class Team:
    """Who is there, what they know, and the customer who calls."""

    def __init__(self, language: str) -> None:
        calendar = make_calendar()
        self.group = Group.objects.create(name="Cards", segment="personal", calendar=calendar)
        people: dict[str, Any] = {
            "groups": [self.group],
            "presence": "available",
            "language": language,
        }
        self.anna = make_user(username="anna", name="Anna Weber", **people)
        self.ben = make_user(username="ben", name="Ben Moore", **people)
        self.lead = make_user(username="lead", name="Ruth Lead", role="manager", **people)
        Group.objects.update(manager=self.lead)
        self.category: Category = make_guide().category
        make_customer(name="Li Na", segment="personal", contacts=[("email", "li.na@mail.example")])


def sign_in(hands: Hands, user: User) -> None:
    page = hands.page
    page.goto("/accounts/login/")
    hands.write("#id_login", user.username)
    hands.write("#id_password", PASSWORD)
    hands.press(".sign-in form button.btn-primary")
    page.wait_for_url("**/*queue/**" if user.role == "specialist" else "**/live/**")


def receive(hands: Hands) -> int:
    """A letter is taken in and started: it is mine, and still owed an answer. Its number."""
    page = hands.page
    if isinstance(hands, Keys):
        page.locator("#queue-column, .q").first.wait_for()
        page.keyboard.press("n")
    else:
        hands.press("#new-contact")
    page.locator("#drawer #contact-q").wait_for()
    hands.choose("channel", "email")
    hands.write("#contact-q", "li na")
    option = page.locator("#contact-options [role=option]:not([data-new])").first
    option.wait_for()
    if isinstance(hands, Keys):
        page.keyboard.press("Enter")
    else:
        option.click()
    expect(page.locator("#contact-customer")).not_to_have_value("")
    hands.write("#drawer [name=subject]", "Card swallowed by a machine")
    hands.press("#drawer button[name=then][value=start]")
    page.wait_for_url("**/t/*/")
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def serve(hands: Hands, team: Team, number: int) -> None:
    """Answer, record the basics, analyse, hand over."""
    page = hands.page
    hands.write("#id_say_text", "We have stopped the card and send a new one.")
    hands.press("#composer button[data-ctrl-enter]")
    page.locator("#ticket .sla-met").first.wait_for()
    hands.press("#stage-reception button.btn-primary")
    page.locator("#stage-analysis").wait_for()
    hands.select("#id_analysis_category", str(team.category.pk))
    page.locator("#q-lost-no").wait_for(state="attached")
    hands.choose(str(page.locator("#q-lost-no").get_attribute("name")), "no")
    hands.write("#id_analysis_need", "A new card before the journey on Friday")
    hands.write("#id_analysis_solution", "Send the card by courier")
    hands.press("#stage-analysis button.btn-primary")
    page.locator("#stage-resolution").wait_for()
    hands.press('#ticket a[data-key="h"]')
    page.locator("#drawer select[name=to]").wait_for()
    value = page.locator("#drawer select[name=to] option", has_text="Ben Moore").first
    hands.select("#drawer select[name=to]", str(value.get_attribute("value")))
    hands.write("#drawer [name=reason]", "Knows the courier")
    hands.press("#drawer button[data-ctrl-enter]")
    page.locator(".strip-expert").wait_for()
    assert Ticket.objects.get(pk=number).owner == team.anna


def resolve(hands: Hands, team: Team, number: int) -> None:
    page = hands.page
    page.goto(f"/t/{number}/")
    hands.press('form[action$="/accept/"] button')
    page.locator(".strip-expert").wait_for(state="detached")
    hands.choose("outcome", "solved")
    hands.write("#stage-resolution [name=summary]", "Card sent by courier, arrives tomorrow")
    hands.press("#stage-resolution button.btn-primary")
    page.locator("#stage-feedback").wait_for()
    assert Ticket.objects.get(pk=number).owner == team.ben


def rate(hands: Hands, number: int) -> None:
    """The customer's one tap and one press, without sign-in."""
    assert feedback.ask(now=timezone.now(), limit=10) == 1
    hands.page.goto(f"/s/{Invitation.objects.get(ticket=number).token}/?r=5")
    assert hands.page.locator('input[name=r][value="5"]').is_checked()
    hands.press("main button[name=do][value=send], button.btn-primary[name=do][value=send]")
    hands.page.wait_for_url("**/thanks/**")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("by", sorted(HANDS))
def test_one_customer_is_served_from_reception_to_satisfaction(
    by: str, language: str, opens: Opens
) -> None:
    team, grip = Team(language), HANDS[by]
    anna: Watched = opens()
    sign_in(grip(anna.page), team.anna)
    assert anna.page.locator("html").get_attribute("lang") in {language, "zh-Hans"}
    number = receive(grip(anna.page))
    assert Ticket.objects.get(pk=number).owner == team.anna
    serve(grip(anna.page), team, number)
    ben = opens()
    sign_in(grip(ben.page), team.ben)
    resolve(grip(ben.page), team, number)
    phone = opens(width=390, locale=language)
    rate(grip(phone.page), number)
    actions.close_settled(now=timezone.now(), limit=10)
    ticket = Ticket.objects.get(pk=number)
    assert (ticket.step, ticket.score, ticket.breached_at) == ("closed", 5, None)
    lead = opens()
    sign_in(grip(lead.page), team.lead)
    expect(lead.page.locator("#kpi-content .kpi-value")).to_contain_text("1")
    expect(lead.page.locator("#kpi-time .kpi-value")).to_contain_text("1")
    lead.page.goto(f"/t/{number}/")
    assert lead.page.locator(".rating-score").inner_text() == "5"
    pointed = [one.pointed for one in (anna, ben, phone, lead)]
    assert all(pointed) if by == "mouse" else not any(pointed)


def test_a_call_is_logged_by_keyboard_alone_in_few_keys(opens: Opens) -> None:
    """n, name, Enter, subject, Ctrl+Enter: 35 keys and 20 s at most; opens at the analysis."""
    team = Team("en")
    anna = opens(team.anna)
    page = anna.page
    page.goto("/queue/")
    expect(page.locator("body[data-shortcuts]")).to_be_visible()
    began = time.monotonic()
    name, subject = "li na", "Card lost"
    page.keyboard.type("n" + name, delay=PACE_MS)  # typed on, whether the drawer is there or not
    expect(page.locator("#contact-q")).to_have_value(name)
    page.locator("#contact-options [role=option]:not([data-new])").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer [name=subject]")).to_be_focused()
    page.keyboard.type(subject, delay=PACE_MS)
    page.keyboard.press("Control+Enter")
    page.locator("#stage-analysis").wait_for()
    assert time.monotonic() - began < 20
    assert len(["n", *name, "Enter", *subject, "Control", "Enter"]) <= 35
    assert not anna.pointed
    ticket = Ticket.objects.get()
    assert (ticket.step, ticket.owner, ticket.responded_at) == (
        "analysis",
        team.anna,
        ticket.received_at,
    )
