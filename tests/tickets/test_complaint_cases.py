"""A marked ticket carries a case: its deadlines, two pairs of eyes, its causes (C1, C2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from tests.factories import T0, make_manager
from tests.tickets.support import NOW, kinds
from tickets import actions, complaints
from tickets.models import Clock, Complaint, Message, Ticket

LATER = NOW + timedelta(days=2)
WORDS = "We have looked into what you wrote."


def pack_for(director: User, pack: str = "cn-nfra", **over: Any) -> None:
    actions.choose_pack(by=director, segment="personal", pack=pack, now=T0, **over)


@pytest.fixture
def case(ticket: Ticket, owner: User, director: User) -> Complaint:
    """The owner's ticket, marked under the Chinese pack; day and night count as working days."""
    pack_for(director)
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=NOW)
    return Complaint.objects.get(ticket=ticket)


def clock_of(case: Complaint, metric: str) -> Clock:
    return Clock.objects.filter(ticket=case.ticket_id, metric=metric).order_by("cycle").last()  # type: ignore[return-value]


def due(case: Complaint, key: str) -> datetime:
    return case.milestones.get(key=key).due_at


def ask(case: Complaint, by: User, key: str = "complex", **over: Any) -> Complaint:
    said: dict[str, Any] = {"reason": "An expert is asked", "notice": WORDS, "now": NOW} | over
    return actions.ask_extension(case.ticket_id, by=by, key=key, **said)


# ---- the mark -------------------------------------------------------------------------------
def test_the_mark_starts_the_deadlines_of_the_pack(case: Complaint) -> None:
    pack = complaints.packs()["cn-nfra"]
    hours = case.calendar.hours()
    assert (case.said, case.received_at, case.step) == (pack.text, T0, "open")
    for metric, key in (("complaint_ack", "first_contact"), ("complaint_final", "final")):
        known = pack.of(metric)
        assert known is not None
        wanted = complaints.due(known.span, T0, hours)
        row = clock_of(case, metric)
        assert (row.due_at, row.state, row.calendar, row.policy) == (wanted, "running", None, None)
        assert due(case, key) == wanted
    assert case.next_by == due(case, "first_contact")
    assert kinds(case.ticket)[-2:] == ["ticket.complaint_marked", "complaint.opened"]


def test_without_a_pack_the_mark_is_a_mark(ticket: Ticket, owner: User, director: User) -> None:
    pack_for(director, "")
    assert actions.mark_complaint(ticket.pk, by=owner, now=NOW).is_complaint
    assert not Complaint.objects.exists()
    assert not actions.mark_complaint(ticket.pk, by=owner, now=NOW, marked=False).is_complaint


def test_a_complaint_made_later_is_counted_from_then(
    ticket: Ticket, owner: User, director: User
) -> None:
    pack_for(director)
    for wrong in (T0 - timedelta(seconds=1), NOW + timedelta(seconds=1)):
        with pytest.raises(InvalidError) as refusal:
            actions.mark_complaint(ticket.pk, by=owner, now=NOW, received_at=wrong)
        assert refusal.value.field == "received_at"
    actions.mark_complaint(ticket.pk, by=owner, now=LATER, received_at=NOW + timedelta(days=1))
    case = Complaint.objects.get()
    assert clock_of(case, "complaint_final").started_at == case.received_at
    assert case.received_at == NOW + timedelta(days=1)


def test_a_case_keeps_its_pack_when_another_is_chosen(case: Complaint, director: User) -> None:
    before = due(case, "final")
    pack_for(director, "uk-disp")
    actions.note(case.ticket_id, by=case.marked_by, text="Still the same", now=LATER)
    case.refresh_from_db()
    assert (case.pack, due(case, "final"), case.rules.code) == ("cn-nfra", before, "cn-nfra")


def test_the_mark_is_taken_off_with_a_reason_and_set_again_with_what_is_left(
    case: Complaint, owner: User
) -> None:
    number, final = case.ticket_id, due(case, "final")
    with pytest.raises(InvalidError) as refusal:
        actions.mark_complaint(number, by=owner, now=NOW, marked=False)
    assert refusal.value.field == "reason"
    assert Ticket.objects.get(pk=number).is_complaint
    actions.mark_complaint(number, by=owner, now=NOW, marked=False, reason="A question")
    case.refresh_from_db()
    assert (case.step, case.unmarked_because, case.next_by) == ("unmarked", "A question", None)
    assert clock_of(case, "complaint_final").state == "cancelled"
    actions.mark_complaint(number, by=owner, now=LATER)
    case.refresh_from_db()
    again = clock_of(case, "complaint_final")
    assert (case.step, again.cycle, again.due_at) == ("open", 2, final)
    assert not list(actions.false_clocks(now=LATER))


def test_another_priority_or_an_end_of_service_moves_no_deadline_of_a_complaint(
    case: Complaint, owner: User
) -> None:
    before = clock_of(case, "complaint_final").due_at
    Ticket.objects.filter(pk=case.ticket_id).update(priority="high")
    actions.resolve(case.ticket_id, by=owner, outcome="withdrawn", summary="Hung up", now=LATER)
    row = clock_of(case, "complaint_final")
    assert (row.due_at, row.state) == (before, "running")
    assert not list(actions.false_clocks(now=LATER))


def test_a_missed_deadline_is_flagged_like_all_others(case: Complaint) -> None:
    late = due(case, "first_contact") + timedelta(seconds=3)
    actions.flag_breaches(now=late, limit=99)
    assert clock_of(case, "complaint_ack").flagged_at == late
    assert clock_of(case, "complaint_final").flagged_at is None


# ---- acknowledged ---------------------------------------------------------------------------
def test_the_acknowledgement_is_a_reply_and_meets_its_deadline(
    case: Complaint, owner: User
) -> None:
    actions.acknowledge(case.ticket_id, by=owner, text=WORDS, now=NOW)
    case.refresh_from_db()
    assert case.acknowledged_at == NOW
    assert clock_of(case, "complaint_ack").state == "met"
    assert case.next_by == due(case, "final")
    message = Message.objects.latest("pk")
    assert (message.kind, message.text, message.author) == ("reply", WORDS, owner)
    with pytest.raises(RefusedError, match="already"):
        actions.acknowledge(case.ticket_id, by=owner, text=WORDS, now=LATER)


@pytest.mark.parametrize("text", ["", "  ", "..."])
def test_an_empty_acknowledgement_is_refused(text: str, case: Complaint, owner: User) -> None:
    with pytest.raises(InvalidError):
        actions.acknowledge(case.ticket_id, by=owner, text=text, now=NOW)
    assert clock_of(case, "complaint_ack").state == "running"


# ---- extended -------------------------------------------------------------------------------
def test_an_extension_is_approved_by_a_second_person_and_told(
    case: Complaint, owner: User, manager: User
) -> None:
    before = due(case, "final")
    ask(case, owner)
    assert due(case, "final") == before
    actions.approve_extension(case.ticket_id, by=manager, now=LATER)
    row = case.extensions.get()
    wanted = complaints.due(case.rules.offers[0].extension.span, T0, case.calendar.hours())
    assert (row.approved_by, row.until, due(case, "final")) == (manager, wanted, wanted)
    assert clock_of(case, "complaint_final").due_at == wanted
    assert row.message is not None
    assert row.message.text == WORDS
    assert kinds(case.ticket)[-1] == "complaint.extended"
    assert not list(actions.false_clocks(now=LATER))


def test_the_extension_beyond_is_a_directors(
    case: Complaint, owner: User, manager: User, director: User
) -> None:
    with pytest.raises(InvalidError) as refusal:
        ask(case, owner, "special")
    assert refusal.value.field == "key"
    ask(case, owner)
    actions.approve_extension(case.ticket_id, by=manager, now=NOW)
    with pytest.raises(InvalidError):
        ask(case, owner)
    ask(case, owner, "special")
    with pytest.raises(PermissionDenied):
        actions.approve_extension(case.ticket_id, by=manager, now=NOW)
    actions.approve_extension(case.ticket_id, by=director, now=NOW)
    case.refresh_from_db()
    assert (due(case, "final") - T0).days in {60, 61}


def test_who_asked_does_not_approve(case: Complaint, manager: User, owner: User) -> None:
    with pytest.raises(RefusedError, match="No extension"):
        actions.approve_extension(case.ticket_id, by=manager, now=NOW)
    ask(case, manager)
    with pytest.raises(RefusedError, match="second person"):
        actions.approve_extension(case.ticket_id, by=manager, now=NOW)
    with pytest.raises(RefusedError, match="waits"):
        ask(case, owner)
    with pytest.raises(PermissionDenied):
        actions.approve_extension(case.ticket_id, by=owner, now=NOW)
    row = case.extensions.get()
    row.approved_at, row.approved_by = NOW, row.asked_by
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("over", "field"),
    [({"key": "never"}, "key"), ({"reason": " "}, "reason"), ({"notice": "!"}, "notice")],
)
def test_an_extension_needs_its_key_reason_and_notice(
    over: dict[str, Any], field: str, case: Complaint, owner: User
) -> None:
    with pytest.raises(InvalidError) as refusal:
        ask(case, owner, **over)
    assert refusal.value.field == field
    assert not case.extensions.exists()


def test_where_the_pack_names_no_days_the_person_does(
    ticket: Ticket, owner: User, director: User, manager: User
) -> None:
    pack_for(director, "uk-disp")
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=NOW)
    case = Complaint.objects.get()
    last = due(case, "final").date()
    for wrong in (None, last - timedelta(days=3), last + timedelta(days=999)):
        with pytest.raises(InvalidError) as refusal:
            ask(case, owner, "delay", until=wrong)
        assert refusal.value.field == "until"
    ask(case, owner, "delay", until=last + timedelta(days=10))
    actions.approve_extension(ticket.pk, by=manager, now=NOW)
    assert due(case, "final").date() >= last + timedelta(days=10)


# ---- answered -------------------------------------------------------------------------------
def drafted(case: Complaint, by: User, text: str = WORDS) -> int:
    actions.draft_letter(case.ticket_id, by=by, text=text, now=NOW)
    letter = case.letters.latest("pk")
    return int(letter.pk)


def test_the_final_letter_is_released_by_a_second_person(
    case: Complaint, owner: User, manager: User
) -> None:
    letter = drafted(case, owner)
    actions.release_letter(case.ticket_id, by=manager, letter=letter, now=LATER)
    case.refresh_from_db()
    assert (case.step, case.answered_at, case.next_by) == ("answered", LATER, None)
    assert clock_of(case, "complaint_final").state == "met"
    assert Message.objects.latest("pk").text == WORDS
    with pytest.raises(RefusedError, match="Final letter sent"):
        actions.mark_complaint(case.ticket_id, by=owner, now=LATER, marked=False, reason="No")


def test_nobody_releases_what_they_drafted_or_did_not_read(
    case: Complaint, owner: User, manager: User
) -> None:
    with pytest.raises(RefusedError, match="no draft"):
        actions.release_letter(case.ticket_id, by=manager, letter=1, now=NOW)
    first = drafted(case, owner)
    with pytest.raises(PermissionDenied):
        actions.release_letter(case.ticket_id, by=owner, letter=first, now=NOW)
    second = drafted(case, manager, "Another draft of the letter")
    with pytest.raises(ChangedError):
        actions.release_letter(case.ticket_id, by=manager, letter=first, now=NOW)
    with pytest.raises(RefusedError, match="second person"):
        actions.release_letter(case.ticket_id, by=manager, letter=second, now=NOW)
    assert clock_of(case, "complaint_final").state == "running"
    row = case.letters.get(pk=second)
    row.released_at, row.released_by = NOW, manager
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_the_letter_of_a_closed_ticket_still_goes_out(
    case: Complaint, owner: User, manager: User
) -> None:
    letter = drafted(case, owner)
    Ticket.objects.filter(pk=case.ticket_id).update(
        step="closed", outcome="withdrawn", resolved_at=NOW, closed_at=NOW
    )
    actions.release_letter(case.ticket_id, by=manager, letter=letter, now=LATER)
    assert Message.objects.latest("pk").text == WORDS


def test_a_director_is_not_the_first_to_answer(ticket: Ticket, owner: User, director: User) -> None:
    pack_for(director)
    actions.mark_complaint(ticket.pk, by=owner, now=NOW)
    case = Complaint.objects.get()
    letter = drafted(case, owner)
    with pytest.raises(RefusedError, match="first"):
        actions.release_letter(ticket.pk, by=director, letter=letter, now=NOW)


def test_a_summary_within_three_days_meets_both_deadlines(
    ticket: Ticket, owner: User, director: User, manager: User
) -> None:
    pack_for(director, "uk-disp")
    actions.mark_complaint(ticket.pk, by=owner, now=NOW)
    case = Complaint.objects.get()
    assert case.next_by == due(case, "final"), "a chance is no duty"
    letter = drafted(case, owner)
    actions.release_letter(ticket.pk, by=manager, letter=letter, now=LATER)
    assert not case.milestones.filter(met_at=None).exists()


# ---- explained and closed -------------------------------------------------------------------
def cause(case: Complaint, by: User, **over: Any) -> Complaint:
    said: dict[str, Any] = {
        "kind": "process",
        "detail": "A form was lost",
        "step": "Scan forms",
        "now": NOW,
    }
    return actions.record_cause(case.ticket_id, by=by, **said | over)


def test_a_complaint_is_closed_when_its_cause_is_known(
    case: Complaint, owner: User, manager: User
) -> None:
    with pytest.raises(RefusedError):
        actions.finish_complaint(case.ticket_id, by=owner, now=NOW)
    actions.release_letter(case.ticket_id, by=manager, letter=drafted(case, owner), now=LATER)
    with pytest.raises(RefusedError, match="root cause"):
        actions.finish_complaint(case.ticket_id, by=owner, now=LATER)
    cause(case, owner)
    actions.finish_complaint(case.ticket_id, by=owner, now=LATER)
    case.refresh_from_db()
    assert (case.step, case.closed_at) == ("closed", LATER)
    assert kinds(case.ticket)[-2:] == ["complaint.cause_recorded", "complaint.closed"]


@pytest.mark.parametrize(
    ("over", "field"),
    [({"kind": "fate"}, "kind"), ({"detail": ""}, "detail"), ({"step": ""}, "step")],
)
def test_a_cause_is_whole(over: dict[str, str], field: str, case: Complaint, owner: User) -> None:
    with pytest.raises(InvalidError) as refusal:
        cause(case, owner, **over)
    assert refusal.value.field == field
    assert not case.causes.exists()


DEEDS: list[Callable[[Complaint, User], Any]] = [
    lambda c, by: actions.acknowledge(c.ticket_id, by=by, text=WORDS, now=NOW),
    ask,
    drafted,
    cause,
    lambda c, by: actions.finish_complaint(c.ticket_id, by=by, now=NOW),
    lambda c, by: actions.dismiss_suspect(c.ticket_id, by=by, now=NOW),
]


@pytest.mark.parametrize("deed", DEEDS)
def test_only_who_works_on_the_ticket_works_on_its_complaint(
    deed: Callable[[Complaint, User], Any], case: Complaint, stranger: User, director: User
) -> None:
    before = Entry.objects.count()
    with pytest.raises(Ticket.DoesNotExist):
        deed(case, stranger)
    with pytest.raises(PermissionDenied):
        deed(case, director)
    elsewhere = make_manager()
    with pytest.raises(Ticket.DoesNotExist):
        actions.approve_extension(case.ticket_id, by=elsewhere, now=NOW)
    with pytest.raises(Ticket.DoesNotExist):
        actions.release_letter(case.ticket_id, by=elsewhere, letter=1, now=NOW)
    assert Entry.objects.count() == before


def test_what_was_written_is_erased_with_the_customer(
    case: Complaint, owner: User, manager: User, director: User
) -> None:
    ask(case, owner)
    drafted(case, owner)
    cause(case, owner)
    actions._complaint.erase_words([case.ticket_id])
    assert case.extensions.get().reason == case.letters.get().text == case.causes.get().detail
    assert WORDS not in case.extensions.get().notice
