"""Every write of training."""

from __future__ import annotations

from training.actions.cycles import (
    excuse,
    follow_people,
    open_due,
    open_quarter,
    revoke_excuse,
)
from training.actions.needs import ask_need, dismiss_need, find_needs
from training.actions.history import import_history, preview_history
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
    "ask_need",
    "dismiss_need",
    "dispute",
    "draw_reviews",
    "excuse",
    "find_needs",
    "follow_people",
    "import_history",
    "open_due",
    "open_quarter",
    "preview_history",
    "rate",
    "remind",
    "revoke_excuse",
    "save_review_form",
    "send_letters",
    "send_letters_again",
]
