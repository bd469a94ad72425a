"""What a refresh, a lost connection, a second press or a colleague must not take away (ux.md 7)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from teams.models import User
from tests.browser.conftest import Opens
from tests.browser.test_way import Team
from tests.factories import PASSWORD, make_ticket
from tickets import actions
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
TICK = "document.body.dispatchEvent(new CustomEvent('live:tick'))"
WRITTEN = "Good day, we have found your card"


@pytest.fixture
def team() -> Team:
    return Team("en")


def owed(team: Team, owner: User | None = None, *, ago: float = 0, **over: Any) -> Ticket:
    """A ticket that waits for its first answer since `ago` seconds."""
    received = timezone.now() - timedelta(seconds=ago)
    return make_ticket(group=team.group, owner=owner, received_at=received, **over)


def polled(page: Page, path: str) -> None:
    """One tick of the page, answered."""
    with page.expect_response(lambda answer: path in answer.url):
        page.evaluate(TICK)


# ---- the clock ----------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", [-600, 600], ids=["slow", "fast"])
def test_the_countdown_is_exact_though_the_computers_clock_is_wrong(
    wrong: int, team: Team, opens: Opens
) -> None:
    ticket = owed(team, team.anna, ago=100)
    page = opens(team.anna).page
    page.add_init_script(f"const real = Date.now; Date.now = () => real() + {wrong * 1000};")
    page.goto("/queue/")
    chip = page.locator(f"#row-{ticket.pk} .sla-t")
    expect(chip).to_have_text(re.compile(r"^\d:\d\d left$"))
    for _ in range(3):
        shown = str(chip.text_content())
        expect(chip).not_to_have_text(shown)
        most = (ticket.respond_by - timezone.now()).total_seconds()
        minutes, seconds = map(int, str(chip.text_content()).split()[0].split(":"))
        least = (ticket.respond_by - timezone.now()).total_seconds()
        assert least - 1.2 <= minutes * 60 + seconds <= most + 1.2


# ---- a refresh moves nothing --------------------------------------------------------------------
def test_a_refresh_leaves_focus_caret_scroll_and_typed_text(team: Team, opens: Opens) -> None:
    for n in range(30):
        owed(team, team.anna, subject=f"Question {n}")
    ticket = owed(team, team.anna, subject="Card swallowed")
    page = opens(team.anna).page
    page.goto(f"/t/{ticket.pk}/")
    expect(page.locator("#rows .q-row")).to_have_count(31)
    page.locator("#rows").evaluate("list => list.scrollTop = 150")
    box = page.locator("#id_say_text")
    box.click()
    page.keyboard.type(WRITTEN)
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    node = box.element_handle()
    for n in range(3):
        owed(team, team.anna, subject=f"Newer {n}")
        polled(page, "/queue/rows/")
        polled(page, "/look/")
        expect(page.locator("#rows .q-row")).to_have_count(32 + n)
        expect(box).to_be_focused()
        assert node.evaluate("(old) => old === document.getElementById('id_say_text')")
        assert box.evaluate("box => [box.value, box.selectionStart]") == [
            WRITTEN,
            len(WRITTEN) - 5,
        ]
        assert page.locator("#rows").evaluate("list => list.scrollTop") == 150
    page.keyboard.type("!")
    expect(box).to_have_value(WRITTEN[:-5] + "!" + WRITTEN[-5:])


def test_what_a_page_fetches_for_itself_takes_no_focus(team: Team, opens: Opens) -> None:
    ticket = owed(team, team.anna)
    page = opens(team.anna).page
    page.goto(f"/t/{ticket.pk}/")
    expect(page.locator("#rows .q-row")).to_have_count(1)
    owed(team, team.anna)
    polled(page, "/queue/rows/")
    expect(page.locator("#rows .q-row")).to_have_count(2)
    assert page.evaluate("document.activeElement === document.body")


def test_a_row_in_focus_stays_where_it_is_until_one_moves_on(team: Team, opens: Opens) -> None:
    owed(team, team.anna, ago=60)
    second = owed(team, team.anna, ago=30)
    page = opens(team.anna).page
    page.goto("/queue/")
    page.locator(f"#open-{second.pk}").focus()
    most_urgent = owed(team, team.anna, ago=200)
    polled(page, "/queue/rows/")
    expect(page.locator(".order-note")).to_be_visible()
    assert page.locator(f"#open-{second.pk}").evaluate("a => a === document.activeElement")
    page.locator(".order-note button").click()
    expect(page.locator("#rows .q-row").first).to_have_id(f"row-{most_urgent.pk}")


def test_an_opened_detail_stays_open(team: Team, opens: Opens) -> None:
    ticket = make_ticket(
        step="resolution", group=team.group, owner=team.anna, category=team.category
    )
    page = opens(team.anna).page
    page.goto(f"/t/{ticket.pk}/")
    page.locator("#done-reception summary").click()
    polled(page, "/look/")
    expect(page.locator("#done-reception")).to_have_attribute("open", "")


def test_a_hidden_tab_asks_nothing_and_looks_again_on_return(team: Team, opens: Opens) -> None:
    owed(team, team.anna)
    page = opens(team.anna).page
    page.clock.install()
    page.goto("/queue/")
    hide = "h => { Object.defineProperty(document, 'hidden', {get: () => h, configurable: true});"
    turn = hide + "document.dispatchEvent(new Event('visibilitychange')); }"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(turn, True)
    page.clock.run_for(120_000)
    assert not [url for url in asked if "/queue/" in url]
    with page.expect_response("**/queue/rows/**", timeout=1000):
        page.evaluate(turn, False)


# ---- what was wrong is said where the eye is ----------------------------------------------------
def test_what_is_missing_is_named_in_focus_with_links_to_its_fields(
    team: Team, opens: Opens
) -> None:
    page = opens(team.anna).page
    page.goto("/queue/")
    page.locator("#new-contact").click()
    page.locator("#drawer [name=subject]").fill("Card lost")
    page.locator("#drawer button[name=then][value=start]").click()
    summary = page.locator("#drawer .error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error: ")
    assert page.locator("#drawer [name=subject]").input_value() == "Card lost"
    link = summary.locator("a").first
    said = link.text_content()
    link.click()
    expect(page.locator("#contact-q")).to_be_focused()
    assert page.locator("#contact-q_error").text_content() == said


# ---- drafts -------------------------------------------------------------------------------------
def test_a_draft_outlives_the_page_and_goes_when_it_is_sent(team: Team, opens: Opens) -> None:
    ticket = owed(team, team.anna)
    page = opens(team.anna).page
    page.goto(f"/t/{ticket.pk}/")
    page.locator("#id_say_text").press_sequentially(WRITTEN)
    expect(page.locator("[data-draft-state]")).not_to_be_empty()
    page.reload()
    expect(page.locator("#id_say_text")).to_have_value(WRITTEN)
    page.locator("#id_say_text").press("Control+Enter")
    expect(page.locator("#thread .msg")).to_contain_text(WRITTEN)
    expect(page.locator("#id_say_text")).to_be_focused()
    page.reload()
    expect(page.locator("#id_say_text")).to_have_value("")


def test_without_a_connection_nothing_is_sent_and_nothing_lost(team: Team, opens: Opens) -> None:
    ticket = owed(team, team.anna, ago=30)
    watched = opens(team.anna)
    page = watched.page
    page.goto(f"/t/{ticket.pk}/")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible(timeout=5000)
    page.locator("#id_say_text").press_sequentially(WRITTEN)
    page.locator("#id_say_text").press("Control+Enter")
    expect(page.locator("#id_say_text")).to_have_value(WRITTEN)
    chip = page.locator(".w-head .sla-t").first
    shown = str(chip.text_content())
    expect(chip).not_to_have_text(shown)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    page.locator("#id_say_text").press("Control+Enter")
    expect(page.locator("#thread .msg")).to_contain_text(WRITTEN)
    assert Message.objects.count() == 1
    # A refresh that fell into the time without a connection failed, as it must.
    watched.complaints = [line for line in watched.complaints if "Failed to fetch" not in line]


def test_the_end_of_the_session_leads_to_sign_in_and_back_with_the_draft(
    team: Team, opens: Opens
) -> None:
    ticket = owed(team, team.anna)
    page = opens(team.anna).page
    page.goto(f"/t/{ticket.pk}/")
    page.locator("#id_say_text").press_sequentially(WRITTEN)
    Session.objects.all().delete()
    page.locator("#id_say_text").press("Control+Enter")
    page.wait_for_url("**/accounts/login/**")
    page.locator("#id_login").fill(team.anna.username)
    page.locator("#id_password").fill(PASSWORD)
    page.locator(".sign-in form button.btn-primary").click()
    page.wait_for_url(f"**/t/{ticket.pk}/")
    expect(page.locator("#id_say_text")).to_have_value(WRITTEN)
    assert not Message.objects.exists()


# ---- once, and by one ---------------------------------------------------------------------------
def test_a_double_click_on_save_makes_one_ticket(team: Team, opens: Opens) -> None:
    page = opens(team.anna).page
    page.goto("/queue/")
    page.locator("#new-contact").click()
    page.locator("#contact-q").press_sequentially("li na")
    page.locator("#contact-options [role=option]:not([data-new])").first.click()
    page.locator("#contact-subject").fill("Card lost")
    page.locator("#drawer button[name=then][value=start]").dblclick()
    page.wait_for_url("**/t/*/")
    assert Ticket.objects.count() == 1


def test_two_on_one_ticket_see_each_other_and_the_second_reply_is_stopped(
    team: Team, opens: Opens
) -> None:
    ticket = owed(team, team.anna)
    anna, ben = opens(team.anna).page, opens(team.ben).page
    anna.goto(f"/t/{ticket.pk}/")
    ben.goto(f"/t/{ticket.pk}/")
    anna.locator("#id_say_text").press_sequentially("We have stopped the card")
    polled(anna, "/look/")
    polled(ben, "/look/")
    expect(ben.locator("#ticket-look")).to_contain_text("Anna Weber is writing")
    ben.locator("#id_say_text").press_sequentially(WRITTEN)
    anna.locator("#id_say_text").press("Control+Enter")
    expect(anna.locator("#thread .msg")).to_have_count(1)
    ben.locator("#id_say_text").press("Control+Enter")
    news = ben.locator("#composer .strip-news")
    expect(news).to_contain_text("We have stopped the card")
    expect(news).to_be_focused()
    expect(ben.locator("#id_say_text")).to_have_value(WRITTEN)
    assert Message.objects.count() == 1
    ben.locator("#id_say_text").press("Control+Enter")
    expect(ben.locator("#thread .msg")).to_have_count(2)
    assert Message.objects.count() == 2


# ---- one address a state ------------------------------------------------------------------------
def test_back_returns_to_the_state_before(team: Team, opens: Opens) -> None:
    ticket = owed(team, None, subject="Card swallowed")
    actions.assign(ticket.pk, by=team.lead, to=team.anna, now=timezone.now())
    page = opens(team.anna).page
    page.goto("/queue/")
    page.locator("#queue-filter summary").click()
    page.locator("#queue-q").fill("swallowed")
    page.wait_for_url("**q=swallowed**")
    page.locator("#queue-channel").select_option("web")
    page.wait_for_url("**channel=web**")
    filtered = page.url
    page.keyboard.press("Escape")
    expect(page.locator("#queue-filter summary")).to_be_focused()
    page.locator(f"#open-{ticket.pk}").click()
    page.wait_for_url(f"**/t/{ticket.pk}/")
    expect(page.locator("#ticket-h")).to_be_focused()
    page.go_back()
    page.wait_for_url(filtered)
    expect(page.locator("#queue-q")).to_have_value("swallowed")
    expect(page.locator("#queue-channel")).to_have_value("web")
    expect(page.locator(".w-none")).to_be_visible()
    page.go_forward()
    expect(page.locator("#ticket-h")).to_have_text("Card swallowed")
    page.reload()
    expect(page.locator("#ticket-h")).to_have_text("Card swallowed")
