"""What a quick reply does besides, in the language of who uses it; its preview as it is typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from teams.models import Group, User
from tests.factories import after, make_macro, make_ticket
from tests.tickets.support import unchanged
from tickets import actions, macros
from tickets.models import Macro, Ticket

NOTE = {"do": "note", "text": "Ask for the passport", "text_zh": "请索取护照"}
WAIT = {"do": "wait", "for": "customer", "reason": "Passport", "reason_zh": "护照"}
CHOICES: dict[str, set[str]] = {"value": {"high"}, "for": {"customer"}}


def test_words_stand_in_one_language_at_least() -> None:
    assert macros.steps_of([WAIT, NOTE], CHOICES) == [NOTE, WAIT]
    chinese = {"do": "note", "text_zh": " 护照 "}
    assert macros.steps_of([chinese], CHOICES) == [{"do": "note", "text": "", "text_zh": "护照"}]
    english = {"do": "note", "text": "Passport", "text_zh": " "}
    assert macros.steps_of([english], CHOICES) == [{"do": "note", "text": "Passport"}]
    for wrong in ({"do": "note"}, {"do": "note", "text": "x", "text_zh": "护" * 2001}):
        with pytest.raises(ValueError, match="text"):
            macros.steps_of([wrong], CHOICES)


def test_who_reads_the_other_language_gets_what_there_is() -> None:
    assert macros.words(NOTE, "text", "zh-hans") == "请索取护照"
    assert macros.words(NOTE, "text", "en") == "Ask for the passport"
    assert macros.words({"do": "note", "text": "Passport"}, "text", "zh-hans") == "Passport"
    assert macros.words({"do": "note", "text": "", "text_zh": "护照"}, "text", "en") == "护照"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "note", "reason"),
    [("en", "Ask for the passport", "Passport"), ("zh-hans", "请索取护照", "护照")],
)
def test_notes_and_reasons_are_left_in_the_language_of_who_sends(
    language: str, note: str, reason: str, owner: User, group: Group
) -> None:
    User.objects.filter(pk=owner.pk).update(language=language)
    owner.refresh_from_db()
    ticket = make_ticket(group=group, owner=owner, step="analysis")
    macro = make_macro(steps=[NOTE, WAIT])
    actions.use_macro(ticket.pk, by=owner, macro=macro.pk, now=after(60))
    found = Ticket.objects.get(pk=ticket.pk)
    assert found.waiting_reason == reason
    assert found.messages.get(kind="note").text == note


@pytest.mark.django_db
def test_the_form_keeps_both_languages(manager_browser: Client) -> None:
    sent: dict[str, Any] = {
        "scope": "everybody", "shortcut": "pass", "name": "Passport", "text_en": "Hello",
        "step_wait": "customer", "step_reason_zh": "护照", "step_note": "Ask", "step_note_zh": "问",
    }  # fmt: skip
    manager_browser.post("/settings/macros/new/", sent)
    macro = Macro.objects.get(shortcut="pass")
    assert macro.steps == [
        {"do": "note", "text": "Ask", "text_zh": "问"},
        {"do": "wait", "for": "customer", "reason": "", "reason_zh": "护照"},
    ]
    page = manager_browser.get(f"/settings/macros/{macro.pk}/").content.decode()
    assert 'value="护照"' in page
    assert 'value="问"' in page


@pytest.mark.django_db
def test_the_preview_follows_the_draft_and_writes_nothing(manager_browser: Client) -> None:
    draft = {"do": "preview", "text_en": "Dear {customer}", "text_zh": "{nobody}"}
    with unchanged():
        part = manager_browser.post(
            "/settings/macros/new/", draft, headers={"HX-Request": "true"}
        ).content.decode()
        whole = manager_browser.post("/settings/macros/new/", draft).content.decode()
    assert part.lstrip().startswith("<section")
    assert "Dear Li Na" in part
    assert "{nobody}" in part
    assert "Dear Li Na" in whole
    assert 'hx-trigger="input delay:400ms' in part
