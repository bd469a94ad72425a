"""Technical support sees what is wrong while it lasts (T4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from csservice.celery import EVERY
from csservice.status import backlog, parts
from csservice.status.models import Beat
from csservice.status.parts import Part, State
from teams.models import User
from tests.conftest import Clock
from tests.factories import (
    make_beat,
    make_entry,
    make_invitation,
    make_message,
    make_ticket,
)
from tickets.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is called: a call takes a second."""
    monkeypatch.setattr(parts, "answers", lambda: False)


@pytest.fixture
def all_well(clock: Clock) -> None:
    for name in EVERY:
        make_beat(name=name)


def away(*args: Any, **kwargs: Any) -> Any:
    raise OperationalError("connection refused\nIs the server running?")


def broken_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses() -> int:
        raise redis.ConnectionError("Connection refused")

    monkeypatch.setattr(parts, "queue_depth", refuses)


def shown(client: Client) -> str:
    return client.get("/status/").content.decode()


# ---- who ------------------------------------------------------------------------------------
def test_support_and_directors_see_it(
    all_well: None, support_browser: Client, director_browser: Client
) -> None:
    for client in (support_browser, director_browser):
        assert client.get("/status/").status_code == 200


def test_others_do_not(
    owner_browser: Client, manager_browser: Client, client: Client, clock: Clock
) -> None:
    assert owner_browser.get("/status/").status_code == 403
    assert manager_browser.get("/status/").status_code == 403
    assert client.get("/status/").status_code == 302
    assert owner_browser.post("/status/mail/").status_code == 403


# ---- what -----------------------------------------------------------------------------------
def test_when_all_is_well_the_page_says_so(all_well: None, support_browser: Client) -> None:
    page = shown(support_browser)
    assert "Everything works" in page
    assert "Every job is on time" in page
    for name in EVERY:
        assert f"<code>{name}</code>" in page


def test_a_job_that_stopped_is_named(all_well: None, clock: Clock, support_browser: Client) -> None:
    clock.tick(3600)
    Beat.objects.exclude(name="feedback.ask").update(done_at=clock.now)
    page = shown(support_browser)
    assert "1 job is not on time: feedback.ask" in page
    assert "Overdue by 59 min" in page


def test_a_job_that_fails_shows_its_error(
    all_well: None, clock: Clock, support_browser: Client
) -> None:
    Beat.objects.filter(name="ledger.seal").update(failed_at=clock.tick(1), error="ValueError: x")
    assert "Failed: ValueError: x" in shown(support_browser)


def test_a_job_that_never_ran_is_named(clock: Clock, support_browser: Client) -> None:
    page = shown(support_browser)
    assert "Has not run yet" in page
    assert "No worker answers" in page


def test_a_rare_job_that_has_not_run_yet_is_no_fault(
    all_well: None, support_browser: Client
) -> None:
    Beat.objects.filter(name="teams.tidy").delete()
    page = shown(support_browser)
    assert "Has not run yet" in page
    assert "Everything works" in page


def test_a_silent_worker_and_a_silent_schedule_are_told_apart(
    all_well: None, clock: Clock, support_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.tick(60)
    assert "No worker answers; the last job ran 1 min 0 s ago" in shown(support_browser)
    monkeypatch.setattr(parts, "answers", lambda: True)
    assert "A worker answers but gets no jobs" in shown(support_browser)


def test_a_broker_that_is_away_is_named_and_the_page_still_comes(
    all_well: None, support_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_broker(monkeypatch)
    page = shown(support_browser)
    assert "The broker does not answer. Jobs are late" in page
    assert "<code>Connection refused</code>" in page
    assert "1 part does not work" in page


def test_a_mail_server_that_is_away_is_named(
    all_well: None, support_browser: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_message(delivery="queued")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    def refused(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr("socket.create_connection", refused)
    assert "Mail cannot be sent: Connection refused. 1 wait" in shown(support_browser)


def test_given_up_mails_are_shown_and_sent_again(
    all_well: None, support_browser: Client, clock: Clock
) -> None:
    reply = make_message(delivery="failed", tries=12, delivery_error="SMTP: no such person")
    make_invitation(delivery="failed", tries=12, delivery_error="SMTP: mailbox full")
    page = shown(support_browser)
    assert "2 mails were given up after many tries" in page
    assert "SMTP: no such person" in page
    assert "SMTP: mailbox full" in page
    assert "12 tries" in page
    assert support_browser.post("/status/mail/")["Location"] == "/status/"
    reply.refresh_from_db()
    assert (reply.delivery, reply.tries) == ("queued", 0)
    assert Message.objects.to_send(clock.now).count() == 1


def test_the_backlog_is_counted(all_well: None, clock: Clock) -> None:
    make_ticket()
    make_ticket(step="analysis")
    make_entry()
    clock.tick(301)
    found = backlog.backlog(clock.now)
    assert (found.unanswered, found.unassigned, found.late, found.to_flag) == (1, 1, 1, 1)
    assert found.unsealed == 1
    assert backlog.work(found).state is State.SOON


def test_a_missing_migration_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.Migrations, "whole", False)
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [("x", False)])
    part = parts.Migrations.look()
    assert (part.key, part.state) == ("migrations", State.LATE)
    assert "1 migration is missing" in part.words


def test_the_page_costs_the_same_for_one_ticket_as_for_ten(
    all_well: None, support_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    make_ticket()
    shown(support_browser)
    one = sql_of(lambda: shown(support_browser))
    for _ in range(9):
        make_ticket()
        make_message(delivery="queued")
    many = sql_of(lambda: shown(support_browser))
    assert len(one) == len(many) <= 30, "\n".join(many)


def test_a_refresh_swaps_the_parts_alone(all_well: None, support_browser: Client) -> None:
    part = support_browser.get("/status/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="parts"')
    assert "<html" not in part


# ---- the database is away -------------------------------------------------------------------
@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the database fails, as when it was killed."""
    monkeypatch.setattr(parts.Migrations, "whole", True)
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)


@pytest.fixture
def patient(support: User, browser_of: Callable[[User], Client]) -> Client:
    """Signed in while the database was there; its errors come as pages, as from a server."""
    client = browser_of(support)
    client.raise_request_exception = False
    return client


def test_without_a_database_the_status_page_still_comes(patient: Client, no_database: None) -> None:
    answer = patient.get("/status/")
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "The database does not answer" in page
    assert "connection refused" not in page
    assert "The folder answers" in page or "Redis answers" in page  # whichever broker there is
    assert answer.headers["Retry-After"] == "5"
    assert "default-src" in answer.headers["Content-Security-Policy"]


def test_without_a_database_and_a_session_the_status_page_comes_too(
    client: Client, no_database: None
) -> None:
    assert client.get("/status/").status_code == 503


def test_without_a_database_other_pages_say_so_without_details(
    patient: Client, no_database: None
) -> None:
    answer = patient.get("/queue/")
    assert answer.status_code == 503
    assert "Our database does not answer" in answer.content.decode()
    assert "connection refused" not in answer.content.decode()


def test_without_a_database_a_refresh_reloads_the_status_and_spoils_no_other_page(
    patient: Client, no_database: None
) -> None:
    swap = {"HX-Request": "true"}
    assert patient.get("/status/", headers=swap).headers["HX-Refresh"] == "true"
    assert patient.get("/queue/", headers=swap).headers["HX-Reswap"] == "none"


def test_without_a_database_programs_get_a_problem(patient: Client, no_database: None) -> None:
    answer = patient.get("/api/v1/tickets/")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert "Retry-After" in answer.headers


def test_an_error_of_our_own_stays_an_error(
    patient: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Part:
        raise ZeroDivisionError

    monkeypatch.setattr(backlog, "work", broken)
    assert patient.get("/status/").status_code == 500
