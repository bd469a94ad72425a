"""The beats of training; see tickets/tasks.py for what every beat promises."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from training import actions

PEOPLE = 500
MAILS = 20


@shared_task(name="training.run_cycles", soft_time_limit=240)
def run_cycles() -> None:
    """Every 5 min: open the quarter, follow who comes and goes, write the reminders due (L5)."""
    now = timezone.now()
    actions.open_due(now=now)
    actions.follow_people(now=now)
    while actions.remind(now=timezone.now(), limit=PEOPLE) == PEOPLE:
        pass


@shared_task(name="training.send_letters", soft_time_limit=240)
def send_letters() -> None:
    """Every minute: mail the reminders that were written (L5)."""
    while actions.send_letters(now=timezone.now(), limit=MAILS) == MAILS:
        pass


@shared_task(name="training.find_needs", soft_time_limit=240)
def find_needs() -> None:
    """Every minute: broken promises, poor ratings and failed review items become learning needs."""
    while actions.find_needs(now=timezone.now(), limit=PEOPLE) == PEOPLE:
        pass
