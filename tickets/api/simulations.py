"""Drafts tried on the past, over the API (rivals.md, rule 20)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, given
from teams.http import ApiRequest
from teams.models import Calendar
from teams.roles import Can
from tickets import actions
from tickets.api.shapes import moment
from tickets.models import Simulation, SlaPolicy
from tickets.simulation import shares


class SimulationIn(serializers.Serializer[Any]):
    """`said`: what the policy would say, in the shape of `sla-policies`; without `policy` it is a
    new one, tried first. `hours`: the JSON text that a calendar's version has. At least one."""

    policy = serializers.PrimaryKeyRelatedField(
        queryset=SlaPolicy.objects.all(), required=False, allow_null=True
    )
    said = serializers.JSONField(required=False)
    calendar = serializers.PrimaryKeyRelatedField(
        queryset=Calendar.objects.all(), required=False, allow_null=True
    )
    hours = serializers.CharField(required=False, max_length=200_000)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()

    def validate_said(self, said: Any) -> Any:
        if not isinstance(said, dict):
            raise serializers.ValidationError("Give an object.")
        return said


class TallyOut(serializers.Serializer[Any]):
    """One metric. `…_due`: decided; `…_kept`: of these; shares null where nothing was decided.
    `broken`, `mended`: the first 50 tickets that flip."""

    metric = serializers.CharField()
    clocks = serializers.IntegerField()
    before_due = serializers.IntegerField()
    before_kept = serializers.IntegerField()
    before_share = serializers.FloatField(allow_null=True)
    after_due = serializers.IntegerField()
    after_kept = serializers.IntegerField()
    after_share = serializers.FloatField(allow_null=True)
    to_broken = serializers.IntegerField()
    to_kept = serializers.IntegerField()
    broken = serializers.ListField(child=serializers.IntegerField())
    mended = serializers.ListField(child=serializers.IntegerField())


class SimulationOut(serializers.Serializer[Any]):
    """A run. `done` of `total` clocks is its progress; `result` is there when `state` is done."""

    id = serializers.IntegerField()
    policy = serializers.IntegerField(allow_null=True)
    calendar = serializers.IntegerField(allow_null=True)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    state = serializers.ChoiceField(Simulation.State.choices)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    made_by = serializers.IntegerField()
    ended_at = serializers.DateTimeField(allow_null=True)
    result = TallyOut(many=True)


class SimulationViewSet(Api, GenericViewSet[Simulation]):
    """Drafts of promises tried on the past: attainment before and after, tickets that flip."""

    queryset = Simulation.objects.none()
    serializer_class = SimulationOut
    needs = reads_need = Can.MANAGE_PROMISES
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",)}

    @extend_schema(responses=SimulationOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Runs, the newest first."""
        page = self.paginate_queryset(Simulation.objects.visible_to(request.user)) or []
        return self.get_paginated_response([shown(row) for row in page])

    @extend_schema(responses=SimulationOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One run: its progress, then its result."""
        return Response(shown(Simulation.objects.visible_to(request.user).get(pk=pk)))

    @extend_schema(request=SimulationIn, responses={201: SimulationOut})
    def create(self, request: ApiRequest) -> Response:
        """Queue a run; the worker begins within seconds. Nothing of the past changes."""
        sent = given(SimulationIn, request)
        drafted, calendar = sent.pop("policy", None), sent.pop("calendar", None)
        row = actions.simulate(
            by=request.user,
            now=timezone.now(),
            policy_id=drafted.pk if drafted else None,
            calendar_id=calendar.pk if calendar else None,
            **sent,
        )
        return Response(shown(row), 201)


def shown(row: Simulation) -> dict[str, Any]:
    result = []
    for metric, tally in row.result.items() if row.state == Simulation.State.DONE else ():
        before, after = shares(tally)
        result.append({"metric": metric, "before_share": before, "after_share": after} | tally)
    return {
        "id": row.pk,
        "policy": row.policy_id,
        "calendar": row.calendar_id,
        "start": moment(row.start),
        "end": moment(row.end),
        "state": row.state,
        "total": row.total,
        "done": row.done,
        "made_at": moment(row.made_at),
        "made_by": row.made_by_id,
        "ended_at": moment(row.ended_at),
        "result": result,
    }
