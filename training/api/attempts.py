"""One's own tests for programs: begun, answered, handed in (L1-L4). The key is never told."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, given
from teams.http import ApiRequest
from training import actions
from training.models import Attempt, AttemptItem, Enrolment, Purpose

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)
Points = partial(
    serializers.DecimalField, max_digits=6, decimal_places=2, read_only=True, allow_null=True
)


@extend_schema_serializer(component_name="TestQuestion")
class ItemOut(serializers.ModelSerializer[AttemptItem]):
    """One question as it is shown: `options` and `partners` by their place, from 1.

    `given` is {} or one of {"chosen": [place]}, {"places": {place: rank}}, {"pairs": {place: place
    of a partner}}, {"text": words}. `points` null while it waits, or the test goes on.
    """

    kind = serializers.CharField(source="question.kind")
    text = serializers.CharField(source="question.__str__")
    options = serializers.SerializerMethodField()
    partners = serializers.SerializerMethodField()
    given = serializers.DictField()
    saved_at = Moment(allow_null=True)
    points = Points()
    most = serializers.IntegerField(source="question.points")

    class Meta:
        model = AttemptItem
        fields: ClassVar = [
            *("position", "kind", "text", "options", "partners", "given", "revision"),
            *("saved_at", "points", "most", "remark"),
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_options(self, item: AttemptItem) -> list[str]:
        return [item.question.option(number) for number in item.mix.options]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_partners(self, item: AttemptItem) -> list[str]:
        return [item.question.partner(number) for number in item.mix.partners]

    def to_representation(self, item: AttemptItem) -> dict[str, Any]:
        """Points of a test before the lessons are told when the course has ended: see the page."""
        shown = super().to_representation(item)
        attempt = item.attempt
        if attempt.purpose == Purpose.BEFORE and attempt.enrolment.is_open:
            shown["points"] = None
        return shown


@extend_schema_serializer(component_name="Test")
class AttemptOut(serializers.ModelSerializer[Attempt]):
    """A test of one's own. `score` 0-100 once everything is marked; `passed` null before."""

    begun_at, closed_at = Moment(), Moment(allow_null=True)
    deadline_at, marked_at = Moment(allow_null=True), Moment(allow_null=True)
    score = Points()
    items = ItemOut(many=True, read_only=True)

    class Meta:
        model = Attempt
        fields: ClassVar = [
            *("id", "enrolment", "purpose", "number", "begun_at", "deadline_at", "closed_at"),
            *("ended", "marked_at", "score", "passed", "out_of", "items"),
        ]


class BeginIn(serializers.Serializer[Any]):
    enrolment = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    purpose = serializers.ChoiceField(Purpose.choices, required=False)


class TestAnswerIn(serializers.Serializer[Any]):
    """`seen`: the revision that was read; without it whatever is kept is written over."""

    position = serializers.IntegerField(min_value=1, max_value=1000)
    given = serializers.DictField()
    seen = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class AttemptViewSet(
    Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Attempt]
):
    """One's own tests."""

    queryset = Attempt.objects.none()
    serializer_class = AttemptOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Attempt]:
        rows = Attempt.objects.visible_to(self.request.user)
        return rows.select_related("enrolment").with_items()

    @extend_schema(request=BeginIn, responses={201: AttemptOut})
    def create(self, request: ApiRequest) -> Response:
        """Begin a test of one's own enrolment; the one that goes on, where there is one."""
        sent = given(BeginIn, request)
        pk = sent.pop("enrolment")
        get_object_or_404(Enrolment.objects.filter(user=request.user), pk=pk)
        made = actions.start_test(pk, by=request.user, now=timezone.now(), **sent)
        return Response(self._now(made.pk), 201)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One test as it is now."""
        return Response(self._now(self.kwargs["pk"]))

    @extend_schema(request=TestAnswerIn, responses=AttemptOut)
    @action(detail=True, methods=["post"])
    def answer(self, request: ApiRequest, pk: int) -> Response:
        """Keep what is answered to one question so far."""
        self._now(pk)
        sent = given(TestAnswerIn, request)
        place = sent.pop("position")
        get_object_or_404(AttemptItem.objects.filter(attempt=pk), position=place)
        actions.save_answer(pk, place, by=request.user, now=timezone.now(), **sent)
        return Response(self._now(pk))

    @extend_schema(request=None, responses=AttemptOut)
    @action(detail=True, methods=["post"])
    def hand_in(self, request: ApiRequest, pk: int) -> Response:
        """End it."""
        self._now(pk)
        actions.hand_in(pk, by=request.user, now=timezone.now())
        return Response(self._now(pk))

    def _now(self, pk: int) -> dict[str, Any]:
        """The test as it is now: closed, if its time is over."""
        found = get_object_or_404(self.get_queryset(), pk=pk)
        now = timezone.now()
        if found.closed_at is None and found.is_over(now):
            actions.close_if_run_out(pk, now=now)
            found = get_object_or_404(self.get_queryset(), pk=pk)
        return dict(AttemptOut(found).data)
