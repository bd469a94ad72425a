"""The customer answers by the link: once, in time, safe against two taps (W4, K1)."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError
from feedback import actions
from feedback.actions import ClosedLinkError
from feedback.models import Invitation, Response
from tests.factories import T0, after, make_invitation, make_ticket, make_user
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.promise import ASK_FOR


def tap(invitation: Invitation, **over: Any) -> Response:
    """The customer sends 4, an hour after T0."""
    said: dict[str, Any] = {
        "score": 4,
        "comment": "Quick.",
        "wants_reply": True,
        "now": after(3600),
    }
    return actions.answer(invitation.token, **{"now": after(3600)} | said | over)


def nothing_was_written() -> bool:
    return not Response.objects.exists() and not Entry.objects.exists()


@pytest.mark.django_db
def test_an_answer_is_kept_on_the_ticket_and_as_a_response() -> None:
    invitation = make_invitation()
    response = tap(invitation, comment="  Quick.  ")
    assert (response.score, response.comment, response.via) == (4, "Quick.", "link")
    assert (response.wants_reply, response.at, response.round) == (True, after(3600), 0)
    ticket = Ticket.objects.get()
    assert (ticket.satisfaction, ticket.score, ticket.answered_via) == ("answered", 4, "link")
    invitation.refresh_from_db()
    assert (invitation.end, invitation.ended_at) == ("answered", after(3600))
    entry = Entry.objects.get(kind="feedback.received")
    assert entry.data == {"score": 4, "via": "link"}
    assert "Quick" not in str(entry.data)


@pytest.mark.django_db
def test_a_link_works_once() -> None:
    invitation = make_invitation()
    tap(invitation)
    with pytest.raises(ClosedLinkError) as closed:
        tap(invitation, score=1)
    assert closed.value.ending == "answered"
    assert Response.objects.get().score == 4


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "kept"), [(-1, True), (0, True), (1, False)])
def test_the_last_second_of_the_link_still_counts(seconds: int, kept: bool) -> None:
    invitation = make_invitation()
    at = T0 + ASK_FOR + timedelta(seconds=seconds)
    if kept:
        assert tap(invitation, now=at).at == at
        return
    with pytest.raises(ClosedLinkError) as closed:
        tap(invitation, now=at)
    assert closed.value.ending == "expired"
    assert nothing_was_written()


@pytest.mark.django_db
@pytest.mark.parametrize("score", [0, 6, -1, 99])
def test_only_one_to_five_counts(score: int) -> None:
    invitation = make_invitation()
    with pytest.raises(InvalidError):
        tap(invitation, score=score)
    assert nothing_was_written()
    assert Invitation.objects.open().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "1", "1.", "1.forged", "x.y", "1.1.1", "�"])
def test_a_token_that_is_not_ours_is_nobodys(token: str) -> None:
    make_invitation(pk=1)
    with pytest.raises(Invitation.DoesNotExist):
        actions.answer(token, score=5, comment="", wants_reply=False, now=T0)
    assert nothing_was_written()


@pytest.mark.django_db
def test_one_customers_token_does_not_open_anothers() -> None:
    first, second = make_invitation(), make_invitation()
    forged = f"{second.pk}.{first.token.partition('.')[2]}"
    assert not Invitation.objects.signed(forged).exists()
    assert Invitation.objects.signed(first.token).get() == first


@pytest.mark.django_db
def test_the_token_says_nothing_of_the_person() -> None:
    invitation = make_invitation(address="ann@mail.example")
    key, _dot, signature = invitation.token.partition(".")
    assert key == str(invitation.pk)
    assert len(signature) == 43  # 256 bits


@pytest.mark.django_db
def test_a_reopened_ticket_has_ended_its_link_before_the_beat_says_so() -> None:
    invitation = make_invitation(ticket=make_ticket(step="resolution", reopens=1), round=0)
    with pytest.raises(ClosedLinkError) as closed:
        tap(invitation)
    assert closed.value.ending == "withdrawn"
    assert nothing_was_written()


@pytest.mark.django_db
def test_a_link_of_an_earlier_round_does_not_answer_the_later_one() -> None:
    ticket = make_ticket(step="feedback", reopens=1)
    old = make_invitation(ticket=ticket, round=0)
    make_invitation(ticket=ticket, round=1)
    with pytest.raises(ClosedLinkError):
        tap(old)
    assert nothing_was_written()


@pytest.mark.django_db
def test_what_was_answered_by_phone_is_not_answered_again_by_the_link() -> None:
    ticket = make_ticket(step="feedback")
    invitation = make_invitation(ticket=ticket)
    assert ticket.owner is not None
    tickets.record_satisfaction(
        ticket.pk, by=ticket.owner, score=2, comment="", via="phone", now=after(60)
    )
    with pytest.raises(ClosedLinkError) as closed:
        tap(invitation)
    assert closed.value.ending == "answered"
    ticket.refresh_from_db()
    assert ticket.score == 2


@pytest.mark.django_db
def test_a_long_comment_is_cut_not_lost() -> None:
    assert len(tap(make_invitation(), comment="x" * 5000).comment) == 2000


@pytest.mark.django_db
def test_the_customer_may_rather_not_answer() -> None:
    invitation = make_invitation()
    assert actions.refuse(invitation.token, now=after(60)).end == "refused"
    ticket = Ticket.objects.get()
    assert (ticket.satisfaction, ticket.score) == ("refused", None)
    assert not Response.objects.exists()
    with pytest.raises(ClosedLinkError):
        tap(invitation)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_taps_at_once_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A barrier between reading the invitation and writing: without its lock both would pass."""
    invitation = make_invitation()
    meet, ending = Barrier(2), Invitation.ending

    def ending_after_meeting(self: Invitation, ticket: Ticket, *, now: Any) -> str:
        with contextlib.suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return ending(self, ticket, now=now)

    def run(score: int) -> str:
        try:
            tap(invitation, score=score)
        except ClosedLinkError as closed:
            return closed.ending
        finally:
            connection.close()
        return "won"

    monkeypatch.setattr(Invitation, "ending", ending_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(run, [1, 5]))
    assert outcomes == ["answered", "won"]
    response = Response.objects.get()
    assert response.score == Ticket.objects.get().score
    assert Entry.objects.filter(kind="feedback.received").count() == 1


@pytest.mark.django_db
def test_staff_see_the_invitations_and_responses_of_their_tickets_only() -> None:
    ticket = make_ticket(step="feedback")
    invitation = make_invitation(ticket=ticket)
    response = tap(invitation)
    assert ticket.owner is not None
    for rows, row in ((Invitation.objects, invitation), (Response.objects, response)):
        assert list(rows.visible_to(ticket.owner)) == [row]
        assert list(rows.visible_to(make_user(role="director"))) == [row]
        assert not rows.visible_to(make_user()).exists()
