"""Every write of training."""

from __future__ import annotations

from training.actions.cycles import (
    excuse,
    follow_people,
    open_due,
    open_quarter,
    revoke_excuse,
)
from training.actions.reminding import remind, send_letters, send_letters_again
from training.actions.reviews import (
    answer_dispute,
    dispute,
    draw_reviews,
    rate,
    save_review_form,
)

__all__ = [
    "answer_dispute",
    "dispute",
    "draw_reviews",
    "excuse",
    "follow_people",
    "open_due",
    "open_quarter",
    "rate",
    "remind",
    "revoke_excuse",
    "save_review_form",
    "send_letters",
    "send_letters_again",
]
