"""One box for everything: tickets, customers, people, products; a number jumps (ux.md O1)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from csservice.lib.prepared import Prepared
from csservice.lib.search import asked
from teams.http import Request
from teams.models import User
from tickets.models import Product, Step, Ticket, TicketSearch
from tickets.models.ticket_reads import TicketQuerySet
from tickets.views.customer_hits import best
from tickets.views.customers import Line, lines

NUMBER = re.compile(r"#?\s*(\d{1,18})")
NEWEST, FEW, LATELY = 20, 5, 2000
COLUMNS = ("pk", "subject", "customer__name", "step", "owner__name", "received_at")


class Hit(NamedTuple):
    """One ticket found, ready to print."""

    number: int
    url: str
    subject: str
    who: str
    step: str
    owner: str
    received_at: Any


@require_safe
def search(request: Request) -> HttpResponse:
    """What is found for `?q=`. Without a swap, a ticket's number (`#123`) opens the ticket."""
    words = request.GET.get("q", "").strip()[:200]
    user = request.user
    number = NUMBER.fullmatch(words)
    tickets = _tickets(user, words, int(number[1]) if number else None) if words else []
    if number and not request.htmx and tickets and tickets[0].number == int(number[1]):
        return redirect(tickets[0].url)
    context: dict[str, Any] = {
        "words": words,
        "tickets": tickets,
        "customers": _customers(user, words) if words else [],
        "people": _people(user, words) if words else [],
        "products": _products(user, words) if words else [],
    }
    context["nothing"] = not any(found for kind, found in context.items() if kind != "words")
    return page(request, "tickets/search.html", context, partial="found")


def _tickets(user: User, words: str, number: int | None) -> list[Hit]:
    """The ticket of that number first, then the newest of those that hold all the words."""
    seen = Ticket.objects.visible_to(user)
    rows = list(seen.filter(pk=number).values_list(*COLUMNS)) if number else []
    rows += [row for row in _newest(user, words) if row[0] != number]
    steps = {value: str(label) for value, label in Step.choices}
    base = reverse("ticket", args=[0])[: -len("0/")]
    return [
        Hit(pk, f"{base}{pk}/", subject, who, steps[step], owner or "", at)
        for pk, subject, who, step, owner, at in rows
    ]


def _newest(user: User, words: str) -> list[tuple[Any, ...]]:
    """The newest hits that may be seen. Common words are found among the latest tickets, rare ones
    among the newest hits; only where others' tickets crowd both is the whole table asked."""
    latest, query = next(iter(_LATEST()), 0), asked(words)
    found = _AFTER(user.pk, user.group_ids, query, latest - LATELY, **user.shape)
    if len(found) == NEWEST or latest <= LATELY:
        return found
    hits = _HITS(query)
    seen = Ticket.objects.visible_to(user).to_work(user)
    found = list(_rows(seen.filter(pk__in=hits)))
    if len(found) == NEWEST or len(hits) < LATELY:
        return found
    return list(_rows(seen.found_by(words)))


def _rows(tickets: TicketQuerySet) -> QuerySet[Ticket, Any]:
    return tickets.newest_of_hits().values_list(*COLUMNS)[:NEWEST]


def _after(
    me: int, groups: list[int], query: str, number: int, **who: Any
) -> QuerySet[Ticket, Any]:
    user = User.standing_in(me, groups, **who)
    seen = Ticket.objects.visible_to(user).to_work(user)
    return _rows(seen.found_after(query, number=number))


_LATEST = Prepared(lambda: Ticket.objects.order_by("-pk").values_list("pk", flat=True)[:1])
_AFTER = Prepared(_after)
_HITS = Prepared(
    lambda query: TicketSearch.objects.newest_hits(query).values_list("pk", flat=True)[:LATELY]
)


def _customers(user: User, words: str) -> list[Line]:
    return lines(best(user, words, most=FEW))


def _people(user: User, words: str) -> list[User]:
    named = Q(name__icontains=words) | Q(username__icontains=words)
    found = User.objects.visible_to(user).at_work().filter(named).in_name_order()
    return list(found[:FEW])


def _products(user: User, words: str) -> list[Product]:
    named = Q(name__icontains=words) | Q(name_zh__icontains=words) | Q(code__iexact=words)
    return list(Product.objects.visible_to(user).offered().filter(named)[:FEW])
