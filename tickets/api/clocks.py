"""Clocks over the API: every promise of the tickets that the caller may see, with its ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked
from teams.http import ApiRequest
from tickets.api.explain import METRICS, HoursOut, PromisedByOut, calendar_out, policy_out
from tickets.api.shapes import moment
from tickets.clock import Kind
from tickets.models import Clock, ClockEvent
from tickets.models.clocks import STATES, ClockQuerySet

HAPPENS = tuple(kind.value for kind in Kind if kind is not Kind.START)
SAME = ("ticket", "metric", "cycle", "state", "owner", "group")
MOMENTS = ("started_at", "due_at", "ended_at", "breached_at", "waived_at")


class ClockFilters(serializers.Serializer[Any]):
    ticket = serializers.IntegerField(required=False)
    metric = serializers.ChoiceField(METRICS, required=False)
    cycle = serializers.IntegerField(min_value=1, max_value=32_767, required=False)
    state = serializers.ChoiceField(STATES, required=False)
    owner = serializers.IntegerField(required=False)
    group = serializers.IntegerField(required=False)
    breached = serializers.BooleanField(
        required=False, help_text="Broken, or past the deadline now; false: kept so far."
    )
    waived = serializers.BooleanField(required=False)
    due_before = serializers.DateTimeField(required=False, help_text="Due before this time.")
    due_after = serializers.DateTimeField(required=False, help_text="Due then or later.")


class ClockRow(serializers.Serializer[Any]):
    """One promise of a ticket. `due_at` is null while it stands still in time; `breached_at` is
    written when it ends, `breached` knows before. `owner` and `group`: whose it is, or last was."""

    id = serializers.IntegerField()
    ticket = serializers.IntegerField()
    metric = serializers.ChoiceField(METRICS)
    cycle = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    started_at = serializers.DateTimeField()
    target_s = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    breached = serializers.BooleanField()
    breached_at = serializers.DateTimeField(allow_null=True)
    inherited = serializers.BooleanField()
    waived_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.IntegerField(allow_null=True)
    group = serializers.IntegerField(allow_null=True)
    policy = PromisedByOut(allow_null=True)
    calendar = HoursOut(allow_null=True)


class ClockEventOut(serializers.Serializer[Any]):
    """What happened to it `at`, written down at `noted_at`; `by` null: by itself."""

    kind = serializers.ChoiceField(HAPPENS)
    at = serializers.DateTimeField()
    noted_at = serializers.DateTimeField()
    by = serializers.IntegerField(allow_null=True)
    data = serializers.JSONField()  # type: ignore[assignment]


class ClockWhole(ClockRow):
    """A clock whole: what was promised at its start, and everything that happened to it."""

    first_target_s = serializers.IntegerField()
    events = ClockEventOut(many=True)


class ClockViewSet(Api, GenericViewSet[Clock]):
    """Clocks: each promise of a ticket, with the ledger that it is counted from."""

    queryset = Clock.objects.none()
    serializer_class = ClockWhole
    lookup_value_converter = "int"
    orders: ClassVar = {
        "-id": ("-pk",),
        "id": ("pk",),
        "-started_at": ("-started_at", "-pk"),
        "started_at": ("started_at", "pk"),
    }

    @extend_schema(parameters=[ClockFilters], responses=ClockRow(many=True))
    def list(self, request: ApiRequest) -> Response:
        """The clocks of the tickets that you may see; of drills only by their `ticket`."""
        wanted, now = asked(ClockFilters, request), timezone.now()
        rows = filtered(Clock.objects.visible_to(request.user), wanted, now=now).told()
        if "ticket" not in wanted:
            rows = rows.filter(ticket__is_drill=False)
        page: Any = self.paginate_queryset(rows) or []
        return self.get_paginated_response([clock_row(clock, now=now) for clock in page])

    @extend_schema(responses=ClockWhole)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One clock with its events in the order they were written."""
        clock = Clock.objects.visible_to(request.user).told().get(pk=pk)
        events = [event_out(event) for event in clock.events.order_by("pk")]
        more = {"first_target_s": clock.first_target_s, "events": events}
        return Response(clock_row(clock, now=timezone.now()) | more)


def filtered(clocks: ClockQuerySet, wanted: dict[str, Any], *, now: datetime) -> ClockQuerySet:
    """Of `clocks` those that fit every filter in `wanted` (ClockFilters)."""
    clocks = clocks.filter(**{name: wanted[name] for name in SAME if name in wanted})
    if "breached" in wanted:
        clocks = clocks.broken(now) if wanted["breached"] else clocks.kept(now)
    if "waived" in wanted:
        clocks = clocks.filter(waived_at__isnull=not wanted["waived"])
    if "due_before" in wanted or "due_after" in wanted:
        clocks = clocks.due_between(wanted.get("due_after"), wanted.get("due_before"))
    return clocks


def clock_row(clock: Clock, *, now: datetime) -> dict[str, Any]:
    """`ClockRow` of a clock with what `told` brings."""
    past = clock.ended_at is None and clock.due_at is not None and clock.due_at < now
    return {
        "id": clock.pk,
        "ticket": clock.ticket_id,
        **{name: getattr(clock, name) for name in ("metric", "cycle", "state", "target_s")},
        **{name: moment(getattr(clock, name)) for name in MOMENTS},
        "breached": past or clock.breached_at is not None,
        "inherited": clock.inherited,
        "owner": clock.owner_id,
        "group": clock.group_id,
        "policy": policy_out(clock),
        "calendar": calendar_out(clock) if clock.calendar_id else None,
    }


def event_out(event: ClockEvent) -> dict[str, Any]:
    """`ClockEventOut`."""
    return {
        "kind": event.kind,
        "at": moment(event.at),
        "noted_at": moment(event.noted_at),
        "by": event.by_id,
        "data": event.data,
    }
