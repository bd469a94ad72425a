"""A ticket as programs see it: the columns, the shape, and how one becomes the other.

Rows are plain dicts, since a list of 25 must cost a few milliseconds; `TicketRow` and `TicketOut`
document them, and a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers

from csservice.lib.prepared import Prepared
from teams.models import User
from teams.models.people import Language
from tickets import promise
from tickets.identity import masked_reach
from tickets.models import (
    AnsweredVia,
    Channel,
    Identity,
    Outcome,
    Priority,
    Satisfaction,
    Step,
    Ticket,
    Waiting,
)
from tickets.models.choices import PAUSES

TIMES = (
    *("received_at", "respond_by", "responded_at", "breached_at"),
    *("resolve_by", "resolved_at", "closed_at", "changed_at", "heard_at", "answer_by"),
)
ROW = (
    *("channel", "subject", "customer", "product", "category", "priority", "group", "owner"),
    *("step", "waiting_on", "outcome", "reopens", "is_drill", "is_complaint", "version"),
    *("respond_s", "resolve_s", "respond_took_s", "resolve_took_s"),
)
DETAIL = (
    *("description", "assigned_because", "waiting_reason", "waiting_since", "handed_to"),
    *("handed_to_group", "basics_at", "reply_language", "reach_at", "identity_check", "need"),
    *("guide", "answers", "solution", "suitability", "summary", "satisfaction", "score"),
    *("comment", "answered_via", "satisfaction_at", "merged_into"),
    "split_from",
)
MORE_TIMES = ("waiting_since", "basics_at", "satisfaction_at")
KEYS = (
    *("customer", "product", "category", "group", "owner"),
    *("handed_to", "handed_to_group", "guide", "merged_into"),
    "split_from",
)
COLUMNS = {name: f"{name}_id" for name in KEYS}
NAMES = {"customer_name": F("customer__name"), "owner_name": F("owner__name")}
STATES = ("ok", "soon", "urgent", "late", "met", "missed", "paused")


class ClockOut(serializers.Serializer[Any]):
    """One clock. `seconds`: taken (met), over (missed), or left (running; negative: past)."""

    due = serializers.DateTimeField()
    state = serializers.ChoiceField(STATES)
    seconds = serializers.IntegerField()


class ClocksOut(serializers.Serializer[Any]):
    first_response = ClockOut()
    resolution = ClockOut()
    next_response = ClockOut(allow_null=True)


class TicketRow(serializers.Serializer[Any]):
    """A ticket in a list."""

    number = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    subject = serializers.CharField()
    customer = serializers.IntegerField()
    customer_name = serializers.CharField()
    product = serializers.IntegerField(allow_null=True)
    category = serializers.IntegerField(allow_null=True)
    priority = serializers.ChoiceField(Priority.choices)
    group = serializers.IntegerField()
    owner = serializers.IntegerField(allow_null=True)
    owner_name = serializers.CharField(allow_null=True)
    step = serializers.ChoiceField(Step.choices)
    waiting_on = serializers.ChoiceField(Waiting.choices)
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    received_at = serializers.DateTimeField()
    respond_by = serializers.DateTimeField()
    responded_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    respond_s = serializers.IntegerField(help_text="Open seconds promised for the first answer.")
    resolve_by = serializers.DateTimeField()
    resolve_s = serializers.IntegerField(help_text="Open seconds promised for the resolution.")
    respond_took_s = serializers.IntegerField(
        allow_null=True, help_text="Open seconds that the first answer took."
    )
    resolve_took_s = serializers.IntegerField(
        allow_null=True, help_text="Open seconds that the resolution took."
    )
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()
    heard_at = serializers.DateTimeField(
        allow_null=True, help_text="The customer wrote then, and has had no answer since."
    )
    answer_by = serializers.DateTimeField(allow_null=True)
    reopens = serializers.IntegerField()
    is_drill = serializers.BooleanField()
    is_complaint = serializers.BooleanField()
    version = serializers.IntegerField()
    moves = serializers.DictField(
        child=serializers.CharField(), help_text="The verbs open now, with their labels."
    )
    clocks = ClocksOut()


class TicketOut(TicketRow):
    """A ticket whole."""

    description = serializers.CharField(allow_blank=True)
    assigned_because = serializers.JSONField()
    waiting_reason = serializers.CharField(allow_blank=True)
    waiting_since = serializers.DateTimeField(allow_null=True)
    handed_to = serializers.IntegerField(allow_null=True)
    handed_to_group = serializers.IntegerField(allow_null=True)
    basics_at = serializers.DateTimeField(allow_null=True)
    reply_language = serializers.ChoiceField(Language.choices, allow_blank=True)
    reach_at = serializers.CharField(
        allow_blank=True, help_text="Masked; `POST customers/<id>/unmask/` shows it on record."
    )
    identity_check = serializers.ChoiceField(Identity.choices, allow_blank=True)
    need = serializers.CharField(allow_blank=True)
    guide = serializers.IntegerField(allow_null=True)
    answers = serializers.JSONField()
    solution = serializers.CharField(allow_blank=True)
    suitability = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    satisfaction = serializers.ChoiceField(Satisfaction.choices, allow_blank=True)
    score = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    answered_via = serializers.ChoiceField(AnsweredVia.choices, allow_blank=True)
    satisfaction_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.IntegerField(allow_null=True)
    split_from = serializers.IntegerField(allow_null=True)


class Moves:
    """The verbs open in a step, worked out once for each kind of row in an answer."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def of(self, step: str, waiting_on: str) -> dict[str, str]:
        """Verbs and labels in the reader's language."""
        key = step, waiting_on
        if key not in self._known:
            self._known[key] = Ticket(step=step, waiting_on=waiting_on).offered
        return self._known[key]


def rows(tickets: QuerySet[Ticket], *more: str) -> Any:
    """A queryset of dicts with the columns of a list of tickets."""
    return tickets.values("pk", *ROW, *TIMES, *more, **NAMES)


def row_out(row: Mapping[str, Any], *, now: datetime, moves: Moves) -> dict[str, Any]:
    """`TicketRow` of a row of `rows`."""
    return {
        "number": row["pk"],
        **{name: row[name] for name in ROW},
        "customer_name": row["customer_name"],
        "owner_name": row["owner_name"],
        **{name: moment(row[name]) for name in TIMES},
        "moves": moves.of(row["step"], row["waiting_on"]),
        "clocks": clocks(row, now=now),
    }


def ticket_out(row: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """`TicketOut` of a row with the columns of `stored` or `held`."""
    more = {name: row[name] for name in DETAIL} | {name: moment(row[name]) for name in MORE_TIMES}
    more["reach_at"] = masked_reach(row["reach_at"])
    return row_out(row, now=now, moves=Moves()) | more


def stored(tickets: QuerySet[Ticket], number: int) -> dict[str, Any]:
    """The row of one of `tickets`, in one query. Raises Ticket.DoesNotExist."""
    row: dict[str, Any] = rows(tickets, *DETAIL).get(pk=number)
    return row


def held(ticket: Ticket, *, by: User) -> dict[str, Any]:
    """The row of a ticket in memory, as an action of `by` has just saved it."""
    row = {name: getattr(ticket, COLUMNS.get(name, name)) for name in (*ROW, *TIMES, *DETAIL)}
    row |= {"pk": ticket.pk, "customer_name": ticket.customer.name}
    return row | {"owner_name": by.name if ticket.owner_id == by.pk else _name(ticket.owner_id)}


_NAMES = Prepared(lambda pk: User.objects.filter(pk=pk).values_list("name", flat=True))


def _name(user_id: int | None) -> str | None:
    if user_id is None:
        return None
    (name,) = _NAMES(user_id)
    return str(name)


def clocks(row: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The clocks of a ticket (W1, K2)."""
    first = promise.first_response(
        received_at=row["received_at"],
        due=row["respond_by"],
        responded_at=row["responded_at"],
        target_s=row["respond_s"],
        took_s=row["respond_took_s"],
        now=now,
    )
    whole = promise.resolution(
        received_at=row["received_at"],
        due=row["resolve_by"],
        resolved_at=row["resolved_at"],
        paused=row["waiting_on"] in PAUSES,
        target_s=row["resolve_s"],
        took_s=row["resolve_took_s"],
        now=now,
    )
    following = _next_response(row, now)
    return {
        "first_response": chip_out(first),
        "resolution": chip_out(whole),
        "next_response": chip_out(following) if following else None,
    }


def _next_response(row: Mapping[str, Any], now: datetime) -> promise.Chip | None:
    if row["answer_by"] is None or row["heard_at"] is None:
        return None
    owed_s = int((row["answer_by"] - row["heard_at"]).total_seconds())
    return promise.next_response(due=row["answer_by"], target_s=owed_s, now=now)


def chip_out(chip: promise.Chip) -> dict[str, Any]:
    return {"due": moment(chip.due), "state": chip.state, "seconds": chip.seconds}


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
