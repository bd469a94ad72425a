"""The rules of complaints: packs of deadlines with their source, and the instants they name. Pure.

A pack is a data file of `tickets/packs`. A case keeps the text of its packs from when it was
marked, so that an edited file moves no deadline that was told to a customer. Where several apply
they lie in layers: each has its own milestones, and the earliest of a metric binds. Days are those
of the opening hours that a case is counted in: a working day is one that has any, and midnight is
theirs.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from teams.hours import DAY_S, Hours, closing, instant
from tickets.clock import Kind, Mark
from tickets.policy import LADDER, Rung

BUSINESS, CALENDAR, WEEKS = "business_days", "calendar_days", "weeks"
UNITS = (BUSINESS, CALENDAR, WEEKS)
NEXT_DAY, SAME_DAY = "next_day", "same_day"  # where counting begins
NONE, NEXT_WORKDAY = "none", "next_workday"  # what a last day without business does
MIDNIGHT, CLOSE = "24:00", "close"  # when the last day ends
LEVELS = ("manager", "director")
SHARES, DAYS = (0.5, 0.75, 0.9), (1,)  # when a pack's text says nothing of warnings
STEPS = (("owner", 0.5), ("group", 0.75), ("manager", 0.9), ("director", 1.0))
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
class Stop:
    """Time that the regulator lets a final deadline leave out. `level`: who may approve it."""

    key: str
    level: str


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
    stops: Sequence[Stop] = ()
    warn_shares: Sequence[float] = SHARES
    warn_days: Sequence[float] = DAYS
    ladder: Sequence[Rung] = tuple(Rung(*step) for step in STEPS)

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

    def marks(self, metric: str, target_s: float) -> list[Mark]:
        """What its clock says on the way: at shares of the whole, and whole days before the end."""
        if self.of(metric) is None:
            return []
        before = (target_s - days * DAY_S for days in self.warn_days)
        at = {*before, *(share * target_s for share in self.warn_shares)}
        warnings = [Mark(second, Kind.WARN) for second in at if 0 < second < target_s]
        return warnings + [
            Mark(rung.seconds(target_s), Kind.ESCALATE, rung.to) for rung in self.ladder
        ]


@dataclass(frozen=True, slots=True)
class Offer:
    """An extension of the final deadline of `pack`. `key`: as a case names it, with the pack's
    code before it where several apply."""

    pack: Pack
    extension: Extension
    before: str

    @property
    def key(self) -> str:
        return self.before + self.extension.key

    @property
    def after(self) -> str:
        return self.extension.after and self.before + self.extension.after


@dataclass(frozen=True, slots=True)
class Layers:
    """The packs that apply to one case at once."""

    packs: tuple[Pack, ...]

    @property
    def code(self) -> str:
        return "+".join(pack.code for pack in self.packs)

    @property
    def text(self) -> str:
        """One pack's own text, of several a list of them."""
        first, *others = [pack.text for pack in self.packs]
        return f"[{', '.join([first, *others])}]" if others else first

    @property
    def source(self) -> str:
        return "; ".join(pack.source for pack in self.packs)

    @property
    def keep_years(self) -> int:
        return max(pack.keep_years for pack in self.packs)

    @property
    def offers(self) -> list[Offer]:
        """Each extension that one of the packs knows."""
        return [
            Offer(pack, known, f"{pack.code}." if len(self.packs) > 1 else "")
            for pack in self.packs
            for known in pack.final.extensions
        ]

    def offer(self, key: str) -> Offer | None:
        return next((known for known in self.offers if known.key == key), None)

    def open_offers(self, used: Collection[str]) -> list[Offer]:
        """Those that may be asked for after the extensions with the keys `used`."""
        return [
            known
            for known in self.offers
            if (known.key not in used or not known.extension.span.amount)
            and (not known.after or known.after in used)
        ]

    @property
    def stops(self) -> list[Stop]:
        """What every layer lets the clock stand for, each at the highest level asked: the layer
        that knows no such thing runs on, and so must the clock."""
        known = [{stop.key: stop.level for stop in pack.stops} for pack in self.packs]
        shared = reduce(set.intersection, (set(one) for one in known))
        return [
            Stop(key, max((one[key] for one in known), key=LEVELS.index)) for key in sorted(shared)
        ]

    def has(self, metric: str) -> bool:
        return any(pack.of(metric) for pack in self.packs)

    def marks(self, metric: str, target_s: float) -> list[Mark]:
        """Those of every layer, each once."""
        found = {mark for pack in self.packs for mark in pack.marks(metric, target_s)}
        return sorted(found, key=lambda mark: (mark.seconds, mark.kind, mark.to))


@lru_cache(maxsize=256)
def layers(text: str) -> Layers:
    """The layers from the text that a case keeps. Raises PackError, KeyError."""
    said = json.loads(text)
    if isinstance(said, list):
        return Layers(tuple(read(_text(one)) for one in said))
    return Layers((read(text),))


def kept_until(closed: datetime, years: int) -> datetime:
    """Until when a file that was closed at `closed` is kept at least."""
    try:
        return closed.replace(year=closed.year + years)
    except ValueError:  # the 29th of February
        return closed.replace(year=closed.year + years, month=3, day=1)


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
        stops=tuple(Stop(entry["key"], entry["level"]) for entry in said.get("stops", ())),
        warn_shares=tuple(said.get("warn_shares", SHARES)),
        warn_days=tuple(said.get("warn_days", DAYS)),
        ladder=tuple(Rung(*step) for step in said.get("ladder", STEPS)),
    )
    _warns(made)
    keys = [known.key for known in made.milestones]
    metrics = [known.metric for known in made.milestones if known.metric]
    if len(set(keys)) < len(keys) or len(set(metrics)) < len(metrics):
        raise PackError("milestones")
    if FINAL not in metrics or set(metrics) - {ACK, FINAL}:
        raise PackError("metric")
    return made


def _warns(made: Pack) -> None:
    """Raises PackError: a share, a day, a rung or a level that is none."""
    if not all(0 < share < 1 for share in made.warn_shares):
        raise PackError("warn_shares")
    if not all(0 < days <= LONGEST for days in made.warn_days):
        raise PackError("warn_days")
    if any(rung.to not in LADDER or not 0 < rung.share <= 10 for rung in made.ladder):
        raise PackError("ladder")
    if any(stop.level not in LEVELS for stop in made.stops):
        raise PackError("stops")


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
        found[path.stem] = read(_text(said))
    return found


def _text(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


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
