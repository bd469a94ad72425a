"""How each part of the system is now (T4). Every look ends and none raises: a failure is the news.

A look costs a few milliseconds when the part is well and two seconds at most when it is not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import redis
from celery.exceptions import CeleryError
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import KombuError

from csservice.celery import EVERY, app
from csservice.lib.templatetags.ui import seconds_words, span
from csservice.lib.wording import listed
from csservice.status.models import Beat

PATIENCE_S = 2
RARE_S = 15
QUEUE = "celery"
DOWN = (DatabaseError, InterfaceError)


class State(StrEnum):
    OK = "ok"
    SOON = "soon"  # works, needs an eye
    LATE = "late"  # does not work


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its key, its state, one sentence fit for anybody, and a detail for support only.

    `url`: where it is put right, by who may.
    """

    key: str
    state: State
    words: str
    detail: str = ""
    url: str = ""

    @property
    def ok(self) -> bool:
        return self.state is not State.LATE


def database() -> Part:
    """Whether the database answers, and how quickly."""
    clock = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DOWN as error:
        said = _("The database does not answer")
        return Part("database", State.LATE, said, first_line(error))
    said = _("%(kind)s answers in %(time)s ms") % {
        "kind": connection.display_name,
        "time": round((time.monotonic() - clock) * 1000, 1),
    }
    return Part("database", State.OK, said)


class Migrations:
    """Whether the tables are those of this code; looked up until they are, then known."""

    whole = False

    @classmethod
    def look(cls) -> Part:
        if cls.whole:
            return Part("migrations", State.OK, _("The tables are those of this version"))
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DOWN as error:
            said = _("Not known without the database")
            return Part("migrations", State.LATE, said, first_line(error))
        if missing:
            said = ngettext(
                "%(count)s migration is missing: run manage.py migrate",
                "%(count)s migrations are missing: run manage.py migrate",
                len(missing),
            )
            return Part("migrations", State.LATE, said % {"count": len(missing)})
        cls.whole = True
        return Part("migrations", State.OK, _("The tables are those of this version"))


def broker() -> Part:
    """Whether jobs can be handed over: Redis, or the folders of the embedded way."""
    try:
        waiting = queue_depth()
    except (redis.RedisError, OSError) as error:
        said = _("The broker does not answer. Jobs are late until it does; none is lost.")
        return Part("broker", State.LATE, said, first_line(error))
    said = ngettext(
        "%(kind)s answers; %(count)s job waits", "%(kind)s answers; %(count)s jobs wait", waiting
    )
    return Part("broker", State.OK, said % {"kind": _kind(), "count": waiting})


def _kind() -> str:
    return "Redis" if settings.REDIS_URL else _("The folder")


def queue_depth() -> int:
    """Jobs handed over and not fetched. Raises redis.RedisError or OSError when nobody can tell."""
    if settings.REDIS_URL:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        ) as client:
            return int(client.llen(QUEUE))
    folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])
    if not os.access(folder, os.R_OK | os.W_OK):
        raise PermissionError(_("The folder %(name)s cannot be written") % {"name": folder.name})
    return sum(1 for _file in folder.iterdir())


def worker(now: datetime) -> Part:
    """Whether somebody works: a job that just ran proves it; else the workers are called."""
    try:
        last = Beat.objects.newest()
    except DOWN as error:
        said = _("Not known without the database")
        return Part("worker", State.LATE, said, first_line(error))
    if last and now - last <= timedelta(seconds=15):
        return Part(
            "worker", State.OK, _("A worker ran a job %(time)s ago") % {"time": _ago(now, last)}
        )
    if answers():
        return Part("worker", State.SOON, _("A worker answers but gets no jobs"))
    said = _("No worker answers, and no job has run yet")
    if last:
        said = _("No worker answers; the last job ran %(time)s ago")
    return Part("worker", State.LATE, said % {"time": _ago(now, last) if last else ""})


def answers() -> bool:
    """Whether any worker answers a call within a second."""
    try:
        return bool(app.control.ping(timeout=1.0))
    except (KombuError, CeleryError, redis.RedisError, OSError):
        return False


@dataclass(frozen=True, slots=True)
class Job:
    """One scheduled job and how its last beat stands to its period."""

    name: str
    every_s: float
    beat: Beat | None
    state: State
    words: str
    ago_s: float | None = None


def jobs(now: datetime) -> list[Job]:
    """Every job of the schedule. Raises DatabaseError."""
    beats = Beat.objects.in_bulk(list(EVERY))
    return [_job(name, every, beats.get(name), now=now) for name, every in EVERY.items()]


def _job(name: str, every_s: float, beat: Beat | None, *, now: datetime) -> Job:
    if beat is None or (beat.done_at is None and beat.failed_at is None):
        # a rare job has its first beat one period after the schedule began
        state = State.LATE if every_s <= RARE_S else State.SOON
        return Job(name, every_s, beat, state, _("Has not run yet"))
    ago = max(0.0, (now - beat.done_at).total_seconds()) if beat.done_at else None
    if beat.failing:
        said = _("Failed: %(error)s") % {"error": beat.error}
        return Job(name, every_s, beat, State.LATE, said, ago)
    late = beat.overdue_s(every_s, now)
    if late:
        said = _("Overdue by %(time)s") % {"time": span(late)}
        return Job(name, every_s, beat, State.LATE, said, ago)
    return Job(name, every_s, beat, State.OK, _("On time"), ago)


def schedule(found: list[Job]) -> Part:
    """The schedule as a whole."""
    wrong = [job.name for job in found if job.state is State.LATE]
    if not wrong:
        return Part("schedule", State.OK, _("Every job is on time"))
    said = ngettext(
        "%(count)s job is not on time: %(names)s",
        "%(count)s jobs are not on time: %(names)s",
        len(wrong),
    )
    return Part("schedule", State.LATE, said % {"count": len(wrong), "names": listed(wrong)})


def _ago(now: datetime, then: datetime) -> str:
    return seconds_words(max(0.0, (now - then).total_seconds()))


def first_line(error: BaseException) -> str:
    """What went wrong, short: no stack, no second line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


READY: tuple[Callable[[], Part], ...] = (database, Migrations.look, broker)


def readiness() -> list[Part]:
    """What a request needs before it is sent here: database, its tables, the broker."""
    return [look() for look in READY]
