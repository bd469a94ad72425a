"""Needs analysis: the need in words, the guide's answers, a proposed solution (W2, N3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams.models import User
from teams.roles import Can
from tickets import guides
from tickets.actions._row import given, locked, save, theirs
from tickets.actions.receive import reindex
from tickets.models import Category, Guide, Product, Step, Ticket
from tickets.suitability import verdict

FIELDS = (
    *("step", "waiting_on", "waiting_reason", "waiting_since"),
    *("need", "category", "guide", "answers", "solution", "product", "suitability"),
)


@transaction.atomic
def analyse(
    ticket_id: int,
    *,
    by: User,
    need: str,
    category: Category | None,
    answers: Mapping[str, Any],
    solution: str,
    now: datetime,
    product: Product | None = None,
    draft: bool = False,
    seen: int | None = None,
) -> Ticket:
    """Record the analysis and go on to the resolution; `draft` keeps what there is and stays (W2).

    The answers are checked against the guide version that the ticket keeps, else the one in force.
    A product above the customer's risk profile is warned of in `suitability`, not refused (N3).
    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError (`need`, `category`,
    `solution`, `answers.<key>`), RefusedError (not the step for it, or somebody else's).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    theirs(ticket, by=by)
    _set(ticket, need=need, category=category, solution=solution, product=product)
    wrong = _answer(ticket, answers)
    if draft:
        if ticket.step != Step.ANALYSIS:
            ticket.move("analyse")  # refuses in the words of every other step
    else:
        _complete(ticket, wrong)
        ticket.move("analyse")
        reindex(ticket, added=f"{ticket.need} {ticket.solution}")
    save(ticket, *FIELDS, by=by, now=now)
    if not draft:
        record(
            "ticket.analysed",
            "ticket",
            ticket.pk,
            by=by,
            now=now,
            category=ticket.category_id,
            guide=ticket.guide_id,
            suitability=ticket.suitability,
        )
    return ticket


def _set(
    ticket: Ticket, *, need: str, category: Category | None, solution: str, product: Product | None
) -> None:
    if category is not None and category.pk != ticket.category_id:
        ticket.category, ticket.guide, ticket.answers = category, None, {}
    if product is not None:
        ticket.product = product
    ticket.need, ticket.solution = need.strip(), solution.strip()
    level = ticket.product.risk_level if ticket.product else ""
    ticket.suitability = verdict(risk_level=level, risk_profile=ticket.customer.risk_profile)


def _answer(ticket: Ticket, answers: Mapping[str, Any]) -> dict[str, str]:
    """Keep the answers that fit the guide; the faults of the others by question key."""
    if ticket.guide is None and ticket.category is not None:
        ticket.guide = Guide.objects.in_force().filter(category=ticket.category).first()
    if ticket.guide is None:
        return {}
    ticket.answers, wrong = guides.check(ticket.guide.questions, answers)
    return wrong


def _complete(ticket: Ticket, wrong: Mapping[str, str]) -> None:
    if ticket.category is None:
        raise InvalidError("category", _("Choose what it is about."))
    for key, fault in wrong.items():
        said = {
            "missing": _("Answer every question; “Not sure” is an answer."),
            "wrong": _("This answer does not fit the question. Check it."),
        }
        raise InvalidError(f"answers.{key}", said[fault])
    given("need", ticket.need, _("Enter what the customer needs, in words."))
    given("solution", ticket.solution, _("Enter the solution that you propose."))
