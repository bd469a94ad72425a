"""SLA policies over the API: kept in versions, previewed, tried in order (W1)."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, given, tagged, unless_changed
from teams.http import ApiRequest
from teams.models.groups import Segment
from teams.roles import Can
from tickets import actions
from tickets.actions.policies import APPLY
from tickets.actions.touched import Moved, Touched
from tickets.api.explain import METRICS
from tickets.api.shapes import moment
from tickets.clock import Metric, Mode
from tickets.models import SlaPolicy, SlaPolicyVersion
from tickets.models.choices import Channel, Priority
from tickets.policy import ALWAYS, GROUP, LADDER, LONGEST_S, NEW, REOPENED

ORDERS = {"position": ("position", "pk"), "-position": ("-position", "-pk"), "id": ("pk",)}
WAYS = [str(apply) for apply in APPLY]
MODES = [mode.value for mode in Mode]
PAUSABLE = [metric for metric in METRICS if metric != Metric.FIRST_RESPONSE]


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": [GROUP, ALWAYS]},
            {"type": "integer", "description": "The id of a calendar.", "minimum": 1},
        ]
    }
)
class WhoseHoursField(serializers.Field[Any, Any, Any, Any]):
    """`group`, `always`, or the id of a calendar; the action knows which there are."""

    def to_internal_value(self, data: Any) -> Any:
        return data if isinstance(data, str | int) else str(data)

    def to_representation(self, value: Any) -> Any:
        return value


class SecondsShape(serializers.Serializer[Any]):
    """Open seconds promised, by priority."""

    high = serializers.IntegerField(min_value=1, max_value=LONGEST_S)
    normal = serializers.IntegerField(min_value=1, max_value=LONGEST_S)
    low = serializers.IntegerField(min_value=1, max_value=LONGEST_S)


class TargetShape(serializers.Serializer[Any]):
    """One promise. `warn_s`: open seconds after the start; `warn_shares`: shares of the target;
    `hand_on_s`: when the ticket goes to the next free person."""

    seconds = SecondsShape()
    hours = WhoseHoursField(required=False)
    warn_s = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_S),
        required=False,
        max_length=20,
    )
    warn_shares = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1), required=False, max_length=20
    )
    hand_on_s = serializers.IntegerField(
        min_value=1, max_value=LONGEST_S, required=False, allow_null=True
    )


class TargetsShape(serializers.Serializer[Any]):
    """What is promised; what is absent is not."""

    first_response = TargetShape()
    next_response = TargetShape(required=False)
    update = TargetShape(required=False)  # type: ignore[assignment]
    resolution = TargetShape(required=False)
    acceptance = TargetShape(required=False)
    complaint_ack = TargetShape(required=False)
    complaint_final = TargetShape(required=False)


def _several(child: serializers.Field[Any, Any, Any, Any]) -> serializers.ListField:
    return serializers.ListField(child=child, required=False, max_length=200)


class WhenShape(serializers.Serializer[Any]):
    """Which tickets it is for: every list that is given has to hold the ticket's value."""

    segment = _several(serializers.ChoiceField(Segment.choices))
    priority = _several(serializers.ChoiceField(Priority.choices))
    channel = _several(serializers.ChoiceField(Channel.choices))
    category = _several(serializers.IntegerField(min_value=1))
    product = _several(serializers.IntegerField(min_value=1))


class PausesShape(serializers.Serializer[Any]):
    """What stands still while a ticket waits for whom. The first response never does."""

    customer = _several(serializers.ChoiceField(PAUSABLE))
    third = _several(serializers.ChoiceField(PAUSABLE))
    hold = _several(serializers.ChoiceField(PAUSABLE))


class RungShape(serializers.Serializer[Any]):
    """Who is told when a share of the target is spent."""

    to = serializers.ChoiceField(LADDER)
    share = serializers.FloatField(min_value=0, max_value=10)


class PolicySaid(serializers.Serializer[Any]):
    """What a policy says."""

    when = WhenShape(required=False)
    targets = TargetsShape()
    pauses = PausesShape(required=False)
    ladder = RungShape(many=True, required=False, max_length=20)  # type: ignore[call-arg]
    reopened = serializers.ChoiceField(
        REOPENED,
        required=False,
        help_text="The resolution of a ticket that is opened again: `new`, the default: a new "
        "promise; `continue`: the first goes on; `both`.",
    )


class PolicyIn(PolicySaid):
    """`apply`: what happens to the open tickets that it touches: `keep` their promises, `fresh`
    from now on, `recompute` as if it had held from the start, `carry` what was spent."""

    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80, required=False, allow_blank=True)
    apply = serializers.ChoiceField(WAYS, required=False)


class PolicyOut(PolicySaid):
    """A policy as it is tried: those in force by `position`, the first that a ticket meets."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class PolicyVersionOut(PolicySaid):
    """A policy as it was from `made_at` on: what clocks that name the version are counted by."""

    number = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    made_by = serializers.IntegerField(allow_null=True)


class MovedOut(serializers.Serializer[Any]):
    """An open clock before and after. Deadlines are null while it stands still, or ends."""

    ticket = serializers.IntegerField()
    metric = serializers.ChoiceField(METRICS)
    paused = serializers.BooleanField()
    changed = serializers.BooleanField()
    target_s = serializers.IntegerField()
    new_target_s = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    fresh = serializers.DateTimeField(allow_null=True)
    recompute = serializers.DateTimeField(allow_null=True)
    carry = serializers.DateTimeField(allow_null=True)
    broken_by = serializers.ListField(
        child=serializers.ChoiceField(MODES),
        help_text="The ways of taking the change that break the promise at once.",
    )


class TouchedOut(serializers.Serializer[Any]):
    """`count`: open tickets touched; `clocks`: those of the first 50 that the caller may see."""

    count = serializers.IntegerField()
    hidden = serializers.IntegerField(
        help_text="How many of the first 50 are not the caller's to see."
    )
    clocks = MovedOut(many=True)


class MoveIn(serializers.Serializer[Any]):
    to = serializers.ChoiceField(["up", "down"])


class PolicyViewSet(Api, GenericViewSet[SlaPolicy]):
    """What is promised to whom. The first policy in force that a ticket meets applies to it."""

    queryset = SlaPolicy.objects.none()
    serializer_class = PolicyOut
    lookup_value_converter = "int"
    needs = Can.MANAGE_PROMISES
    reads_need = Can.SEE_TEAM
    conditional = True
    request: ApiRequest
    orders: ClassVar = ORDERS

    @extend_schema(responses=PolicyOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Policies, in the order they are tried."""
        page = self.paginate_queryset(_rows()) or []
        return self.get_paginated_response([policy_out(row) for row in page])

    @extend_schema(responses=PolicyOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One policy as it is now."""
        return tagged(policy_out(_rows().get(pk=pk)))

    @extend_schema(request=PolicyIn, responses={201: PolicyOut})
    def create(self, request: ApiRequest) -> Response:
        """Add a policy, in force at once, tried before the first that is for everybody."""
        made = self._saved(None, given(PolicyIn, request))
        answer = tagged(policy_out(made), 201)
        answer["Location"] = f"{request.path}{made.pk}/"
        return answer

    @extend_schema(request=PolicyIn, responses=PolicyOut)
    def update(self, request: ApiRequest, pk: int) -> Response:
        """Change a policy: the next version. `apply` says what open tickets make of it."""
        sent = given(PolicyIn, request)
        with unless_changed(request, lambda: policy_out(_locked(pk))):
            saved = self._saved(pk, sent)
        return tagged(policy_out(saved))

    def _saved(self, pk: int | None, sent: dict[str, Any]) -> SlaPolicy:
        named = {"name": sent["name"], "name_zh": sent.get("name_zh", "")}
        if "apply" in sent:
            named["apply"] = sent["apply"]
        by, now = self.request.user, timezone.now()
        return actions.save_policy(pk, by=by, now=now, said=_said(sent), **named)

    @extend_schema(responses=PolicyVersionOut(many=True))
    @action(
        detail=True,
        methods=["get"],
        orders={"-number": ("-number",), "number": ("number",)},
    )
    def versions(self, request: ApiRequest, pk: int) -> Response:
        """Every version that clocks are counted by, the newest first."""
        rows: Any = SlaPolicy.objects.get(pk=pk).versions.all()
        page: Any = self.paginate_queryset(rows) or []
        return self.get_paginated_response([_version_out(version) for version in page])

    @extend_schema(request=PolicySaid, responses=TouchedOut)
    @action(detail=True, methods=["post"], conditional=False)
    def preview(self, request: ApiRequest, pk: int) -> Response:
        """Which open tickets a change would touch, and their deadlines by each way; not saved."""
        sent = given(PolicySaid, request)
        SlaPolicy.objects.get(pk=pk)
        found = actions.touched(pk, _said(sent), by=request.user, now=timezone.now())
        return Response(_touched_out(found))

    @extend_schema(request=MoveIn, responses=PolicyOut)
    @action(detail=True, methods=["post"])
    def move(self, request: ApiRequest, pk: int) -> Response:
        """Try it one place earlier (`up`) or later."""
        up = given(MoveIn, request)["to"] == "up"
        with unless_changed(request, lambda: policy_out(_locked(pk))):
            row = actions.move_policy(pk, by=request.user, up=up, now=timezone.now())
        return tagged(policy_out(row))

    @extend_schema(request=None, responses=PolicyOut)
    @action(detail=True, methods=["post"])
    def activate(self, request: ApiRequest, pk: int) -> Response:
        """Bring it into force, for new tickets."""
        return self._set_active(pk, active=True)

    @extend_schema(request=None, responses=PolicyOut)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: ApiRequest, pk: int) -> Response:
        """Take it out of force; open tickets keep what was promised."""
        return self._set_active(pk, active=False)

    def _set_active(self, pk: int, *, active: bool) -> Response:
        by, now = self.request.user, timezone.now()
        with unless_changed(self.request, lambda: policy_out(_locked(pk))):
            row = actions.set_policy_active(pk, by=by, active=active, now=now)
        return tagged(policy_out(row))


def _rows() -> models.QuerySet[SlaPolicy]:
    return SlaPolicy.objects.filter(current__isnull=False).select_related("current")


def _locked(pk: int) -> SlaPolicy:
    return _rows().select_for_update(of=("self",)).get(pk=pk)


def _said(sent: dict[str, Any]) -> dict[str, Any]:
    """As the action takes it."""
    names = ("when", "targets", "pauses", "ladder", "reopened")
    return {name: sent[name] for name in names if name in sent}


def policy_out(row: SlaPolicy) -> dict[str, Any]:
    """`PolicyOut` of a policy that was read with its version."""
    version = row.current
    known = json.loads(version.spec) if version else {}
    plain = ("name", "name_zh", "position", "active")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in plain},
        "version": version.number if version else 0,
        "reopened": NEW,
        **known,
    }


def _version_out(version: SlaPolicyVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "made_at": version.made_at,
        "made_by": version.made_by_id,
        "reopened": NEW,
        **json.loads(version.spec),
    }


def _touched_out(found: Touched) -> dict[str, Any]:
    return {
        "count": found.count,
        "hidden": found.hidden,
        "clocks": [_moved_out(one) for one in found.clocks],
    }


def _moved_out(one: Moved) -> dict[str, Any]:
    return {
        "ticket": one.ticket.pk,
        "metric": one.metric,
        "paused": one.paused,
        "changed": one.changed,
        "target_s": one.target_s,
        "new_target_s": one.new_target_s,
        "due_at": moment(one.before),
        **{mode.value: moment(one.after.get(mode)) for mode in Mode},
        "broken_by": [mode.value for mode in Mode if mode in one.broken],
    }
