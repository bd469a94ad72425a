"""The question bank for programs of authors (L1-L4). A revision is another question."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given
from teams.http import ApiRequest
from teams.roles import Can
from training import actions, marking
from training.models import Area, Course, Difficulty, Kind, Question

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)
WORDS = [
    *("id", "kind", "area", "difficulty", "course", "text", "text_zh", "options"),
    *("why", "why_zh", "points"),
]


@extend_schema_serializer(component_name="BankOption")
class OptionIn(serializers.Serializer[Any]):
    """One answer to choose from; `partner` only where pairs are matched."""

    text = serializers.CharField(max_length=300)
    text_zh = serializers.CharField(max_length=300, required=False, allow_blank=True)
    right = serializers.BooleanField(required=False)
    partner = serializers.CharField(max_length=300, required=False, allow_blank=True)
    partner_zh = serializers.CharField(max_length=300, required=False, allow_blank=True)


@extend_schema_serializer(component_name="BankQuestion")
class QuestionOut(serializers.ModelSerializer[Question]):
    """A question with its key; `options` of an ordering are in the right order."""

    options = OptionIn(many=True, read_only=True)
    made_at = Moment()
    retired_at = Moment(allow_null=True)

    class Meta:
        model = Question
        fields: ClassVar = [*WORDS, "replaces", "made_at", "made_by", "retired_at"]


class QuestionIn(serializers.Serializer[Any]):
    """A whole question."""

    kind = serializers.ChoiceField(Kind.choices)
    area = serializers.ChoiceField(Area.choices)
    difficulty = serializers.ChoiceField(Difficulty.choices)
    course = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.all(), required=False, allow_null=True
    )
    text = serializers.CharField(max_length=2000)
    text_zh = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    options = serializers.ListField(
        child=OptionIn(), required=False, max_length=marking.MOST_OPTIONS
    )
    why = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    why_zh = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    points = serializers.IntegerField(min_value=1, max_value=10, required=False)


class QuestionFilters(serializers.Serializer[Any]):
    area = serializers.ChoiceField(Area.choices, required=False)
    difficulty = serializers.ChoiceField(Difficulty.choices, required=False)
    kind = serializers.ChoiceField(Kind.choices, required=False)
    course = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    retired = serializers.BooleanField(required=False, default=False)


@extend_schema_view(list=extend_schema(parameters=[QuestionFilters]))
class QuestionViewSet(
    Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Question]
):
    """The bank; for authors only, since it holds the key of every test."""

    queryset = Question.objects.none()
    serializer_class = QuestionOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    needs = Can.AUTHOR_COURSES
    reads_need = Can.AUTHOR_COURSES
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Question]:
        rows = Question.objects.visible_to(self.request.user)
        if self.action != "list":
            return rows
        wanted = asked(QuestionFilters, self.request)
        retired = wanted.pop("retired", False)
        rows = rows.filter(**wanted)
        return rows.filter(retired_at__isnull=False) if retired else rows.in_bank()

    @extend_schema(request=QuestionIn, responses={201: QuestionOut})
    def create(self, request: ApiRequest) -> Response:
        """Write a question."""
        return self._saved(None, 201)

    @extend_schema(request=QuestionIn, responses=QuestionOut)
    @action(detail=True, methods=["post"])
    def revise(self, request: ApiRequest, pk: int) -> Response:
        """Another wording takes its place; answers keep the one they answered."""
        get_object_or_404(self.get_queryset(), pk=pk)
        return self._saved(pk, 200)

    @extend_schema(request=None, responses=QuestionOut)
    @action(detail=True, methods=["post"])
    def retire(self, request: ApiRequest, pk: int) -> Response:
        """No test draws it any more."""
        get_object_or_404(self.get_queryset(), pk=pk)
        done = actions.retire_question(pk, by=request.user, now=timezone.now())
        return Response(QuestionOut(done).data)

    def _saved(self, pk: int | None, status: int) -> Response:
        sent = given(QuestionIn, self.request)
        made = actions.save_question(pk, by=self.request.user, now=timezone.now(), **sent)
        return Response(QuestionOut(made).data, status)
