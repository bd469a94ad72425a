"""Whether an answer reached the customer: one that did not is none (W1; rivals.md, rule 7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from csservice.ledger.models import record
from tickets.actions._row import locked, save
from tickets.models import Message, Step, Ticket

ANSWERS = (Message.Kind.REPLY, Message.Kind.CALL)


def settle(messages: Iterable[int], *, now: datetime) -> None:
    """What the end of sending means for first responses: a step after a batch was mailed.

    A first answer that was given up un-meets its clock; one that left after all meets it.
    """
    tried = Message.objects.filter(pk__in=messages)
    failed = tried.failed().filter(first_response=True)
    for message in failed.values_list("pk", flat=True):
        _lost(message, now=now)
    sent = tried.filter(delivery=Message.Delivery.SENT, ticket__responded_at=None)
    for message in sent.values_list("pk", flat=True):
        _arrived(message, now=now)


@transaction.atomic
def _lost(message_id: int, *, now: datetime) -> None:
    """The first response goes to the next answer that reached the customer, or to none."""
    message = Message.objects.get(pk=message_id)
    ticket = locked(message.ticket_id, by=None)
    if ticket.step not in {Step.RECEPTION, Step.ANALYSIS}:
        return  # the customer has been served since; the answer was heard some other way
    Message.objects.filter(pk=message_id).update(first_response=False)
    later = (
        Message.objects.filter(ticket=ticket, kind__in=ANSWERS, at__gte=message.at)
        .exclude(delivery=Message.Delivery.FAILED)
        .exclude(pk=message_id)
        .order_by("at", "pk")
        .first()
    )
    if later is not None:
        _first(ticket, later)
    else:
        ticket.responded_at = None
        ticket.move("lose_answer")
    save(ticket, "responded_at", "step", by=None, now=now)
    record("ticket.answer_lost", "ticket", ticket.pk, by=None, now=now, message=message_id)


@transaction.atomic
def _arrived(message_id: int, *, now: datetime) -> None:
    """A reply that was given up, and was sent again since: answered now."""
    message = Message.objects.select_related("author").get(pk=message_id)
    ticket = locked(message.ticket_id, by=None)
    if ticket.responded_at is not None or message.author is None:
        return
    ticket.answer(by=message.author, now=now)
    Message.objects.filter(pk=message_id).update(first_response=True)
    ticket.finish_reception()
    save(ticket, "responded_at", "owner", "step", by=None, now=now)
    record(
        "ticket.responded", "ticket", ticket.pk, by=None, now=now, message=message_id, how="reply"
    )


def _first(ticket: Ticket, message: Message) -> None:
    ticket.responded_at = message.at
    Message.objects.filter(pk=message.pk).update(first_response=True)
