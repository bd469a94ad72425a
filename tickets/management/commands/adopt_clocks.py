"""manage.py adopt_clocks: clocks for tickets that came without, after an upgrade or an import."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tickets import actions

BATCH = 1000


class Command(BaseCommand):
    help = "Give every ticket without clocks those of its deadlines. May run twice."

    def handle(self, **options: Any) -> None:
        done = 0
        while found := actions.adopt_clocks(now=timezone.now(), limit=BATCH):
            done += found
        self.stdout.write(f"{done} tickets were given clocks.")
