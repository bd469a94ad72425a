"""What stands in the addresses of training and what is sent there (tests/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.training.factories import (
    make_certificate,
    make_member,
    make_need,
    make_review,
    make_review_form,
)

if TYPE_CHECKING:
    from tests.world import World

Place = Callable[["World"], dict[str, Any]]


def _pk(make: Callable[[World], Any]) -> Place:
    return lambda world: {"pk": make(world).pk}


def _review(world: World) -> Any:
    return make_review(ticket=world.rated)


PLACES: dict[str, Place] = {
    **dict.fromkeys(
        (
            *("certificate-pdf", "certificate-revoke"),
            *("api-certificate-detail", "api-certificate-revoke"),
        ),
        _pk(lambda w: make_certificate(user=w.owner)),
    ),
    "certificate-verify": lambda w: {"code": make_certificate(user=w.owner).code},
    **dict.fromkeys(
        (
            *("api-cycle-detail", "api-cycle-members"),
            *("api-cycle-excuse", "api-cycle-revoke"),
        ),
        _pk(lambda w: make_member(user=w.owner).cycle),
    ),
    "training-quarter": lambda w: {"quarter": str(make_member(user=w.owner).cycle.quarter)},
    "training-member": _pk(lambda w: make_member(user=w.owner)),
    "training-person": _pk(lambda w: make_member(user=w.owner).user),
    **dict.fromkeys(
        ("need", "need-dismiss", "api-need-detail", "api-need-dismiss"),
        _pk(lambda w: make_need(user=w.owner)),
    ),
    "review-form": _pk(lambda w: make_review_form()),
    **dict.fromkeys(
        (
            *("review", "review-dispute", "review-answer"),
            *("api-review-detail", "api-review-rate", "api-review-dispute", "api-review-answer"),
        ),
        _pk(_review),
    ),
}
BODIES: dict[str, Place] = {
    "api-certificate-revoke": lambda w: {"reason": "Passed with help"},
    "api-cycle-list": lambda w: {"quarter": "2026-Q1"},
    **dict.fromkeys(
        ("api-cycle-excuse", "api-cycle-revoke"),
        lambda w: {"user": w.owner.pk, "reason": "A reason"},
    ),
    "api-need-dismiss": lambda w: {"reason": "Learnt at the desk"},
    "api-need-list": lambda w: {"user": w.owner.pk, "area": "product", "note": "New fund"},
    "api-review-rate": lambda w: {"answers": {"greets": "met", "identity": "met"}},
    "api-review-dispute": lambda w: {"text": "I did greet"},
    "api-review-answer": lambda w: {"answer": "You did"},
}
