"""Groups and skills over the API, and what all rows of a team share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, given, tagged, unless_changed
from teams import actions
from teams.http import ApiRequest
from teams.models import Calendar, Group, Skill, User
from teams.models.groups import Segment
from teams.roles import Can

ORDERS = {
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "id": ("pk",),
    "-id": ("-pk",),
}


class GroupOut(serializers.Serializer[Any]):
    """A group and the customers it serves."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)
    segment = serializers.ChoiceField(Segment.choices)
    manager = serializers.IntegerField(allow_null=True, source="manager_id")
    calendar = serializers.IntegerField(source="calendar_id")
    certified_only = serializers.BooleanField(
        help_text="Replies of people without valid certificates wait for release."
    )


class GroupIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80, required=False, allow_blank=True)
    segment = serializers.ChoiceField(Segment.choices)
    manager = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.at_work(), required=False, allow_null=True
    )
    calendar = serializers.PrimaryKeyRelatedField(queryset=Calendar.objects.all())
    certified_only = serializers.BooleanField(required=False)


class GroupChangeIn(GroupIn):
    """A change says why."""

    reason = serializers.CharField(max_length=500)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"reason": ""} | given  # the action says what is missing


class Rows(Api):
    """What groups, skills and calendars share: read by the team, changed by who manages people."""

    needs = Can.MANAGE_PEOPLE
    reads_need = Can.SEE_TEAM
    conditional = True
    lookup_value_converter = "int"
    orders: ClassVar = ORDERS
    request: ApiRequest


class GroupViewSet(Rows, GenericViewSet[Group]):
    """The groups of the team."""

    queryset = Group.objects.none()
    serializer_class = GroupOut

    @extend_schema(responses=GroupOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Groups, by name."""
        page = self.paginate_queryset(Group.objects.visible_to(request.user)) or []
        return self.get_paginated_response(GroupOut(page, many=True).data)

    @extend_schema(responses=GroupOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One group."""
        return tagged(GroupOut(Group.objects.visible_to(request.user).get(pk=pk)).data)

    @extend_schema(request=GroupIn, responses={201: GroupOut})
    def create(self, request: ApiRequest) -> Response:
        """Add a group (directors)."""
        sent = given(GroupIn, request)
        group = actions.save_group(None, by=request.user, now=timezone.now(), **sent)
        return Response(GroupOut(group).data, 201, headers=location(request, group.pk))

    @extend_schema(request=GroupChangeIn, responses=GroupOut)
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Change what is sent; segment and manager are a director's to change."""
        sent = given(GroupChangeIn, request, partial=True)
        with unless_changed(request, lambda: GroupOut(locked(Group, pk)).data):
            group = actions.save_group(pk, by=request.user, now=timezone.now(), **sent)
        return tagged(GroupOut(group).data)


class SkillOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)


class SkillIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80, required=False, allow_blank=True)


class SkillViewSet(Rows, GenericViewSet[Skill]):
    """What people know more of than others."""

    queryset = Skill.objects.none()
    serializer_class = SkillOut

    @extend_schema(responses=SkillOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Skills, by name."""
        page = self.paginate_queryset(Skill.objects.all()) or []
        return self.get_paginated_response(SkillOut(page, many=True).data)

    @extend_schema(responses=SkillOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One skill."""
        return tagged(SkillOut(Skill.objects.get(pk=pk)).data)

    @extend_schema(request=SkillIn, responses={201: SkillOut})
    def create(self, request: ApiRequest) -> Response:
        """Add a skill."""
        sent = given(SkillIn, request)
        skill = actions.save_skill(None, by=request.user, now=timezone.now(), **sent)
        return Response(SkillOut(skill).data, 201, headers=location(request, skill.pk))

    @extend_schema(request=SkillIn, responses=SkillOut)
    def update(self, request: ApiRequest, pk: int) -> Response:
        """Give a skill another name."""
        sent = given(SkillIn, request)
        with unless_changed(request, lambda: SkillOut(locked(Skill, pk)).data):
            skill = actions.save_skill(pk, by=request.user, now=timezone.now(), **sent)
        return tagged(SkillOut(skill).data)


def locked(model: type[Model], pk: int) -> Any:
    """The row, locked until the end of the transaction. Raises its DoesNotExist."""
    return model._default_manager.select_for_update().get(pk=pk)


def location(request: ApiRequest, pk: int) -> dict[str, str]:
    """Where a new row is read."""
    return {"Location": f"{request.path}{pk}/"}
