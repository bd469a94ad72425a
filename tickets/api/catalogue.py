"""Products (N3), categories and their question guides (W2) over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given, tagged, unless_changed
from teams.http import ApiRequest
from teams.models import Skill
from teams.roles import Can
from tickets.actions.catalogue import publish_guide, save_category, save_product
from tickets.models import Category, Guide, Product


class ProductShape(serializers.Serializer[Any]):
    """A product in both languages; a change may send part of it."""

    id = serializers.IntegerField(read_only=True)
    code = serializers.SlugField(max_length=50)
    kind = serializers.ChoiceField(Product.Kind.choices)
    risk_level = serializers.ChoiceField(Product.Level.choices)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    features = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    features_zh = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    risks = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    risks_zh = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    suitable = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    suitable_zh = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    active = serializers.BooleanField(required=False)


class CategoryShape(serializers.Serializer[Any]):
    """What tickets are about, in both languages; a change may send part of it."""

    id = serializers.IntegerField(read_only=True)
    code = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    words = serializers.CharField(
        max_length=5_000,
        required=False,
        allow_blank=True,
        help_text="Words that suggest it, separated by commas.",
    )
    skill = serializers.PrimaryKeyRelatedField(
        queryset=Skill.objects.all(), required=False, allow_null=True
    )
    active = serializers.BooleanField(required=False)


class ProductFilters(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Product.Kind.choices, required=False)
    risk_level = serializers.ChoiceField(Product.Level.choices, required=False)
    active = serializers.BooleanField(required=False)


class CategoryFilters(serializers.Serializer[Any]):
    active = serializers.BooleanField(required=False)


class GuideFilters(serializers.Serializer[Any]):
    category = serializers.IntegerField(required=False)
    in_force = serializers.BooleanField(required=False)


class TextShape(serializers.Serializer[Any]):
    en = serializers.CharField(max_length=500)
    zh = serializers.CharField(max_length=500)


class OptionShape(serializers.Serializer[Any]):
    value = serializers.CharField(max_length=60)
    text = TextShape()


class ParentShape(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=60)


class QuestionShape(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=60)
    text = TextShape()
    type = serializers.ChoiceField(["choice", "multi", "text", "number", "amount", "date", "yesno"])
    options = OptionShape(many=True, required=False, max_length=50)  # type: ignore[call-arg]
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    parent = ParentShape(required=False, help_text="The answer that calls for this question.")


class GuideIn(serializers.Serializer[Any]):
    category = serializers.IntegerField(min_value=1)
    questions = QuestionShape(many=True, max_length=100)  # type: ignore[call-arg]


class GuideOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    category = serializers.IntegerField()
    version = serializers.IntegerField()
    questions = QuestionShape(many=True)
    in_force = serializers.BooleanField()
    made_by = serializers.IntegerField(allow_null=True)
    made_at = serializers.DateTimeField()


class CatalogueViewSet(Api, GenericViewSet[Any]):
    """What managers keep and everybody reads. A row's ETag is the digest of its content."""

    lookup_value_converter = "int"
    needs = Can.KEEP_CATALOGUE
    conditional = True
    request: ApiRequest
    model: ClassVar[Any]
    shape: ClassVar[type[serializers.Serializer[Any]]]
    filters: ClassVar[type[serializers.Serializer[Any]]]
    save: ClassVar[Callable[..., Any]]
    orders: ClassVar = {"name": ("name", "pk"), "-name": ("-name", "-pk"), "id": ("pk",)}

    def list(self, request: ApiRequest) -> Response:
        rows = self.model.objects.visible_to(request.user)
        page = self.paginate_queryset(rows.filter(**asked(self.filters, request))) or []
        return self.get_paginated_response([self._out(row) for row in page])

    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        return tagged(self._out(self.model.objects.visible_to(request.user).get(pk=pk)))

    def create(self, request: ApiRequest) -> Response:
        sent = given(self.shape, request)
        row = type(self).save(None, by=request.user, now=timezone.now(), **sent)
        answer = tagged(self._out(row), 201)
        answer["Location"] = f"{request.path}{row.pk}/"
        return answer

    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        sent = given(self.shape, request, partial=True)
        with unless_changed(request, lambda: self._out(self._locked(pk))):
            row = type(self).save(pk, by=request.user, now=timezone.now(), **sent)
        return tagged(self._out(row))

    def _locked(self, pk: int) -> Any:
        return self.model.objects.visible_to(self.request.user).select_for_update().get(pk=pk)

    def _out(self, row: Any) -> dict[str, Any]:
        return dict(self.shape(row).data)


@extend_schema(request=ProductShape, responses=ProductShape)
class ProductViewSet(CatalogueViewSet):
    """Products: features, risks and suitable scenarios (N3)."""

    queryset = Product.objects.none()
    model = Product
    shape = serializer_class = ProductShape
    filters = ProductFilters
    save = staticmethod(save_product)

    @extend_schema(parameters=[ProductFilters], responses=ProductShape(many=True))
    def list(self, request: ApiRequest) -> Response:
        return super().list(request)


@extend_schema(request=CategoryShape, responses=CategoryShape)
class CategoryViewSet(CatalogueViewSet):
    """Categories of tickets (W2, W3)."""

    queryset = Category.objects.none()
    model = Category
    shape = serializer_class = CategoryShape
    filters = CategoryFilters
    save = staticmethod(save_category)

    @extend_schema(parameters=[CategoryFilters], responses=CategoryShape(many=True))
    def list(self, request: ApiRequest) -> Response:
        return super().list(request)


class GuideViewSet(Api, GenericViewSet[Guide]):
    """Question guides: a version is never changed; publishing makes the next one (W2)."""

    queryset = Guide.objects.none()
    serializer_class = GuideOut
    lookup_value_converter = "int"
    needs = Can.KEEP_CATALOGUE
    request: ApiRequest
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}

    @extend_schema(parameters=[GuideFilters], responses=GuideOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        rows = Guide.objects.visible_to(request.user).filter(**asked(GuideFilters, request))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([guide_out(row) for row in page])

    @extend_schema(responses=GuideOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        return tagged(guide_out(Guide.objects.visible_to(request.user).get(pk=pk)))

    @extend_schema(request=GuideIn, responses={201: GuideOut})
    def create(self, request: ApiRequest) -> Response:
        """Bring a new version into force. Running tickets keep theirs."""
        sent, now = given(GuideIn, request), timezone.now()
        guide = publish_guide(
            sent["category"], by=request.user, questions=sent["questions"], now=now
        )
        answer = tagged(guide_out(guide), 201)
        answer["Location"] = f"{request.path}{guide.pk}/"
        return answer


def guide_out(guide: Guide) -> dict[str, Any]:
    return {
        "id": guide.pk,
        "category": guide.category_id,
        "version": guide.version,
        "questions": guide.questions,
        "in_force": guide.in_force,
        "made_by": guide.made_by_id,
        "made_at": guide.made_at,
    }
