"""With JavaScript off every form and list still works: plain links and posts (ux.md 1.1, 7.6)."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from feedback import actions as feedback
from feedback.models import Invitation
from tests.browser.conftest import Opens
from tests.browser.test_way import Team
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def receive(page: Page) -> int:
    """The letter of a customer who is known, found by the words that were typed. Its number."""
    page.goto("/queue/")
    page.locator("#new-contact").click()
    page.locator('[name=channel][value="email"]').check()
    page.locator("#contact-q").fill("li na")
    page.locator("#contact-subject").fill("Card swallowed by a machine")
    start = page.locator("button[name=then][value=start]")
    start.click()
    match = page.locator("input[type=radio][name=customer]").first
    if match.count():  # several may match: one is chosen, then it is saved
        match.check()
        start.click()
    page.wait_for_url("**/t/*/")
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def serve(page: Page, team: Team) -> None:
    page.locator("#id_say_text").fill("We have stopped the card and send a new one.")
    page.locator("#composer button[data-ctrl-enter]").click()
    expect(page.locator("#conversation .msg")).to_contain_text("stopped the card")
    page.locator("#stage-reception button.btn-primary").click()
    category = page.locator("#id_analysis_category")
    category.select_option(str(team.category.pk))
    page.locator('#stage-analysis button[formaction*="draft"]').click()
    page.locator("#q-lost-no").check()
    page.locator("#id_analysis_need").fill("A new card before Friday")
    page.locator("#id_analysis_solution").fill("Send the card by courier")
    page.locator("#stage-analysis button.btn-primary").click()
    page.locator("#stage-resolution [name=outcome][value=solved]").check()
    page.locator("#stage-resolution [name=summary]").fill("Card sent by courier")
    page.locator("#stage-resolution button.btn-primary").click()
    expect(page.locator("#stage-feedback")).to_be_visible()


def test_the_whole_way_works_without_scripts(opens: Opens) -> None:
    team = Team("en")
    page = opens(team.anna, java_script_enabled=False).page
    number = receive(page)
    serve(page, team)
    assert feedback.ask(now=timezone.now(), limit=10) == 1
    phone = opens(width=390, java_script_enabled=False).page
    phone.goto(f"/s/{Invitation.objects.get(ticket=number).token}/")
    phone.locator("input[name=r][value='4']").check(force=True)
    phone.locator("button.btn-primary[name=do][value=send]").click()
    phone.wait_for_url("**/thanks/**")
    ticket = Ticket.objects.get()
    assert (ticket.pk, ticket.step, ticket.score) == (number, "feedback", 4)
