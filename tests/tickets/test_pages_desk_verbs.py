"""The ticket's verbs by plain POST and by htmx, and that nothing typed is lost when others were
quicker (W1-W4, N4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.factories import (
    after,
    make_category,
    make_guide,
    make_product,
    make_skill,
    make_ticket,
    make_user,
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


# ---- verbs --------------------------------------------------------------------------------------
def test_the_first_answer_by_plain_post_leads_back_to_the_ticket(
    ticket: Ticket, owner_browser: Client
) -> None:
    answer = owner_browser.post(f"/t/{ticket.pk}/respond/", {"text": "Good day, Anna"})
    assert answer["Location"] == f"/t/{ticket.pk}/"
    message = Message.objects.get()
    assert (message.text, message.first_response) == ("Good day, Anna", True)
    assert "Reply sent" in text(owner_browser.get(f"/t/{ticket.pk}/"))


def test_an_answer_by_htmx_gives_the_workspace_and_an_empty_composer(
    ticket: Ticket, owner_browser: Client
) -> None:
    answer = owner_browser.post(f"/t/{ticket.pk}/respond/", {"text": "Good day, Anna"}, **SWAP)
    said = text(answer)
    assert answer.status_code == 200
    assert "<html" not in said
    assert 'hx-target="#composer"' in said
    assert said.count("Good day, Anna") == 1
    assert json.loads(answer["HX-Trigger"])["queue:changed"] == ""


@pytest.mark.parametrize(("verb", "kind"), [("note", "note"), ("log_call", "call")])
def test_notes_and_calls_are_written_in_the_same_box(
    verb: str, kind: str, ticket: Ticket, owner_browser: Client
) -> None:
    owner_browser.post(f"/t/{ticket.pk}/{verb}/", {"text": "He called back"})
    assert Message.objects.get().kind == kind


@pytest.mark.parametrize("swap", [{}, SWAP])
def test_an_empty_answer_is_refused_in_words(
    swap: dict[str, Any], ticket: Ticket, owner_browser: Client
) -> None:
    answer = owner_browser.post(f"/t/{ticket.pk}/respond/", {"text": "  "}, **swap)
    assert answer.status_code == 422
    assert "Write it first." in text(answer)
    assert not Message.objects.exists()


def test_an_answer_on_a_changed_thread_is_stopped_and_nothing_is_lost(
    ticket: Ticket, owner: User, colleague: User, owner_browser: Client
) -> None:
    token = seen(owner_browser.get(f"/t/{ticket.pk}/"))
    actions.respond(ticket.pk, by=colleague, text="I have answered already", now=after(5))
    sent = {"text": "My long answer", "seen": token}
    stopped = owner_browser.post(f"/t/{ticket.pk}/respond/", sent, **SWAP)
    said = text(stopped)
    assert stopped.status_code == 409
    assert stopped["HX-Retarget"] == "#composer"
    assert "I have answered already" in said
    assert f"{colleague.name} changed this ticket" in said
    assert "My long answer" in said
    assert "Send anyway" in said
    assert Message.objects.count() == 1
    again = owner_browser.post(
        f"/t/{ticket.pk}/respond/", {"text": "My long answer", "seen": seen(stopped)}, **SWAP
    )
    assert again.status_code == 200
    assert Message.objects.count() == 2


def test_the_same_holds_without_a_script(
    ticket: Ticket, colleague: User, owner_browser: Client
) -> None:
    token = seen(owner_browser.get(f"/t/{ticket.pk}/"))
    actions.note(ticket.pk, by=colleague, text="Mind the deadline", now=after(5))
    stopped = owner_browser.post(f"/t/{ticket.pk}/respond/", {"text": "Mine", "seen": token})
    assert stopped.status_code == 409
    assert "Mind the deadline" in text(stopped)
    assert ">Mine</textarea>" in text(stopped)


def test_ones_own_steps_are_no_news(ticket: Ticket, owner: User, owner_browser: Client) -> None:
    token = seen(owner_browser.get(f"/t/{ticket.pk}/"))
    actions.note(ticket.pk, by=owner, text="In the other window", now=after(5))
    answer = owner_browser.post(f"/t/{ticket.pk}/respond/", {"text": "Good day", "seen": token})
    assert answer.status_code == 302


def test_a_stage_form_that_others_overtook_keeps_what_was_typed(
    analysed: Ticket, colleague: User, owner_browser: Client
) -> None:
    token = seen(owner_browser.get(f"/t/{analysed.pk}/"))
    actions.note(analysed.pk, by=colleague, text="Look at the limit", now=after(5))
    sent = {"need": "A new card", "solution": "Send one", "category": analysed.category_id}
    sent |= {"answer-lost": "no", "seen": token}
    stopped = owner_browser.post(f"/t/{analysed.pk}/analyse/", sent, **SWAP)
    assert stopped.status_code == 409
    said = text(stopped)
    assert "Look at the limit" in said
    assert "A new card" in said
    assert 'value="no" checked' in said


def test_basics_and_answer_end_the_reception(ticket: Ticket, owner_browser: Client) -> None:
    owner_browser.post(f"/t/{ticket.pk}/respond/", {"text": "Good day"})
    basics = {"subject": "Lost card", "reply_language": "en", "identity_check": "passed"}
    basics |= {"priority": "high"}
    answer = owner_browser.post(f"/t/{ticket.pk}/record_basics/", basics, **SWAP)
    assert "What does the customer need?" in text(answer)
    ticket.refresh_from_db()
    assert (ticket.step, ticket.priority, ticket.subject) == ("analysis", "high", "Lost card")


def test_basics_are_asked_for_in_words(ticket: Ticket, owner_browser: Client) -> None:
    answer = owner_browser.post(f"/t/{ticket.pk}/record_basics/", {"subject": ""}, **SWAP)
    assert answer.status_code == 422
    said = text(answer)
    assert "Enter what it is about." in said
    assert 'class="error-summary"' in said


# ---- analysis -----------------------------------------------------------------------------------
def test_the_guide_asks_a_follow_up_only_where_it_applies(
    analysed: Ticket, owner_browser: Client
) -> None:
    before = text(owner_browser.get(f"/t/{analysed.pk}/"))
    assert "Was the card lost?" in before
    assert "When?" not in before
    sent = {"category": analysed.category_id, "answer-lost": "yes"}
    kept = owner_browser.post(f"/t/{analysed.pk}/analyse/?draft=1", sent, **SWAP)
    assert "When?" in text(kept)
    assert "Draft saved" in text(kept)
    analysed.refresh_from_db()
    assert (analysed.answers, analysed.step) == ({"lost": "yes"}, "analysis")


def test_the_subject_suggests_the_guide(
    analysed: Ticket, group: Group, owner: User, owner_browser: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner, step="analysis", subject="My card is gone")
    said = text(owner_browser.get(f"/t/{ticket.pk}/"))
    assert "Question guide: Lost card" in said
    assert "suggested by the subject" in said


def test_an_unanswered_question_is_named_and_the_rest_is_kept(
    analysed: Ticket, owner_browser: Client
) -> None:
    sent = {"category": analysed.category_id, "need": "A new card", "solution": "Send one"}
    answer = owner_browser.post(f"/t/{analysed.pk}/analyse/", sent | {"answer-lost": ""}, **SWAP)
    said = text(answer)
    assert answer.status_code == 422
    assert 'id="q-lost-error"' in said
    assert "A new card" in said
    analysed.refresh_from_db()
    assert (analysed.step, analysed.need) == ("analysis", "")


def test_not_sure_is_an_answer(analysed: Ticket, owner_browser: Client) -> None:
    sent = {"category": analysed.category_id, "need": "A new card", "solution": "Send one"}
    owner_browser.post(f"/t/{analysed.pk}/analyse/", sent | {"answer-lost": "not_sure"})
    analysed.refresh_from_db()
    assert (analysed.step, analysed.answers) == ("resolution", {"lost": "not_sure"})


def test_a_product_above_the_customers_risk_is_warned_of(
    analysed: Ticket, owner_browser: Client
) -> None:
    analysed.customer.risk_profile = "C2"
    analysed.customer.save(update_fields=["risk_profile"])
    product = make_product(risk_level="R4", features="Pays in dollars")
    sent = {"category": analysed.category_id, "product": product.pk}
    said = text(owner_browser.post(f"/t/{analysed.pk}/analyse/?draft=1", sent, **SWAP))
    assert "is above what the customer bears (C2 cautious)" in said
    assert "Pays in dollars" in said


# ---- hand-over, waiting, the end ----------------------------------------------------------------
def test_hand_over_shows_who_fits_and_what_goes_along(
    analysed: Ticket, owner: User, group: Group, owner_browser: Client
) -> None:
    skill = make_skill()
    analysed.category.skill = skill  # type: ignore[union-attr]
    analysed.category.save()  # type: ignore[union-attr]
    fits = make_user(groups=[group], skills=[skill], name="Ravi Kapoor", presence="available")
    actions.analyse(
        analysed.pk,
        by=owner,
        need="A new card",
        category=analysed.category,
        answers={"lost": "no"},
        solution="Send one",
        now=after(1),
    )
    said = text(owner_browser.get(f"/t/{analysed.pk}/hand_over/", **SWAP))
    assert "Ravi Kapoor · Available · has the skill" in said
    assert "<html" not in said
    assert "<dt>Was the card lost?</dt><dd>No</dd>" in said
    sent = {"to": f"person:{fits.pk}", "reason": "Needs a card expert", "context": "He is upset"}
    answer = owner_browser.post(f"/t/{analysed.pk}/hand_over/", sent, **SWAP)
    assert json.loads(answer["HX-Trigger"])["drawer:close"] == ""
    analysed.refresh_from_db()
    assert (analysed.handed_to, analysed.owner) == (fits, owner)


def test_hand_over_is_a_page_without_a_script_and_says_what_is_missing(
    analysed: Ticket, owner_browser: Client
) -> None:
    page = owner_browser.get(f"/t/{analysed.pk}/hand_over/")
    assert "<html" in text(page)
    answer = owner_browser.post(f"/t/{analysed.pk}/hand_over/", {"to": "", "reason": ""})
    assert answer.status_code == 422
    assert "Enter why you hand it over." in text(answer)


@pytest.mark.parametrize(
    "to", ["person:0", "group:x", "person:", "x", "person:9999999999999999999"]
)
def test_hand_over_to_nobody_known_is_refused(
    to: str, analysed: Ticket, owner_browser: Client
) -> None:
    sent = {"to": to, "reason": "Needs an expert"}
    assert owner_browser.post(f"/t/{analysed.pk}/hand_over/", sent).status_code == 422


def test_the_expert_reads_the_context_and_accepts(
    analysed: Ticket, colleague: User, owner: User, browser_of: Callable[[User], Client]
) -> None:
    actions.hand_over(
        analysed.pk, by=owner, to=colleague, reason="Knows cards", context="Upset", now=after(1)
    )
    expert = browser_of(colleague)
    page = expert.get(f"/t/{analysed.pk}/")
    assert "asks you to take over" in text(page)
    assert "Upset" in text(page)
    assert {"accept", "return_back"} <= verbs_on(page)
    expert.post(f"/t/{analysed.pk}/accept/")
    analysed.refresh_from_db()
    assert analysed.owner == colleague


def test_an_expert_of_another_group_who_returns_it_is_led_to_the_queue(
    analysed: Ticket, stranger: User, owner: User, stranger_browser: Client
) -> None:
    actions.hand_over(
        analysed.pk, by=owner, to=stranger, reason="Knows loans", context="", now=after(1)
    )
    answer = stranger_browser.post(f"/t/{analysed.pk}/return_back/", {"reason": "No loan"}, **SWAP)
    assert answer["HX-Redirect"] == "/queue/"
    assert stranger_browser.get(f"/t/{analysed.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("verb", "sent", "step", "waits"),
    [
        ("wait", {"reason": "The passport copy"}, "resolution", "customer"),
        ("mark_complaint", {"marked": "1"}, "resolution", "nobody"),
        ("resolve", {"outcome": "solved", "summary": "Sent a card"}, "feedback", "nobody"),
    ],
)
@pytest.mark.parametrize("swap", [{}, SWAP])
def test_verbs_by_post_and_by_htmx(
    verb: str,
    sent: dict[str, str],
    step: str,
    waits: str,
    swap: dict[str, Any],
    group: Group,
    owner: User,
    owner_browser: Client,
) -> None:
    ticket = make_ticket(group=group, owner=owner, step="resolution")
    answer = owner_browser.post(f"/t/{ticket.pk}/{verb}/", sent, **swap)
    assert answer.status_code == (200 if swap else 302)
    ticket.refresh_from_db()
    assert (ticket.step, ticket.waiting_on) == (step, waits)


@pytest.mark.parametrize("verb", ["wait", "reopen", "return_back"])
def test_a_reason_is_asked_for(verb: str, group: Group, owner: User, owner_browser: Client) -> None:
    facts: dict[str, dict[str, Any]] = {
        "wait": {"step": "analysis"},
        "reopen": {"step": "feedback"},
        "return_back": {"step": "analysis", "waiting_on": "expert"},
    }
    ticket = make_ticket(group=group, owner=owner, **facts[verb])
    answer = owner_browser.post(f"/t/{ticket.pk}/{verb}/", {"reason": " "}, **SWAP)
    assert answer.status_code == 422
    assert "Enter a reason." in text(answer)
    assert not Entry.objects.exists()


def test_a_verb_that_is_not_open_is_refused_in_words(
    group: Group, owner: User, owner_browser: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner, step="closed")
    answer = owner_browser.post(f"/t/{ticket.pk}/close/", **SWAP)
    assert answer.status_code == 422
    assert "Not possible now: Close." in text(answer)
    form = owner_browser.get(f"/t/{ticket.pk}/hand_over/")
    assert form["Location"] == f"/t/{ticket.pk}/"


def test_satisfaction_is_asked_then_the_ticket_closes(
    group: Group, owner: User, owner_browser: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner, step="feedback")
    page = owner_browser.get(f"/t/{ticket.pk}/")
    assert "How well did we help you?" in text(page)
    refused = owner_browser.post(f"/t/{ticket.pk}/satisfaction/", {"via": "phone"}, **SWAP)
    assert "Choose a score from 1 to 5." in text(refused)
    owner_browser.post(f"/t/{ticket.pk}/satisfaction/", {"score": "4", "via": "phone"})
    assert "close" in verbs_on(owner_browser.get(f"/t/{ticket.pk}/"))
    owner_browser.post(f"/t/{ticket.pk}/close/")
    ticket.refresh_from_db()
    assert (ticket.step, ticket.score) == ("closed", 4)


def test_a_refusal_is_an_answer(group: Group, owner: User, owner_browser: Client) -> None:
    ticket = make_ticket(group=group, owner=owner, step="feedback")
    owner_browser.post(f"/t/{ticket.pk}/refuse_satisfaction/")
    ticket.refresh_from_db()
    assert ticket.satisfaction == "refused"


def test_merging_offers_the_same_customers_open_tickets_only(
    analysed: Ticket, group: Group, owner: User, owner_browser: Client
) -> None:
    same = make_ticket(group=group, owner=owner, customer=analysed.customer, subject="Same one")
    make_ticket(group=group, owner=owner, subject="Somebody else's")
    said = text(owner_browser.get(f"/t/{analysed.pk}/merge/"))
    assert "Same one" in said
    assert "Somebody else&#x27;s" not in said
    owner_browser.post(f"/t/{analysed.pk}/merge/", {"into": same.pk})
    analysed.refresh_from_db()
    assert analysed.merged_into == same


def test_a_manager_assigns_and_a_specialist_may_not(
    ticket: Ticket, colleague: User, owner_browser: Client, manager_browser: Client
) -> None:
    sent = {"to": colleague.pk}
    assert owner_browser.post(f"/t/{ticket.pk}/assign/", sent).status_code == 403
    manager_browser.post(f"/t/{ticket.pk}/assign/", sent)
    ticket.refresh_from_db()
    assert ticket.owner == colleague
