"""Each run of a job leaves its times; the record never fails the job."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError

from csservice.celery import app
from csservice.ledger.tasks import seal
from csservice.status import jobs
from csservice.status.models import Beat
from tests.conftest import Clock
from tests.factories import after

pytestmark = pytest.mark.django_db


def test_a_run_is_on_record(clock: Clock) -> None:
    seal()
    clock.tick(5)
    seal()
    beat = Beat.objects.get()
    assert (beat.name, beat.started_at, beat.done_at) == ("ledger.seal", after(5), after(5))
    assert beat.took_s is not None
    assert beat.failed_at is None


def test_a_run_costs_one_statement(clock: Clock, sql_of: Any) -> None:
    jobs.keep("x", done_at=after(0))
    assert len(sql_of(lambda: jobs.keep("x", done_at=after(5)))) == 1


def test_a_failure_is_on_record_and_goes_on(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    @app.task(name="tests.fails")
    def fails() -> None:
        raise ValueError("no " + "x" * 400)

    with pytest.raises(ValueError, match="no x"):
        fails()
    beat = Beat.objects.get(name="tests.fails")
    assert beat.failing
    assert beat.error.startswith("ValueError: no xxx")
    assert len(beat.error) == 300
    app.tasks.unregister("tests.fails")


def test_without_a_database_the_job_still_ends_well(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr(Beat.objects, "filter", away)
    jobs.keep("ledger.seal", done_at=after(0))
    assert "not on record" in caplog.text


@pytest.mark.parametrize(("seconds", "late"), [(5, 0), (20, 0), (21, 16), (3600, 3595)])
def test_a_job_is_overdue_after_its_grace(seconds: int, late: int) -> None:
    assert Beat(done_at=after(0)).overdue_s(5, after(seconds)) == late


def test_a_rare_job_may_miss_one_beat() -> None:
    assert Beat(done_at=after(0)).overdue_s(3600, after(7200)) == 0
    assert Beat(done_at=after(0)).overdue_s(3600, after(7201)) == 3601


def test_a_job_that_works_again_is_not_failing() -> None:
    assert Beat(failed_at=after(5)).failing
    assert Beat(failed_at=after(5), done_at=after(1)).failing
    assert not Beat(failed_at=after(5), done_at=after(9)).failing
    assert not Beat().failing
