"""A ticket's timeline over the API: what was said, and what happened, in one order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from csservice.ledger.models import Entry
from csservice.lib.paging import KeysetPagination, Place, decode, no_cursor, page_size
from teams.http import ApiRequest
from tickets.api.shapes import moment
from tickets.models import Attachment, Message

MESSAGE, EVENT = 0, 1


class FileOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Download: `GET attachments/<id>/`.")
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()


class MomentOut(serializers.Serializer[Any]):
    """A message (`kind`: contact reply note call automatic) or an event of the ledger."""

    what = serializers.ChoiceField(["message", "event"])
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    by = serializers.IntegerField(allow_null=True)
    by_name = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    channel = serializers.CharField(allow_blank=True)
    first_response = serializers.BooleanField()
    delivery = serializers.CharField(allow_blank=True)
    attachments = FileOut(many=True)
    data = serializers.JSONField()  # type: ignore[assignment]


class TimelinePagination(KeysetPagination):
    """Keyset pages over two tables: ordered by time, messages before events, then by key."""

    def page_of(self, number: int, request: ApiRequest) -> list[Message | Entry]:
        """One page of the ticket's timeline. Raises ValidationError for a wrong parameter."""
        size = page_size(request)
        cursor = request.query_params.get("cursor")
        place = decode(cursor, 3) if cursor else None
        back = place is not None and place.back
        found: list[Message | Entry] = []
        for rank, rows in self._tables(number):
            wanted = rows.filter(_beyond(rank, place)) if place else rows
            order = ("-at", "-pk") if back else ("at", "pk")
            found += list(wanted.order_by(*order)[: size + 1])
        found.sort(key=_key, reverse=back)
        more, page = len(found) > size, found[:size]
        if back:
            page.reverse()
        self.link(request, [list(_key(row)) for row in page], back=back, more=more)
        return page

    @staticmethod
    def _tables(number: int) -> list[tuple[int, QuerySet[Any]]]:
        said = Message.objects.filter(ticket=number).in_order()
        return [(MESSAGE, said), (EVENT, Entry.objects.about("ticket", number))]


def _key(row: Message | Entry) -> tuple[datetime, int, int]:
    return row.at, MESSAGE if isinstance(row, Message) else EVENT, row.pk


def _beyond(rank: int, place: Place) -> Q:
    """The rows of table `rank` after (or before) a place in the order (at, rank, key)."""
    at, of, key = _read(place)
    side = "lt" if place.back else "gt"
    if rank == of:
        return Q(**{f"at__{side}": at}) | Q(at=at, **{f"pk__{side}": key})
    follows = (rank > of) != place.back
    return Q(**{f"at__{side}{'e' if follows else ''}": at})


def _read(place: Place) -> tuple[datetime, int, int]:
    """The instant, table and key of a place. Raises ValidationError for what we never gave."""
    try:
        at = parse_datetime(place.values[0])
        of, key = int(place.values[1]), int(place.values[2])
    except (ValueError, TypeError):
        raise no_cursor() from None
    if at is None or at.tzinfo is None:
        raise no_cursor()
    return at, of, key


def moments(page: list[Message | Entry]) -> list[dict[str, Any]]:
    """`MomentOut` of each row."""
    return [_message(row) if isinstance(row, Message) else _event(row) for row in page]


def _message(row: Message) -> dict[str, Any]:
    return {
        "what": "message",
        "id": row.pk,
        "at": moment(row.at),
        "kind": row.kind,
        "by": row.author_id,
        "by_name": str(row.author) if row.author else "",
        "text": row.text,
        "channel": row.channel,
        "first_response": row.first_response,
        "delivery": row.delivery,
        "attachments": [_file(file) for file in row.attachments.all()],
        "data": {},
    }


def _file(file: Attachment) -> dict[str, Any]:
    return {"id": file.pk, "name": file.name, "type": file.type, "size": file.size}


def _event(row: Entry) -> dict[str, Any]:
    return {
        "what": "event",
        "id": row.pk,
        "at": moment(row.at),
        "kind": row.kind,
        "by": row.by_id,
        "by_name": row.by_name,
        "text": "",
        "channel": "",
        "first_response": False,
        "delivery": "",
        "attachments": [],
        "data": row.data,
    }
