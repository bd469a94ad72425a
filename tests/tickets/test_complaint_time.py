"""Time left out of a complaint, cases opened later, files kept, on pages and over the API."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from tests.conftest import Clock as Time
from tests.factories import (
    T0,
    make_user,
)
from tests.tickets.complaining import (
    DAY,
    WORDS,
    Browser,
    ask_stop,
    close,
    closed,
    due,
    layered,
    marked,
    pack_for,
)
from tests.tickets.support import clock_of, told, unchanged
from tickets import actions, complaints
from tickets.models import (
    Alert,
    Complaint,
    ComplaintLayer,
    ComplaintStop,
    Customer,
    Message,
    Ticket,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(ticket: Ticket, owner: User, director: User) -> Complaint:
    """The owner's ticket, answered and marked under the Chinese pack."""
    pack_for(director)
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    return Complaint.objects.get(ticket=ticket)


# ---- time left out --------------------------------------------------------------------------
def test_an_appraisal_is_left_out_once_approved_and_told(
    case: Complaint, owner: User, manager: User
) -> None:
    before = due(case)
    ask_stop(case, owner)
    assert clock_of(case.ticket, "complaint_final").state == "running"
    actions.approve_stop(case.ticket_id, by=manager, now=T0 + 2 * DAY)
    row = clock_of(case.ticket, "complaint_final")
    assert (row.state, row.due_at) == ("paused", None)
    assert Message.objects.latest("pk").text == WORDS
    actions.note(case.ticket_id, by=owner, text="Asked again", now=T0 + 3 * DAY)
    assert clock_of(case.ticket, "complaint_final").state == "paused"
    actions.flag_breaches(now=before + DAY, limit=99)
    assert clock_of(case.ticket, "complaint_final").flagged_at is None
    actions.go_on(case.ticket_id, by=owner, found="It is genuine", now=T0 + 9 * DAY)
    moved = before + 7 * DAY
    assert due(case) == moved
    assert clock_of(case.ticket, "complaint_final").due_at == moved
    assert case.stops.get().stood == 7 * DAY
    assert not list(actions.false_clocks(now=T0 + 9 * DAY))


def test_an_extension_after_an_appraisal_leaves_its_time_out_too(
    case: Complaint, owner: User, manager: User
) -> None:
    ask_stop(case, owner)
    actions.approve_stop(case.ticket_id, by=manager, now=T0 + 2 * DAY)
    more: dict[str, Any] = {"key": "complex", "reason": "An expert", "notice": WORDS}
    with pytest.raises(RefusedError, match="stands"):
        actions.ask_extension(case.ticket_id, by=owner, now=T0 + 3 * DAY, **more)
    actions.go_on(case.ticket_id, by=owner, found="It is genuine", now=T0 + 4 * DAY)
    actions.ask_extension(case.ticket_id, by=owner, now=T0 + 5 * DAY, **more)
    actions.approve_extension(case.ticket_id, by=manager, now=T0 + 5 * DAY)
    span = case.rules.offers[0].extension.span
    wanted = complaints.due(span, T0, case.calendar.hours()) + 2 * DAY
    assert due(case) == wanted
    assert clock_of(case.ticket, "complaint_final").due_at == wanted


def test_who_asks_for_a_stop_does_not_approve_it(
    case: Complaint, owner: User, manager: User
) -> None:
    ask_stop(case, manager)
    with unchanged(), pytest.raises(RefusedError, match="second person"):
        actions.approve_stop(case.ticket_id, by=manager, now=T0 + DAY)
    with unchanged(), pytest.raises(PermissionDenied):
        actions.approve_stop(case.ticket_id, by=owner, now=T0 + DAY)
    assert case.stops.get().approved_at is None


@pytest.mark.parametrize("field", ["key", "reason", "evidence", "notice"])
def test_a_stop_says_for_what_why_and_by_which_order(
    field: str, case: Complaint, owner: User
) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        ask_stop(case, owner, T0 + DAY, **{field: " "})
    assert refusal.value.field == field
    assert not ComplaintStop.objects.exists()


def test_no_stop_after_the_deadline_nor_two_at_once_nor_where_no_rule_knows_it(
    case: Complaint, owner: User, manager: User
) -> None:
    with unchanged(), pytest.raises(RefusedError, match="passed"):
        ask_stop(case, owner, now=due(case) + DAY)
    with pytest.raises(RefusedError, match="waits"):
        actions.approve_stop(case.ticket_id, by=manager, now=T0)
    with pytest.raises(RefusedError, match="runs"):
        actions.go_on(case.ticket_id, by=owner, found="Nothing", now=T0)
    ask_stop(case, owner)
    with unchanged(), pytest.raises(RefusedError, match="already"):
        ask_stop(case, owner)
    actions.go_on(case.ticket_id, by=owner, found="Not needed", now=T0 + DAY)
    assert clock_of(case.ticket, "complaint_final").state == "running"
    assert case.stops.get().ended_at == T0 + DAY


def test_the_final_letter_ends_a_stop(case: Complaint, owner: User, manager: User) -> None:
    before = due(case)
    ask_stop(case, owner)
    actions.approve_stop(case.ticket_id, by=manager, now=T0 + DAY)
    actions.draft_letter(case.ticket_id, by=owner, text=WORDS, now=before)
    letter = case.letters.get().pk
    late = before + DAY
    actions.release_letter(case.ticket_id, by=manager, letter=letter, now=late)
    assert case.stops.get().ended_at == late
    row = clock_of(case.ticket, "complaint_final")
    assert (row.state, row.breached_at) == ("met", None)
    assert case.milestones.get(key="final").due_at > late


# ---- marked before there was a pack ---------------------------------------------------------
def test_a_pack_chosen_later_opens_the_cases_that_wait(
    ticket: Ticket, owner: User, director: User, manager: User
) -> None:
    fresh = marked(owner, ticket.group)
    assert not Complaint.objects.exists()
    pack_for(director)
    now = T0 + 3 * DAY
    with pytest.raises(PermissionDenied):
        actions.open_cases(by=manager, now=now, limit=9)
    assert actions.open_cases(by=director, now=now, limit=9) == 1
    assert actions.open_cases(by=director, now=now, limit=9) == 0
    case = Complaint.objects.get(ticket=fresh)
    assert (case.marked_at, case.marked_by) == (T0 + DAY / 24, owner)
    ack, final = case.milestones.get(key="first_contact"), case.milestones.get(key="final")
    assert (ack.inherited, final.inherited) == (True, False)
    late = clock_of(fresh, "complaint_ack")
    assert (late.inherited, late.due_at, late.breached_at) == (True, ack.due_at, now)
    assert clock_of(fresh, "complaint_final").due_at == final.due_at
    actions.flag_breaches(now=now + DAY / 24, limit=99)
    assert told(clock_of(fresh, "complaint_ack")).count("breach") == 1
    assert not Alert.objects.filter(clock__metric="complaint_ack").exists()
    assert not list(actions.false_clocks(now=now + DAY))


def test_a_receipt_told_with_the_mark_counts_and_closed_tickets_are_left(
    ticket: Ticket, owner: User, director: User
) -> None:
    actions.mark_complaint(ticket.pk, by=owner, now=T0 + 2 * DAY, received_at=T0 + DAY)
    over = marked(owner, ticket.group)
    close(over)
    pack_for(director)
    call_command("open_complaints", by=director.username, stdout=(out := StringIO()))
    assert "1 cases were opened." in out.getvalue()
    assert Complaint.objects.get().received_at == T0 + DAY
    with pytest.raises(CommandError):
        call_command("open_complaints", by="nobody")


# ---- the file is kept -----------------------------------------------------------------------
def test_a_complaints_file_outlives_the_term_where_its_pack_says_so(
    ticket: Ticket, owner: User, director: User, manager: User
) -> None:
    pack_for(director, "hk-hkma")
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    until = closed(Complaint.objects.get(), owner, manager)
    assert until == complaints.kept_until(T0, 7)
    for act in (actions.erase_old_cases, actions.erase_due):
        assert act(now=T0 + 6 * 365 * DAY, limit=9) == 0
    with pytest.raises(RefusedError, match=until.date().isoformat()):
        actions.erase(ticket.customer_id, by=director, reason="Asked", now=until - DAY)
    assert Ticket.objects.get(pk=ticket.pk).subject == ticket.subject
    assert actions.erase_old_cases(now=until + DAY, limit=9) == 1
    assert actions.erase_due(now=until + DAY, limit=9) == 1


def test_an_open_complaint_is_never_erased(case: Complaint, director: User) -> None:
    close(case.ticket)
    Customer.objects.update(made_at=T0)
    assert actions.erase_old_cases(now=T0 + 9 * 365 * DAY, limit=9) == 0
    with pytest.raises(RefusedError, match="not closed"):
        actions.erase(case.ticket.customer_id, by=director, reason="Asked", now=T0)


# ---- pages and API --------------------------------------------------------------------------
def test_a_stop_goes_its_way_on_the_page_and_in_the_explanation(
    case: Complaint, owner: User, manager: User, browser_of: Browser, clock: Time
) -> None:
    mine, boss, url = browser_of(owner), browser_of(manager), f"/complaints/{case.ticket_id}/"
    said = {"key": "appraisal", "reason": "Forged?", "evidence": "", "notice": WORDS}
    assert mine.post(f"{url}stop/", said).status_code == 422
    assert mine.post(f"{url}stop/", said | {"evidence": "Order 7"}).status_code == 302
    assert "Approve, and send the notice" in boss.get(url).text
    assert boss.post(f"{url}approve_stop/").status_code == 302
    shown = mine.get(url).text
    assert "The clock stands" in shown
    assert "Order 7" in shown
    told_why = mine.get(f"/t/{case.ticket_id}/clocks/complaint_final/1/").text
    assert "Outside appraisal" in told_why or "outside appraisal" in told_why
    assert mine.post(f"{url}go_on/", {"found": "Genuine"}).status_code == 302
    assert "Genuine" in mine.get(url).text


def test_a_stop_goes_its_way_over_the_api(
    case: Complaint, owner: User, manager: User, clock: Time
) -> None:
    mine, boss, url = APIClient(), APIClient(), f"/api/v1/complaints/{case.ticket_id}/"
    mine.force_authenticate(owner)
    boss.force_authenticate(manager)
    assert mine.get(url).json()["may_stop_for"] == ["appraisal"]
    said = {"key": "appraisal", "reason": "Forged?", "evidence": "Order 7", "notice": WORDS}
    assert mine.post(f"{url}stop/", said, format="json").status_code == 200
    assert mine.post(f"{url}stop/", said, format="json").status_code == 409
    stop = boss.post(f"{url}approve_stop/").json()["stops"][0]
    assert (stop["evidence"], stop["approved_by"], stop["ended_at"]) == (
        *("Order 7", manager.pk),
        None,
    )
    gone = mine.post(f"{url}go_on/", {"found": "Genuine"}, format="json").json()
    assert gone["stops"][0]["found"] == "Genuine"


def test_a_director_lays_packs_and_opens_cases_on_the_page(
    ticket: Ticket, owner: User, director: User, browser_of: Browser, clock: Time
) -> None:
    boss, url = browser_of(director), "/settings/complaints/"
    marked(owner, ticket.group)
    assert "Open their cases" not in boss.get(url).text
    assert boss.post(url, {"do": "lay", "pack": "hk-hkma"}).status_code == 422
    said = {"do": "lay", "pack": "hk-hkma", "group": ticket.group_id}
    assert boss.post(url, said).status_code == 302
    shown = boss.get(url).text
    assert ticket.group.name in shown
    assert "1 open ticket is marked" in shown
    assert boss.post(url, {"do": "open_cases"}).status_code == 302
    assert Complaint.objects.get().pack == "hk-hkma"
    layer = ComplaintLayer.objects.get().pk
    assert boss.post(url, {"do": "lift", "layer": layer}).status_code == 302
    assert boss.post(url, {"do": "lift", "layer": layer}).status_code == 422


def test_layers_are_shown_and_found_by_each_of_their_packs(
    ticket: Ticket, owner: User, director: User, manager: User, browser_of: Browser, clock: Time
) -> None:
    layered(ticket, owner, director)
    shown = browser_of(owner).get(f"/complaints/{ticket.pk}/").text
    assert "binds" in shown
    assert shown.count("European Union: payment services") >= 2
    boss = browser_of(manager)
    for pack, there in (("uk-disp", True), ("eu-psd2", True), ("cn-nfra", False)):
        assert (ticket.subject in boss.get("/complaints/", {"pack": pack}).text) == there
        rows = APIClient()
        rows.force_authenticate(make_user(role="director"))
        found = rows.get("/api/v1/complaints/", {"pack": pack}).json()["results"]
        assert bool(found) == there
