"""The beats of tickets run everything due, twice as well as once, late as well as in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from csservice import celery
from csservice.ledger.models import Entry
from teams.models import User
from tests.conftest import Clock
from tests.factories import make_customer, make_message, make_ticket, make_user
from tickets import tasks
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    monkeypatch.setattr(tasks, "MAILS", 2)


def test_every_schedule_has_its_task_and_every_task_its_schedule() -> None:
    celery.app.loader.import_default_modules()
    ours = {name for name in celery.app.tasks if not name.startswith(("celery.", "demo."))}
    assert ours == set(celery.EVERY)


def test_breaches_are_flagged_once_each(clock: Clock) -> None:
    for _ in range(5):
        make_ticket()
    clock.tick(300)
    tasks.flag_breaches()
    assert not Entry.objects.filter(kind="clock.breached").exists()
    clock.tick(1)
    tasks.flag_breaches()
    clock.tick(86_400)
    tasks.flag_breaches()
    found = [entry.data["metric"] for entry in Entry.objects.filter(kind="clock.breached")]
    assert sorted(found) == ["first_response"] * 5 + ["resolution"] * 5


def test_what_waits_goes_to_whoever_became_available(clock: Clock, group: object) -> None:
    tickets = [make_ticket(group=group) for _ in range(5)]
    tasks.assign_waiting()
    assert Ticket.objects.filter(owner=None).count() == 5
    somebody = make_user(groups=[group], presence="available")  # type: ignore[list-item]
    tasks.assign_waiting()
    tasks.assign_waiting()
    assert Ticket.objects.filter(owner=somebody).count() == len(tickets)


def test_what_an_absent_person_left_goes_to_the_next(
    clock: Clock, group: object, owner: User
) -> None:
    left = make_ticket(group=group, owner=owner)
    answered = make_ticket(step="analysis", group=group, owner=owner)
    other = make_user(groups=[group], presence="available")  # type: ignore[list-item]
    tasks.assign_waiting()
    left.refresh_from_db()
    answered.refresh_from_db()
    assert (left.owner, answered.owner) == (other, owner)


def test_queued_replies_are_mailed(clock: Clock) -> None:
    for n in range(5):
        customer = make_customer(contacts=[("email", f"ann{n}@mail.example")])
        make_message(ticket=make_ticket(step="analysis", customer=customer), delivery="queued")
    tasks.send_replies()
    tasks.send_replies()
    assert len(mail.outbox) == 5


def test_settled_tickets_are_closed_once(clock: Clock) -> None:
    for how in ("refused", "expired", "refused", "expired"):
        make_ticket(step="feedback", satisfaction=how, satisfaction_at=clock.now)
    waits = make_ticket(step="feedback")
    clock.now += timedelta(hours=1)
    tasks.close_settled()
    tasks.close_settled()
    assert Ticket.objects.filter(step="closed").count() == 4
    assert Entry.objects.filter(kind="ticket.closed").count() == 4
    waits.refresh_from_db()
    assert waits.step == "feedback"
