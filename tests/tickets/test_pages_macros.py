"""Quick replies on the pages: at the ticket, without script too, and in the settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from teams.models import Group, User
from tests.conftest import Clock
from tests.factories import after, make_macro, make_ticket
from tickets import actions
from tickets.models import Macro, MacroUse, Message, Ticket

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SENT = {"scope": "everybody", "shortcut": "greet", "name": "Greeting", "text_en": "Hi {customer}"}


def text(response: Any) -> str:
    said: str = response.content.decode()
    return said


def names(page: str) -> list[str]:
    return re.findall(r"<b>(.*?)</b>", page)


# ---- at the ticket --------------------------------------------------------------------------
def test_the_list_is_filled_in_for_the_ticket(
    ticket: Ticket, owner: User, owner_browser: Client
) -> None:
    make_macro(
        shortcut="greet",
        name="Greeting",
        text_en="Hi {customer} <b>, it's {specialist}",
        steps=[{"do": "priority", "value": "high"}],
    )
    page = text(owner_browser.get(f"/t/{ticket.pk}/macros/", headers=HTMX))
    assert page.count("<html") == 0
    assert f"Hi {ticket.customer.name} &lt;b&gt;, it&#x27;s {owner.name}" in page
    assert 'data-shortcut="greet"' in page
    assert 'data-steps="Priority: High"' in page


def test_a_missing_translation_is_said(group: Group, owner: User, owner_browser: Client) -> None:
    ticket = make_ticket(group=group, owner=owner, reply_language="zh-hans")
    make_macro(text_zh="")
    page = text(owner_browser.get(f"/t/{ticket.pk}/macros/", headers=HTMX))
    assert "Not in the customer" in page
    assert 'lang="en"' in page


def test_the_nearest_shortcut_counts_and_what_is_used_often_comes_first(
    ticket: Ticket, owner: User, owner_browser: Client, clock: Clock
) -> None:
    often = make_macro(name="Often", shortcut="hi")
    make_macro(name="Alone")
    make_macro(name="Mine", shortcut="hi", owner=owner)
    for n in range(2):
        actions.use_macro(ticket.pk, by=owner, macro=often.pk, text="Hello there", now=after(n))
    page = text(owner_browser.get(f"/t/{ticket.pk}/macros/", headers=HTMX))
    assert names(page) == ["Often", "Alone", "Mine"]
    assert page.count('data-shortcut="hi"') == 1


def test_a_reply_with_one_counts_and_sets_what_it_says(
    group: Group, owner: User, owner_browser: Client, clock: Clock
) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    macro = make_macro(steps=[{"do": "wait", "for": "customer", "reason": "Passport"}])
    sent = {"text": "Please send it", "macro": macro.pk, "steps": "1"}
    assert owner_browser.post(f"/t/{ticket.pk}/respond/", sent).status_code == 302
    ticket.refresh_from_db()
    assert ticket.waiting_on == "customer"
    assert MacroUse.objects.get().n == 1
    del sent["steps"]
    owner_browser.post(f"/t/{ticket.pk}/respond/", sent)
    assert MacroUse.objects.get().n == 2


def test_a_step_that_is_not_open_keeps_the_text_and_says_how_to_send_it(
    ticket: Ticket, owner_browser: Client, clock: Clock
) -> None:
    macro = make_macro(steps=[{"do": "wait", "for": "customer", "reason": "Passport"}])
    url, sent = f"/t/{ticket.pk}/respond/", {"text": "Please send it", "macro": macro.pk}
    answer = owner_browser.post(url, sent | {"steps": "1"}, headers=HTMX)
    assert answer.status_code == 422
    page = text(answer)
    assert "Please send it" in page
    assert "send the text alone" in page
    assert f'name="macro" id="composer-macro" value="{macro.pk}"' in page
    assert "Waits: The customer (Passport)" in page
    assert owner_browser.post(url, sent, headers=HTMX).status_code == 200


def test_one_that_was_retired_meanwhile_lets_the_text_go_out_the_second_time(
    ticket: Ticket, owner_browser: Client, clock: Clock
) -> None:
    macro = make_macro(active=False)
    url = f"/t/{ticket.pk}/respond/"
    answer = owner_browser.post(url, {"text": "Hello there", "macro": macro.pk}, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="composer-macro" value=""' in text(answer)
    assert not Message.objects.exists()


def test_a_note_has_no_quick_reply(ticket: Ticket, owner_browser: Client, clock: Clock) -> None:
    macro = make_macro(steps=[{"do": "priority", "value": "high"}])
    for verb in ("note", "log_call"):
        sent = {"text": "Hello there", "macro": macro.pk, "steps": "1"}
        assert owner_browser.post(f"/t/{ticket.pk}/{verb}/", sent).status_code == 302
    ticket.refresh_from_db()
    assert ticket.priority == "normal"
    assert not MacroUse.objects.exists()


def test_without_script_a_choice_puts_the_text_into_the_composer(
    ticket: Ticket, owner_browser: Client
) -> None:
    macro = make_macro(text_en="Hi {customer}", steps=[{"do": "complaint"}])
    url = f"/t/{ticket.pk}/macros/"
    page = text(owner_browser.post(url, {"text": "Begun"}))
    assert f'<option value="{macro.pk}">' in page
    assert '<input type="hidden" name="text" value="Begun">' in page
    page = text(owner_browser.post(url, {"text": "Begun", "macro": macro.pk}))
    assert f"Begun\n\nHi {ticket.customer.name}</textarea>" in page
    assert f'id="composer-macro" value="{macro.pk}"' in page
    assert "Marks it as a complaint" in page
    assert not Message.objects.exists()
    assert f">Hi {ticket.customer.name}</textarea>" in text(
        owner_browser.post(url, {"macro": macro.pk})
    )


def test_what_cannot_be_done_yet_is_said_and_left_out(
    ticket: Ticket, owner_browser: Client
) -> None:
    macro = make_macro(steps=[{"do": "wait", "for": "customer", "reason": "Passport"}])
    url = f"/t/{ticket.pk}/macros/"
    page = text(owner_browser.get(url, headers=HTMX))
    assert "Waits: The customer (Passport) · not possible now" in page
    assert "data-blocked" in page
    page = text(owner_browser.post(url, {"macro": macro.pk}))
    assert 'id="composer-steps" value="1">' in page
    Ticket.objects.filter(pk=ticket.pk).update(basics_at=after(1))
    assert "not possible now" not in text(owner_browser.get(url, headers=HTMX))


def test_without_any_the_page_says_so(ticket: Ticket, owner_browser: Client) -> None:
    assert "No quick replies yet" in text(owner_browser.get(f"/t/{ticket.pk}/macros/"))


def test_the_list_runs_the_same_queries_for_one_and_for_ten(
    ticket: Ticket, owner: User, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    url = f"/t/{ticket.pk}/macros/"
    make_macro()
    owner_browser.get(url, headers=HTMX)
    one = sql_of(lambda: owner_browser.get(url, headers=HTMX))
    for _ in range(9):
        make_macro(group=ticket.group)
    many = sql_of(lambda: owner_browser.get(url, headers=HTMX))
    assert len(one) == len(many) <= 8, "\n".join(many)


# ---- settings -------------------------------------------------------------------------------
def test_a_manager_adds_a_shared_one_with_its_steps(manager_browser: Client) -> None:
    url = "/settings/macros/new/"
    assert "For whom" in text(manager_browser.get(url))
    steps = {"step_priority": "high", "step_complaint": "on", "step_note": "Look again"}
    steps |= {"step_wait": "customer", "step_reason": "Passport"}
    answer = manager_browser.post(url, SENT | steps)
    made = Macro.objects.get()
    assert answer["Location"] == f"/settings/macros/{made.pk}/"
    assert [step["do"] for step in made.steps] == ["priority", "complaint", "note", "wait"]
    page = text(manager_browser.get(answer["Location"]))
    assert 'value="Passport"' in page
    assert "Hi Li Na" in page
    manager_browser.post(answer["Location"], SENT)
    made.refresh_from_db()
    assert made.steps == []


def test_a_specialist_adds_their_own_and_reads_the_shared_ones(owner_browser: Client) -> None:
    shared = make_macro(name="Shared", steps=[{"do": "complaint"}])
    owner_browser.post("/settings/macros/new/", SENT)
    assert Macro.objects.get(shortcut="greet").scope == "own"
    page = text(owner_browser.get("/settings/macros/"))
    assert page.index("Greeting") < page.index("Shared")
    page = text(owner_browser.get(f"/settings/macros/{shared.pk}/"))
    assert "<textarea" not in page
    assert "Marks it as a complaint" in page
    assert owner_browser.post(f"/settings/macros/{shared.pk}/", SENT).status_code == 403


def test_what_is_wrong_is_said_at_its_field(manager_browser: Client) -> None:
    make_macro(shortcut="greet")
    sent = SENT | {"text_en": "Hi {balance}", "step_wait": "customer"}
    page = manager_browser.post("/settings/macros/new/", sent)
    assert page.status_code == 422
    assert "Enter what is waited for." in text(page)
    page = manager_browser.post("/settings/macros/new/", sent | {"step_wait": ""})
    assert "Nothing is known for {balance}." in text(page)
    assert "this one is taken" in text(manager_browser.post("/settings/macros/new/", SENT))
    assert Macro.objects.count() == 1


def test_who_writes_no_replies_keeps_none_of_their_own(
    manager_browser: Client, director_browser: Client
) -> None:
    url = "/settings/macros/new/"
    assert 'value="own"' in text(manager_browser.get(url))
    assert 'value="own"' not in text(director_browser.get(url))
    assert director_browser.post(url, SENT | {"scope": "own"}).status_code == 422
    assert director_browser.post(url, SENT).status_code == 302


def test_of_two_who_edit_the_second_is_told(manager_browser: Client) -> None:
    macro = make_macro()
    url, sent = f"/settings/macros/{macro.pk}/", SENT | {"seen": 1}
    assert 'name="seen" value="1"' in text(manager_browser.get(url))
    assert manager_browser.post(url, sent).status_code == 302
    answer = manager_browser.post(url, sent | {"name": "Other"})
    assert answer.status_code == 422
    assert "This has changed since you read it." in text(answer)


def test_a_preview_shows_both_languages_and_writes_nothing(manager_browser: Client) -> None:
    sent = SENT | {"text_zh": "您好，{customer} {balance}", "do": "preview"}
    page = manager_browser.post("/settings/macros/new/", sent)
    assert page.status_code == 200
    assert "Hi Li Na" in text(page)
    assert "您好，李娜 {balance}" in text(page)
    assert "Nothing is known for {balance}." in text(page)
    assert not Macro.objects.exists()


def test_one_is_retired_and_brought_back(manager_browser: Client) -> None:
    macro = make_macro()
    url = f"/settings/macros/{macro.pk}/retire/"
    assert "It is retired." in text(manager_browser.post(url, {"active": "off"}, follow=True))
    assert "retired already" in text(manager_browser.post(url, {"active": "off"}, follow=True))
    assert "in use again" in text(manager_browser.post(url, {"active": "on"}, follow=True))


def test_the_figures_stand_in_the_list(
    ticket: Ticket,
    owner: User,
    manager: User,
    browser_of: Callable[[User], Client],
    clock: Clock,
) -> None:
    macro = make_macro(text_zh="")
    actions.use_macro(ticket.pk, by=owner, macro=macro.pk, now=clock.now)
    page = text(browser_of(manager).get("/settings/macros/"))
    assert 'data-l="Uses in 90 days" class="num">1<' in page
    assert "One language only" in page
    clock.tick(91 * 86_400)
    page = text(browser_of(manager).get("/settings/macros/"))
    assert 'data-l="Uses in 90 days" class="num">0<' in page


def test_the_settings_run_the_same_queries_for_one_and_for_ten(
    group: Group, manager_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    make_macro(group=group)
    manager_browser.get("/settings/macros/")
    one = sql_of(lambda: manager_browser.get("/settings/macros/"))
    for _ in range(9):
        make_macro(group=group)
    many = sql_of(lambda: manager_browser.get("/settings/macros/"))
    assert len(one) == len(many) <= 10, "\n".join(many)
