"""Tickets over the API: read as rows, changed by verbs, never by a PATCH of the step."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from csservice.lib.api import asked, given, versioned
from teams.http import ApiRequest
from tickets import actions
from tickets.api import inputs
from tickets.api.explain import ExplanationOut, MetricIn, explanation
from tickets.api.filters import TicketFilters, filtered
from tickets.api.points import PointOut, points
from tickets.api.shapes import Moves, TicketOut, TicketRow, row_out, rows, stored, ticket_out
from tickets.api.timeline import MomentOut, TimelinePagination, moments
from tickets.api.verbs import TicketVerbs
from tickets.models import Clock, Ticket
from tickets.why import Why

CURSOR = OpenApiParameter("cursor", str, description="From the links `next` and `previous`.")
SIZE = OpenApiParameter(
    "page_size",
    {"type": "integer", "minimum": 1, "default": 25},
    description="Entries a page; above 200 counts as 200.",
)


class TicketViewSet(TicketVerbs):
    """Tickets: one customer's request each, from reception to satisfaction."""

    queryset = Ticket.objects.none()
    serializer_class = TicketOut
    lookup_field = "pk"
    lookup_url_kwarg = "number"
    lookup_value_converter = "int"
    orders: ClassVar = {
        "-number": ("-pk",),
        "number": ("pk",),
        "-received_at": ("-received_at", "-pk"),
        "received_at": ("received_at", "pk"),
        "respond_by": ("respond_by", "pk"),
        "-respond_by": ("-respond_by", "-pk"),
        "resolve_by": ("resolve_by", "pk"),
        "-resolve_by": ("-resolve_by", "-pk"),
        "changed_at": ("changed_at", "pk"),
        "-changed_at": ("-changed_at", "-pk"),
    }

    @extend_schema(parameters=[TicketFilters], responses=TicketRow(many=True))
    def list(self, request: ApiRequest) -> Response:
        """The tickets that you may see: a director all, others their own and their groups'."""
        wanted, now, moves = asked(TicketFilters, request), timezone.now(), Moves()
        tickets = filtered(Ticket.objects.visible_to(request.user), wanted, now=now)
        more = ("hit",) if "q" in wanted else ()
        if more:
            self.place_key = "hit"
        page = self.paginate_queryset(rows(tickets, *more)) or []
        return self.get_paginated_response([row_out(row, now=now, moves=moves) for row in page])

    @extend_schema(responses=TicketOut)
    def retrieve(self, request: ApiRequest, number: int) -> Response:
        """A ticket whole; its version is the `ETag`."""
        row = stored(Ticket.objects.visible_to(request.user), number)
        return versioned(ticket_out(row, now=timezone.now()), row["version"])

    @extend_schema(request=inputs.TicketIn, responses={201: TicketOut})
    def create(self, request: ApiRequest) -> Response:
        """Take in a contact. The five-minute clock starts at `received_at`, else now."""
        sent, now = given(inputs.TicketIn, request), timezone.now()
        if isinstance(sent["customer"], int):
            sent["customer"] = self._customer(sent["customer"])
        sent = {key: value for key, value in sent.items() if value is not None}
        ticket = actions.receive(by=request.user, now=now, **sent)
        answer = self.answer(ticket, now=now, status=201)
        answer["Location"] = f"{request.path}{ticket.pk}/"
        return answer

    @extend_schema(responses=MomentOut(many=True), parameters=[CURSOR, SIZE])
    @action(detail=True, pagination_class=TimelinePagination)
    def timeline(self, request: ApiRequest, number: int) -> Response:
        """Messages and events of the ticket in their order."""
        paginator = TimelinePagination()
        page = paginator.page_of(self._number(number), request)
        return paginator.get_paginated_response(moments(page))

    @extend_schema(responses=ExplanationOut, parameters=[MetricIn])
    @action(detail=True, pagination_class=None)
    def explain(self, request: ApiRequest, number: int) -> Response:
        """How a deadline came about: what was promised, which days and hours were counted, what
        it stood still for, whose time it was; as data and in sentences."""
        wanted: Any = {"metric": "first_response"} | asked(MetricIn, request)
        number, now = self._number(number), timezone.now()
        rows = Clock.objects.filter(ticket=number, **wanted).told().select_related("ticket")
        clock = rows.order_by("-cycle").first()
        why = Why.of(clock, now=now) if clock else self._before_clocks(number, wanted, now)
        if why is None:
            raise Clock.DoesNotExist
        return Response(explanation(why, now=now))

    @staticmethod
    def _before_clocks(number: int, wanted: dict[str, Any], now: datetime) -> Why | None:
        """What would be said of a ticket without any clock; None where it has some."""
        found = Ticket.objects.filter(pk=number, clocks=None).select_related("group__calendar")
        for ticket in found:
            return Why.before_clocks(ticket, wanted["metric"], wanted.get("cycle", 1), now=now)
        return None

    @extend_schema(responses=PointOut(many=True))
    @action(detail=True, pagination_class=None)
    def checklist(self, request: ApiRequest, number: int) -> Response:
        """What is to be ticked on the ticket, for its category and its product; `tick` ticks."""
        ticket = Ticket.objects.only("category", "product").get(pk=self._number(number))
        return Response(points(ticket))

    def _number(self, number: int) -> int:
        """The number, if it is of a ticket that the caller may see. Raises Ticket.DoesNotExist."""
        rows = Ticket.objects.visible_to(self.request.user)
        return int(rows.values_list("pk", flat=True).get(pk=number))
