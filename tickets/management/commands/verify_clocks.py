"""manage.py verify_clocks: prove that every deadline is what its clock's ledger says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets import actions
from tickets.models import Clock

SHOWN = 20


class Command(BaseCommand):
    help = "Replay the events of every clock; exit 1 when a column is not what they say."

    def handle(self, **options: Any) -> None:
        wrong = list(actions.false_clocks(now=timezone.now()))
        for key, column in wrong[:SHOWN]:
            self.stderr.write(f"Clock {key}: {column} is not what its events say.")
        if wrong:
            raise CommandError(f"{len(wrong)} clocks differ from their ledger.")
        self.stdout.write(f"{Clock.objects.count()} clocks are what their ledgers say.")
