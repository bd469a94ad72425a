"""The base of every job: each run leaves its times in `Beat` (T4)."""

from __future__ import annotations

import time
from typing import Any

from celery import Task
from django.utils import timezone


class BeatTask(Task):  # type: ignore[type-arg]
    """A task whose start, end and failure are rows that the status page reads."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from csservice.status.models import Beat

        started, clock = timezone.now(), time.monotonic()
        try:
            result = super().__call__(*args, **kwargs)
        except Exception as error:
            Beat.objects.update_or_create(
                name=self.name,
                defaults={
                    "started_at": started,
                    "failed_at": timezone.now(),
                    "error": f"{type(error).__name__}: {error}"[:300],
                },
            )
            raise
        Beat.objects.update_or_create(
            name=self.name,
            defaults={
                "started_at": started,
                "done_at": timezone.now(),
                "took_s": time.monotonic() - clock,
            },
        )
        return result
