"""Keyset paging of the API: as quick on the last page as on the first, whole under inserts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar, NamedTuple

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from csservice.lib.wording import listed

SIZE, MOST = 25, 200
BIGGEST = 2**63 - 1
PK = frozenset({"pk", "-pk"})


class Place(NamedTuple):
    """Where a page starts: after the row with `values`, or before it when `back`."""

    back: bool
    values: list[Any]


def encode(place: Place) -> str:
    """A place as the opaque `cursor` of a link."""
    values = [v.isoformat() if isinstance(v, datetime) else v for v in place.values]
    return base64.urlsafe_b64encode(json.dumps([int(place.back), values]).encode()).decode()


def decode(cursor: str, length: int) -> Place:
    """The place of a cursor with `length` values. Raises ValidationError for what is no cursor."""
    try:
        back, values = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if back not in (0, 1) or len(values) != length:
            raise ValueError(cursor)
        if not all(isinstance(v, str | int) and "\0" not in str(v) for v in values):
            raise ValueError(cursor)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise no_cursor() from None
    return Place(bool(back), values)


def no_cursor() -> ValidationError:
    """The error for a cursor that we never gave."""
    return ValidationError({"cursor": [_("Take the cursor from a link.")]})


def beyond(order: Sequence[str], place: Place) -> Q:
    """The rows after (or before) the place in `order`: names of fields, `-` for descending."""
    terms: list[Q] = []
    same: dict[str, Any] = {}
    for name, value in zip(order, place.values, strict=True):
        field = name.removeprefix("-")
        side = "lt" if name.startswith("-") != place.back else "gt"
        terms.append(Q(**same, **{f"{field}__{side}": value}))
        same[field] = value
    first = order[0].removeprefix("-")
    side = "lte" if order[0].startswith("-") != place.back else "gte"
    # the first field alone bounds the index scan
    return Q(**{f"{first}__{side}": place.values[0]}) & reduce(or_, terms)


def turned(order: Sequence[str]) -> list[str]:
    """The same order from its end."""
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


def page_size(request: Request) -> int:
    """The `page_size` asked for; above 200 counts as 200. Raises ValidationError below 1."""
    given = request.query_params.get("page_size", str(SIZE))
    if not given.isascii() or not given.isdigit() or len(given) > 9 or int(given) < 1:
        raise ValidationError({"page_size": [_("Enter a whole number from 1 to 200.")]})
    return min(int(given), MOST)


class KeysetPagination(BasePagination):
    """Pages by the values of the last row, never by counting.

    The view names its orders: `orders = {"-number": ("-pk",), …}`, name -> fields, the first one
    is the default; every order ends in a unique field, and no field may be null.
    """

    FALLBACK: ClassVar[Mapping[str, Sequence[str]]] = {"number": ("pk",), "-number": ("-pk",)}
    before: str | None = None
    after: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page of rows (models or dicts). Raises ValidationError for a wrong parameter."""
        order = self._order(request, view)
        size = page_size(request)
        cursor = request.query_params.get("cursor")
        place = decode(cursor, len(order)) if cursor else Place(back=False, values=[])
        if cursor:
            try:
                queryset = queryset.filter(beyond(order, place))
            except (ModelError, ValueError, TypeError):
                raise no_cursor() from None
        rows = list(queryset.order_by(*(turned(order) if place.back else order))[: size + 1])
        more = len(rows) > size
        rows = rows[:size]
        if place.back:
            rows.reverse()
        places = [_values(row, order) for row in (*rows[:1], *rows[-1:])]
        self.link(request, places, back=place.back, more=more)
        return rows

    def _order(self, request: Request, view: Any) -> Sequence[str]:
        orders = orders_of(view)
        name = request.query_params.get("ordering") or next(iter(orders))
        if name not in orders:
            said = _("Choose one of: %(names)s.") % {"names": listed(orders)}
            raise ValidationError({"ordering": [said]})
        key = getattr(view, "place_key", "pk")
        return [field.replace("pk", key) if field in PK else field for field in orders[name]]

    def link(
        self, request: Request, places: Sequence[list[Any]], *, back: bool, more: bool
    ) -> None:
        """Set the links to the neighbours of a page from the places of its first and last row.

        `more`: there are rows further on in the direction of reading. An empty page links to the
        first one only.
        """
        url = request.build_absolute_uri()
        cursor = "cursor" in request.query_params
        if not places:
            self.before = remove_query_param(url, "cursor") if cursor else None
            return
        if more or back:
            self.after = _link(url, Place(back=False, values=places[-1]))
        if more if back else cursor:
            self.before = _link(url, Place(back=True, values=places[0]))

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.after, "previous": self.before, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters of a list in the OpenAPI document."""
        return [
            _parameter("cursor", {"type": "string"}, "From the links `next` and `previous`."),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "default": SIZE},
                "Rows a page; above 200 counts as 200.",
            ),
            _parameter(
                "ordering",
                {"type": "string", "enum": list(orders_of(view))},
                "The first one is the default.",
            ),
        ]


def orders_of(view: Any) -> Mapping[str, Sequence[str]]:
    """The named orders of a view."""
    return getattr(view, "orders", None) or KeysetPagination.FALLBACK


def _link(url: str, place: Place) -> str:
    return replace_query_param(url, "cursor", encode(place))


def _values(row: Any, order: Sequence[str]) -> list[Any]:
    names = [name.removeprefix("-") for name in order]
    if isinstance(row, Mapping):
        return [row[name] for name in names]
    return [getattr(row, name) for name in names]


def _parameter(name: str, schema: dict[str, Any], said: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": said}
