"""Questions that end without the customer's link: run out, overtaken, answered through staff."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from csservice.ledger.models import Entry
from feedback import actions, tasks
from feedback.actions import ending
from feedback.models import Invitation, Response, rated_through_staff
from tests.conftest import Clock
from tests.factories import T0, after, make_entry, make_invitation, make_ticket
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.promise import ASK_FOR

PAST = T0 + ASK_FOR + timedelta(seconds=1)


def rated(**over: Any) -> Ticket:
    """A ticket whose answer, 2, a specialist recorded by phone at T0 + 11 min."""
    fields: dict[str, Any] = {
        "satisfaction": "answered",
        "score": 2,
        "comment": "Slow.",
        "answered_via": "phone",
        "satisfaction_at": after(660),
    }
    return make_ticket(**{"step": "feedback"} | fields | over)


# ---- running out ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_link_that_ran_out_ends_on_the_ticket_too() -> None:
    invitation = make_invitation()
    assert actions.expire(now=T0 + ASK_FOR, limit=10) == 0
    assert actions.expire(now=PAST, limit=10) == 1
    assert actions.expire(now=PAST, limit=10) == 0
    invitation.refresh_from_db()
    assert (invitation.end, invitation.ended_at) == ("expired", PAST)
    assert Ticket.objects.get().satisfaction == "expired"
    assert Entry.objects.filter(kind="feedback.expired").count() == 1


@pytest.mark.django_db
def test_what_was_answered_by_phone_meanwhile_did_not_run_out() -> None:
    invitation = make_invitation(ticket=rated())
    assert actions.expire(now=PAST, limit=10) == 1
    invitation.refresh_from_db()
    assert invitation.end == "answered"
    assert Ticket.objects.get().score == 2


@pytest.mark.django_db
def test_running_out_takes_a_batch_at_a_time_and_the_beat_takes_all(clock: Clock) -> None:
    for _ in range(3):
        make_invitation()
    clock.now = PAST
    assert actions.expire(now=PAST, limit=2) == 2
    tasks.expire()
    tasks.expire()
    assert not Invitation.objects.open().exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_tap_in_the_last_second_and_the_beat_do_not_both_win(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The beat skips what the customer holds; the customer waits for what the beat holds."""
    invitation = make_invitation()
    meet, decide = Barrier(2), Invitation.ending

    def ending_after_meeting(self: Invitation, ticket: Ticket, *, now: Any) -> str:
        with contextlib.suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return decide(self, ticket, now=now)

    def run(deed: Any) -> str:
        try:
            return str(deed())
        except actions.ClosedLinkError as closed:
            return closed.ending
        finally:
            connection.close()

    def customer() -> str:
        said: dict[str, Any] = {"score": 5, "comment": "", "wants_reply": False}
        actions.answer(invitation.token, now=T0 + ASK_FOR, **said)
        return "kept"

    monkeypatch.setattr(Invitation, "ending", ending_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        deeds = [customer, lambda: actions.expire(now=PAST, limit=10)]
        said, looked = pool.map(run, deeds)
    invitation.refresh_from_db()
    ticket = Ticket.objects.get()
    assert invitation.end == ticket.satisfaction
    assert (said, looked, Response.objects.count()) in {("kept", "0", 1), ("expired", "1", 0)}


# ---- overtaken ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_reopened_ticket_withdraws_its_open_question() -> None:
    invitation = make_invitation(ticket=make_ticket(step="resolution", reopens=1), round=0)
    assert actions.overtake(now=after(900), limit=10) == 1
    assert actions.overtake(now=after(900), limit=10) == 0
    invitation.refresh_from_db()
    assert (invitation.end, invitation.ended_at) == ("withdrawn", after(900))
    assert not Response.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["answered", "refused"])
def test_what_the_specialist_recorded_ends_the_link_in_the_same_way(how: str) -> None:
    ticket = (
        rated()
        if how == "answered"
        else make_ticket(step="feedback", satisfaction="refused", satisfaction_at=after(660))
    )
    invitation = make_invitation(ticket=ticket)
    actions.overtake(now=after(900), limit=10)
    invitation.refresh_from_db()
    assert invitation.end == how


@pytest.mark.django_db
def test_an_open_question_of_a_waiting_ticket_stays() -> None:
    make_invitation()
    assert actions.overtake(now=after(900), limit=10) == 0
    assert Invitation.objects.open().count() == 1


# ---- answers through staff ------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("step", ["feedback", "closed"])
def test_an_answer_by_phone_becomes_a_response_once(step: str) -> None:
    over = {"closed_at": after(1200)} if step == "closed" else {}
    ticket = rated(step=step, **over)
    assert actions.collect(now=after(1300), limit=10) == 1
    assert actions.collect(now=after(1300), limit=10) == 0
    row = Response.objects.get()
    assert (row.ticket, row.score, row.comment, row.via) == (ticket, 2, "Slow.", "phone")
    assert row.at == after(660)


@pytest.mark.django_db
def test_an_answer_by_the_link_is_not_collected_twice() -> None:
    invitation = make_invitation()
    actions.answer(invitation.token, score=5, comment="", wants_reply=False, now=after(900))
    assert actions.collect(now=after(1300), limit=10) == 0
    assert Response.objects.count() == 1


@pytest.mark.django_db
def test_an_answer_is_kept_though_the_ticket_was_reopened_before_the_beat_came() -> None:
    ticket = make_ticket(step="feedback")
    invitation = make_invitation(ticket=ticket)
    by = ticket.owner
    assert by is not None
    tickets.record_satisfaction(ticket.pk, by=by, score=1, comment="", via="phone", now=after(700))
    tickets.reopen(ticket.pk, by=by, reason="Not solved", now=after(800))
    actions.collect(now=after(900), limit=10)
    actions.overtake(now=after(900), limit=10)
    invitation.refresh_from_db()
    assert invitation.end == "answered"
    row = Response.objects.get()
    assert (row.score, row.via, row.round, row.at) == (1, "phone", 0, after(700))


@pytest.mark.django_db
def test_the_answer_of_a_later_round_is_not_given_to_the_earlier_one() -> None:
    ticket = rated(reopens=1)
    old = make_invitation(ticket=ticket, round=0)
    make_entry(kind="ticket.reopened", key=ticket.pk, now=after(300))
    make_entry(kind="feedback.received", key=ticket.pk, now=after(660), score=2, via="phone")
    actions.collect(now=after(900), limit=10)
    actions.overtake(now=after(900), limit=10)
    old.refresh_from_db()
    assert old.end == "withdrawn"
    assert Response.objects.get().round == 1


@pytest.mark.django_db
def test_the_beat_collects_and_ends_and_may_run_twice(clock: Clock) -> None:
    invitation = make_invitation(ticket=rated())
    clock.tick(900)
    tasks.collect()
    tasks.collect()
    invitation.refresh_from_db()
    assert invitation.end == "answered"
    assert Response.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_beats_beside_each_other_collect_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        rated()
    meet, find = Barrier(2), rated_through_staff

    def found_after_meeting(since: Any) -> Any:
        with contextlib.suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return find(since)

    def run(_n: int) -> None:
        try:
            actions.collect(now=after(900), limit=10)
        finally:
            connection.close()

    monkeypatch.setattr(ending, "rated_through_staff", found_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    assert Response.objects.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_beats_can_use_their_indexes(indexes_of: Any) -> None:
    assert "invitation_open" in indexes_of(Invitation.objects.run_out(T0))
    assert "invitation_to_send" in indexes_of(Invitation.objects.to_send(T0))
    assert "ticket_rated_through_staff" in indexes_of(rated_through_staff(T0))
