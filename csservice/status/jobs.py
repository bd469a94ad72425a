"""The base of every job: each run leaves its times in `Beat` (T4)."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import Task
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

logger = logging.getLogger(__name__)


class BeatTask(Task):  # type: ignore[type-arg]
    """A task whose start, end and failure are rows that the status page reads: one UPDATE a run.

    The record must not fail the job: without a database it is left out, and the page tells from
    its age. An error of the job goes on to the worker's log.
    """

    acks_late = True
    ignore_result = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        started, clock = timezone.now(), time.monotonic()
        try:
            result = super().__call__(*args, **kwargs)
        except Exception as error:
            words = f"{type(error).__name__}: {error}"[:300]
            keep(str(self.name), started_at=started, failed_at=timezone.now(), error=words)
            raise
        took = round(time.monotonic() - clock, 3)
        keep(str(self.name), started_at=started, done_at=timezone.now(), took_s=took)
        return result


def keep(name: str, **fields: Any) -> None:
    """Write the run into the job's row, which the first run makes."""
    from csservice.status.models import Beat  # the app registry is not ready when Celery is made

    try:
        if not Beat.objects.filter(name=name).update(**fields):
            Beat.objects.get_or_create(name=name, defaults=fields)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The run of %s is not on record: %s", name, error)
