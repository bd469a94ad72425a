"""Courses over the API: what can be taken, and writing them (L1-L4)."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given, seen, versioned
from teams.http import ApiRequest
from teams.models.groups import Segment
from teams.models.people import Role
from teams.roles import Can
from tickets.models import Product
from training import actions
from training.models import Area, Course, CourseVersion, Difficulty, Lesson, LessonFile

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)


@extend_schema_serializer(component_name="LessonFile")
class FileOut(serializers.ModelSerializer[LessonFile]):
    """A file of a lesson; it is downloaded on its page."""

    class Meta:
        model = LessonFile
        fields: ClassVar = ["id", "name", "type", "size", "digest"]


@extend_schema_serializer(component_name="Lesson")
class LessonOut(serializers.ModelSerializer[Lesson]):
    """A lesson; its texts are Markdown."""

    files = FileOut(many=True)

    class Meta:
        model = Lesson
        fields: ClassVar = [
            *("id", "position", "title", "title_zh", "text", "text_zh", "video", "product"),
            "files",
        ]


class DrawShape(serializers.Serializer[Any]):
    """How many questions a test draws of an area; `difficulty` empty: of any."""

    area = serializers.ChoiceField(Area.choices)
    difficulty = serializers.ChoiceField(Difficulty.choices, allow_blank=True, default="")
    n = serializers.IntegerField(min_value=1, max_value=60)


@extend_schema_serializer(component_name="CourseVersion")
class VersionOut(serializers.ModelSerializer[CourseVersion]):
    """What a version teaches and how it is tested; `published_at` null: the draft."""

    published_at = Moment(allow_null=True)
    draws = DrawShape(many=True)
    lessons = serializers.SerializerMethodField()

    class Meta:
        model = CourseVersion
        fields: ClassVar = [
            *("id", "number", "pass_mark", "time_limit_s", "attempts", "pretest", "draws"),
            *("published_at", "published_by", "lessons"),
        ]

    @extend_schema_field(LessonOut(many=True))
    def get_lessons(self, version: CourseVersion) -> list[dict[str, Any]]:
        rows = version.lessons.prefetch_related("files").order_by("position")
        return [dict(row) for row in LessonOut(rows, many=True).data]


@extend_schema_serializer(component_name="Course")
class CourseOut(serializers.ModelSerializer[Course]):
    """A course; `current` is the version on offer, null while it was never published."""

    retired_at = Moment(allow_null=True)

    class Meta:
        model = Course
        fields: ClassVar = [
            *("id", "name", "name_zh", "area", "about", "about_zh", "minutes", "roles"),
            *("segments", "valid_days", "needs_first", "products", "current", "retired_at"),
            "version",
        ]


class CourseIn(serializers.Serializer[Any]):
    """What is said of a course."""

    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    area = serializers.ChoiceField(Area.choices)
    about = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    about_zh = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    minutes = serializers.IntegerField(min_value=1, max_value=600, required=False)
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), required=False)
    segments = serializers.ListField(child=serializers.ChoiceField(Segment.choices), required=False)
    valid_days = serializers.IntegerField(
        min_value=1, max_value=3650, required=False, allow_null=True
    )
    needs_first = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.all(), many=True, required=False
    )
    products = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects.all(), many=True, required=False
    )


class LessonIn(serializers.Serializer[Any]):
    """A lesson of the draft; `id` names the one to change, without it a new one comes last."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    title = serializers.CharField(max_length=120)
    title_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    text = serializers.CharField(max_length=50_000, required=False, allow_blank=True)
    text_zh = serializers.CharField(max_length=50_000, required=False, allow_blank=True)
    video = serializers.URLField(max_length=200, required=False, allow_blank=True)
    product = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects.all(), required=False, allow_null=True
    )


class TestIn(serializers.Serializer[Any]):
    """How the draft is tested; no `draws`: whoever has read every lesson has passed."""

    __test__ = False

    pass_mark = serializers.IntegerField(min_value=1, max_value=100, required=False)
    time_limit_s = serializers.IntegerField(
        min_value=60, max_value=14_400, required=False, allow_null=True
    )
    attempts = serializers.IntegerField(min_value=1, max_value=20, required=False, allow_null=True)
    pretest = serializers.BooleanField(required=False)
    draws = DrawShape(many=True, required=False)


class CourseFilters(serializers.Serializer[Any]):
    area = serializers.ChoiceField(Area.choices, required=False)
    retired = serializers.BooleanField(required=False, allow_null=True, default=None)


@extend_schema_view(list=extend_schema(parameters=[CourseFilters]))
class CourseViewSet(Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Course]):
    """Courses that can be taken; for authors drafts and retired ones too. ETag: the version."""

    queryset = Course.objects.none()
    serializer_class = CourseOut
    lookup_value_converter = "int"
    conditional = True
    orders: ClassVar = {"id": ("pk",), "-id": ("-pk",), "name": ("name", "pk")}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Course]:
        rows = Course.objects.visible_to(self.request.user)
        rows = rows.prefetch_related("needs_first", "products")
        if self.action != "list":
            return rows
        wanted = asked(CourseFilters, self.request)
        retired = wanted.pop("retired", None)
        rows = rows.filter(**wanted)
        return rows if retired is None else rows.filter(retired_at__isnull=not retired)

    @extend_schema(responses=CourseOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:  # type: ignore[override]
        return self._answer(pk)

    @extend_schema(request=CourseIn, responses={201: CourseOut})
    def create(self, request: ApiRequest) -> Response:
        """A course with its first draft."""
        request.user.must(Can.AUTHOR_COURSES)
        sent = given(CourseIn, request)
        made = actions.save_course(None, by=request.user, now=timezone.now(), **sent)
        answer = self._answer(made.pk, 201)
        answer["Location"] = f"{request.path}{made.pk}/"
        return answer

    @extend_schema(request=CourseIn, responses=CourseOut)
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        request.user.must(Can.AUTHOR_COURSES)
        sent = given(CourseIn, request, partial=True)
        actions.save_course(pk, by=request.user, now=timezone.now(), seen=seen(request), **sent)
        return self._answer(pk)

    @extend_schema(responses=VersionOut(many=True))
    @action(detail=True, pagination_class=None)
    def versions(self, request: ApiRequest, pk: int) -> Response:
        """What is on offer; for authors every version, the newest first."""
        course = self.get_queryset().get(pk=pk)
        rows = course.versions.order_by("-number")
        if not request.user.can(Can.AUTHOR_COURSES):
            rows = rows.filter(pk=course.current_id or 0)
        return Response(VersionOut(rows, many=True).data)

    @extend_schema(request=LessonIn, responses=LessonOut)
    @action(detail=True, methods=["post"])
    def lessons(self, request: ApiRequest, pk: int) -> Response:
        """Write a lesson of the draft."""
        request.user.must(Can.AUTHOR_COURSES)
        sent = given(LessonIn, request)
        lesson = actions.save_lesson(
            pk, sent.pop("id", None), by=request.user, now=timezone.now(), **sent
        )
        return Response(LessonOut(lesson).data)

    @extend_schema(request=TestIn, responses=VersionOut)
    @action(detail=True, methods=["post"])
    def test(self, request: ApiRequest, pk: int) -> Response:
        """How the draft is tested."""
        request.user.must(Can.AUTHOR_COURSES)
        sent = given(TestIn, request)
        draft = actions.save_test(pk, by=request.user, now=timezone.now(), **sent)
        return Response(VersionOut(draft).data)

    @extend_schema(request=None, responses=CourseOut)
    @action(detail=True, methods=["post"])
    def publish(self, request: ApiRequest, pk: int) -> Response:
        """The draft becomes what can be taken."""
        actions.publish_course(pk, by=request.user, now=timezone.now())
        return self._answer(pk)

    @extend_schema(request=None, responses=CourseOut)
    @action(detail=True, methods=["post"])
    def draft(self, request: ApiRequest, pk: int) -> Response:
        """Begin a new version."""
        actions.begin_draft(pk, by=request.user, now=timezone.now())
        return self._answer(pk)

    @extend_schema(request=None, responses=CourseOut)
    @action(detail=True, methods=["post"])
    def retire(self, request: ApiRequest, pk: int) -> Response:
        """Nobody can begin it any more."""
        actions.retire_course(pk, by=request.user, now=timezone.now())
        return self._answer(pk)

    @extend_schema(request=None, responses=CourseOut)
    @action(detail=True, methods=["post"])
    def restore(self, request: ApiRequest, pk: int) -> Response:
        """On offer again."""
        actions.retire_course(pk, by=request.user, now=timezone.now(), retired=False)
        return self._answer(pk)

    def _answer(self, pk: int, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=pk)
        return versioned(CourseOut(row).data, row.version, status)
