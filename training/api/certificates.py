"""Certificates for programs."""

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
from teams.roles import Can
from training import actions
from training.models import Area, Certificate

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)


@extend_schema_serializer(component_name="Certificate")
class CertificateOut(serializers.ModelSerializer[Certificate]):
    """One certificate; it holds while `revoked_at` is null and `valid_until` lies ahead."""

    issued_at = Moment()
    valid_until = Moment()
    revoked_at = Moment(allow_null=True)

    class Meta:
        model = Certificate
        fields: ClassVar = [
            *("id", "user", "name", "area", "code", "link", "issued_at", "valid_until"),
            *("revoked_at", "revoked_because"),
        ]
        extra_kwargs: ClassVar = {"link": {"read_only": True}}


class RevokeIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class CertificateFilters(serializers.Serializer[Any]):
    user = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    area = serializers.ChoiceField(Area.choices, required=False)
    valid = serializers.BooleanField(required=False)


@extend_schema_view(list=extend_schema(parameters=[CertificateFilters]))
class CertificateViewSet(
    Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Certificate]
):
    """One's own certificates, and those of the people one runs."""

    queryset = Certificate.objects.none()
    serializer_class = CertificateOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Certificate]:
        rows = Certificate.objects.visible_to(self.request.user)
        if self.action != "list":
            return rows
        wanted = asked(CertificateFilters, self.request)
        rows = rows.valid(timezone.now()) if wanted.pop("valid", False) else rows
        return rows.filter(**wanted)

    @extend_schema(request=RevokeIn, responses=CertificateOut)
    @action(detail=True, methods=["post"])
    def revoke(self, request: ApiRequest, pk: int) -> Response:
        """Take it back, with a reason."""
        request.user.must(Can.RUN_TRAINING)
        sent = given(RevokeIn, request)
        done = actions.revoke_certificate(pk, by=request.user, now=timezone.now(), **sent)
        return Response(CertificateOut(done).data)
