"""How the deadline of a ticket's clock came about (W1, K2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from teams.hours import deadline
from tickets import promise
from tickets.api.shapes import STATES, chip_out, moment
from tickets.models import Ticket


class MetricIn(serializers.Serializer[Any]):
    metric = serializers.ChoiceField(["first_response"], required=False)


class CountedOut(serializers.Serializer[Any]):
    """One open stretch that was counted."""

    opens = serializers.DateTimeField()
    closes = serializers.DateTimeField()
    seconds = serializers.IntegerField()


class CountedByOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    time_zone = serializers.CharField()


class ExplanationOut(serializers.Serializer[Any]):
    """`due` is what was promised and counts; `due_today` is what today's opening hours would give,
    so that a later change of the calendar shows."""

    metric = serializers.CharField()
    start = serializers.DateTimeField()
    target_s = serializers.IntegerField()
    calendar = CountedByOut()
    counted = CountedOut(many=True)
    due = serializers.DateTimeField()
    due_today = serializers.DateTimeField()
    calendar_changed_since = serializers.BooleanField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(STATES)
    seconds = serializers.IntegerField()


def explanation(ticket: Ticket, metric: str, *, now: datetime) -> dict[str, Any]:
    """The arithmetic of the first-response deadline of `ticket` (group and calendar loaded)."""
    calendar = ticket.group.calendar
    hours = calendar.hours()
    chip = promise.first_response(
        received_at=ticket.received_at,
        due=ticket.respond_by,
        responded_at=ticket.responded_at,
        now=now,
    )
    today = deadline(hours, ticket.received_at, chip.target_s)
    stretches = list(hours.intervals(ticket.received_at, today))
    shown = chip_out(chip)
    return {
        "metric": metric,
        "start": moment(ticket.received_at),
        "target_s": chip.target_s,
        "calendar": {
            "id": calendar.pk,
            "name": calendar.name,
            "time_zone": calendar.time_zone,
        },
        "counted": [
            {
                "opens": moment(opens),
                "closes": moment(closes),
                "seconds": round((closes - opens).total_seconds()),
            }
            for opens, closes in stretches
        ],
        "due": shown["due"],
        "due_today": moment(today),
        "calendar_changed_since": today != ticket.respond_by,
        "stopped_at": moment(ticket.responded_at),
        "state": shown["state"],
        "seconds": shown["seconds"],
    }
