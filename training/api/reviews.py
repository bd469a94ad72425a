"""Quality reviews for programs: what was rated, and the three steps of one (K1)."""

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
from training import actions, quality
from training.models import Dispute, Review

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)


@extend_schema_serializer(component_name="ReviewDispute")
class DisputeOut(serializers.ModelSerializer[Dispute]):
    """What the rated person does not agree with, and the answer; `outcome` empty while open."""

    at = Moment()
    answered_at = Moment(allow_null=True)

    class Meta:
        model = Dispute
        fields: ClassVar = ["text", "at", "answer", "outcome", "answered_at", "answered_by"]


@extend_schema_serializer(component_name="Review")
class ReviewOut(serializers.ModelSerializer[Review]):
    """One rating: `answers` by item, `score` 0-100, `critical` errors counted apart."""

    made_at = Moment()
    done_at = Moment(allow_null=True)
    items = serializers.ListField(source="form.items", child=serializers.DictField())
    dispute = DisputeOut(source="objection", allow_null=True)

    class Meta:
        model = Review
        fields: ClassVar = [
            *("id", "ticket", "person", "rater", "first", "made_at", "done_at", "items"),
            *("answers", "comments", "remark", "score", "failed", "critical", "dispute", "version"),
        ]


class Answers(serializers.DictField):
    child = serializers.ChoiceField(sorted(quality.SHARES))


class RateIn(serializers.Serializer[Any]):
    """All items of the form; a failed one needs its comment. `on_timeline`: message id -> text."""

    answers = Answers()
    comments = serializers.DictField(child=serializers.CharField(max_length=2000), required=False)
    remark = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    on_timeline = serializers.DictField(
        child=serializers.CharField(max_length=2000), required=False
    )

    def validate_on_timeline(self, value: dict[str, str]) -> dict[int, str]:
        return {int(key): text for key, text in value.items() if key.isdecimal()}


class DisputeIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)


class AnswerIn(serializers.Serializer[Any]):
    """Without `answers` the rating stands."""

    answer = serializers.CharField(max_length=2000)
    answers = Answers(required=False)
    comments = serializers.DictField(child=serializers.CharField(max_length=2000), required=False)


class ReviewFilters(serializers.Serializer[Any]):
    person = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    ticket = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    done = serializers.BooleanField(required=False, allow_null=True, default=None)


@extend_schema_view(list=extend_schema(parameters=[ReviewFilters]))
class ReviewViewSet(Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Review]):
    """Reviews of one's own work, and of the people one runs. A second rating is blind."""

    queryset = Review.objects.none()
    serializer_class = ReviewOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Review]:
        rows = Review.objects.visible_to(self.request.user).select_related("form", "dispute")
        if self.action != "list":
            return rows
        wanted = asked(ReviewFilters, self.request)
        done = wanted.pop("done", None)
        rows = rows.filter(**wanted)
        return rows if done is None else rows.filter(done_at__isnull=not done)

    @extend_schema(request=RateIn, responses=ReviewOut)
    @action(detail=True, methods=["post"])
    def rate(self, request: ApiRequest, pk: int) -> Response:
        """Rate a drawn ticket, once."""
        return self._did(actions.rate, RateIn, pk)

    @extend_schema(request=DisputeIn, responses=ReviewOut)
    @action(detail=True, methods=["post"])
    def dispute(self, request: ApiRequest, pk: int) -> Response:
        """The rated person does not agree."""
        return self._did(actions.dispute, DisputeIn, pk)

    @extend_schema(request=AnswerIn, responses=ReviewOut)
    @action(detail=True, methods=["post"])
    def answer(self, request: ApiRequest, pk: int) -> Response:
        """Somebody who did not rate it answers the dispute."""
        return self._did(actions.answer_dispute, AnswerIn, pk)

    def _did(self, act: Any, shape: type[serializers.Serializer[Any]], pk: int) -> Response:
        sent = given(shape, self.request)
        act(pk, by=self.request.user, now=timezone.now(), **sent)
        return Response(ReviewOut(self.get_queryset().get(pk=pk)).data)
