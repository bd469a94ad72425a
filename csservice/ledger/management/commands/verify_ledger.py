"""manage.py verify_ledger: prove offline that no sealed entry was changed, moved or removed."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from csservice.ledger import actions


def anchor(text: str) -> tuple[int, str]:
    """SEQ:DIGEST as it was printed by an earlier run."""
    seq, _colon, digest = text.partition(":")
    if not seq.isdecimal() or len(digest) != 64:
        raise argparse.ArgumentTypeError("write SEQ:DIGEST as an earlier run printed it")
    return int(seq), digest


class Command(BaseCommand):
    help = (
        "Walk the hash chain of the ledger; exit 1 at the first entry that is not as sealed. "
        "Keep the printed SEQ:DIGEST elsewhere: --anchor proves the chain against it later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", type=anchor, metavar="SEQ:DIGEST")

    def handle(self, **options: Any) -> None:
        proof = actions.prove(anchor=options["anchor"])
        if proof.broken is not None:
            raise CommandError(f"Entry {proof.broken} is not as sealed.")
        self.stdout.write(
            f"{proof.seq} sealed entries are whole; {proof.waiting} wait for the seal.\n"
            f"{proof.seq}:{proof.digest}"
        )
