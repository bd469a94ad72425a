"""Prepare and count what `python -m bench.clocks` measures: a million clocks, some due soon."""

from __future__ import annotations

import json
import resource
import statistics
import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from teams.models import User
from tickets import actions, policy
from tickets.models import ClockEvent

BATCH = 500
OPEN = """
    UPDATE tickets_ticket SET step = 'reception', responded_at = NULL, breached_at = NULL,
        basics_at = NULL, resolved_at = NULL, closed_at = NULL, outcome = '', satisfaction = '',
        score = NULL, answered_via = '', received_at = %(at)s,
        respond_by = %(at)s + interval '2 days', resolve_by = %(at)s + interval '9 days'
"""
CLOCKS = """
    UPDATE tickets_clock SET state = 'running', ended_at = NULL, flagged_at = NULL,
        breached_at = NULL, told_s = target_s, started_at = %(at)s,
        due_at = %(at)s + interval '2 days', next_at = %(at)s + interval '2 days',
        snapshot = jsonb_build_object('target_s', 172800, 'calendar', calendar_id,
            'started_at', %(text)s, 'since', %(text)s)
"""
FALL_DUE = """
    UPDATE tickets_clock AS c SET target_s = 300, told_s = 270,
        started_at = s.at - interval '300 seconds', due_at = s.at, next_at = s.at,
        flagged_at = NULL, breached_at = NULL,
        snapshot = jsonb_build_object('target_s', 300, 'calendar', c.calendar_id,
            'started_at', s.begun, 'since', s.begun)
    FROM (
        SELECT id, %(at)s + n * interval '1 second' * %(apart)s AS at,
            to_char((%(at)s + n * interval '1 second' * %(apart)s - interval '300 seconds')
                AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS begun
        FROM (
            SELECT id, row_number() OVER (ORDER BY id) AS n FROM tickets_clock
            WHERE metric = 'first_response' AND told_s > 270 AND flagged_at IS NULL
            ORDER BY id LIMIT %(count)s
        ) AS chosen
    ) AS s WHERE s.id = c.id
"""


def run(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


class Command(BaseCommand):
    help = "Prepare (open), let fall due (due), race (race), and count (count, idle) clocks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["simulate", "open", "due", "race", "count", "idle"])
        parser.add_argument("--count", type=int, default=1000)
        parser.add_argument("--over", type=float, default=60, help="seconds they fall due in")
        parser.add_argument("--since", help="count what was due since this instant")
        parser.add_argument("--until", help="race until this instant")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        self.stdout.write(json.dumps(getattr(self, f"_{what}")(**options)))

    def _simulate(self, **_options: Any) -> dict[str, Any]:
        """Two minutes instead of five, tried on everything there is: time and memory."""
        now, said = timezone.now(), dict(policy.DEFAULT)
        first = {
            **said["targets"]["first_response"],
            "seconds": dict.fromkeys(policy.PRIORITIES, 120),
        }
        said["targets"] = {**said["targets"], "first_response": first}
        row = actions.simulate(
            by=User.objects.get(username="director"),
            start=now - timedelta(days=799),
            end=now,
            now=now,
            said=said,
        )
        began = time.perf_counter()
        actions.run_simulations(now=now)
        took = time.perf_counter() - began
        row.refresh_from_db()
        return {
            "clocks": row.done,
            "took_s": round(took, 1),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "flips": row.result["first_response"]["to_broken"],
        }

    def _open(self, **_options: Any) -> dict[str, Any]:
        """Every ticket waits for its first answer, due in two days."""
        at = timezone.now()
        run(OPEN, at=at)
        run(CLOCKS, at=at, text=at.isoformat())
        for table in ("tickets_ticket", "tickets_clock"):
            run(f"VACUUM ANALYZE {table}")
        return {"open": True}

    def _due(self, count: int, over: float, **_options: Any) -> dict[str, Any]:
        """`count` of them fall due one after the other, the first in five seconds."""
        at = timezone.now() + timedelta(seconds=5)
        run(FALL_DUE, at=at, apart=over / count, count=count)
        return {"since": at.isoformat()}

    def _race(self, until: str, **_options: Any) -> dict[str, Any]:
        """Sweep as the task does, every second on the second, so that several meet."""
        end, flagged = datetime.fromisoformat(until), 0
        while (now := timezone.now()) < end:
            while done := actions.flag_breaches(now=timezone.now(), limit=BATCH):
                flagged += done
                if done < BATCH:
                    break
            time.sleep(max(0.0, 1 - timezone.now().microsecond / 1e6) if now < end else 0)
        return {"flagged": flagged}

    def _count(self, since: str, **_options: Any) -> dict[str, Any]:
        """How late each was said, and whether once."""
        events = ClockEvent.objects.filter(kind="breach", at__gte=datetime.fromisoformat(since))
        rows = list(events.values_list("clock", "at", "noted_at", "data"))
        lags = [(noted - at).total_seconds() for _clock, at, noted, _data in rows] or [0.0]
        return {
            "flagged": len(rows),
            "twice": len(rows) - len({clock for clock, *_rest in rows}),
            "marked_late": sum(bool(data.get("late")) for *_rest, data in rows),
            "largest_lag_s": round(max(lags), 3),
            "median_lag_s": round(statistics.median(lags), 3),
        }

    def _idle(self, **_options: Any) -> dict[str, Any]:
        """The cost of a sweep with nothing due, milliseconds: the median of 50."""
        took = []
        for _try in range(50):
            began = time.perf_counter()
            actions.flag_breaches(now=timezone.now(), limit=BATCH)
            took.append((time.perf_counter() - began) * 1000)
        return {"empty_sweep_ms": round(statistics.median(took), 2)}
