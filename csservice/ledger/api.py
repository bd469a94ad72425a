"""The feed of events: the sealed ledger in order, gap-free (contract.md, Events)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from csservice.ledger.models import Entry
from csservice.lib.api import Api, asked
from csservice.lib.paging import BIGGEST, page_size

COLUMNS = ("seq", "at", "by_id", "by_name", "kind", "subject", "key", "data")
SIZE = OpenApiParameter(
    "page_size",
    {"type": "integer", "minimum": 1, "default": 25},
    description="Events an answer; above 200 counts as 200.",
)


class AfterIn(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=BIGGEST,
        help_text="The last `seq` that you have; 0 or nothing for the beginning.",
    )


class EventOut(serializers.Serializer[Any]):
    """One thing that happened. Personal data stands here only by reference."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.IntegerField(allow_null=True)
    by_name = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()
    subject = serializers.CharField()
    key = serializers.CharField()
    data = serializers.JSONField()  # type: ignore[assignment]


class EventsOut(serializers.Serializer[Any]):
    """`next` is null when there is no more yet: ask again after `last`."""

    next = serializers.URLField(allow_null=True)
    last = serializers.IntegerField()
    results = EventOut(many=True)


class Events(Api):
    """For those who see the ledger."""

    @extend_schema(parameters=[AfterIn, SIZE], responses=EventsOut, operation_id="events_list")
    def get(self, request: Request) -> Response:
        """Events after `seq`, in the order in which they were committed, without a gap."""
        after, size = asked(AfterIn, request).get("after", 0), page_size(request)
        rows = list(Entry.objects.sealed_after(after).values(*COLUMNS)[: size + 1])
        page = rows[:size]
        last = page[-1]["seq"] if page else after
        url = replace_query_param(request.build_absolute_uri(), "after", str(last))
        found = [{("by" if k == "by_id" else k): v for k, v in row.items()} for row in page]
        return Response({"next": url if len(rows) > size else None, "last": last, "results": found})
