"""Every write of training."""

from __future__ import annotations

from training.actions.reviews import (
    answer_dispute,
    dispute,
    draw_reviews,
    rate,
    save_review_form,
)

__all__ = ["answer_dispute", "dispute", "draw_reviews", "rate", "save_review_form"]
