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


@shared_task(name="teams.extend_calendars")
def extend_calendars() -> None:
    """Every day: holidays of a new year, once the library knows them. May run twice, and late."""
    actions.extend_calendars(now=timezone.now())
