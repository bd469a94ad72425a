"""The customer's page: works on a phone, without sign-in or scripts; looks write nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext, override
from rest_framework.settings import api_settings

from csservice.ledger.models import Entry
from feedback.models import Invitation, Response
from tests.conftest import Clock
from tests.factories import T0, after, make_category, make_invitation, make_ticket, make_user
from tickets.models import Ticket
from tickets.promise import ASK_FOR

pytestmark = pytest.mark.django_db
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture
def invitation(clock: Clock) -> Invitation:
    """Sofia's, asked at T0; it is an hour later."""
    owner = make_user(name="Sofia Lindqvist")
    category = make_category(name="Payment to a supplier", name_zh="供应商汇款")
    clock.tick(3600)
    return make_invitation(ticket=make_ticket(step="feedback", owner=owner, category=category))


@pytest.fixture
def address(invitation: Invitation) -> str:
    return reverse("survey", args=[invitation.token])


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


# ---- looking --------------------------------------------------------------------------------
def test_the_page_asks_about_the_service_in_general_words(client: Client, address: str) -> None:
    shown = text(client, address)
    assert "How well did we help you?" in shown
    assert "Payment to a supplier, handled by Sofia on 5 January." in shown
    assert "Lindqvist" not in shown
    assert shown.count('type="radio"') == 5
    assert "checked" not in shown


@pytest.mark.parametrize("score", range(1, 6))
def test_the_tapped_score_is_chosen_before_sending(
    client: Client, address: str, score: int
) -> None:
    shown = text(client, f"{address}?r={score}")
    assert f'value="{score}" checked' in shown
    assert shown.count("checked") == 1


@pytest.mark.parametrize("r", ["0", "6", "x", "", "4 OR 1=1", "９"])
def test_a_made_up_score_chooses_nothing(client: Client, address: str, r: str) -> None:
    assert "checked" not in client.get(address, {"r": r}).content.decode()


def test_a_thousand_looks_write_nothing(client: Client, address: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        for n in range(1000):
            get = client.head if n % 2 else client.get
            answer = get(
                f"{address}?r={n % 5 + 1}&lang=en", REMOTE_ADDR=f"10.0.{n // 250}.{n % 250}"
            )
            assert answer.status_code == 200
    assert not [q["sql"] for q in captured if q["sql"].lstrip().upper().startswith(WRITES)]
    assert not Response.objects.exists()
    assert not Entry.objects.exists()
    assert Invitation.objects.open().count() == 1


def test_the_page_is_kept_from_caches_searchers_and_other_sites(
    client: Client, address: str
) -> None:
    for url in (address, "/s/nonsense/"):
        headers = client.get(url).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex">' in text(client, address)


def test_the_page_has_no_inline_script_or_style(client: Client, address: str) -> None:
    shown = text(client, address)
    assert "style=" not in shown
    assert " on" + "click" not in shown
    assert "<script>" not in shown


# ---- languages ------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["question", "used", "unknown"])
@pytest.mark.parametrize(("language", "html"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_every_page_speaks_both_languages(
    client: Client, invitation: Invitation, address: str, path: str, language: str, html: str
) -> None:
    words = {
        "question": "How well did we help you?",
        "used": "You have already answered",
        "unknown": "This link does not work",
    }
    if path == "used":
        client.post(address, {"r": "5"})
    url = "/s/nonsense/" if path == "unknown" else address
    answer = client.get(f"{url}?lang={language}")
    shown = answer.content.decode()
    assert f'<html lang="{html}"' in shown
    assert answer.headers["Content-Language"] == language
    with override(language):
        assert gettext(words[path]) in shown


def test_without_a_word_the_page_speaks_the_customers_language(
    client: Client, clock: Clock
) -> None:
    token = make_invitation(language="zh-hans").token
    assert '<html lang="zh-Hans"' in text(client, reverse("survey", args=[token]))


def test_a_signed_in_colleagues_language_does_not_matter(
    address: str, browser_of: Callable[..., Client]
) -> None:
    assert '<html lang="en"' in text(browser_of(make_user(language="zh-hans")), address)


def test_changing_the_language_keeps_what_was_written_and_sends_nothing(
    client: Client, address: str
) -> None:
    answer = client.post(
        address,
        {
            "do": "language:zh-hans",
            "lang": "en",
            "r": "2",
            "comment": "I had to explain it twice.",
            "wants_reply": "on",
        },
    )
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="zh-Hans"' in shown
    assert 'value="2" checked' in shown
    assert 'name="wants_reply" checked' in shown
    assert "I had to explain it twice." in shown
    assert 'name="lang" value="zh-hans"' in shown
    assert "供应商汇款" in shown
    assert not Response.objects.exists()


def test_enter_sends_and_does_not_change_the_language(client: Client, address: str) -> None:
    """Browsers press a form's first button; that one must be the button that sends."""
    shown = text(client, address)
    buttons = [shown.index(mark) for mark in ('value="send" hidden', 'value="language:')]
    assert buttons == sorted(buttons)


# ---- sending --------------------------------------------------------------------------------
def test_sending_keeps_the_answer_and_thanks(client: Client, address: str) -> None:
    answer = client.post(address, {"do": "send", "lang": "en", "r": "4", "comment": "Quick."})
    assert answer.status_code == 302
    assert answer["Location"] == f"{address}thanks/?lang=en"
    row = Response.objects.get()
    assert (row.score, row.comment, row.wants_reply) == (4, "Quick.", False)
    assert row.at == after(3600)
    assert "Thank you. We read every answer." in text(client, answer["Location"])


def test_hearing_the_outcome_is_asked_for_not_assumed(client: Client, address: str) -> None:
    assert 'name="wants_reply">' in text(client, address)
    client.post(address, {"r": "1", "wants_reply": "on"})
    assert Response.objects.get().wants_reply


def test_without_a_score_the_page_says_what_to_do_and_keeps_the_text(
    client: Client, address: str
) -> None:
    answer = client.post(address, {"do": "send", "comment": "Kept."})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert shown.count("Choose a number from 1 to 5.") == 2  # summary and field
    assert "Kept." in shown
    assert not Response.objects.exists()


def test_a_strange_score_is_refused(client: Client, address: str) -> None:
    assert client.post(address, {"r": "7"}).status_code == 422
    assert not Response.objects.exists()


def test_refusing_is_one_press(client: Client, address: str) -> None:
    answer = client.post(address, {"do": "refuse"})
    assert Ticket.objects.get().satisfaction == "refused"
    assert "We will not ask again" in text(client, answer["Location"])


def test_it_works_with_the_origin_that_no_referrer_makes_browsers_send(address: str) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    assert strict.post(address, {"r": "5"}).status_code == 302
    assert Response.objects.get().score == 5


def test_markup_in_a_comment_is_shown_as_text(client: Client, address: str) -> None:
    shown = client.post(address, {"comment": "</textarea><script>x</script>"}).content.decode()
    assert "<script>x" not in shown


# ---- links that ended -----------------------------------------------------------------------
def test_a_used_link_says_so(client: Client, address: str) -> None:
    client.post(address, {"r": "4"})
    for answer in (client.get(f"{address}?r=1"), client.post(address, {"r": "1"})):
        assert answer.status_code == 410
        assert "You have already answered" in answer.content.decode()
    assert Response.objects.get().score == 4


def test_a_link_that_ran_out_says_when(client: Client, address: str, clock: Clock) -> None:
    clock.now = T0 + ASK_FOR + timedelta(seconds=1)
    answer = client.get(address)
    assert answer.status_code == 410
    assert "This question closed on 19 January" in answer.content.decode()
    assert client.post(address, {"r": "4"}).status_code == 410
    assert not Response.objects.exists()


def test_a_reopened_tickets_link_says_that_work_goes_on(
    client: Client, invitation: Invitation, address: str
) -> None:
    ticket = invitation.ticket
    Ticket.objects.filter(pk=ticket.pk).update(
        step="resolution", reopens=1, resolved_at=None, outcome=""
    )
    answer = client.get(address)
    assert answer.status_code == 410
    assert "We are working on your request again" in answer.content.decode()


@pytest.mark.parametrize("token", ["nonsense", "1", "1.x", "0.0", "9" * 40 + ".x", "１.x"])
def test_a_link_that_is_not_ours_is_not_found(client: Client, token: str) -> None:
    for answer in (client.get(f"/s/{token}/"), client.post(f"/s/{token}/", {"r": "5"})):
        assert answer.status_code == 404
        assert "This link does not work" in answer.content.decode()


def test_thanks_stands_only_after_an_answer(client: Client, address: str) -> None:
    assert client.get(f"{address}thanks/")["Location"] == address
    assert client.get("/s/nonsense/thanks/").status_code == 302


def test_an_address_that_tries_too_often_waits(
    client: Client, address: str, settings: object
) -> None:

    limit = int(str(api_settings.DEFAULT_THROTTLE_RATES["survey"]).partition("/")[0])
    for _ in range(limit):
        assert client.get("/s/nonsense/").status_code == 404
    answer = client.post(address, {"r": "5"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert not Response.objects.exists()
    assert client.get(address, REMOTE_ADDR="10.9.9.9").status_code == 200


# ---- what the specialist sees ---------------------------------------------------------------
def state(client: Client, ticket: Ticket) -> str:
    return text(client, reverse("ticket-invitation", args=[ticket.pk]))


def test_the_specialist_sees_the_open_question_and_its_link(
    invitation: Invitation, browser_of: Callable[..., Client]
) -> None:
    owner = invitation.ticket.owner
    assert owner is not None
    shown = state(browser_of(owner), invitation.ticket)
    assert f'value="{invitation.link}"' in shown
    assert "Give the customer the link, or ask by phone" in shown


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"delivery": "sent"}, "Asked by e-mail"),
        ({"delivery": "queued"}, "E-mail is being sent"),
        ({"delivery": "queued", "delivery_error": "x"}, "it is tried again"),
        ({"delivery": "failed"}, "E-mail could not be sent"),
        ({"ended_at": T0, "end": "answered"}, "Answered"),
        ({"ended_at": T0, "end": "refused"}, "Refused"),
        ({"ended_at": T0, "end": "expired"}, "Not answered in time"),
    ],
)
def test_the_specialist_sees_how_the_question_stands(
    clock: Clock, browser_of: Callable[..., Client], fields: dict[str, object], said: str
) -> None:
    ticket = make_ticket(step="feedback")
    make_invitation(ticket=ticket, **fields)
    assert ticket.owner is not None
    assert said in state(browser_of(ticket.owner), ticket)


def test_before_the_beat_the_specialist_sees_that_it_comes(
    clock: Clock, browser_of: Callable[..., Client]
) -> None:
    ticket = make_ticket(step="feedback")
    assert ticket.owner is not None
    assert "within a few seconds" in state(browser_of(ticket.owner), ticket)


def test_a_swap_gets_the_part_alone(
    invitation: Invitation, browser_of: Callable[..., Client]
) -> None:
    owner = invitation.ticket.owner
    assert owner is not None
    url = reverse("ticket-invitation", args=[invitation.ticket_id])
    part = browser_of(owner).get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div class="invitation"')
    assert "<html" not in part


def test_a_stranger_sees_no_question(
    invitation: Invitation, stranger_browser: Client, client: Client
) -> None:
    url = reverse("ticket-invitation", args=[invitation.ticket_id])
    assert stranger_browser.get(url).status_code == 404
    assert client.get(url).status_code == 302
