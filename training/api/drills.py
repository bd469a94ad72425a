"""Emergency drills for programs: planned, run, rated, debriefed (L4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, given
from teams.http import ApiRequest
from teams.models import User
from teams.roles import Can
from training import actions, scripts
from training.models import Drill, DrillCue, Scenario
from training.models.debriefing import debriefing

Moment = partial(serializers.DateTimeField, default_timezone=UTC, read_only=True)
BIG = 2**63 - 1


class DrillOut(serializers.ModelSerializer[Drill]):
    """A drill. `moves`: the verbs open now; they are the trainer's."""

    planned_for = Moment()
    started_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)
    debriefed_at = Moment(allow_null=True)
    speed = serializers.FloatField(read_only=True)
    people = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()

    class Meta:
        model = Drill
        fields: ClassVar = [
            *("id", "kind", "name", "name_zh", "speed", "step", "trainer", "second"),
            *("planned_for", "started_at", "ended_at", "debriefed_at", "lessons"),
            *("people", "moves"),
        ]

    def get_people(self, row: Drill) -> list[int]:
        return [seat.user_id for seat in row.seats.all()]

    def get_moves(self, row: Drill) -> list[str]:
        return list(row.moves)


class CueOut(serializers.ModelSerializer[DrillCue]):
    """A customer comes, says something, or an announcement. `said`: what, as the script has it."""

    due_at = Moment(allow_null=True)
    done_at = Moment(allow_null=True)

    class Meta:
        model = DrillCue
        fields: ClassVar = [
            *("id", "kind", "when", "said", "ticket", "injected_by", "due_at", "done_at"),
            *("skipped", "why"),
        ]


class DrillIn(serializers.Serializer[Any]):
    """A drill of one's own `scenario` or of a shipped one by its `code`."""

    scenario = serializers.PrimaryKeyRelatedField(queryset=Scenario.objects.all(), required=False)
    code = serializers.ChoiceField(sorted(scripts.shipped()), required=False)
    people = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), many=True)
    second = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    planned_for = serializers.DateTimeField()
    speed = serializers.DecimalField(max_digits=4, decimal_places=2, required=False)


class AnnounceIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)
    text_zh = serializers.CharField(max_length=2000, required=False)


class GuestIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    subject = serializers.CharField(max_length=180)
    text = serializers.CharField(max_length=2000)
    channel = serializers.ChoiceField(scripts.CHANNELS, required=False)
    language = serializers.ChoiceField(scripts.LANGUAGES, required=False)
    segment = serializers.ChoiceField(scripts.SEGMENTS, required=False)


class LevelsIn(serializers.Serializer[Any]):
    """`levels`: person's key -> criterion -> level from 0 up, for everybody and every line."""

    levels = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=10))
    )
    remark = serializers.CharField(max_length=2000, required=False)


class LessonsIn(serializers.Serializer[Any]):
    lessons = serializers.CharField(max_length=4000)


@extend_schema_serializer(component_name="DrillClock")
class ClockLine(serializers.Serializer[Any]):
    """A clock of a simulated ticket: `outcome` is met, late, open or none (not served)."""

    ticket = serializers.IntegerField()
    metric = serializers.CharField()
    target_s = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)
    outcome = serializers.CharField()


@extend_schema_serializer(component_name="RaterAgreement")
class AgreementOut(serializers.Serializer[Any]):
    """Cohen's κ with its 95 % interval; null where chance alone would agree always."""

    n = serializers.IntegerField()
    observed = serializers.FloatField()
    expected = serializers.FloatField()
    kappa = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class DebriefingOut(serializers.Serializer[Any]):
    """What a drill showed. `agreement` and `weighted` are null until both raters are in."""

    clocks = ClockLine(many=True)
    agreement = AgreementOut(allow_null=True)
    weighted = AgreementOut(allow_null=True)


class DrillViewSet(Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Drill]):
    """Drills that one runs, rates or took part in."""

    queryset = Drill.objects.none()
    serializer_class = DrillOut
    lookup_value_converter = "int"
    orders: ClassVar = {"-id": ("-pk",), "id": ("pk",)}
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Drill]:
        return Drill.objects.visible_to(self.request.user).prefetch_related("seats")

    @extend_schema(request=DrillIn, responses={201: DrillOut})
    def create(self, request: ApiRequest) -> Response:
        """Plan a drill; its trainer is you."""
        request.user.must(Can.RUN_TRAINING)
        sent = given(DrillIn, request)
        made = actions.plan_drill(by=request.user, now=timezone.now(), **sent)
        return Response(DrillOut(made).data, 201)

    @extend_schema(responses=CueOut(many=True))
    @action(detail=True, methods=["get"])
    def timeline(self, request: ApiRequest, pk: int) -> Response:
        """All cues in the order they were written; who takes part reads what was announced."""
        row = self.get_object()
        cues = row.cues.order_by("pk")
        if row.trainer_id != request.user.pk and not request.user.can(Can.RUN_TRAINING):
            cues = cues.filter(kind=DrillCue.Kind.EVENT, done_at__isnull=False, skipped=False)
        return Response(CueOut(cues, many=True).data)

    @extend_schema(responses=DebriefingOut)
    @action(detail=True, methods=["get"])
    def debriefing(self, request: ApiRequest, pk: int) -> Response:
        """The clocks of its tickets and how far the two raters agree."""
        return Response(DebriefingOut(debriefing(self.get_object(), now=timezone.now())).data)

    def _do(self, act: Callable[..., Any], pk: int, sent: dict[str, Any] | None = None) -> Response:
        user = self.request.user
        user.must(Can.RUN_TRAINING)
        act(pk, by=user, now=timezone.now(), **(sent or {}))
        return Response(DrillOut(self.get_queryset().get(pk=pk)).data)

    @extend_schema(request=None, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def start(self, request: ApiRequest, pk: int) -> Response:
        """Begin."""
        return self._do(actions.start_drill, pk)

    @extend_schema(request=None, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def pause(self, request: ApiRequest, pk: int) -> Response:
        """Hold the script."""
        return self._do(actions.pause_drill, pk)

    @extend_schema(request=None, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def resume(self, request: ApiRequest, pk: int) -> Response:
        """Go on after a pause."""
        return self._do(actions.resume_drill, pk)

    @extend_schema(request=None, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def end(self, request: ApiRequest, pk: int) -> Response:
        """End it: open simulated tickets are closed."""
        return self._do(actions.end_drill, pk)

    @extend_schema(request=None, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: ApiRequest, pk: int) -> Response:
        """Call off what was planned."""
        return self._do(actions.cancel_drill, pk)

    @extend_schema(request=AnnounceIn, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def announce(self, request: ApiRequest, pk: int) -> Response:
        """Tell everybody something, now."""
        return self._do(actions.announce, pk, given(AnnounceIn, request))

    @extend_schema(request=GuestIn, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def customer(self, request: ApiRequest, pk: int) -> Response:
        """Send another simulated customer."""
        return self._do(actions.send_customer, pk, given(GuestIn, request))

    @extend_schema(request=LevelsIn, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def rate(self, request: ApiRequest, pk: int) -> Response:
        """Your rubric, once; the other rater does not see it yet."""
        return self._do(actions.rate_drill, pk, given(LevelsIn, request))

    @extend_schema(request=LessonsIn, responses=DrillOut)
    @action(detail=True, methods=["post"])
    def debrief(self, request: ApiRequest, pk: int) -> Response:
        """Close the debriefing; everybody's training is booked."""
        return self._do(actions.debrief_drill, pk, given(LessonsIn, request))
