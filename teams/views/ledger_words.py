"""What an entry of the audit changed, in words: what it was, what it is (the ledger's data).

Apps above `teams` add readers of what they alone know by `reads`, called from their `ready()`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from csservice.ledger.models import Entry
from csservice.lib.wording import listed
from teams.forms import DAYS, country_name, write_windows
from teams.hours import DAY_S

Data = Mapping[str, Any]


class Change(NamedTuple):
    """Something that was changed: its name, and in words what it was and is ("": nothing)."""

    what: str
    before: str
    after: str


# Reads many at once, so that a page costs the same for one entry and for fifty.
Reader = Callable[[Sequence[tuple[Data, Data]]], list[list[Change]]]

WORDS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "name_zh": gettext_lazy("Name in Chinese"),
    "time_zone": gettext_lazy("Time zone"),
    "country": gettext_lazy("Public holidays"),
    "version": gettext_lazy("Version"),
    "active": gettext_lazy("in force"),
    "role": gettext_lazy("Role"),
}


def changes(entries: Sequence[Entry]) -> dict[int, list[Change]]:
    """By the entry's key, for those whose data says what was before and after."""
    found: dict[int, list[Change]] = {}
    for subject, reader in _READERS.items():
        rows = [(entry, pair) for entry in entries if (pair := _pair(entry, subject))]
        told = reader([pair for _entry, pair in rows]) if rows else []
        found |= {row.pk: said for (row, _pair), said in zip(rows, told, strict=True)}
    others = [entry for entry in entries if entry.subject not in _READERS]
    return found | {e.pk: plain(*pair) for e in others if (pair := _pair(e, e.subject))}


def _pair(entry: Entry, subject: str) -> tuple[Data, Data] | None:
    before, after = entry.data.get("before"), entry.data.get("after")
    both = isinstance(before, dict) and isinstance(after, dict)
    return (before, after) if both and entry.subject == subject else None


def plain(before: Data, after: Data, names: Sequence[str] = ()) -> list[Change]:
    """Every field (of `names`, if given) that differs."""
    keys = [*before, *(key for key in after if key not in before)]
    return [
        Change(str(WORDS.get(key, key)), said(before.get(key)), said(after.get(key)))
        for key in keys
        if before.get(key) != after.get(key) and (not names or key in names)
    ]


def said(value: Any) -> str:
    """A value of the ledger as text."""
    if value in (None, "", {}, []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return listed(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# ---- opening hours --------------------------------------------------------------------------
def _calendars(pairs: Sequence[tuple[Data, Data]]) -> list[list[Change]]:
    return [list(_calendar(before, after)) for before, after in pairs]


def _calendar(before: Data, after: Data) -> Iterator[Change]:
    yield from plain(before, after, ("name", "name_zh", "time_zone"))
    old, new = (_country(side.get("country")) for side in (before, after))
    if old != new:
        yield Change(str(WORDS["country"]), old, new)
    yield from _week(before, after)
    for day in sorted({*before.get("days", {}), *after.get("days", {})}):
        old, new = (_times(side.get("days", {}).get(day)) for side in (before, after))
        if old != new:
            yield Change(day, old, new)
    for year in sorted({*before.get("years", {}), *after.get("years", {})}):
        old, new = (_source(side.get("years", {}).get(year)) for side in (before, after))
        if old != new:
            yield Change(_("Holidays of %(years)s") % {"years": year}, old, new)


def _week(before: Data, after: Data) -> Iterator[Change]:
    """The weekdays that differ; neighbours that changed alike in one line."""
    days = [
        (str(label), _hours(before, str(day)), _hours(after, str(day)))
        for day, label in enumerate(DAYS)
    ]
    for (old, new), same in groupby(days, key=lambda day: day[1:]):
        labels = [label for label, _old, _new in same]
        span = {"first": labels[0], "last": labels[-1]}
        if old != new:
            what = _("%(first)s to %(last)s") % span if len(labels) > 1 else labels[0]
            yield Change(what, old, new)


def _hours(side: Data, day: str) -> str:
    """A weekday's times; "" where nothing had been saved yet."""
    if not side.get("name"):
        return ""
    if not side.get("week"):
        return write_windows([[0, DAY_S]])
    return _times(side["week"].get(day, []))


def _times(windows: Any) -> str:
    if windows is None:
        return ""
    return write_windows(windows) or pgettext("opening hours", "Closed")


def _country(code: str | None) -> str:
    return country_name(code) if code else ""


def _source(source: str | None) -> str:
    return {None: "", "library": _("from the library"), "file": _("from an imported file")}.get(
        source, str(source)
    )


_READERS: dict[str, Reader] = {"calendar": _calendars}


def reads(subject: str, reader: Reader) -> None:
    """Let `reader` tell of entries about `subject`."""
    _READERS[subject] = reader
