"""The beat of people."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from teams import actions


@shared_task(name="teams.tidy")
def tidy() -> None:
    """Every hour: forget idempotency keys and tokens that ended long ago. May run twice."""
    now = timezone.now()
    actions.forget_keys(now=now)
    actions.forget_tokens(now=now)
