"""Sessions and seats for programs: the same actions as the pages. No code on the wall is here."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given
from csservice.lib.errors import InvalidError
from teams.http import ApiRequest
from teams.models import User
from teams.roles import Can
from training import actions
from training.actions import Mark
from training.http import CodeThrottle
from training.models import Area, Course, Seat, Session

Moment = partial(serializers.DateTimeField, default_timezone=UTC)
Key = partial(serializers.IntegerField, min_value=1, max_value=2**63 - 1)
MARKS = [("attended", "attended"), ("absent", "absent"), ("excused", "excused")]


@extend_schema_serializer(component_name="Session")
class SessionOut(serializers.ModelSerializer[Session]):
    """A training at a time, for so many. `mine`: how the caller's own seat stands, null: none."""

    starts_at = Moment()
    ends_at = Moment()
    cancelled_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    taken = serializers.IntegerField(help_text="Places that are used.")
    waiting = serializers.IntegerField()
    mine = serializers.ChoiceField(Seat.Step.choices, allow_null=True)

    class Meta:
        model = Session
        fields: ClassVar = [
            *("id", "area", "course", "name", "name_zh", "place", "link", "trainer"),
            *("starts_at", "ends_at", "capacity", "taken", "waiting", "mine", "makes_up_for"),
            *("cancelled_at", "cancelled_because", "closed_at"),
        ]


@extend_schema_serializer(component_name="Seat")
class SeatOut(serializers.ModelSerializer[Seat]):
    """One person in a session. How they liked it is not said of anybody."""

    state = serializers.ChoiceField(Seat.Step.choices, source="step")
    asked_at = Moment()
    marked_at = Moment(allow_null=True)

    class Meta:
        model = Seat
        fields: ClassVar = ["id", "user", "state", "asked_at", "reason", "score", "marked_at"]


class SessionChangeIn(serializers.Serializer[Any]):
    area = serializers.ChoiceField(Area.choices)
    course = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.on_offer(), required=False, allow_null=True
    )
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, allow_blank=True)
    place = serializers.CharField(max_length=200, required=False, allow_blank=True)
    link = serializers.URLField(max_length=500, required=False, allow_blank=True)
    trainer = serializers.PrimaryKeyRelatedField(queryset=User.objects.at_work())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    capacity = serializers.IntegerField(min_value=1, max_value=1000)


class SessionIn(SessionChangeIn):
    makes_up_for = Key(required=False, help_text="The session that these people missed.")
    take_missed = serializers.BooleanField(required=False)


class UsersIn(serializers.Serializer[Any]):
    """Whom to book; nobody: oneself."""

    users = serializers.ListField(child=Key(), required=False, max_length=1000)


class SeatUserIn(serializers.Serializer[Any]):
    """Whose seat; nobody's: one's own."""

    user = Key(required=False)


class MarkIn(serializers.Serializer[Any]):
    seat = Key()
    here = serializers.ChoiceField(MARKS, required=False)
    score = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, allow_null=True
    )
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class RegisterIn(serializers.Serializer[Any]):
    """`all_present` marks who is not marked yet; `marks` correct the few."""

    all_present = serializers.BooleanField(required=False)
    marks = serializers.ListField(child=MarkIn(), required=False, max_length=1000)


class CodeIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=10)


class ReactionIn(serializers.Serializer[Any]):
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class SeatReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class SessionFilter(serializers.Serializer[Any]):
    area = serializers.ChoiceField(Area.choices, required=False)
    course = Key(required=False)
    trainer = Key(required=False)
    when = serializers.ChoiceField([("to_come", "to_come"), ("past", "past")], required=False)


@extend_schema_view(list=extend_schema(parameters=[SessionFilter]))
class SessionViewSet(
    Api, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Session]
):
    """Sessions are planned by who runs training; seats are booked, given up and marked by verbs."""

    queryset = Session.objects.none()
    serializer_class = SessionOut
    lookup_value_converter = "int"
    orders: ClassVar = {
        "starts_at": ("starts_at", "pk"),
        "-starts_at": ("-starts_at", "-pk"),
    }
    needs = Can.KEEP_OWN
    request: ApiRequest

    def get_queryset(self) -> QuerySet[Session]:
        rows: QuerySet[Session] = self._rows()
        if self.action != "list":
            return rows
        wanted = asked(SessionFilter, self.request)
        when, now = wanted.pop("when", None), timezone.now()
        if when:
            seen = self._rows()
            rows = seen.to_come(now) if when == "to_come" else seen.past(now)
        return rows.filter(**wanted)

    def _rows(self) -> Any:
        own = Seat.objects.filter(session=OuterRef("pk"), user=self.request.user)
        seen = Session.objects.visible_to(self.request.user).counted()
        return seen.annotate(mine=Subquery(own.values("step")[:1]))

    @extend_schema(request=SessionIn, responses={201: SessionOut})
    def create(self, request: ApiRequest) -> Response:
        """Plan a session; `take_missed` books those who missed the one it makes up for."""
        request.user.must(Can.RUN_TRAINING)
        sent = given(SessionIn, request)
        if "makes_up_for" in sent:
            led = Session.objects.led_by(request.user)
            sent["makes_up_for"] = get_object_or_404(led, pk=sent["makes_up_for"])
        made = actions.save_session(None, by=request.user, now=timezone.now(), **sent)
        answer = self._answer(made.pk, status=201)
        answer["Location"] = f"{request.path}{made.pk}/"
        return answer

    @extend_schema(request=SessionChangeIn, responses=SessionOut)
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Change what is sent; whoever is booked is told of another time, place or trainer."""
        request.user.must(Can.RUN_TRAINING)
        sent = given(SessionChangeIn, request, partial=True)
        actions.save_session(pk, by=request.user, now=timezone.now(), **sent)
        return self._answer(pk)

    @extend_schema(request=None, responses=SeatOut(many=True))
    @action(detail=True)
    def seats(self, request: ApiRequest, pk: int) -> Response:
        """Who sits in it or waits, of whom the caller may know."""
        get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
        return self._seats(pk)

    @extend_schema(request=UsersIn, responses=SeatOut(many=True))
    @action(detail=True, methods=["post"])
    def book(self, request: ApiRequest, pk: int) -> Response:
        """Book people, or wait where all places are taken. 409: ended, begun, busy then."""
        users = given(UsersIn, request).get("users") or [request.user.pk]
        made = actions.book_seats(pk, by=request.user, users=users, now=timezone.now())
        return Response(SeatOut(made, many=True).data)

    @extend_schema(request=SeatUserIn, responses=SeatOut)
    @action(detail=True, methods=["post"], url_path="give-up", url_name="give-up")
    def give_up(self, request: ApiRequest, pk: int) -> Response:
        """Give a seat up before it begins; the first who waits gets it."""
        user = given(SeatUserIn, request).get("user", request.user.pk)
        seat = actions.give_up(pk, by=request.user, user=user, now=timezone.now())
        return Response(SeatOut(seat).data)

    @extend_schema(request=RegisterIn, responses=SeatOut(many=True))
    @action(detail=True, methods=["post"])
    def register(self, request: ApiRequest, pk: int) -> Response:
        """Note who is here, and scores. What is right is saved; 400 names the first fault."""
        sent, now = given(RegisterIn, request), timezone.now()
        marks = {one["seat"]: _mark(one) for one in sent.get("marks", [])}
        faults = actions.take_register(
            pk,
            by=request.user,
            marks=marks,
            now=now,
            rest_present=sent.get("all_present", False),
        )
        for key, fault in faults.items():
            said = _("Seat %(seat)d: %(fault)s") % {"seat": key, "fault": fault}
            raise InvalidError(fault.field, said)
        return self._seats(pk)

    @extend_schema(request=CodeIn, responses=SeatOut)
    @action(detail=True, methods=["post"], url_path="sign-in", url_name="sign-in")
    def sign_in(self, request: ApiRequest, pk: int) -> Response:
        """Say by the code on the wall that one is here. 429: too many tries."""
        limit = CodeThrottle()
        if not limit.allow_request(request, self):
            raise Throttled(wait=limit.wait())
        code = given(CodeIn, request)["code"]
        seat = actions.sign_in(pk, by=request.user, code=code, now=timezone.now())
        return Response(SeatOut(seat).data)

    @extend_schema(request=ReactionIn, responses=SeatOut)
    @action(detail=True, methods=["post"])
    def react(self, request: ApiRequest, pk: int) -> Response:
        """Say once, without one's name, how a session was that one attended."""
        sent = given(ReactionIn, request)
        seat = actions.react(pk, by=request.user, now=timezone.now(), **sent)
        return Response(SeatOut(seat).data)

    @extend_schema(request=SeatReasonIn, responses=SessionOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: ApiRequest, pk: int) -> Response:
        """Call it off; whoever is booked or waits is told."""
        return self._do(actions.cancel_session, pk, given(SeatReasonIn, request))

    @extend_schema(request=None, responses=SessionOut)
    @action(detail=True, methods=["post"])
    def close(self, request: ApiRequest, pk: int) -> Response:
        """Lock the register and book the training. 409: not begun, or somebody is not marked."""
        return self._do(actions.close_session, pk, {})

    @extend_schema(request=SeatReasonIn, responses=SessionOut)
    @action(detail=True, methods=["post"])
    def reopen(self, request: ApiRequest, pk: int) -> Response:
        """Open a closed register again, on record; closing corrects what was booked."""
        return self._do(actions.reopen_session, pk, given(SeatReasonIn, request))

    def _do(self, act: Any, pk: int, sent: dict[str, Any]) -> Response:
        act(pk, by=self.request.user, now=timezone.now(), **sent)
        return self._answer(pk)

    def _answer(self, pk: int, status: int = 200) -> Response:
        return Response(SessionOut(self._rows().get(pk=pk)).data, status)

    def _seats(self, pk: int) -> Response:
        rows = Seat.objects.visible_to(self.request.user).filter(session=pk)
        return Response(SeatOut(rows.order_by("asked_at", "pk"), many=True).data)


def _mark(sent: dict[str, Any]) -> Mark:
    """A mark as the action reads it: null takes a score away, nothing leaves it."""
    score = None
    if "score" in sent:
        score = "" if sent["score"] is None else str(sent["score"])
    return Mark(sent.get("here", ""), score, sent.get("reason", ""))
