"""The pages of needs, certificates and quality reviews (tests/browser/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from teams.models import User
from tests.factories import make_message, make_ticket
from tests.training.factories import (
    make_certificate,
    make_course,
    make_need,
    make_review,
    make_review_form,
)
from training import actions
from training.models import Certificate, Need, Review

if TYPE_CHECKING:
    from tests.browser.world import World

Place = Callable[["World"], dict[str, Any]]


def _person(world: World, name: str) -> User:
    found = world.people[name]
    assert found is not None
    return found


def _nothing(world: World) -> dict[str, Any]:
    return {}


def _listed(make: Callable[[World], Any]) -> Place:
    def place(world: World) -> dict[str, Any]:
        make(world)
        return {}

    return place


def _pk(make: Callable[[World], Any]) -> Place:
    return lambda world: {"pk": make(world).pk}


# ---- needs ------------------------------------------------------------------------------------
def _need(world: World) -> Need:
    """One for the whole world: a person has one open need of a kind."""
    learner = _person(world, "specialist")
    found = Need.objects.filter(user=learner).first()
    return found or make_need(user=learner, course=make_course(), note="Greets nobody")


# ---- certificates -----------------------------------------------------------------------------
def _certificate(world: World) -> Certificate:
    """Runs out within a month."""
    now = timezone.now()
    until = now + timedelta(days=20)
    learner = _person(world, "specialist")
    return make_certificate(user=learner, issued_at=now, valid_until=until)


def _code(world: World) -> dict[str, Any]:
    return {"code": _certificate(world).code}


# ---- reviews ----------------------------------------------------------------------------------
def _review(world: World, **over: Any) -> Review:
    fields: dict[str, Any] = {"owner": _person(world, "specialist"), "customer": world.customer}
    ticket = make_ticket(step="closed", group=world.group, **fields)
    make_message(ticket=ticket)
    return make_review(ticket=ticket, rater=_person(world, "manager"), **over)


def _to_rate(world: World) -> Review:
    blank: dict[str, Any] = {
        "done_at": None,
        "answers": {},
        "comments": {},
        "failed": [],
        "score": None,
    }
    return _review(world, **blank)


def _disputed(world: World) -> Review:
    review = _review(world)
    learner = _person(world, "specialist")
    actions.dispute(review.pk, by=learner, text="I did greet", now=timezone.now())
    return review


# ---- replies that wait for a certified colleague -------------------------------------------------
def _held(world: World) -> dict[str, Any]:
    ticket = world.steps["resolution"]
    learner = _person(world, "specialist")
    reply = make_message(ticket=ticket, kind="held", author=learner)
    return {"number": ticket.pk, "pk": reply.pk}


# who, address, what stands in it, query
PAGES: tuple[tuple[str, str, Place, str], ...] = (
    ("specialist", "needs", _nothing, ""),
    ("manager", "needs", _listed(_need), "?show=all"),
    ("manager", "need-new", _nothing, ""),
    ("manager", "need", _pk(_need), ""),
    ("specialist", "need", _pk(_need), ""),
    ("support", "certificates", _nothing, ""),
    ("manager", "certificates", _listed(_certificate), "?show=all"),
    ("specialist", "certificates", _listed(_certificate), ""),
    ("manager", "certificate-revoke", _pk(_certificate), ""),
    ("nobody", "certificate-verify", _code, ""),
    ("manager", "ticket-held", _held, ""),
    ("specialist", "ticket-held", _held, ""),
    ("support", "reviews", _nothing, ""),
    ("manager", "reviews", _listed(_to_rate), ""),
    ("manager", "reviews", _listed(_review), "?show=done"),
    ("manager", "review", _pk(_to_rate), ""),
    ("specialist", "review", _pk(_review), ""),
    ("director", "review", _pk(_disputed), ""),
    ("manager", "review-draw", _listed(lambda w: make_review_form()), ""),
    ("manager", "review-forms", _listed(lambda w: make_review_form()), ""),
    ("manager", "review-form-new", _nothing, ""),
    ("manager", "review-form", _pk(lambda w: make_review_form()), ""),
)
NO_PAGES = frozenset({"certificate-pdf", "need-dismiss", "review-dispute", "review-answer"})
