"""Which tickets a program asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Q
from rest_framework import serializers

from tickets.models import Channel, Priority, Step, Waiting
from tickets.models.ticket_reads import TicketQuerySet


class TicketFilters(serializers.Serializer[Any]):
    step = serializers.ChoiceField(Step.choices, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    owner = serializers.IntegerField(required=False)
    group = serializers.IntegerField(required=False)
    customer = serializers.IntegerField(required=False)
    category = serializers.IntegerField(required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)
    waiting_on = serializers.ChoiceField(Waiting.choices, required=False)
    is_complaint = serializers.BooleanField(required=False)
    is_drill = serializers.BooleanField(
        required=False, help_text="Tickets of emergency drills instead of real ones."
    )
    open = serializers.BooleanField(required=False, help_text="Not closed.")
    late = serializers.BooleanField(
        required=False, help_text="The first response came late, or is late now."
    )
    received_after = serializers.DateTimeField(required=False, help_text="At this time or later.")
    received_before = serializers.DateTimeField(required=False, help_text="Before this time.")
    q = serializers.CharField(
        required=False, max_length=200, help_text="All words occur in subject, text, names, thread."
    )


SAME = (
    *("step", "channel", "owner", "group", "customer", "category", "priority", "waiting_on"),
    "is_complaint",
)


def filtered(tickets: TicketQuerySet, wanted: dict[str, Any], *, now: datetime) -> TicketQuerySet:
    """Of `tickets` those that fit every filter in `wanted` (TicketFilters)."""
    tickets = tickets.filter(**{name: wanted[name] for name in SAME if name in wanted})
    tickets = tickets.filter(is_drill=wanted.get("is_drill", False))
    if "open" in wanted:
        tickets = tickets.open() if wanted["open"] else tickets.filter(step=Step.CLOSED)
    if "late" in wanted:
        tickets = tickets.filter(late(now)) if wanted["late"] else tickets.exclude(late(now))
    if "received_after" in wanted:
        tickets = tickets.received_since(wanted["received_after"])
    if "received_before" in wanted:
        tickets = tickets.filter(received_at__lt=wanted["received_before"])
    if "q" in wanted:
        # ordered by an expression, as newest_of_hits: the words' index leads, not the key's
        tickets = tickets.found_by(wanted["q"]).annotate(hit=F("pk") + 0)
    return tickets


def late(now: datetime) -> Q:
    """The five minutes were not kept: answered after the promise, or not yet and past it (W1)."""
    flagged = Q(breached_at__isnull=False)
    answered = Q(responded_at__isnull=False, responded_at__gt=F("respond_by"))
    waiting = Q(step=Step.RECEPTION, responded_at=None, respond_by__lt=now)
    return flagged | answered | waiting
