"""The quarterly cycle for programs: participation, who must attend, excuses (L5, K4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given
from csservice.lib.errors import InvalidError
from teams.http import ApiRequest
from teams.models import User
from teams.roles import Can
from training import actions
from training.models import Area, Cycle, CycleMember
from training.quarters import Participation, Quarter, State

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)
Key = partial(serializers.IntegerField, min_value=1, max_value=2**63 - 1)
QUARTER = r"^\d{4}-Q[1-4]$"


class ParticipationOut(serializers.Serializer[Participation]):
    """K4 of the people the caller may see: `rate` is attended of required, 0 to 1, or null.

    Required are attended, open and missed; the rest is listed and in no share. `to_go`: how many
    more must attend to reach the target.
    """

    attended = serializers.IntegerField()
    required = serializers.IntegerField()  # type: ignore[assignment]
    open = serializers.IntegerField()
    missed = serializers.IntegerField()
    excused = serializers.IntegerField()
    left = serializers.IntegerField()
    later = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    to_go = serializers.IntegerField()


@extend_schema_serializer(component_name="Cycle")
class CycleOut(serializers.ModelSerializer[Cycle]):
    """One area in one quarter; `target` in per cent."""

    quarter = serializers.RegexField(QUARTER, read_only=True)
    opened_at = Moment()
    participation = ParticipationOut()

    class Meta:
        model = Cycle
        fields: ClassVar = [
            *("id", "area", "quarter", "starts_on", "ends_on", "target", "opened_at"),
            "participation",
        ]


@extend_schema_serializer(component_name="CycleMember")
class MemberOut(serializers.ModelSerializer[CycleMember]):
    """Who must attend, and how they stand today. `record`: the training that counts."""

    state = serializers.ChoiceField([str(state) for state in State])
    attended_at = Moment(allow_null=True)
    excused_at = Moment(allow_null=True)

    class Meta:
        model = CycleMember
        fields: ClassVar = [
            *("id", "cycle", "user", "group", "state", "since", "due_on", "left_on", "attended_at"),
            *("record", "excused_at", "excused_by", "excused_because"),
        ]


class OpenIn(serializers.Serializer[Any]):
    """This quarter or the next, as 2026-Q4."""

    quarter = serializers.RegexField(
        QUARTER, error_messages={"invalid": _("Enter a quarter, as 2026-Q4.")}
    )


class ExcuseIn(serializers.Serializer[Any]):
    user = Key()
    reason = serializers.CharField(max_length=500)


class CycleFilter(serializers.Serializer[Any]):
    quarter = serializers.RegexField(QUARTER, required=False)
    area = serializers.ChoiceField(Area.choices, required=False)


class MemberFilter(serializers.Serializer[Any]):
    state = serializers.ChoiceField([str(state) for state in State], required=False)
    group = Key(required=False)
    user = Key(required=False)


@extend_schema_view(list=extend_schema(parameters=[CycleFilter]))
class CycleViewSet(Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Cycle]):
    """The quarters' cycles. The counts are of the people the caller may see; a write of all."""

    queryset = Cycle.objects.none()
    serializer_class = CycleOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    needs = Can.RUN_TRAINING
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Any]:
        if self.action == "members":
            return self._members()
        rows = Cycle.objects.visible_to(self.request.user)
        if self.action != "list":
            return rows
        wanted = asked(CycleFilter, self.request)
        quarter = Quarter.read(wanted.get("quarter", ""))
        rows = rows.of(quarter) if quarter else rows
        return rows.filter(area=wanted["area"]) if "area" in wanted else rows

    def paginate_queryset(self, queryset: Any) -> Any:
        rows = super().paginate_queryset(queryset)
        return _counted(rows or (), self.request.user) if self.action == "list" else rows

    def get_object(self) -> Cycle:
        return _counted([super().get_object()], self.request.user)[0]

    @extend_schema(request=OpenIn, responses={200: CycleOut(many=True)})
    def create(self, request: ApiRequest) -> Response:
        """Open the cycles of a quarter for everybody; those that are open stay. Answers all four.

        409: neither this quarter nor the next.
        """
        quarter = Quarter.read(given(OpenIn, request)["quarter"])
        if quarter is None:  # as the year 0000
            raise InvalidError("quarter", gettext("Enter a quarter, as 2026-Q4."))
        actions.open_quarter(quarter, by=request.user, now=timezone.now())
        rows = _counted(Cycle.objects.of(quarter).order_by("pk"), request.user)
        return Response(CycleOut(rows, many=True).data)

    @extend_schema(parameters=[MemberFilter], responses=MemberOut(many=True))
    @action(detail=True)
    def members(self, request: ApiRequest, pk: int) -> Response:
        """Who must attend, of the people the caller may see."""
        get_object_or_404(Cycle.objects.visible_to(request.user), pk=pk)
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(MemberOut(rows, many=True).data)

    @extend_schema(request=ExcuseIn, responses=MemberOut)
    @action(detail=True, methods=["post"])
    def excuse(self, request: ApiRequest, pk: int) -> Response:
        """Take a person out of what is required, for a reason. 409: attended, excused or gone."""
        return self._decide(actions.excuse, request, pk)

    @extend_schema(request=ExcuseIn, responses=MemberOut)
    @action(detail=True, methods=["post"])
    def revoke(self, request: ApiRequest, pk: int) -> Response:
        """Require an excused person again. 409: not excused."""
        return self._decide(actions.revoke_excuse, request, pk)

    def _decide(self, act: Any, request: ApiRequest, pk: int) -> Response:
        said = given(ExcuseIn, request)
        rows = CycleMember.objects.run_by(request.user).filter(cycle=pk)
        member = get_object_or_404(rows, user=said["user"])
        act(member.pk, by=request.user, reason=said["reason"], now=timezone.now())
        return Response(MemberOut(rows.with_state(_today()).get(pk=member.pk)).data)

    def _members(self) -> QuerySet[CycleMember]:
        wanted, today = asked(MemberFilter, self.request), _today()
        rows = CycleMember.objects.visible_to(self.request.user).filter(cycle=self.kwargs["pk"])
        if "state" in wanted:
            rows = rows.standing(State(wanted["state"]), today)
        same = {name: wanted[name] for name in ("group", "user") if name in wanted}
        return rows.filter(**same).with_state(today)


def _counted(cycles: Iterable[Cycle], user: User) -> list[Cycle]:
    """These cycles with `participation` of whom `user` may see. One query."""
    rows, today = list(cycles), _today()
    members = CycleMember.objects.visible_to(user).filter(cycle__in=rows).order_by()
    counts_of: list[dict[str, Any]] = list(
        members.values("cycle").annotate(**members.counted(today))  # type: ignore[arg-type]
    )
    found = {row.pop("cycle"): row for row in counts_of}
    for cycle in rows:
        counts = found.get(cycle.pk, {})
        cycle.participation = Participation(**counts, target=cycle.target)  # type: ignore[attr-defined]
    return rows


def _today() -> date:
    return timezone.localdate(timezone.now())
