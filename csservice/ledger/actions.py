"""Writes of the ledger: the seal; and the proof that nothing was changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

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

    One sealer at a time: the head row is locked before the entries are read. An entry that commits
    late gets a later number, so a reader of the feed never misses one. Returns how many.
    """
    Head.objects.get_or_create(pk=1)
    head = Head.objects.select_for_update().get(pk=1)
    rows = list(Entry.objects.unsealed()[:limit])
    if not rows:
        return 0
    for row in rows:
        head.seq += 1
        row.seq = head.seq
        row.digest = head.digest = link(head.digest, content(row, head.seq))
    Entry.objects.bulk_update(rows, ["seq", "digest"], batch_size=200)
    head.sealed_at = now
    head.save(update_fields=["seq", "digest", "sealed_at"])
    return len(rows)


class Proof(NamedTuple):
    """What a walk over the chain found. `broken`: the first number that is not as sealed."""

    seq: int
    digest: str
    broken: int | None
    waiting: int


def prove(*, anchor: tuple[int, str] | None = None) -> Proof:
    """Walk the whole chain up to its head; reads only, in constant memory.

    Whoever can rewrite every hash and the head can hide a change from the chain alone: `anchor`, a
    number and hash noted elsewhere before, shows that too.
    """
    head = Head.objects.filter(pk=1).first() or Head(seq=0, digest=START)
    rows = Entry.objects.sealed_after(0).filter(seq__lte=head.seq).iterator(chunk_size=2000)
    broken = first_broken(rows, upto=head.seq, last=head.digest)
    if broken is None and anchor is not None:
        kept = Entry.objects.filter(seq=anchor[0]).values_list("digest", flat=True).first()
        broken = None if kept == anchor[1] else anchor[0]
    return Proof(head.seq, head.digest, broken, Entry.objects.unsealed().count())


def first_broken(rows: Iterable[Entry], *, upto: int, last: str) -> int | None:
    """The first number whose content, hash or place is not as sealed; None: all whole.

    The chain must end at `upto` with the hash `last`.
    """
    before, expected = START, 1
    for row in rows:
        if row.seq != expected or row.digest != link(before, content(row, expected)):
            return expected
        before, expected = row.digest, expected + 1
    if expected <= upto:
        return expected
    return upto if before != last else None
