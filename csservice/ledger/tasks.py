"""The beat of the ledger."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from csservice.ledger import actions

BATCH = 2000


@shared_task(name="ledger.seal", soft_time_limit=60)
def seal() -> None:
    """Every 5 s: number and chain what was committed since. May run twice, late, beside itself."""
    while actions.seal(now=timezone.now(), limit=BATCH) == BATCH:
        pass
