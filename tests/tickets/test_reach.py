"""Where a matter's customer is reached: masked, read on record, kept (N1, W1); support (T4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import User
from tests.factories import make_attachment, make_message, make_ticket
from tests.tickets.support import NOW, kinds, unchanged
from tickets import actions
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
REACH = "+8613900139001"
BASICS = {
    "subject": "Card",
    "reply_language": "en",
    "identity_check": "passed",
    "priority": "normal",
}


@pytest.fixture(name="reached")
def _reached(ticket: Ticket) -> Ticket:
    Ticket.objects.filter(pk=ticket.pk).update(
        reach_at=REACH, reply_language="zh-hans", identity_check="passed", basics_at=NOW
    )
    ticket.refresh_from_db()
    return ticket


def test_a_change_of_one_basic_keeps_the_others(api: APIClient, reached: Ticket) -> None:
    answer = api.post(f"{V1}/tickets/{reached.pk}/record_basics/", {"subject": "Card eaten"})
    assert answer.status_code == 200
    reached.refresh_from_db()
    assert (reached.subject, reached.reach_at) == ("Card eaten", REACH)
    assert (reached.reply_language, reached.identity_check) == ("zh-hans", "passed")
    api.post(f"{V1}/tickets/{reached.pk}/record_basics/", {"reach_at": ""})
    reached.refresh_from_db()
    assert reached.reach_at == ""


def test_no_page_and_no_answer_shows_it_in_clear(
    api: APIClient, owner_browser: Client, reached: Ticket
) -> None:
    shown: list[Any] = [
        api.get(f"{V1}/tickets/{reached.pk}/"),
        api.get(f"{V1}/tickets/{reached.pk}/timeline/"),
        api.post(f"{V1}/tickets/{reached.pk}/note/", {"text": "Called"}),
        *(
            owner_browser.get(url)
            for url in (
                f"/t/{reached.pk}/",
                f"/t/{reached.pk}/record_basics/",
                f"/customers/{reached.customer_id}/",
                "/queue/?view=mine",
                "/search/?q=9001",
            )
        ),
    ]
    assert [answer.status_code for answer in shown] == [200] * 8
    for answer in shown:
        assert REACH[3:] not in answer.content.decode()
    assert shown[0].json()["reach_at"] == "+86 •••• 9001"
    assert "+86 •••• 9001" in shown[3].content.decode()
    assert "Now +86 •••• 9001. Left empty, it stays." in shown[4].content.decode()
    assert f"For #{reached.pk}" in shown[5].content.decode()


def test_a_form_that_leaves_it_empty_keeps_it(owner_browser: Client, reached: Ticket) -> None:
    owner_browser.post(f"/t/{reached.pk}/record_basics/", BASICS | {"reach_at": ""})
    reached.refresh_from_db()
    assert (reached.reach_at, reached.reply_language) == (REACH, "en")


def test_it_is_read_with_a_reason_on_record(
    api: APIClient, owner_browser: Client, reached: Ticket
) -> None:
    sent = {"what": "ticket", "key": reached.pk, "reason": "Call back"}
    of = reached.customer_id
    assert api.post(f"{V1}/customers/{of}/unmask/", sent).json() == {"value": REACH}
    page = owner_browser.post(f"/customers/{of}/show/", sent)
    assert REACH in page.content.decode()
    said = [entry.data for entry in Entry.objects.filter(kind="customer.unmasked")]
    assert said == [{"what": "ticket", "of": reached.pk, "reason": "Call back"}] * 2


def test_another_groups_matter_stays_masked(
    reached: Ticket, api_of: Callable[[User], APIClient], stranger: User
) -> None:
    sent = {"what": "ticket", "key": reached.pk, "reason": "Curious"}
    with unchanged():
        answer = api_of(stranger).post(f"{V1}/customers/{reached.customer_id}/unmask/", sent)
    assert answer.status_code == 404
    assert not Entry.objects.filter(kind="customer.unmasked").exists()


def test_a_file_that_is_gone_is_not_found(owner_browser: Client, ticket: Ticket) -> None:
    row = make_attachment(message=make_message(ticket=ticket))
    row.file.delete(save=False)
    assert owner_browser.get(f"/attachments/{row.pk}/").status_code == 404


# ---- technical support works what is handed to it (T4, W3) -----------------------------------
def test_support_works_a_ticket_that_was_handed_over(
    owner: User, support: User, browser_of: Callable[[User], Client], group: Any
) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.hand_over(
        ticket.pk, by=owner, to=support, reason="The app fails", context="iPhone", now=NOW
    )
    desk = browser_of(support)
    page = desk.get(f"/t/{ticket.pk}/").content.decode()
    assert ticket.customer.name in page
    assert f"/customers/{ticket.customer_id}/" not in page, "no way to what is closed to them"
    assert 'href="/t/new/"' not in page, "customers are taken in by others"
    assert desk.post(f"/t/{ticket.pk}/accept/").status_code == 302
    for verb, sent in {
        "record_basics": BASICS,
        "respond": {"text": "Please update the app to the newest version."},
        "note": {"text": "Known fault of the app"},
    }.items():
        answer = desk.post(f"/t/{ticket.pk}/{verb}/", sent)
        assert answer.status_code == 302, (verb, answer.content.decode())
    ticket.refresh_from_db()
    assert (ticket.owner, ticket.waiting_on) == (support, "nobody")
    assert {"ticket.accepted", "ticket.basics_recorded", "ticket.noted"} <= set(kinds(ticket))


def test_a_manager_who_assigns_it_to_the_asked_expert_has_it_accepted(
    owner: User, colleague: User, support: User, manager: User, group: Any
) -> None:
    ticket = make_ticket(step="analysis", group=group, owner=owner)
    actions.hand_over(ticket.pk, by=owner, to=support, reason="The app", context="", now=NOW)
    other = actions.assign(ticket.pk, by=manager, to=colleague, now=NOW)
    assert (other.owner, other.waiting_on, other.handed_to) == (colleague, "expert", support)
    done = actions.assign(ticket.pk, by=manager, to=support, now=NOW)
    done.refresh_from_db()
    assert (done.owner, done.waiting_on, done.handed_to) == (support, "nobody", None)
    assert done.handovers.get().accepted_by == support
