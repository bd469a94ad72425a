"""Absences over the API: one's own and those of the people one runs."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given
from teams import actions
from teams.http import ApiRequest
from teams.models import Absence
from teams.roles import Can

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)
Key = partial(serializers.IntegerField, min_value=1, max_value=2**63 - 1)


@extend_schema_serializer(component_name="Absence")
class AbsenceOut(serializers.ModelSerializer[Absence]):
    """Days on which a person does not work, first and last included."""

    noted_at = Moment()

    class Meta:
        model = Absence
        fields: ClassVar = ["id", "user", "starts_on", "ends_on", "kind", "noted_at", "noted_by"]


class AbsenceIn(serializers.Serializer[Any]):
    user = Key()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    kind = serializers.ChoiceField(Absence.Kind.choices)


class AbsenceFilters(serializers.Serializer[Any]):
    user = Key(required=False)
    on = serializers.DateField(required=False, help_text="Whoever is away on this day.")


@extend_schema_view(list=extend_schema(parameters=[AbsenceFilters]))
class AbsenceViewSet(
    Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Absence]
):
    """Who is away: one's own days and those of the people one runs."""

    queryset = Absence.objects.none()
    serializer_class = AbsenceOut
    lookup_value_converter = "int"
    needs = Can.MANAGE_PEOPLE
    orders: ClassVar = {"starts_on": ("starts_on", "pk"), "-starts_on": ("-starts_on", "-pk")}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Absence]:
        rows = Absence.objects.visible_to(self.request.user)
        if self.action != "list":
            return rows
        wanted = asked(AbsenceFilters, self.request)
        if "on" in wanted:
            rows = rows.on(wanted.pop("on"))
        return rows.filter(**wanted)

    @extend_schema(request=AbsenceIn, responses={201: AbsenceOut})
    def create(self, request: ApiRequest) -> Response:
        """Note that a person one runs is away."""
        sent = given(AbsenceIn, request)
        made = actions.note_absence(sent.pop("user"), by=request.user, now=timezone.now(), **sent)
        headers = {"Location": f"{request.path}{made.pk}/"}
        return Response(AbsenceOut(made).data, 201, headers=headers)

    @extend_schema(responses={204: None})
    def destroy(self, request: ApiRequest, pk: int) -> Response:
        """Take it back: a mistake, or the person came back before it began."""
        row = get_object_or_404(Absence.objects.visible_to(request.user), pk=pk)
        actions.withdraw_absence(row.user_id, absence=pk, by=request.user, now=timezone.now())
        return Response(status=204)
