"""The beats of feedback; see tickets/tasks.py for what every beat promises."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from feedback import actions

BATCH = 200
MAILS = 20


@shared_task(name="feedback.ask", soft_time_limit=240)
def ask() -> None:
    """Every 5 s: ask for satisfaction where the service has ended, and mail the question (W4)."""
    while actions.ask(now=timezone.now(), limit=BATCH) == BATCH:
        pass
    while actions.send_invitations(now=timezone.now(), limit=MAILS) == MAILS:
        pass


@shared_task(name="feedback.collect", soft_time_limit=30)
def collect() -> None:
    """Every 10 s: keep answers given through staff, and end the links they overtook (F1)."""
    while actions.collect(now=timezone.now(), limit=BATCH) == BATCH:
        pass
    while actions.overtake(now=timezone.now(), limit=BATCH) == BATCH:
        pass


@shared_task(name="feedback.expire", soft_time_limit=30)
def expire() -> None:
    """Every minute: end the links that ran out without an answer (W4)."""
    while actions.expire(now=timezone.now(), limit=BATCH) == BATCH:
        pass


@shared_task(name="feedback.follow_erased", soft_time_limit=240)
def follow_erased() -> None:
    """Every hour: forget what customers wrote about services that were erased."""
    actions.follow_erased()
