"""People over the API: read by everybody in the team, changed by the same actions as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Prefetch, Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given, tagged, unless_changed
from teams import actions
from teams.http import ApiRequest
from teams.models import Group, Membership, Skill, User
from teams.models.people import Language, Presence, Role
from teams.roles import Can


def keys_of(rows: Any) -> serializers.ManyRelatedField:
    """A list of keys of `rows`."""
    return serializers.PrimaryKeyRelatedField(many=True, queryset=rows, required=False)  # type: ignore[return-value]


class UserFilters(serializers.Serializer[Any]):
    role = serializers.ChoiceField(Role.choices, required=False)
    presence = serializers.ChoiceField(Presence.choices, required=False)
    group = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    active = serializers.BooleanField(required=False)
    q = serializers.CharField(
        required=False, max_length=100, help_text="Part of the name or user name."
    )


class UserOut(serializers.Serializer[Any]):
    """A member of the team."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField(Role.choices)
    groups = serializers.ListField(child=serializers.IntegerField())
    skills = serializers.ListField(child=serializers.IntegerField())
    speaks = serializers.ListField(child=serializers.ChoiceField(Language.choices))
    presence = serializers.ChoiceField(Presence.choices)
    presence_at = serializers.DateTimeField(allow_null=True)
    active = serializers.BooleanField()


class ChangeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField()
    speaks = serializers.ListField(
        child=serializers.ChoiceField(Language.choices), required=False, max_length=10
    )
    skills = keys_of(Skill.objects.all())


class UserIn(ChangeIn):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(Role.choices)
    groups = keys_of(Group.objects.all())


class RoleIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(Role.choices)
    reason = serializers.CharField(max_length=500)


class GroupsIn(serializers.Serializer[Any]):
    """Exactly the groups that the person shall serve."""

    groups = serializers.PrimaryKeyRelatedField(many=True, queryset=Group.objects.all())
    reason = serializers.CharField(max_length=500)


class PresenceIn(serializers.Serializer[Any]):
    presence = serializers.ChoiceField(Presence.choices)


class WhyIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class UserViewSet(Api, GenericViewSet[User]):
    """The members of the team."""

    queryset = User.objects.none()
    serializer_class = UserOut
    lookup_value_converter = "int"
    needs = Can.KEEP_OWN
    reads_need = Can.SEE_TEAM
    conditional = True
    request: ApiRequest
    orders: ClassVar = {
        "name": ("name", "pk"),
        "-name": ("-name", "-pk"),
        "id": ("pk",),
        "-id": ("-pk",),
    }

    @extend_schema(parameters=[UserFilters], responses=UserOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        """People, by name."""
        wanted = asked(UserFilters, request)
        rows = self._rows()
        if "q" in wanted:
            words = wanted.pop("q")
            rows = rows.filter(Q(name__icontains=words) | Q(username__icontains=words))
        if "group" in wanted:
            rows = rows.filter(
                pk__in=Membership.objects.filter(group=wanted.pop("group")).values("user")
            )
        if "active" in wanted:
            rows = rows.filter(is_active=wanted.pop("active"))
        page = self.paginate_queryset(rows.filter(**wanted)) or []
        return self.get_paginated_response([user_out(user) for user in page])

    @extend_schema(responses=UserOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One person."""
        return self._answer(pk)

    @extend_schema(responses=UserOut, operation_id="users_me")
    @action(detail=False, methods=["get"])
    def me(self, request: ApiRequest) -> Response:
        """Who signed this call."""
        return self._answer(request.user.pk)

    @extend_schema(request=UserIn, responses={201: UserOut})
    def create(self, request: ApiRequest) -> Response:
        """Add a person without a password: they set one by the link of "forgotten password"."""
        sent = given(UserIn, request)
        person = actions.add_person(by=request.user, now=timezone.now(), **sent)
        answer = self._answer(person.pk, status=201)
        answer["Location"] = f"{request.path}{person.pk}/"
        return answer

    @extend_schema(request=ChangeIn, responses=UserOut)
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Change what is sent of name, email, speaks, skills."""
        return self._do(pk, actions.change_person, given(ChangeIn, request, partial=True))

    @extend_schema(request=RoleIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    def role(self, request: ApiRequest, pk: int) -> Response:
        """Give another role; the person's sessions end. Never one's own."""
        return self._do(pk, actions.change_role, given(RoleIn, request))

    @extend_schema(request=GroupsIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    def groups(self, request: ApiRequest, pk: int) -> Response:
        """Let the person serve exactly these groups."""
        return self._do(pk, actions.set_groups, given(GroupsIn, request))

    @extend_schema(request=PresenceIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    def presence(self, request: ApiRequest, pk: int) -> Response:
        """Available, busy or away: one's own, or that of people one runs."""
        return self._do(pk, actions.set_presence, given(PresenceIn, request))

    @extend_schema(request=WhyIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: ApiRequest, pk: int) -> Response:
        """The person leaves: no sign-in, no token; their open tickets go to others."""
        return self._do(pk, actions.deactivate, given(WhyIn, request))

    @extend_schema(request=WhyIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    def activate(self, request: ApiRequest, pk: int) -> Response:
        """The person comes back."""
        return self._do(pk, actions.activate, given(WhyIn, request))

    def _do(self, pk: int, what: Callable[..., User], sent: dict[str, Any]) -> Response:
        rows = self._rows().select_for_update()
        with unless_changed(self.request, lambda: user_out(rows.get(pk=pk))):
            what(pk, by=self.request.user, now=timezone.now(), **sent)
        return self._answer(pk)

    def _rows(self) -> Any:
        memberships = Prefetch("memberships", Membership.objects.order_by("group"))
        rows = User.objects.visible_to(self.request.user)
        return rows.prefetch_related(memberships, "skills")

    def _answer(self, pk: int, status: int = 200) -> Response:
        return tagged(user_out(self._rows().get(pk=pk)), status)


def user_out(user: User) -> dict[str, Any]:
    """`UserOut`."""
    return {
        "id": user.pk,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "groups": [membership.group_id for membership in user.memberships.all()],
        "skills": [skill.pk for skill in user.skills.all()],
        "speaks": user.speaks,
        "presence": user.presence,
        "presence_at": user.presence_at,
        "active": user.is_active,
    }
