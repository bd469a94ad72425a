"""Complaints over the API: the case of a marked ticket, and each step of it as a verb (C2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given
from teams.http import ApiRequest
from teams.roles import Can
from tickets import actions, complaints
from tickets.api.inputs import NothingIn
from tickets.api.shapes import moment
from tickets.models import Cause, Complaint, ComplaintStep

TEXT = 20_000
MOMENTS = ("received_at", "marked_at", "acknowledged_at", "answered_at", "closed_at", "next_by")


class ComplaintFilters(serializers.Serializer[Any]):
    step = serializers.ChoiceField(ComplaintStep.choices, required=False)
    pack = serializers.CharField(required=False, max_length=40)
    due_before = serializers.DateTimeField(required=False, help_text="Next deadline before then.")


class MilestoneOut(serializers.Serializer[Any]):
    """A deadline. `optional`: a chance, no duty."""

    key = serializers.CharField()
    optional = serializers.BooleanField()
    due_at = serializers.DateTimeField()
    met_at = serializers.DateTimeField(allow_null=True)


class ExtensionOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    until = serializers.DateTimeField()
    reason = serializers.CharField()
    notice = serializers.CharField()
    asked_by = serializers.IntegerField()
    approved_by = serializers.IntegerField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class LetterOut(serializers.Serializer[Any]):
    """A draft of the final letter, or the letter that was released."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    drafted_by = serializers.IntegerField()
    drafted_at = serializers.DateTimeField()
    released_by = serializers.IntegerField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)


class CauseOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Cause.choices)
    detail = serializers.CharField()
    step = serializers.CharField()
    by = serializers.IntegerField()
    at = serializers.DateTimeField()


class ComplaintRow(serializers.Serializer[Any]):
    """The case of the ticket `number`. `next_by` is null when no deadline runs."""

    number = serializers.IntegerField()
    step = serializers.ChoiceField(ComplaintStep.choices)
    pack = serializers.CharField()
    received_at = serializers.DateTimeField()
    marked_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    next_by = serializers.DateTimeField(allow_null=True)


class ComplaintOut(ComplaintRow):
    """A case whole. `letter` is the last draft; `offers` the extensions that the pack knows."""

    source = serializers.CharField()  # type: ignore[assignment]
    milestones = MilestoneOut(many=True)
    extensions = ExtensionOut(many=True)
    letter = LetterOut(allow_null=True)
    causes = CauseOut(many=True)
    offers = serializers.ListField(child=serializers.CharField())


class LetterIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT)


class ExtendIn(serializers.Serializer[Any]):
    """`key`: one of the case's `offers`. `until`: where the pack names no number of days."""

    key = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=TEXT)
    notice = serializers.CharField(max_length=TEXT)
    until = serializers.DateField(required=False, allow_null=True)


class ReleaseIn(serializers.Serializer[Any]):
    """`letter`: the draft that you have read."""

    letter = serializers.IntegerField(min_value=1)


class CauseIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Cause.choices)
    detail = serializers.CharField(max_length=TEXT)
    step = serializers.CharField(max_length=TEXT)


class ComplaintViewSet(Api, GenericViewSet[Complaint]):
    """Complaints: the cases of the marked tickets that you may see, by the ticket's number."""

    queryset = Complaint.objects.none()
    serializer_class = ComplaintOut
    lookup_field = "number"
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}

    @extend_schema(parameters=[ComplaintFilters], responses=ComplaintRow(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Cases, the newest first."""
        wanted = asked(ComplaintFilters, request)
        rows = Complaint.objects.visible_to(request.user)
        rows = rows.filter(**{name: wanted[name] for name in ("step", "pack") if name in wanted})
        if "due_before" in wanted:
            rows = rows.filter(next_by__lt=wanted["due_before"])
        page: Any = self.paginate_queryset(rows) or []
        return self.get_paginated_response([row_out(row) for row in page])

    @extend_schema(responses=ComplaintOut)
    def retrieve(self, request: ApiRequest, number: int) -> Response:
        """One case whole."""
        return Response(whole(Complaint.objects.visible_to(request.user).get(ticket=number)))

    def _do(self, number: int, what: Callable[..., Complaint], sent: dict[str, Any]) -> Response:
        case = what(number, by=self.request.user, now=timezone.now(), **sent)
        return Response(whole(case))

    @extend_schema(request=LetterIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: ApiRequest, number: int) -> Response:
        """Send the acknowledgement to the customer."""
        request.user.must(Can.WORK_TICKETS)
        return self._do(number, actions.acknowledge, given(LetterIn, request))

    @extend_schema(request=ExtendIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def extend(self, request: ApiRequest, number: int) -> Response:
        """Ask for a later final deadline; a second person approves it."""
        request.user.must(Can.WORK_TICKETS)
        return self._do(number, actions.ask_extension, given(ExtendIn, request))

    @extend_schema(request=NothingIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def approve_extension(self, request: ApiRequest, number: int) -> Response:
        """Approve the extension that waits: the notice is sent, the deadline moves."""
        request.user.must(Can.ASSIGN_TICKETS)
        return self._do(number, actions.approve_extension, {})

    @extend_schema(request=LetterIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def draft(self, request: ApiRequest, number: int) -> Response:
        """Keep a draft of the final letter; the last one stands."""
        request.user.must(Can.WORK_TICKETS)
        return self._do(number, actions.draft_letter, given(LetterIn, request))

    @extend_schema(request=ReleaseIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def release(self, request: ApiRequest, number: int) -> Response:
        """Send the final letter that somebody else drafted."""
        request.user.must(Can.ASSIGN_TICKETS)
        return self._do(number, actions.release_letter, given(ReleaseIn, request))

    @extend_schema(request=CauseIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def causes(self, request: ApiRequest, number: int) -> Response:
        """Record a root cause and its corrective step."""
        request.user.must(Can.WORK_TICKETS)
        return self._do(number, actions.record_cause, given(CauseIn, request))

    @extend_schema(request=NothingIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def close(self, request: ApiRequest, number: int) -> Response:
        """Close a complaint that was answered and has a root cause."""
        request.user.must(Can.WORK_TICKETS)
        return self._do(number, actions.finish_complaint, {})


def row_out(case: Complaint) -> dict[str, Any]:
    """`ComplaintRow`."""
    return {
        "number": case.ticket_id,
        "step": case.step,
        "pack": case.pack,
        **{name: moment(getattr(case, name)) for name in MOMENTS},
    }


def whole(case: Complaint) -> dict[str, Any]:
    """`ComplaintOut`."""
    letter = case.letters.order_by("pk").last()
    pack = complaints.read(case.said)
    return row_out(case) | {
        "source": pack.source,
        "milestones": [
            {
                "key": row.key,
                "optional": row.optional,
                "due_at": moment(row.due_at),
                "met_at": moment(row.met_at),
            }
            for row in case.milestones.order_by("due_at", "pk")
        ],
        "extensions": [
            {
                **{name: getattr(row, name) for name in ("key", "reason", "notice")},
                "until": moment(row.until),
                "asked_by": row.asked_by_id,
                "approved_by": row.approved_by_id,
                "approved_at": moment(row.approved_at),
            }
            for row in case.extensions.order_by("pk")
        ],
        "letter": letter
        and {
            "id": letter.pk,
            "text": letter.text,
            "drafted_by": letter.drafted_by_id,
            "drafted_at": moment(letter.drafted_at),
            "released_by": letter.released_by_id,
            "released_at": moment(letter.released_at),
        },
        "causes": [
            {
                **{name: getattr(row, name) for name in ("kind", "detail", "step")},
                "by": row.by_id,
                "at": moment(row.at),
            }
            for row in case.causes.order_by("pk")
        ],
        "offers": [known.key for known in pack.final.extensions],
    }
