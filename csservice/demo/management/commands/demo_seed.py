"""Fill an empty database with the demo's data."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from csservice.demo.seed import NotEmptyError, seed


class Command(BaseCommand):
    help = "Fill an empty database with a team, customers and two quarters of contacts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tickets", type=int, default=3000, help="how many contacts")
        parser.add_argument("--seed", type=int, default=1, help="same number, same data")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            seed(
                tickets=options["tickets"],
                number=options["seed"],
                now=timezone.now(),
                progress=bar,
            )
        except NotEmptyError:
            raise CommandError(
                "The database holds people already; demo data goes into an empty one only."
            ) from None


def bar(what: str, share: float) -> None:
    """One line that grows in a terminal; a line for each call elsewhere."""
    filled = round(share * 24)
    end = "\n" if share >= 1 or not sys.stdout.isatty() else ""
    start = "\r" if sys.stdout.isatty() else ""
    print(
        f"{start}  [{'█' * filled}{'·' * (24 - filled)}] {share:4.0%} {what}", end=end, flush=True
    )
