"""manage.py open_complaints: cases for tickets that were marked before a pack was chosen."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from teams.models import User
from tickets import actions

BATCH = 200


class Command(BaseCommand):
    help = "Open the cases of tickets marked before a pack was chosen. May run twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="a director's user name")

    def handle(self, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError("Nobody has this user name.")
        done = 0
        while found := actions.open_cases(by=by, now=timezone.now(), limit=BATCH):
            done += found
        self.stdout.write(f"{done} cases were opened.")
