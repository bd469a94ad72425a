"""The question goes out once a service: by the beat, by mail where an address is known (W4)."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils.translation import gettext, override

from csservice.ledger.models import Entry
from csservice.lib.mail import LEASE, TRIES, pause
from feedback import actions, tasks
from feedback.actions import asking
from feedback.models import Invitation, not_asked
from tests.conftest import Clock
from tests.factories import T0, after, make_category, make_customer, make_invitation, make_ticket
from tests.factories import make_user as person
from tickets.models import Ticket
from tickets.promise import ASK_FOR

ADDRESS = "ann@mail.example"


def resolved(**over: Any) -> Ticket:
    """A ticket whose service ended, of a customer with an address."""
    customer = make_customer(contacts=[("phone", ""), ("email", ADDRESS)])
    return make_ticket(step="feedback", **{"customer": customer} | over)


def refuse_all(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def send(self: EmailBackend, messages: list[Any]) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", send)


# ---- asking ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_resolved_ticket_is_asked_once() -> None:
    ticket = resolved()
    assert actions.ask(now=after(700), limit=10) == 1
    assert actions.ask(now=after(705), limit=10) == 0
    row = Invitation.objects.get()
    assert (row.ticket, row.round, row.address) == (ticket, 0, ADDRESS)
    assert (row.asked_at, row.expires_at) == (after(700), after(700) + ASK_FOR)
    assert row.delivery == "queued"
    entry = Entry.objects.get(kind="feedback.asked")
    assert (entry.key, entry.data) == (str(ticket.pk), {"round": 0, "by_mail": True})


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["reception", "analysis", "resolution", "closed"])
def test_other_steps_are_not_asked(step: str) -> None:
    make_ticket(step=step)
    assert actions.ask(now=T0, limit=10) == 0
    assert not Invitation.objects.exists()


@pytest.mark.django_db
def test_a_ticket_that_was_answered_by_phone_first_is_not_asked() -> None:
    resolved(satisfaction="refused", satisfaction_at=after(650))
    assert actions.ask(now=after(700), limit=10) == 0


@pytest.mark.django_db
def test_without_an_address_there_is_only_the_link() -> None:
    make_ticket(step="feedback")
    actions.ask(now=T0, limit=10)
    row = Invitation.objects.get()
    assert (row.address, row.delivery) == ("", "")


@pytest.mark.django_db
def test_a_drill_is_never_asked_about() -> None:
    resolved(is_drill=True)
    assert actions.ask(now=T0, limit=10) == 0
    assert not Invitation.objects.exists()


@pytest.mark.django_db
def test_a_reopened_ticket_is_asked_again_in_its_next_round() -> None:
    ticket = resolved(reopens=1)
    make_invitation(ticket=ticket, round=0, ended_at=T0, end="withdrawn")
    assert actions.ask(now=after(900), limit=10) == 1
    assert list(ticket.invitations.order_by("round").values_list("round", flat=True)) == [0, 1]


@pytest.mark.django_db
def test_asking_takes_a_batch_at_a_time() -> None:
    for _ in range(3):
        resolved()
    assert [actions.ask(now=T0, limit=2) for _ in range(3)] == [2, 1, 0]
    assert Invitation.objects.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_beats_beside_each_other_ask_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        resolved()
    meet, find = Barrier(2), not_asked

    def found_after_meeting() -> Any:
        with contextlib.suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return find()

    def run(_n: int) -> None:
        try:
            actions.ask(now=T0, limit=10)
        finally:
            connection.close()

    monkeypatch.setattr(asking, "not_asked", found_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    assert Invitation.objects.count() == 3
    assert Entry.objects.filter(kind="feedback.asked").count() == 3


@pytest.mark.postgres
@pytest.mark.django_db
def test_what_was_not_asked_can_use_its_index(indexes_of: Any) -> None:
    assert "ticket_to_settle" in indexes_of(not_asked())


# ---- the mail -------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_mail_has_five_links_in_the_customers_language(language: str) -> None:
    category = make_category(name="Payments", name_zh="汇款")
    owner = person(name="Sofia Lindqvist")
    resolved(reply_language=language, category=category, owner=owner)
    actions.ask(now=T0, limit=10)
    assert actions.send_invitations(now=T0, limit=10) == 1
    letter, row = mail.outbox[0], Invitation.objects.get()
    assert isinstance(letter, EmailMultiAlternatives)
    body, html = str(letter.body), str(letter.alternatives[0][0])
    with override(language):
        assert letter.subject == gettext("Did we solve it? 1 question")
        assert gettext("Very poor") in html
    assert letter.to == [ADDRESS]
    assert ("汇款" if language == "zh-hans" else "Payments") in body
    assert "Sofia" in body
    assert "Lindqvist" not in body + html
    for score in range(1, 6):
        assert f"{row.link}?r={score}&lang={language}" in body
        assert f"{row.link}?r={score}&amp;lang={language}" in html
    assert "<img" not in html
    assert 'style="' not in html
    assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in html
    assert row.delivery == "sent"


@pytest.mark.django_db
def test_the_mail_is_known_again_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved()
    actions.ask(now=T0, limit=10)
    row = Invitation.objects.get()
    assert (
        asking.letter(row).extra_headers["Message-ID"]
        == f"<invitation.{row.pk}.{int(T0.timestamp())}@csservice.example>"
    )


@pytest.mark.django_db
def test_a_sent_invitation_is_not_sent_again() -> None:
    resolved()
    actions.ask(now=T0, limit=10)
    assert actions.send_invitations(now=T0, limit=10) == 1
    assert actions.send_invitations(now=after(3600), limit=10) == 0
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_an_ended_question_is_not_mailed_any_more() -> None:
    make_invitation(address=ADDRESS, delivery="queued", ended_at=T0, end="answered")
    assert actions.send_invitations(now=T0, limit=10) == 0


@pytest.mark.django_db
def test_a_refused_mail_is_tried_again_after_a_growing_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_invitation(address=ADDRESS, delivery="queued")
    with monkeypatch.context() as patched:
        refuse_all(patched, OSError("Connection refused"))
        assert actions.send_invitations(now=T0, limit=10) == 1
        assert actions.send_invitations(now=after(9), limit=10) == 0
        assert actions.send_invitations(now=after(10), limit=10) == 1
        row = Invitation.objects.get()
        assert (row.tries, row.delivery) == (2, "queued")
        assert row.send_at == after(30)
        assert row.delivery_error == "OSError: Connection refused"
    assert actions.send_invitations(now=after(30), limit=10) == 1
    row.refresh_from_db()
    assert (row.delivery, row.delivery_error, len(mail.outbox)) == ("sent", "", 1)


@pytest.mark.django_db
def test_after_twelve_tries_a_mail_is_given_up_and_support_may_send_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_invitation(address=ADDRESS, delivery="queued")
    now = T0
    with monkeypatch.context() as patched:
        refuse_all(patched, SMTPRecipientsRefused({ADDRESS: (550, b"No such person")}))
        for _ in range(TRIES):
            assert actions.send_invitations(now=now, limit=10) == 1
            now += timedelta(hours=1)
        assert actions.send_invitations(now=now, limit=10) == 0
    row = Invitation.objects.get()
    assert (row.delivery, row.tries) == ("failed", TRIES)
    with pytest.raises(PermissionDenied):
        actions.send_again(by=person(), now=now)
    assert actions.send_again(by=person(role="support"), now=now) == 1
    assert actions.send_invitations(now=now, limit=10) == 1
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_sender_that_died_leaves_its_mail_to_a_later_beat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At least once: claimed, not marked as sent, taken again when the lease is over."""
    make_invitation(address=ADDRESS, delivery="queued")
    with monkeypatch.context() as patched:
        refuse_all(patched, SystemExit())
        with pytest.raises(SystemExit):
            actions.send_invitations(now=T0, limit=10)
    assert actions.send_invitations(now=T0 + LEASE - timedelta(seconds=1), limit=10) == 0
    assert actions.send_invitations(now=T0 + LEASE, limit=10) == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600)])
def test_pauses_double_up_to_an_hour(tries: int, seconds: int) -> None:
    assert pause(tries) == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_one_bad_address_does_not_keep_back_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    make_invitation(address="bad\nBcc: x@y.example", delivery="queued")
    make_invitation(address=ADDRESS, delivery="queued")
    assert actions.send_invitations(now=T0, limit=10) == 2
    assert [row.delivery for row in Invitation.objects.order_by("pk")] == ["queued", "sent"]


# ---- the beat -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_beat_asks_and_mails_and_may_run_twice(clock: Clock) -> None:
    resolved()
    clock.tick(700)
    tasks.ask()
    tasks.ask()
    assert len(mail.outbox) == 1
    assert Invitation.objects.get().delivery == "sent"
