"""The checklist of a ticket over the API (W3)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.models import ChecklistItem, Ticket
from tickets.models.macros import STAGES


class PointOut(serializers.Serializer[Any]):
    """One point; `done_at` null: not ticked yet. `item` is what `tick` takes."""

    item = serializers.IntegerField()
    stage = serializers.ChoiceField(STAGES)
    text = serializers.CharField()
    text_zh = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)
    done_by = serializers.CharField(allow_null=True)


def points(ticket: Ticket) -> list[dict[str, Any]]:
    """All points of the ticket, in order. One query."""
    rows: Any = ChecklistItem.objects.of(ticket)
    return [
        {
            "item": row.pk,
            "stage": row.stage,
            "text": row.text,
            "text_zh": row.text_zh,
            "done_at": row.done_at,
            "done_by": row.done_by,
        }
        for row in rows
    ]
