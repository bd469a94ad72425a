"""Celery is a heartbeat that looks at rows; every schedule stands here with its sentence.

No job carries data: what is to be done stands in rows, so a broker that loses a message, a worker
that dies or a beat that comes late delays the work and loses none of it. A beat that finds the one
before still running works beside it: the actions skip what is held and write each thing once.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

from csservice.lib.broker import install

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csservice.settings")

# name of the task -> every how many seconds. The next beat is the retry.
EVERY: dict[str, float] = {
    "tickets.flag_breaches": 1,  # W1: mark, once each, the first responses that ran out
    "tickets.assign_waiting": 5,  # T5: move what absent people left; give out what has no owner
    "tickets.send_replies": 5,  # W3: mail the answers that wait for sending
    "feedback.ask": 5,  # W4: ask for satisfaction as soon as a ticket is resolved, by mail too
    "feedback.collect": 10,  # F1: keep answers given through staff; end the links they overtook
    "feedback.expire": 60,  # W4: links that ran out without an answer
    "tickets.run_simulations": 3,  # drafts of promises that somebody wants tried on the past
    "tickets.close_settled": 30,  # W4: close what was answered, refused or expired
    "training.run_drills": 2,  # L4: what is due in running drills
    "training.close_tests": 15,  # tests whose time is over
    "training.find_needs": 60,  # what happened that somebody should learn from
    "training.run_cycles": 300,  # L5: open the quarter, follow its people, write reminders due
    "training.send_session_mails": 10,  # invitations to training sessions and what changes them
    "training.send_letters": 60,  # L5: mail the reminders that were written
    "ledger.seal": 5,  # number and chain the new ledger entries
    "tickets.erase_due": 3600,  # retention.py: customers and cases whose term is over
    "feedback.follow_erased": 3600,  # the comments and addresses of what was erased
    "teams.extend_calendars": 86_400,  # the holidays of a new year, once the library knows them
    "teams.tidy": 3600,  # forget idempotency keys and tokens that ran out
}
DEMO_EVERY: dict[str, float] = {
    "demo.play": 40,  # only where DEMO is set: a contact comes, colleagues go a step on
}
# A message nobody fetched in time is dropped: after an outage one beat does what a thousand would.


def beat(every: dict[str, float]) -> dict[str, dict[str, Any]]:
    """The schedule of these jobs, as Celery reads it."""
    return {
        name: {"task": name, "schedule": seconds, "options": {"expires": max(10, seconds * 2)}}
        for name, seconds in every.items()
    }


BEAT = beat(EVERY)

install()
app = Celery("csservice", task_cls="csservice.status.jobs:BeatTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
