"""Probes and metrics: true while other things are broken, told to nobody who should not know."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.test import Client

from csservice.celery import EVERY
from csservice.lib.environment import networks
from csservice.status import metrics, parts
from tests.conftest import Clock
from tests.factories import make_beat, make_entry, make_message, make_ticket
from tests.status.test_pages import away, broken_broker

OUTSIDE: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not in\n{text}"
    return float(found[1])


# ---- probes ---------------------------------------------------------------------------------
def test_alive_asks_nobody(client: Client) -> None:
    """Runs without the database mark: a query would fail the test."""
    answer = client.get("/healthz", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_database_tables_and_broker_are_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    said = {"database": "ok", "migrations": "ok", "broker": "ok"}
    assert answer.json() == {"ready": True, "parts": said}


@pytest.mark.django_db
def test_not_ready_names_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.Migrations, "whole", False)
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    said = answer.json()["parts"]
    assert said["database"] == "The database does not answer"
    assert said["migrations"] != "ok"
    assert said["broker"] == "ok"


@pytest.mark.django_db
def test_not_ready_names_the_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_broker(monkeypatch)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"].startswith("The broker does not answer")
    assert answer.json()["parts"]["database"] == "ok"


def test_a_folder_that_is_gone_is_a_broker_that_is_away(settings: Any, tmp_path: Any) -> None:
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "gone")}
    assert parts.broker().state is parts.State.LATE
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "job").touch()
    assert "1 job waits" in parts.broker().words


def test_a_redis_that_is_away_is_named(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    part = parts.broker()
    assert part.state is parts.State.LATE
    assert "The broker does not answer" in part.words


# ---- metrics --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_metrics_count_requests_by_view_and_status(client: Client) -> None:
    client.get("/s/nonsense/")
    before = value(
        metrics.text().decode(), 'csservice_requests_total{method="GET",status="404",view="survey"}'
    )
    client.get("/s/nonsense/")
    after = value(
        metrics.text().decode(), 'csservice_requests_total{method="GET",status="404",view="survey"}'
    )
    assert after == before + 1


@pytest.mark.django_db
def test_made_up_addresses_and_methods_share_a_label(client: Client) -> None:
    client.get("/no/such/page/")
    client.generic("BREW", "/s/nonsense/")
    text = metrics.text().decode()
    assert 'view="none"' in text
    assert "no/such" not in text
    assert "BREW" not in text


@pytest.mark.django_db
def test_metrics_tell_what_waits_and_how_old_jobs_are(client: Client, clock: Clock) -> None:
    make_ticket()
    make_message(delivery="queued")
    make_entry()
    for name in EVERY:
        make_beat(name=name)
    clock.tick(400)
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.content.decode()
    assert value(text, 'csservice_tickets{state="open"}') == 2
    assert value(text, 'csservice_tickets{state="unanswered"}') == 1
    assert value(text, 'csservice_tickets{state="late"}') == 1
    assert value(text, 'csservice_waiting{of="replies"}') == 1
    assert value(text, 'csservice_waiting{of="ledger"}') == 1
    assert value(text, 'csservice_job_age_seconds{job="ledger.seal"}') == 400
    assert value(text, "csservice_database_up") == 1
    assert value(text, "csservice_broker_up") == 1


@pytest.mark.django_db
def test_metrics_come_while_parts_are_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(now: object) -> None:
        raise OperationalError("gone")

    broken_broker(monkeypatch)
    monkeypatch.setattr(metrics, "backlog", gone)
    text = metrics.text().decode()
    assert value(text, "csservice_database_up") == 0
    assert value(text, "csservice_broker_up") == 0


@pytest.mark.django_db
def test_metrics_are_for_this_machine_and_for_support(
    client: Client, support_browser: Client, owner_browser: Client, settings: Any
) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", **OUTSIDE).status_code == 403
    assert owner_browser.get("/metrics", **OUTSIDE).status_code == 403
    assert support_browser.get("/metrics", **OUTSIDE).status_code == 200
    settings.METRICS_ALLOW = ["203.0.113.0/24"]
    assert client.get("/metrics", **OUTSIDE).status_code == 200
    assert client.get("/metrics").status_code == 403


@pytest.mark.django_db
def test_a_proxys_own_address_opens_nothing(client: Client) -> None:
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 403


def test_allowed_networks_must_be_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    import environ

    monkeypatch.setenv("METRICS_ALLOW", "10.0.0.0/8,::1/128")
    assert networks(environ.Env()) == ["10.0.0.0/8", "::1/128"]
    monkeypatch.setenv("METRICS_ALLOW", "everybody")
    with pytest.raises(ImproperlyConfigured, match="is no network"):
        networks(environ.Env())
