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
from tickets import actions
from tickets.api.inputs import NothingIn
from tickets.api.shapes import moment
from tickets.models import Cause, Complaint, ComplaintMilestone, ComplaintStep
from tickets.models.complaints import Approved

TEXT = 20_000
Shape = serializers.Serializer[Any]
MOMENTS = ("received_at", "marked_at", "acknowledged_at", "answered_at", "closed_at", "next_by")


class ComplaintFilters(serializers.Serializer[Any]):
    step = serializers.ChoiceField(ComplaintStep.choices, required=False)
    pack = serializers.CharField(required=False, max_length=40)
    due_before = serializers.DateTimeField(required=False, help_text="Next deadline before then.")


class MilestoneOut(serializers.Serializer[Any]):
    """A deadline. `optional`: a chance, no duty; `inherited`: passed before there was a case."""

    pack = serializers.CharField()
    inherited = serializers.BooleanField()
    key = serializers.CharField()
    optional = serializers.BooleanField()
    due_at = serializers.DateTimeField()
    met_at = serializers.DateTimeField(allow_null=True)


class AskedOut(serializers.Serializer[Any]):
    """What one person asked for and, once it says by whom, another approved."""

    key = serializers.CharField()
    reason = serializers.CharField()
    notice = serializers.CharField()
    asked_by = serializers.IntegerField()
    approved_by = serializers.IntegerField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class ExtensionOut(AskedOut):
    until = serializers.DateTimeField()


class StopOut(AskedOut):
    """Time left out of the final deadline, from the approval to `ended_at`."""

    evidence = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    found = serializers.CharField()


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
    """A case whole. `letter` is the last draft; `offers` the extensions that the packs know, and
    `may_stop_for` what the clock may stand for; `kept_until`: the file, known when it is closed."""

    source = serializers.CharField()  # type: ignore[assignment]
    milestones = MilestoneOut(many=True)
    extensions = ExtensionOut(many=True)
    stops = StopOut(many=True)
    letter = LetterOut(allow_null=True)
    causes = CauseOut(many=True)
    kept_until = serializers.DateTimeField(allow_null=True)
    offers = serializers.ListField(child=serializers.CharField())
    may_stop_for = serializers.ListField(child=serializers.CharField())


class LetterIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT)


class ExtendIn(serializers.Serializer[Any]):
    """`key`: one of the case's `offers`. `until`: where the pack names no number of days."""

    key = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=TEXT)
    notice = serializers.CharField(max_length=TEXT)
    until = serializers.DateField(required=False, allow_null=True)


class StopIn(serializers.Serializer[Any]):
    """`key`: one of the case's `may_stop_for`. `notice`: what the customer is sent."""

    key = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=TEXT)
    evidence = serializers.CharField(max_length=TEXT)
    notice = serializers.CharField(max_length=TEXT)


class GoOnIn(serializers.Serializer[Any]):
    found = serializers.CharField(max_length=TEXT)


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
        rows = Complaint.objects.visible_to(request.user).real()
        if "step" in wanted:
            rows = rows.filter(step=wanted["step"])
        if "pack" in wanted:
            rows = rows.of_pack(wanted["pack"])
        if "due_before" in wanted:
            rows = rows.filter(next_by__lt=wanted["due_before"])
        page: Any = self.paginate_queryset(rows) or []
        return self.get_paginated_response([row_out(row) for row in page])

    @extend_schema(responses=ComplaintOut)
    def retrieve(self, request: ApiRequest, number: int) -> Response:
        """One case whole."""
        return Response(whole(Complaint.objects.visible_to(request.user).get(ticket=number)))

    def _do(
        self,
        request: ApiRequest,
        number: int,
        sent: type[Shape],
        what: Callable[..., Complaint],
        needs: Can = Can.WORK_TICKETS,
    ) -> Response:
        """One step: the role first, then the body, then the action."""
        request.user.must(needs)
        case = what(number, by=request.user, now=timezone.now(), **given(sent, request))
        return Response(whole(case))

    @extend_schema(request=LetterIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: ApiRequest, number: int) -> Response:
        """Send the acknowledgement to the customer."""
        return self._do(request, number, LetterIn, actions.acknowledge)

    @extend_schema(request=ExtendIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def extend(self, request: ApiRequest, number: int) -> Response:
        """Ask for a later final deadline; a second person approves it."""
        return self._do(request, number, ExtendIn, actions.ask_extension)

    @extend_schema(request=NothingIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def approve_extension(self, request: ApiRequest, number: int) -> Response:
        """Approve the extension that waits: the notice is sent, the deadline moves."""
        return self._do(request, number, NothingIn, actions.approve_extension, Can.ASSIGN_TICKETS)

    @extend_schema(request=StopIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def stop(self, request: ApiRequest, number: int) -> Response:
        """Ask that the final deadline leaves out an appraisal; a second person approves."""
        return self._do(request, number, StopIn, actions.ask_stop)

    @extend_schema(request=NothingIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def approve_stop(self, request: ApiRequest, number: int) -> Response:
        """Approve the stop that waits: the notice is sent, the clock stands."""
        return self._do(request, number, NothingIn, actions.approve_stop, Can.ASSIGN_TICKETS)

    @extend_schema(request=GoOnIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def go_on(self, request: ApiRequest, number: int) -> Response:
        """Let the clock go on, or take back a stop that nobody approved yet."""
        return self._do(request, number, GoOnIn, actions.go_on)

    @extend_schema(request=LetterIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def draft(self, request: ApiRequest, number: int) -> Response:
        """Keep a draft of the final letter; the last one stands."""
        return self._do(request, number, LetterIn, actions.draft_letter)

    @extend_schema(request=ReleaseIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def release(self, request: ApiRequest, number: int) -> Response:
        """Send the final letter that somebody else drafted."""
        return self._do(request, number, ReleaseIn, actions.release_letter, Can.ASSIGN_TICKETS)

    @extend_schema(request=CauseIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def causes(self, request: ApiRequest, number: int) -> Response:
        """Record a root cause and its corrective step."""
        return self._do(request, number, CauseIn, actions.record_cause)

    @extend_schema(request=NothingIn, responses=ComplaintOut)
    @action(detail=True, methods=["post"])
    def close(self, request: ApiRequest, number: int) -> Response:
        """Close a complaint that was answered and has a root cause."""
        return self._do(request, number, NothingIn, actions.finish_complaint)


def row_out(case: Complaint) -> dict[str, Any]:
    """`ComplaintRow`."""
    return {
        "number": case.ticket_id,
        "step": case.step,
        "pack": case.pack,
        **{name: moment(getattr(case, name)) for name in MOMENTS},
    }


def asked_out(row: Approved) -> dict[str, Any]:
    """`AskedOut`."""
    return {
        **{name: getattr(row, name) for name in ("key", "reason", "notice")},
        "asked_by": row.asked_by_id,
        "approved_by": row.approved_by_id,
        "approved_at": moment(row.approved_at),
    }


def _milestone(row: ComplaintMilestone) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("pack", "key", "optional", "inherited")},
        "due_at": moment(row.due_at),
        "met_at": moment(row.met_at),
    }


def whole(case: Complaint) -> dict[str, Any]:
    """`ComplaintOut`."""
    letter = case.letters.order_by("pk").last()
    packs = case.rules
    return row_out(case) | {
        "source": packs.source,
        "kept_until": moment(case.kept_until),
        "milestones": [_milestone(row) for row in case.milestones.order_by("due_at", "pk")],
        "extensions": [
            asked_out(row) | {"until": moment(row.until)} for row in case.extensions.order_by("pk")
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
        "stops": [
            asked_out(row)
            | {
                "evidence": row.evidence,
                "ended_at": moment(row.ended_at),
                "found": row.found,
            }
            for row in case.stops.order_by("pk")
        ],
        "offers": [known.key for known in packs.offers],
        "may_stop_for": [known.key for known in packs.stops],
    }
