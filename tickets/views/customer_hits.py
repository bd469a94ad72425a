"""Customers by words, in a bounded time however many hold them.

Common words are found among the latest customers, by their numbers; rare ones by the index of
words, of which at most SOME hits are read, whole words and ends of numbers before beginnings.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet

from csservice.lib.prepared import Prepared
from csservice.lib.search import SOME, asked
from teams.models import User
from tickets.models import Customer, CustomerSearch

LATELY = 2000


class Found(NamedTuple):
    """Customers, newest first; `crowded`: so many hold the words that not all were looked at."""

    rows: list[Customer]
    crowded: bool = False


def best(user: User, words: str, *, most: int) -> list[Customer]:
    """At most `most` who hold the words, to choose from: the newest of the latest, or where those
    are too few, first who hold the words whole."""
    query, high = asked(words), next(iter(_LATEST()), 0) + 1
    late = _LATE(query, high - LATELY, high, most=most, segment="", **user.shape)
    if len(late) == most or high <= LATELY:
        return late
    keys = sorted(_HITS(asked(words, whole=True)), reverse=True) + [row.pk for row in late]
    if len(keys) < most:
        keys += sorted(_HITS(query), reverse=True)
    keys = list(dict.fromkeys(keys))[:most]
    rows = {row.pk: row for row in _ROWS(keys, **user.shape)}
    return [rows[key] for key in keys if key in rows]


def below(user: User, words: str, *, high: int | None, most: int, segment: str) -> Found:
    """At most `most` who hold the words, are in the segment and below the number `high`."""
    high = next(iter(_LATEST()), 0) + 1 if high is None else high
    query = asked(words)
    late = _LATE(query, high - LATELY, high, most=most, segment=segment, **user.shape)
    if len(late) == most or high <= LATELY:
        return Found(late)
    hits = _HITS(query)
    found = {*hits, *_HITS(asked(words, whole=True)), *(row.pk for row in late)}
    keys = sorted((key for key in found if key < high), reverse=True)
    rows = Customer.objects.visible_to(user).order_by("-pk")
    rows = rows.filter(pk__in=keys, segment=segment) if segment else rows.filter(pk__in=keys[:most])
    return Found(list(rows[:most]), crowded=len(hits) == SOME)


def _late(
    query: str, low: int, high: int, *, most: int, segment: str, **who: str
) -> QuerySet[Customer]:
    seen = Customer.objects.visible_to(User(**who))
    found = seen.found_between(query, low, high)
    return (found.filter(segment=segment) if segment else found)[:most]


_LATEST = Prepared(lambda: Customer.objects.order_by("-pk").values_list("pk", flat=True)[:1])
_LATE = Prepared(_late)
_HITS = Prepared(
    lambda query: CustomerSearch.objects.filter(tokens__some=query).values_list("pk", flat=True)
)
_ROWS = Prepared(lambda keys, **who: Customer.objects.visible_to(User(**who)).filter(pk__in=keys))
