"""Complaints on pages and over the API: the case, the register, the check, the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from teams.models import User
from tests.conftest import Clock
from tests.factories import T0, make_ticket
from tickets import actions
from tickets.complaints import LEVELS, packs
from tickets.models import Complaint, ComplaintRule, NoComplaint, PackConfirmation, Ticket
from tickets.views.complaint_card import (
    EXTENSIONS,
    LEVEL_WORDS,
    MILESTONES,
    figures,
    milestone_words,
)

WORDS = "We have looked into what you wrote."
Browser = Callable[[User], Client]


@pytest.fixture
def case(ticket: Ticket, owner: User, director: User, clock: Clock) -> Complaint:
    actions.choose_pack(by=director, segment="personal", pack="cn-nfra", now=T0)
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    return Complaint.objects.get()


def post(client: Client, case: Complaint, verb: str, **said: Any) -> Any:
    return client.post(f"/complaints/{case.ticket_id}/{verb}/", said)


def test_every_milestone_and_extension_of_a_pack_has_its_words() -> None:
    for pack in packs().values():
        assert {known.key for known in pack.milestones} <= set(MILESTONES)
        assert {known.key for known in pack.final.extensions} <= set(EXTENSIONS)
        assert all(label and words for label, words in figures(pack))
    assert set(LEVELS) == set(LEVEL_WORDS)


def test_a_complaint_goes_its_way_on_its_page(
    case: Complaint, owner: User, manager: User, browser_of: Browser, clock: Clock
) -> None:
    mine, boss, url = browser_of(owner), browser_of(manager), f"/complaints/{case.ticket_id}/"
    assert "Acknowledge the complaint." in mine.get(url).text
    assert "Acknowledge the complaint." in mine.get(f"/t/{case.ticket_id}/").text
    assert post(mine, case, "acknowledge", text=WORDS).status_code == 302
    assert "Draft the final letter." in mine.get(url).text
    more = {"key": "complex", "reason": "An expert", "notice": WORDS}
    assert post(mine, case, "extend", **more).status_code == 302
    assert "approved by a manager other than" in mine.get(url).text
    assert "Approve and send the notice" in boss.get(url).text
    assert post(boss, case, "approve_extension").status_code == 302
    assert post(mine, case, "draft", text=WORDS).status_code == 302
    assert "Release and send it" not in mine.get(url).text
    letter = case.letters.get().pk
    assert post(boss, case, "release", letter=letter).status_code == 302
    assert post(mine, case, "causes", kind="system", detail="Down", step="Watch").status_code == 302
    assert post(mine, case, "finish").status_code == 302
    case.refresh_from_db()
    assert case.step == "closed"
    assert "Closed." in mine.get(url).text


def test_a_refusal_comes_back_with_what_was_typed(
    case: Complaint, owner: User, manager: User, browser_of: Browser
) -> None:
    mine = browser_of(owner)
    answer = post(mine, case, "acknowledge", text="")
    assert answer.status_code == 422
    assert "Write what the customer is sent." in answer.text
    actions.draft_letter(case.ticket_id, by=manager, text=WORDS, now=T0)
    answer = post(browser_of(manager), case, "release", letter=case.letters.get().pk)
    assert answer.status_code == 422
    assert "a second person has to release it" in answer.text
    assert post(mine, case, "dance").status_code == 404


def test_the_mark_is_taken_off_on_the_page_of_the_complaint(
    case: Complaint, owner: User, browser_of: Browser
) -> None:
    mine = browser_of(owner)
    answer = post(mine, case, "unmark", reason="A question")
    assert answer["Location"] == f"/t/{case.ticket_id}/"
    assert mine.get(f"/complaints/{case.ticket_id}/").status_code == 404
    actions.mark_complaint(case.ticket_id, by=owner, now=T0)
    url = f"/complaints/{case.ticket_id}/unmark/"
    swap = mine.post(url, {"reason": "No"}, headers={"HX-Request": "true"})
    assert swap["HX-Redirect"] == f"/t/{case.ticket_id}/"


def test_late_deadlines_say_so(
    case: Complaint, manager: User, browser_of: Browser, clock: Clock
) -> None:
    boss = browser_of(manager)
    assert "Overdue" not in boss.get("/complaints/").text
    clock.tick(timedelta(days=40).total_seconds())
    boss = browser_of(manager)
    assert "Overdue" in boss.get("/complaints/").text
    assert "Overdue" in boss.get(f"/complaints/{case.ticket_id}/").text
    actions.acknowledge(case.ticket_id, by=case.marked_by, text=WORDS, now=clock.now)
    assert "Done late" in boss.get(f"/complaints/{case.ticket_id}/").text


def test_the_register_lists_filters_and_counts_causes(
    case: Complaint, owner: User, manager: User, browser_of: Browser
) -> None:
    boss = browser_of(manager)
    actions.record_cause(
        case.ticket_id, by=owner, kind="price", detail="A fee", step="Tell fees", now=T0
    )
    text = boss.get("/complaints/").text
    assert case.ticket.subject in text
    assert "Fees and prices" in text
    assert milestone_words("first_contact") in text
    assert case.ticket.subject not in boss.get("/complaints/?step=closed").text
    assert case.ticket.subject not in boss.get("/complaints/?pack=us-cfpb").text
    assert case.ticket.subject in boss.get("/complaints/?pack=cn-nfra&step=open").text


def test_the_register_runs_as_many_queries_for_ten_cases_as_for_one(
    case: Complaint,
    owner: User,
    manager: User,
    browser_of: Browser,
    django_assert_max_num_queries: Any,
) -> None:
    boss = browser_of(manager)
    boss.get("/complaints/")
    for _n in range(9):
        other = make_ticket(group=case.ticket.group, owner=owner)
        actions.mark_complaint(other.pk, by=owner, now=T0)
    with django_assert_max_num_queries(14):
        boss.get("/complaints/")


def test_what_reads_like_a_complaint_is_marked_or_dismissed(
    ticket: Ticket, owner: User, browser_of: Browser, clock: Clock
) -> None:
    mine = browser_of(owner)
    assert "Nothing reads like a complaint" in mine.get("/complaints/check/").text
    actions.hear(ticket.pk, by=owner, text="我要投诉", channel="web", now=T0)
    assert "<mark>投诉</mark>" in mine.get("/complaints/check/").text
    url = f"/complaints/check/{ticket.pk}/"
    assert mine.post(url, {"do": "dismiss"}).status_code == 302
    again = mine.post(url, {"do": "dismiss"})
    assert again.status_code == 422
    assert "no complaint" in again.text
    NoComplaint.objects.all().delete()
    swap = mine.post(url, {"do": "mark"}, headers={"HX-Request": "true"})
    assert "Nothing reads like a complaint" in swap.text
    assert Ticket.objects.get().is_complaint


# ---- settings -------------------------------------------------------------------------------
def test_a_director_sets_the_packs_on_a_page(director: User, browser_of: Browser) -> None:
    boss, url = browser_of(director), "/settings/complaints/"
    text = boss.get(url).text
    assert text.count("To be confirmed by compliance") == 6
    assert "2020 No. 3" in text
    assert (
        boss.post(url, {"do": "rule", "segment": "personal", "pack": "uk-disp"}).status_code == 302
    )
    assert ComplaintRule.objects.get().pack == "uk-disp"
    said = {"do": "confirm", "pack": "uk-disp", "person": "Ann Lee", "on": "2025-12-01"}
    assert boss.post(url, said).status_code == 302
    assert PackConfirmation.objects.get().person == "Ann Lee"
    text = boss.get(url).text
    assert text.count("To be confirmed by compliance") == 5
    assert "Ann Lee" in text
    assert boss.post(url, {"do": "words", "words": "slow"}).status_code == 302
    assert actions.words_now() == ("slow",)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"do": "rule", "segment": "pets"}, 404),
        ({"do": "rule", "segment": "personal", "pack": "mars"}, 422),
        ({"do": "confirm", "pack": "uk-disp"}, 422),
        ({"do": "confirm", "pack": "mars", "person": "Ann", "on": "2025-12-01"}, 422),
        ({"do": "words", "words": "x" * 99}, 422),
    ],
)
def test_what_is_wrong_on_the_settings_page_is_said(
    said: dict[str, str], status: int, director: User, browser_of: Browser
) -> None:
    assert browser_of(director).post("/settings/complaints/", said).status_code == status
    assert not ComplaintRule.objects.exists()


# ---- API ------------------------------------------------------------------------------------
def test_a_complaint_goes_its_way_over_the_api(case: Complaint, owner: User, manager: User) -> None:
    mine, boss, url = APIClient(), APIClient(), f"/api/v1/complaints/{case.ticket_id}/"
    mine.force_login(owner)
    boss.force_login(manager)
    found = mine.get("/api/v1/complaints/", {"step": "open", "pack": "cn-nfra"}).json()
    assert [row["number"] for row in found["results"]] == [case.ticket_id]
    due = {"due_before": T0.isoformat()}
    assert mine.get("/api/v1/complaints/", due).json()["results"] == []
    whole = mine.get(url).json()
    assert [row["key"] for row in whole["milestones"]] == ["first_contact", "final"]
    assert (whole["offers"], whole["letter"]) == (["complex", "special"], None)
    assert mine.post(f"{url}acknowledge/", {"text": WORDS}).json()["acknowledged_at"]
    more = {"key": "complex", "reason": "An expert", "notice": WORDS}
    assert mine.post(f"{url}extend/", more).status_code == 200
    assert mine.post(f"{url}extend/", more).status_code == 409
    approved = boss.post(f"{url}approve_extension/").json()
    assert approved["extensions"][0]["approved_by"] == manager.pk
    letter = mine.post(f"{url}draft/", {"text": WORDS}).json()["letter"]["id"]
    assert mine.post(f"{url}release/", {"letter": letter}).status_code == 403
    assert boss.post(f"{url}release/", {"letter": letter + 1}).status_code == 412
    assert boss.post(f"{url}release/", {"letter": letter}).json()["step"] == "answered"
    cause = {"kind": "system", "detail": "Down", "step": "Watch"}
    assert mine.post(f"{url}causes/", cause).json()["causes"][0]["kind"] == "system"
    assert mine.post(f"{url}close/").json()["step"] == "closed"


def test_the_mark_over_the_api_takes_a_reason(case: Complaint, owner: User) -> None:
    mine, url = APIClient(), f"/api/v1/tickets/{case.ticket_id}/mark_complaint/"
    mine.force_login(owner)
    assert mine.post(url, {"marked": False}).status_code == 400
    assert mine.post(url, {"marked": False, "reason": "A question"}).status_code == 200
