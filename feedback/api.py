"""Invitations and responses for programs: read as rows; the question is answered by its link (W4).

Recording an answer that a customer gave to a specialist is a verb of the ticket.
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked
from feedback.models import Invitation, Response
from teams.http import ApiRequest

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)


@extend_schema_serializer(component_name="Invitation")
class InvitationOut(serializers.ModelSerializer[Invitation]):
    """The question after one service. `end` is empty while it is open; `delivery`: of the mail."""

    asked_at = Moment()
    expires_at = Moment()
    ended_at = Moment(allow_null=True)

    class Meta:
        model = Invitation
        fields: ClassVar = [
            *("id", "ticket", "round", "language", "asked_at", "expires_at"),
            *("delivery", "tries", "ended_at", "end"),
        ]


@extend_schema_serializer(component_name="SurveyResponse")
class ResponseOut(serializers.ModelSerializer[Response]):
    """One answer: `score` 1 very poor to 5 very good."""

    at = Moment()

    class Meta:
        model = Response
        fields: ClassVar = [
            *("id", "ticket", "round", "score", "comment", "via", "wants_reply", "at")
        ]


class ByTicket(serializers.Serializer[Any]):
    """Filters of both lists."""

    ticket = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class OfTickets(Api, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Rows about the tickets that the caller may see, newest first."""

    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest
    action: str

    def seen(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """`rows`, narrowed as the query asks."""
        return rows.filter(**asked(ByTicket, self.request)) if self.action == "list" else rows


@extend_schema_view(list=extend_schema(parameters=[ByTicket]))
class InvitationViewSet(OfTickets, GenericViewSet[Invitation]):
    """The questions for satisfaction and how they stand."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationOut

    def get_queryset(self) -> QuerySet[Invitation]:
        return self.seen(Invitation.objects.visible_to(self.request.user))


@extend_schema_view(list=extend_schema(parameters=[ByTicket]))
class ResponseViewSet(OfTickets, GenericViewSet[Response]):
    """What customers answered."""

    queryset = Response.objects.none()
    serializer_class = ResponseOut

    def get_queryset(self) -> QuerySet[Response]:
        return self.seen(Response.objects.visible_to(self.request.user))
