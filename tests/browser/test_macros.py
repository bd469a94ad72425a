"""Quick replies with the keyboard alone: the key m, the arrows, Enter; and /greet in the reply."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from teams.models import User
from tests.browser.conftest import Opens
from tests.browser.hands import Keys
from tests.browser.looks import LOOKS, looked_at
from tests.factories import (
    make_customer,
    make_group,
    make_macro,
    make_point,
    make_ticket,
    make_user,
)
from tickets.models import MacroUse, Tick, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
BOX = "#id_say_text"


def served(**over: Any) -> tuple[User, Ticket]:
    """Anna, and a ticket of hers in the analysis."""
    group = make_group()
    anna = make_user(name="Anna Weber", groups=[group])
    ticket = make_ticket(
        step="analysis", group=group, owner=anna, customer=make_customer(name="Li Na"), **over
    )
    return anna, ticket


def value(page: Page) -> str:
    return page.locator(BOX).input_value()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_list_is_used_by_keyboard_alone(width: int, opens: Opens) -> None:
    anna, ticket = served()
    make_macro(name="Closing", shortcut="bye", text_en="Good bye, {customer}")
    wait = {"do": "wait", "for": "customer", "reason": "Passport"}
    macro = make_macro(
        name="Documents", shortcut="docs", text_en="Dear {customer}, send ___ please", steps=[wait]
    )
    watched = opens(anna, width=width)
    page = watched.page
    page.goto(f"/t/{ticket.pk}/")
    page.locator("#ticket-body").wait_for()
    page.keyboard.press("m")
    search = page.locator("#macros-q")
    expect(search).to_be_focused()
    expect(search).to_have_attribute(
        "aria-activedescendant", page.locator("#macros-list li").first.get_attribute("id") or ""
    )
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("passport")
    expect(page.locator("#macros-none")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".macros-sheet")).to_have_count(0)
    page.keyboard.press("m")
    page.keyboard.type("doc")
    expect(page.locator("#macros-list li:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type("your passport")
    assert value(page) == "Dear Li Na, send your passport please"
    expect(page.locator("[data-macro-steps]")).to_have_text("Waits: The customer (Passport)")
    page.keyboard.press("Control+Enter")
    page.locator(".strip-wait, .sla-paused").first.wait_for()
    assert watched.pointed == 0
    assert MacroUse.objects.get().macro == macro
    assert Ticket.objects.get().waiting_on == "customer"


def test_a_shortcut_and_a_space_become_the_reply(opens: Opens) -> None:
    anna, ticket = served()
    make_macro(name="Greeting", shortcut="greet", text_en="Dear {customer}, {specialist} here.")
    watched = opens(anna)
    page = watched.page
    page.goto(f"/t/{ticket.pk}/")
    page.locator("#ticket-body").wait_for()
    page.keyboard.press("r")
    page.keyboard.type("/nothing ")
    page.keyboard.type("/greet ")
    expect(page.locator(BOX)).to_have_value("/nothing Dear Li Na, Anna Weber here.")
    page.keyboard.press("Control+z")
    expect(page.locator(BOX)).to_have_value("/nothing /greet ")
    page.keyboard.press("Control+a")
    page.keyboard.type("/GREET ")
    expect(page.locator(BOX)).to_have_value("Dear Li Na, Anna Weber here.")
    page.keyboard.type(" See you")
    assert value(page) == "Dear Li Na, Anna Weber here. See you"
    expect(page.locator("[data-macro-with]")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread, #thread, .msg").last).to_contain_text("See you")
    assert MacroUse.objects.get().n == 1
    assert watched.pointed == 0


def test_without_scripts_a_quick_reply_is_chosen_and_sent(opens: Opens) -> None:
    anna, ticket = served()
    macro = make_macro(name="Greeting", text_en="Dear {customer}, hello.")
    page = opens(anna, java_script_enabled=False).page
    page.goto(f"/t/{ticket.pk}/")
    page.locator(BOX).fill("Begun.")
    page.locator("[data-macros]").click()
    page.locator("#id_macro").select_option(str(macro.pk))
    page.locator("main form button").first.click()
    assert value(page) == "Begun.\n\nDear Li Na, hello."
    page.locator("#composer button[data-ctrl-enter]").click()
    expect(page.locator(".bubble").last).to_contain_text("Dear Li Na, hello.")
    assert MacroUse.objects.get().n == 1


def test_a_point_is_ticked_by_keyboard_and_keeps_the_focus(opens: Opens) -> None:
    anna, ticket = served(category=(point := make_point(stage="analysis")).category)
    watched = opens(anna)
    page, keys = watched.page, Keys(watched.page)
    page.goto(f"/t/{ticket.pk}/")
    keys.press(f"#point-{point.pk}")
    ticked = page.locator(f"#point-{point.pk}[aria-checked=true]")
    ticked.wait_for()
    expect(ticked).to_be_focused()
    assert Tick.objects.get().by == anna
    assert watched.pointed == 0


@pytest.mark.parametrize("language", sorted(LOOKS))
def test_axe_finds_nothing_in_the_open_list_and_above_the_send_button(
    language: str, opens: Opens
) -> None:
    anna, ticket = served()
    User.objects.filter(pk=anna.pk).update(language=language)
    steps = [{"do": "wait", "for": "customer", "reason": "Passport"}, {"do": "complaint"}]
    make_macro(shortcut="docs", name_zh="资料", text_zh="", steps=steps)
    make_macro(name="Mine", name_zh="我的", owner=anna)
    page = opens(User.objects.get(), locale=language).page
    page.goto(f"/t/{ticket.pk}/")
    page.locator("[data-macros]").click()
    page.locator(".macros-sheet").wait_for()
    assert not looked_at(page, language)
    page.keyboard.type("docs")
    page.keyboard.press("Enter")
    expect(page.locator("[data-macro-with]")).to_be_visible()
    assert not looked_at(page, language)
