"""manage.py verify_ledger: prove offline that no sealed entry was changed, moved or removed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from csservice.ledger import actions
from csservice.ledger.models import Entry, Head


class Command(BaseCommand):
    help = "Walk the hash chain of the ledger; exit 1 at the first entry that is not as sealed."

    def handle(self, **options: Any) -> None:
        head = Head.objects.filter(pk=1).first()
        count = head.seq if head else 0
        rows = Entry.objects.sealed_after(0).filter(seq__lte=count).iterator(chunk_size=2000)
        broken = actions.first_broken(rows)
        last = Entry.objects.filter(seq=count).first()
        if broken is None and count and (last is None or not head or last.digest != head.digest):
            broken = count
        if broken is not None:
            raise CommandError(f"Entry {broken} is not as sealed.")
        waiting = Entry.objects.unsealed().count()
        self.stdout.write(f"{count} sealed entries are whole; {waiting} wait for the seal.")
