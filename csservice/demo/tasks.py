"""The beat of the demo; it runs only where DEMO is set."""

from __future__ import annotations

from random import SystemRandom

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from csservice.demo.play import play


@shared_task(name="demo.play")
def move_on() -> None:
    """Every 40 s in the demo: one contact comes, colleagues and customers go a step on."""
    if settings.DEMO:
        play(now=timezone.now(), random=SystemRandom())
