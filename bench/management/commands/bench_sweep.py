"""How fast the sweep flags first responses that ran out: tickets a second, wall clock.

DATABASE_URL=postgres://… python -m bench.sweep 20000
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from csservice.ledger.models import Entry
from tickets import actions
from tickets.models import Ticket

BATCH = 1000


def fall_due(count: int) -> None:
    """Make `count` closed tickets wait for a first answer that is one minute late."""
    due = timezone.now() - timedelta(minutes=1)
    started = (due - timedelta(minutes=5)).isoformat()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tickets_ticket SET step = 'reception', responded_at = NULL, breached_at = NULL,
                resolved_at = NULL, closed_at = NULL, outcome = '', satisfaction = '', score = NULL,
                answered_via = '', respond_by = %s
            WHERE id IN (SELECT id FROM tickets_ticket WHERE step = 'closed' ORDER BY id LIMIT %s)
            """,
            [due, count],
        )
        cursor.execute(
            """
            UPDATE tickets_clock AS c SET state = 'running', ended_at = NULL, flagged_at = NULL,
                breached_at = NULL, due_at = t.respond_by, next_at = t.respond_by, told_s = 270,
                started_at = t.respond_by - interval '5 minutes',
                snapshot = jsonb_build_object('target_s', 300, 'calendar', c.calendar_id,
                    'started_at', %s, 'since', %s)
            FROM tickets_ticket AS t
            WHERE t.id = c.ticket_id AND c.metric = 'first_response' AND t.step = 'reception'
                AND t.responded_at IS NULL AND t.breached_at IS NULL
            """,
            [started, started],
        )
        cursor.execute("VACUUM ANALYZE tickets_ticket")
        cursor.execute("VACUUM ANALYZE tickets_clock")


class Command(BaseCommand):
    help = "Measure the sweep for first responses that ran out; prints one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int, help="number of tickets that fall due")

    def handle(self, *args: Any, count: int, **options: Any) -> None:
        fall_due(count)
        first = Entry.objects.filter(kind="clock.breached", data__metric="first_response")
        before = first.count()
        started, cpu = time.perf_counter(), time.process_time()
        flagged = 0
        while done := actions.flag_breaches(now=timezone.now(), limit=BATCH):
            flagged += done
        took, used = time.perf_counter() - started, time.process_time() - cpu
        idle = time.perf_counter()
        actions.flag_breaches(now=timezone.now(), limit=BATCH)
        idle = time.perf_counter() - idle
        figures = {
            "flagged": flagged,
            "entries": first.count() - before,
            "left": Ticket.objects.to_flag(timezone.now()).count(),
            "rate": round(flagged / took),
            "app_cpu_ms_per_1000": round(used / flagged * 1e6, 1),
            "empty_sweep_ms": round(idle * 1000, 2),
        }
        self.stdout.write(json.dumps(figures))
