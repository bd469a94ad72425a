"""The beats of tickets: read the clock, loop one action in batches. The next beat is the retry.

Each may run twice, late, or beside itself: the actions skip rows that somebody holds, look again
at what they have taken, and write each thing once.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from tickets import actions

BATCH = 500
MAILS = 20
ERASED = 50


@shared_task(name="tickets.flag_breaches", soft_time_limit=30)
def flag_breaches() -> None:
    """Every second: flag, once each, the tickets whose five minutes ran out (W1)."""
    while actions.flag_breaches(now=timezone.now(), limit=BATCH) == BATCH:
        pass


@shared_task(name="tickets.assign_waiting", soft_time_limit=30)
def assign_waiting() -> None:
    """Every 5 s: move what absent people left waiting, then give out what has no owner (T5)."""
    while actions.release_absent(now=timezone.now(), limit=BATCH) == BATCH:
        pass
    while actions.assign_waiting(now=timezone.now(), limit=BATCH) == BATCH:
        pass


@shared_task(name="tickets.send_replies", soft_time_limit=240)
def send_replies() -> None:
    """Every 5 s: mail the answers that wait for sending (W3)."""
    while actions.send_replies(now=timezone.now(), limit=MAILS) == MAILS:
        pass


@shared_task(name="tickets.close_settled", soft_time_limit=30)
def close_settled() -> None:
    """Every 30 s: close what was answered, refused, or ran out (W4)."""
    while actions.close_settled(now=timezone.now(), limit=BATCH) == BATCH:
        pass


@shared_task(name="tickets.erase_due", soft_time_limit=240)
def erase_due() -> None:
    """Every hour: erase customers and cases whose term is over, unless they are held."""
    while actions.erase_due(now=timezone.now(), limit=ERASED) == ERASED:
        pass
    while actions.erase_old_cases(now=timezone.now(), limit=ERASED) == ERASED:
        pass


@shared_task(name="tickets.run_simulations", soft_time_limit=300)
def run_simulations() -> None:
    """Every 3 s: run the drafts that wait to be tried on the past (rule 20)."""
    actions.run_simulations(now=timezone.now())
