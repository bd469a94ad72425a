"""Learning needs for programs: read, asked for, dismissed."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given
from teams.http import ApiRequest
from teams.models import User
from teams.roles import Can
from tickets.models import Category
from training import actions
from training.models import Area, Course, Evidence, Need

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)


class EvidenceOut(serializers.ModelSerializer[Evidence]):
    """By what a need is seen: a `ticket`, or a `review` and its failed `item`."""

    at = Moment()

    class Meta:
        model = Evidence
        fields: ClassVar = ["ticket", "review", "item", "at"]


@extend_schema_serializer(component_name="LearningNeed")
class NeedOut(serializers.ModelSerializer[Need]):
    """A learning need; open while `ended_at` is null. `record`: the training that met it."""

    at = Moment()
    ended_at = Moment(allow_null=True)
    evidence = EvidenceOut(many=True, read_only=True)

    class Meta:
        model = Need
        fields: ClassVar = [
            *("id", "user", "area", "why", "category", "course", "note", "at", "by"),
            *("record", "dismissed_because", "ended_at", "evidence"),
        ]


class NeedIn(serializers.Serializer[Any]):
    """What somebody should learn. Without `course` one is proposed."""

    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    area = serializers.ChoiceField(Area.choices)
    note = serializers.CharField(max_length=2000)
    course = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.on_offer(), required=False, allow_null=True
    )
    category = serializers.PrimaryKeyRelatedField(
        queryset=Category.objects.in_use(), required=False, allow_null=True
    )


class DismissIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class NeedFilters(serializers.Serializer[Any]):
    user = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    area = serializers.ChoiceField(Area.choices, required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


@extend_schema_view(list=extend_schema(parameters=[NeedFilters]))
class NeedViewSet(Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Need]):
    """One's own learning needs, and those of the people one runs."""

    queryset = Need.objects.none()
    serializer_class = NeedOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Need]:
        rows = Need.objects.visible_to(self.request.user).prefetch_related("evidence")
        if self.action != "list":
            return rows
        wanted = asked(NeedFilters, self.request)
        is_open = wanted.pop("open", None)
        rows = rows.filter(**wanted)
        return rows if is_open is None else rows.filter(ended_at__isnull=is_open)

    @extend_schema(request=NeedIn, responses={201: NeedOut})
    def create(self, request: ApiRequest) -> Response:
        """A manager says what somebody should learn."""
        request.user.must(Can.RUN_TRAINING)
        sent = given(NeedIn, request)
        made = actions.ask_need(by=request.user, now=timezone.now(), **sent)
        return Response(NeedOut(made).data, 201)

    @extend_schema(request=DismissIn, responses=NeedOut)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: ApiRequest, pk: int) -> Response:
        """End it without a course, with a reason."""
        request.user.must(Can.RUN_TRAINING)
        sent = given(DismissIn, request)
        done = actions.dismiss_need(pk, by=request.user, now=timezone.now(), **sent)
        return Response(NeedOut(done).data)
