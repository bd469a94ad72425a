"""Replies leave by mail: at least once, never lost, with what was attached (W3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from csservice.ledger.models import Entry
from csservice.lib.mail import TRIES
from teams.models import User
from tests.factories import T0, after, make_attachment, make_customer, make_message, make_ticket
from tickets import actions
from tickets.models import Message

ADDRESS = "ann@mail.example"
BEGAN = int(T0.timestamp())


def queued(**over: Any) -> Message:
    """A reply that waits for the mail, to a customer with an address."""
    customer = make_customer(contacts=[("email", ADDRESS)], language="en")
    ticket = make_ticket(step="analysis", channel="email", customer=customer, subject="My card")
    return make_message(ticket=ticket, text="It is on its way.", delivery="queued", **over)


def refuse_all(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def send(self: EmailBackend, messages: list[Any]) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", send)


@pytest.mark.django_db
def test_a_reply_is_mailed_to_its_customer_once() -> None:
    reply = queued()
    assert actions.send_replies(now=T0, limit=10) == 1
    assert actions.send_replies(now=after(3600), limit=10) == 0
    letter = mail.outbox[0]
    assert letter.to == [ADDRESS]
    assert letter.subject == f"Re: My card [#{reply.ticket_id}]"
    assert "It is on its way." in str(letter.body)
    assert letter.extra_headers["Message-ID"] == f"<reply.{reply.pk}.{BEGAN}@csservice.example>"
    assert (
        letter.extra_headers["References"]
        == f"<ticket.{reply.ticket_id}.{BEGAN}@csservice.example>"
    )
    reply.refresh_from_db()
    assert (reply.delivery, reply.tries, reply.delivery_error) == ("sent", 1, "")


@pytest.mark.django_db
def test_a_reply_on_an_email_ticket_is_queued_by_the_action(owner: User) -> None:
    customer = make_customer(contacts=[("email", ADDRESS)])
    ticket = make_ticket(channel="email", customer=customer, owner=owner)
    actions.respond(ticket.pk, by=owner, text="We look into it.", now=after(60))
    assert Message.objects.to_send(after(60)).count() == 1


@pytest.mark.django_db
def test_words_of_the_reply_are_mailed_as_they_are() -> None:
    reply = queued()
    Message.objects.filter(pk=reply.pk).update(text='Fees < 5 & "free" 卡 {{ x }}')
    actions.send_replies(now=T0, limit=10)
    assert 'Fees < 5 & "free" 卡 {{ x }}' in str(mail.outbox[0].body)


@pytest.mark.django_db
def test_a_subject_of_several_lines_becomes_one() -> None:
    reply = queued()
    type(reply.ticket).objects.filter(pk=reply.ticket_id).update(subject="My\ncard\r\nBcc: x")
    assert actions.send_replies(now=T0, limit=10) == 1
    assert mail.outbox[0].subject.startswith("Re: My card Bcc: x")


@pytest.mark.django_db
def test_what_was_attached_goes_along() -> None:
    make_attachment(message=queued(), content=b"%PDF-1.4 x", name="terms.pdf")
    actions.send_replies(now=T0, limit=10)
    assert mail.outbox[0].attachments[0] == ("terms.pdf", b"%PDF-1.4 x", "application/pdf")


@pytest.mark.django_db
def test_a_refused_mail_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = queued()
    with monkeypatch.context() as patched:
        refuse_all(patched, OSError("Connection refused"))
        assert actions.send_replies(now=T0, limit=10) == 1
        reply.refresh_from_db()
        assert (reply.delivery, reply.tries) == ("queued", 1)
        assert reply.delivery_error == "OSError: Connection refused"
    assert actions.send_replies(now=after(10), limit=10) == 1
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_without_an_address_the_reply_says_so() -> None:
    reply = queued()
    reply.ticket.customer.contacts.all().delete()
    actions.send_replies(now=T0, limit=10)
    reply.refresh_from_db()
    assert reply.delivery_error == "No address is known."
    assert not mail.outbox


@pytest.mark.django_db
def test_given_up_mails_are_sent_again_by_support_only(
    monkeypatch: pytest.MonkeyPatch, owner: User, support: User
) -> None:
    reply = queued()
    now = T0
    with monkeypatch.context() as patched:
        refuse_all(patched, OSError("Connection refused"))
        for _ in range(TRIES):
            actions.send_replies(now=now, limit=10)
            now += timedelta(hours=1)
    reply.refresh_from_db()
    assert reply.delivery == "failed"
    with pytest.raises(PermissionDenied):
        actions.send_replies_again(by=owner, now=now)
    assert not Entry.objects.exists()
    assert actions.send_replies_again(by=support, now=now) == 1
    assert actions.send_replies_again(by=support, now=now) == 0
    assert Entry.objects.get().data == {"count": 1}
    assert actions.send_replies(now=now, limit=10) == 1
    assert len(mail.outbox) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_senders_beside_each_other_take_each_reply_once() -> None:
    for _ in range(8):
        queued()

    def run(_n: int) -> int:
        try:
            return actions.send_replies(now=T0, limit=4)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) <= 8
    actions.send_replies(now=T0, limit=10)
    ids = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
    assert len(ids) == len(set(ids)) == 8
