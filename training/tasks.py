"""The beats of training; see tickets/tasks.py for what every beat promises."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from training import actions

PEOPLE = 500
MAILS = 20
CUES = 100


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


@shared_task(name="training.send_session_mails", soft_time_limit=240)
def send_session_mails() -> None:
    """Every 10 s: mail what was written about seats in sessions."""
    while actions.send_session_mails(now=timezone.now(), limit=MAILS) == MAILS:
        pass


@shared_task(name="training.run_drills", soft_time_limit=60)
def run_drills() -> None:
    """Every 2 s: simulated customers come and answer as the scripts of running drills say (L4)."""
    while actions.run_drills(now=timezone.now(), limit=CUES) == CUES:
        pass


@shared_task(name="training.close_tests", soft_time_limit=60)
def close_tests() -> None:
    """Every 15 s: close the tests whose time is over; what was saved until then counts."""
    while actions.close_run_out(now=timezone.now(), limit=CUES) == CUES:
        pass
