"""The append-only table that every action writes to (contract.md, The ledger)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from csservice.lib.rows import insert


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads of the ledger. None runs SQL or reads the clock."""

    def about(self, subject: str, key: int | str) -> Self:
        """Entries about one row, oldest first. Index: entry_by_subject."""
        return self.filter(subject=subject, key=str(key)).order_by("pk")

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def of_area(self, area: str) -> Self:
        """Entries whose kind begins with `area` and a dot: `person`, `ticket`."""
        return self.filter(kind__startswith=f"{area}.")

    def by_person(self, username: str) -> Self:
        """What a person did, by the name they sign in with."""
        return self.filter(by_name=username)

    def sealed_after(self, seq: int) -> Self:
        """The feed: sealed entries in commit order, gap-free. Index: entry_by_seq."""
        return self.filter(seq__gt=seq).order_by("seq")

    def unsealed(self) -> Self:
        """Entries that wait for their number. Index: entry_unsealed."""
        return self.filter(seq=None).order_by("pk")


class Entry(models.Model):
    """One thing that happened: who, when, what kind, about what, and the data before and after.

    Written in the transaction of the action it records, never changed after. `seq` and `digest`
    are given by the seal in commit order. Personal data stands here only by reference.
    """

    at = models.DateTimeField(_("at"))
    by_id = models.BigIntegerField(_("by"), null=True)
    by_name = models.CharField(_("name at that time"), max_length=150, blank=True)
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=30)
    key = models.CharField(_("key"), max_length=64)
    data = models.JSONField(_("data"), default=dict)
    seq = models.BigIntegerField(_("sequence"), null=True, unique=True)
    digest = models.CharField(max_length=64, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes: ClassVar = [
            models.Index(name="entry_by_subject", fields=["subject", "key", "id"]),
            models.Index(name="entry_by_kind_at", fields=["kind", "at"]),
            models.Index(
                name="entry_unsealed", fields=["id"], condition=models.Q(seq__isnull=True)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entry_is_sealed_wholly_or_not",
                condition=models.Q(seq=None, digest="")
                | (models.Q(seq__gte=1) & ~models.Q(digest="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.seq or '–'} {self.kind} {self.subject} {self.key}"


class Head(models.Model):
    """The end of the sealed chain: one row, locked by whoever seals."""

    seq = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)
    sealed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.seq)


def entry(
    kind: str,
    subject: str,
    key: int | str,
    *,
    by: Any,
    now: datetime,
    **data: Any,
) -> Entry:
    """A ledger entry in memory; `by` is a user, or None for the system."""
    return Entry(
        at=now,
        by_id=by.pk if by else None,
        by_name=by.get_username() if by else "",
        kind=kind,
        subject=subject,
        key=str(key),
        data=data,
    )


COLUMNS = ("at", "by_id", "by_name", "kind", "subject", "key", "data", "digest")


def line(kind: str, subject: str, key: int | str, *, now: datetime, **data: Any) -> tuple[Any, ...]:
    """The values of COLUMNS of an entry by the system, for csservice.lib.bulk.insert_each."""
    return now, None, "", kind, subject, str(key), json.dumps(data), ""


def record(
    kind: str, subject: str, key: int | str, *, by: Any, now: datetime, **data: Any
) -> Entry:
    """Write one entry; call inside the action's transaction."""
    row = entry(kind, subject, key, by=by, now=now, **data)
    insert(row)
    return row
