"""The rules of complaints: packs of deadlines with their source, and the instants they name. Pure.

A pack is a data file of `tickets/packs`. A case keeps the pack's text from when it was marked, so
that an edited file moves no deadline that was told to a customer. Days are those of the opening
hours that a case is counted in: a working day is one that has any, and midnight is theirs.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from teams.hours import DAY_S, Hours, closing, instant

BUSINESS, CALENDAR, WEEKS = "business_days", "calendar_days", "weeks"
UNITS = (BUSINESS, CALENDAR, WEEKS)
NEXT_DAY, SAME_DAY = "next_day", "same_day"  # where counting begins
NONE, NEXT_WORKDAY = "none", "next_workday"  # what a last day without business does
MIDNIGHT, CLOSE = "24:00", "close"  # when the last day ends
LEVELS = ("manager", "director")
ACK, FINAL = "complaint_ack", "complaint_final"
DAY = timedelta(days=1)
LONGEST = 400  # days; a figure beyond is a slip of who wrote the file
FAR = 3 * LONGEST  # days within which a working day has to come
PACKS = Path(__file__).with_name("packs")


class PackError(ValueError):
    """A pack that cannot be kept. `where` names what is wrong."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True, slots=True)
class Span:
    """A number of days: `count` says whether the day of receipt is the first, `roll` whether a
    last day without business moves to the next working day, `ends` when the last day ends."""

    amount: int
    unit: str
    count: str = NEXT_DAY
    roll: str = NONE
    ends: str = MIDNIGHT


@dataclass(frozen=True, slots=True)
class Extension:
    """A later deadline, counted from receipt like the first. `level`: who may approve it.

    A span of 0 days is a date that the person names. `after`: the extension that comes before it.
    """

    key: str
    span: Span
    level: str
    notice: bool
    after: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One deadline. `metric`: the clock that it starts, if any; `optional`: a chance, no duty."""

    key: str
    span: Span
    metric: str = ""
    optional: bool = False
    extensions: Sequence[Extension] = ()

    def extension(self, key: str) -> Extension | None:
        return next((known for known in self.extensions if known.key == key), None)


@dataclass(frozen=True, slots=True)
class Pack:
    """What one regulator asks for, where that stands, and that compliance has yet to confirm it."""

    code: str
    name: str
    name_zh: str
    source: str
    checked_on: date
    status: str
    keep_years: int
    note: str
    note_zh: str
    milestones: Sequence[Milestone]
    text: str

    @property
    def digest(self) -> str:
        """Of all it says; a confirmation holds for this text and no other."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def final(self) -> Milestone:
        return next(known for known in self.milestones if known.metric == FINAL)

    def of(self, metric: str) -> Milestone | None:
        """The milestone that starts the clock of `metric`."""
        return next((known for known in self.milestones if known.metric == metric), None)


@lru_cache(maxsize=64)
def read(text: str) -> Pack:
    """A pack from its JSON text. Raises PackError, KeyError for what is missing."""
    said = json.loads(text)
    made = Pack(
        code=said["code"],
        name=said["name"],
        name_zh=said["name_zh"],
        source=said["source"],
        checked_on=date.fromisoformat(said["checked_on"]),
        status=said["status"],
        keep_years=said["keep_years"],
        note=said.get("note", ""),
        note_zh=said.get("note_zh", ""),
        milestones=tuple(_milestone(entry) for entry in said["milestones"]),
        text=text,
    )
    keys = [known.key for known in made.milestones]
    metrics = [known.metric for known in made.milestones if known.metric]
    if len(set(keys)) < len(keys) or len(set(metrics)) < len(metrics):
        raise PackError("milestones")
    if FINAL not in metrics or set(metrics) - {ACK, FINAL}:
        raise PackError("metric")
    return made


def _milestone(said: Mapping[str, Any]) -> Milestone:
    span = _span(said, least=1)
    extensions = tuple(
        Extension(
            key=entry["key"],
            span=_span({**said, **entry}, least=0),
            level=entry["level"],
            notice=entry["notice"],
            after=entry.get("after", ""),
        )
        for entry in said.get("extensions", ())
    )
    known = {extension.key for extension in extensions}
    for extension in extensions:
        if extension.level not in LEVELS or extension.after not in {"", *known - {extension.key}}:
            raise PackError(extension.key)
    return Milestone(
        said["key"], span, said.get("metric", ""), said.get("optional", False), extensions
    )


def _span(said: Mapping[str, Any], *, least: int) -> Span:
    span = Span(
        amount=said["amount"],
        unit=said["unit"],
        count=said.get("count_from", NEXT_DAY),
        roll=said.get("roll", NONE),
        ends=said.get("ends", MIDNIGHT),
    )
    known = span.unit in UNITS and span.count in {NEXT_DAY, SAME_DAY}
    if not (known and span.roll in {NONE, NEXT_WORKDAY} and span.ends in {MIDNIGHT, CLOSE}):
        raise PackError(said["key"])
    if not least <= span.amount <= LONGEST:
        raise PackError(said["key"])
    return span


@lru_cache(maxsize=1)
def packs() -> Mapping[str, Pack]:
    """The packs of this release by code, in the order of their codes."""
    found = {}
    for path in sorted(PACKS.glob("*.toml")):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = read(json.dumps(said, sort_keys=True, ensure_ascii=False))
    return found


# ---- days -----------------------------------------------------------------------------------
def works(hours: Hours, day: date) -> bool:
    """Whether `day` is a working day: the hours have an open window on it."""
    return bool(hours.on(day))


def last_day(span: Span, received: date, hours: Hours) -> date:
    """The last day of a span that began on the local day `received`.

    Raises PackError when no working day comes within FAR days.
    """
    begun = received - DAY if span.count == SAME_DAY else received
    if span.unit == BUSINESS:
        return _nth_workday(begun, span.amount, hours)
    last = begun + DAY * (span.amount * 7 if span.unit == WEEKS else span.amount)
    if span.roll == NEXT_WORKDAY and not works(hours, last):
        last = _nth_workday(last, 1, hours)
    return last


def _nth_workday(after: date, number: int, hours: Hours) -> date:
    day, left = after, number
    for _step in range(FAR):
        if not left:
            return day
        day += DAY
        left -= works(hours, day)
    raise PackError("no_working_day")


def end_of(day: date, ends: str, hours: Hours) -> datetime:
    """The last instant of `day`: midnight, or when its business closes, where it has any."""
    windows = hours.on(day)
    second = max(window.end_s for window in windows) if ends == CLOSE and windows else DAY_S
    return instant(closing(day, second, ZoneInfo(hours.tz)))


def due(span: Span, received: datetime, hours: Hours) -> datetime:
    """The last instant that keeps a span which began with `received`; aware UTC."""
    day = received.astimezone(ZoneInfo(hours.tz)).date()
    return end_of(last_day(span, day, hours), span.ends, hours)


def named(day: date, span: Span, hours: Hours) -> datetime:
    """The last instant of a `day` that a person named, for a span of 0 days."""
    return end_of(day, span.ends, hours)
