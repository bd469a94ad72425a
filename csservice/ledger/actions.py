"""Writes of the ledger: the seal, and the proof."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from csservice.ledger.chain import START, link
from csservice.ledger.models import Entry, Head


def content(row: Entry, seq: int) -> dict[str, Any]:
    """What the hash of `row` covers."""
    return {
        "seq": seq,
        "at": row.at.astimezone(UTC),
        "by": row.by_id,
        "name": row.by_name,
        "kind": row.kind,
        "subject": row.subject,
        "key": row.key,
        "data": row.data,
    }


@transaction.atomic
def seal(*, now: datetime, limit: int) -> int:
    """Number and chain up to `limit` new entries in the order their commits were seen.

    One sealer at a time: the head row is locked. An entry that commits late gets a later number,
    so a reader of the feed never misses one. Returns how many were sealed.
    """
    Head.objects.get_or_create(pk=1)
    head = Head.objects.select_for_update().get(pk=1)
    rows = list(Entry.objects.unsealed()[:limit])
    for row in rows:
        head.seq += 1
        row.seq = head.seq
        row.digest = head.digest = link(head.digest, content(row, head.seq))
    Entry.objects.bulk_update(rows, ["seq", "digest"], batch_size=200)
    head.sealed_at = now
    head.save(update_fields=["seq", "digest", "sealed_at"])
    return len(rows)


def first_broken(rows: Iterable[Entry]) -> int | None:
    """The first sequence number whose content, hash or place is not as sealed; None: all whole."""
    before, expected = START, 1
    for row in rows:
        if row.seq != expected or row.digest != link(before, content(row, expected)):
            return expected
        before, expected = row.digest, expected + 1
    return None
