"""Who learns what, over the API: enrol, read, leave (L1-L4)."""

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
from training import actions
from training.models import Course, Enrolment

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)


@extend_schema_serializer(component_name="Enrolment")
class EnrolmentOut(serializers.ModelSerializer[Enrolment]):
    """One person takes one version of a course; `read`: ids of the lessons that were read."""

    begun_at = Moment()
    passed_at = Moment(allow_null=True)
    failed_at = Moment(allow_null=True)
    left_at = Moment(allow_null=True)
    read = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Enrolment
        fields: ClassVar = [
            *("id", "user", "course", "version", "why", "due_on", "begun_at", "read"),
            *("passed_at", "failed_at", "left_at", "score"),
        ]


class EnrolIn(serializers.Serializer[Any]):
    """Without `user` oneself; others only those one runs."""

    course = serializers.PrimaryKeyRelatedField(queryset=Course.objects.all())
    user = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    due_on = serializers.DateField(required=False, allow_null=True)


class ReadIn(serializers.Serializer[Any]):
    lesson = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class EnrolmentFilters(serializers.Serializer[Any]):
    user = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    course = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


@extend_schema_view(list=extend_schema(parameters=[EnrolmentFilters]))
class EnrolmentViewSet(
    Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Enrolment]
):
    """One's own enrolments, and those of the people one runs."""

    queryset = Enrolment.objects.none()
    serializer_class = EnrolmentOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Enrolment]:
        rows = Enrolment.objects.visible_to(self.request.user)
        if self.action != "list":
            return rows
        wanted = asked(EnrolmentFilters, self.request)
        is_open = wanted.pop("open", None)
        rows = rows.filter(**wanted)
        if is_open is None:
            return rows
        return rows.open() if is_open else rows.exclude(pk__in=rows.open().values("pk"))

    @extend_schema(request=EnrolIn, responses={201: EnrolmentOut})
    def create(self, request: ApiRequest) -> Response:
        """Begin a course; whoever has begun it keeps the enrolment."""
        sent = given(EnrolIn, request)
        user = sent.get("user", request.user.pk)
        why = Enrolment.Why.SELF if user == request.user.pk else Enrolment.Why.MANAGER
        made = actions.enrol(
            sent["course"].pk,
            user_id=user,
            by=request.user,
            now=timezone.now(),
            why=why,
            due_on=sent.get("due_on"),
        )
        answer = Response(EnrolmentOut(made).data, status=201)
        answer["Location"] = f"{request.path}{made.pk}/"
        return answer

    @extend_schema(request=ReadIn, responses=EnrolmentOut)
    @action(detail=True, methods=["post"])
    def read(self, request: ApiRequest, pk: int) -> Response:
        """One has read a lesson; without a test the last one passes the course."""
        lesson = given(ReadIn, request)["lesson"]
        done = actions.read_lesson(pk, by=request.user, now=timezone.now(), lesson_id=lesson)
        return Response(EnrolmentOut(done).data)

    @extend_schema(request=None, responses=EnrolmentOut)
    @action(detail=True, methods=["post"])
    def leave(self, request: ApiRequest, pk: int) -> Response:
        """Give up a course that one chose oneself."""
        left = actions.leave_course(pk, by=request.user, now=timezone.now())
        return Response(EnrolmentOut(left).data)
