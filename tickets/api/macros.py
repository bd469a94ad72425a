"""Quick replies over the API: shared ones and one's own, in both languages (W1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given, seen, versioned
from teams.http import ApiRequest
from teams.models import Group
from teams.models.groups import Segment
from teams.roles import Can
from tickets import actions, macros
from tickets.actions.macros import CHOICES, SCOPES
from tickets.models import Category, Channel, Macro

PLACES = ", ".join(f"{{{name}}}" for name in macros.PLACEHOLDERS)


class StepShape(serializers.Serializer[Any]):
    """What is done after the reply, each at most once: `priority` with `value`; `complaint`; `note`
    with `text`; `wait` with `for` and `reason`. Words in one language at least, in Chinese under
    `text_zh` and `reason_zh`; who uses it leaves them in their own."""

    do = serializers.ChoiceField(sorted(macros.STEPS))
    value = serializers.ChoiceField(sorted(CHOICES["value"]), required=False)
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    text_zh = serializers.CharField(max_length=2000, required=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    reason_zh = serializers.CharField(max_length=200, required=False)

    def get_fields(self) -> dict[str, Any]:
        waits = serializers.ChoiceField(sorted(CHOICES["for"]), required=False)
        return {**super().get_fields(), "for": waits}


class MacroChange(serializers.Serializer[Any]):
    """What can be changed of a quick reply; whose it is stays."""

    shortcut = serializers.CharField(max_length=25, help_text="Typed as /greet and a space.")
    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80, required=False, allow_blank=True)
    text_en = serializers.CharField(
        max_length=5000, required=False, allow_blank=True, help_text=f"Filled in: {PLACES}."
    )
    text_zh = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    category = serializers.PrimaryKeyRelatedField(
        queryset=Category.objects.in_use(), required=False, allow_null=True
    )
    channel = serializers.ChoiceField(Channel.choices, required=False, allow_blank=True)
    segment = serializers.ChoiceField(Segment.choices, required=False, allow_blank=True)
    steps = StepShape(many=True, required=False, max_length=4)  # type: ignore[call-arg]


class MacroIn(MacroChange):
    """A quick reply: `scope` own unless given; `group` for those of a group."""

    scope = serializers.ChoiceField(SCOPES, required=False)
    group = serializers.PrimaryKeyRelatedField(
        queryset=Group.objects.all(), required=False, allow_null=True
    )


class MacroOut(serializers.Serializer[Any]):
    """A quick reply, and how much it is used."""

    id = serializers.IntegerField()
    scope = serializers.ChoiceField(SCOPES)
    group = serializers.IntegerField(allow_null=True)
    shortcut = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    text_en = serializers.CharField()
    text_zh = serializers.CharField()
    category = serializers.IntegerField(allow_null=True)
    channel = serializers.CharField()
    segment = serializers.CharField()
    steps = StepShape(many=True)
    active = serializers.BooleanField()
    uses = serializers.IntegerField()
    uses_90_days = serializers.IntegerField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class MacroFilters(serializers.Serializer[Any]):
    q = serializers.CharField(
        required=False, max_length=60, help_text="In the name, the shortcut or a text."
    )
    scope = serializers.ChoiceField(SCOPES, required=False)
    active = serializers.BooleanField(required=False)
    category = serializers.IntegerField(required=False)


class MacroViewSet(Api, GenericViewSet[Macro]):
    """Quick replies that you may use or keep. The version is the `ETag`."""

    queryset = Macro.objects.none()
    serializer_class = MacroOut
    lookup_value_converter = "int"
    needs = Can.KEEP_OWN
    conditional = True
    request: ApiRequest
    orders: ClassVar = {"name": ("name", "pk"), "-uses": ("-uses", "-pk"), "id": ("pk",)}

    def _rows(self) -> Any:
        since = timezone.localdate() - timedelta(days=macros.LOOK_BACK_DAYS)
        return Macro.objects.visible_to(self.request.user).counted(since)

    @extend_schema(parameters=[MacroFilters], responses=MacroOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        wanted = asked(MacroFilters, request)
        words, scope = wanted.pop("q", ""), wanted.pop("scope", None)
        rows = self._rows().filter(**wanted)
        if words:
            within = (f"{name}__icontains" for name in ("name", "name_zh", "text_en", "text_zh"))
            hit = Q(shortcut=words.removeprefix("/").lower())
            for one in within:
                hit |= Q((one, words))
            rows = rows.filter(hit)
        if scope:
            rows = rows.filter(owner__isnull=scope != "own")
            rows = rows.filter(group__isnull=scope != "group")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([macro_out(row) for row in page])

    @extend_schema(responses=MacroOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        row = self._rows().get(pk=pk)
        return versioned(macro_out(row), row.version)

    @extend_schema(request=MacroIn, responses={201: MacroOut})
    def create(self, request: ApiRequest) -> Response:
        """Shared ones are kept by managers; one's own by everybody who works tickets."""
        sent = given(MacroIn, request)
        row = actions.save_macro(None, by=request.user, now=timezone.now(), **sent)
        answer = self._answer(row.pk, 201)
        answer["Location"] = f"{request.path}{row.pk}/"
        return answer

    @extend_schema(request=MacroChange, responses=MacroOut)
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        sent = given(MacroChange, request, partial=True)
        actions.save_macro(pk, by=request.user, now=timezone.now(), seen=seen(request), **sent)
        return self._answer(pk)

    @extend_schema(request=None, responses=MacroOut)
    @action(detail=True, methods=["post"])
    def retire(self, request: ApiRequest, pk: int) -> Response:
        """Out of use; its figures stay."""
        actions.retire_macro(pk, by=request.user, now=timezone.now(), seen=seen(request))
        return self._answer(pk)

    @extend_schema(request=None, responses=MacroOut)
    @action(detail=True, methods=["post"])
    def restore(self, request: ApiRequest, pk: int) -> Response:
        """Back in use, unless its shortcut means another one meanwhile."""
        now = timezone.now()
        actions.retire_macro(pk, by=request.user, now=now, seen=seen(request), active=True)
        return self._answer(pk)

    def _answer(self, pk: int, status: int = 200) -> Response:
        row = self._rows().get(pk=pk)
        return versioned(macro_out(row), row.version, status)


def macro_out(row: Any) -> dict[str, Any]:
    names = ("scope", "shortcut", "name", "name_zh", "text_en", "text_zh", "channel", "segment")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in names},
        "group": row.group_id,
        "category": row.category_id,
        "steps": row.steps,
        "active": row.active,
        "uses": row.uses,
        "uses_90_days": row.lately,
        "last_used_at": row.last_used_at,
        "version": row.version,
    }
