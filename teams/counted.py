"""Which days a clock counted and why a day was left out: the words of a deadline. Pure (W1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from teams.hours import SECOND, TICK, Hours, closing, instant, opening, ticks

USUAL = "usual"  # as its weekday; the other kinds are off, work (public_days) and single
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One local day: what of it was counted, `stretches` of aware UTC and their `seconds`.

    `kind`: usual (as its weekday), off (a holiday), work (a make-up day) or single (by hand), and
    what that day is called in both languages, or "".
    """

    on: date
    kind: str
    name: str
    name_zh: str
    stretches: tuple[tuple[datetime, datetime], ...]
    seconds: float


def counted(
    said: Mapping[str, Any], hours: Hours, start: datetime, end: datetime
) -> list[CountedDay]:
    """Every local day of [start, end) in order, those without a counted second too.

    `said`: `CalendarVersion.known()`, of which `hours` are the hours. A stretch past midnight is
    told under the day it starts on, so the day before `start` comes first when `start` lies in its
    night. The seconds of all days are `hours.elapsed(hours, start, end)`. `end` not before `start`.
    """
    zone, (first, last) = ZoneInfo(hours.tz), _days(hours.tz, start, end)
    reached, high = ticks(start), ticks(end)
    found = []
    for day in _from(first - DAY, last):
        spans = []
        for window in hours.on(day):
            opens = max(reached, opening(day, window.start_s, zone))
            closes = min(high, closing(day, window.end_s, zone))
            if opens < closes:
                spans.append((opens, closes))
                reached = closes  # what two windows share counts once
        if spans or day >= first:
            found.append(_told(said, day, spans))
    return found


def unknown_years(said: Mapping[str, Any], start: datetime, end: datetime) -> list[int]:
    """Local years of [start, end) whose holidays are not known; none where no country is set."""
    if not said.get("country"):
        return []
    first, last = _days(said["tz"], start, end)
    return [year for year in range(first.year, last.year + 1) if str(year) not in said["years"]]


def _told(said: Mapping[str, Any], day: date, spans: list[tuple[int, int]]) -> CountedDay:
    name, name_zh, kind = said["names"].get(day.isoformat(), ("", "", USUAL))
    return CountedDay(
        on=day,
        kind=kind,
        name=name,
        name_zh=name_zh,
        stretches=tuple((instant(opens), instant(closes)) for opens, closes in spans),
        seconds=sum(closes - opens for opens, closes in spans) / SECOND,
    )


def _days(tz: str, start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last local day of [start, end); the day of `start` when it is empty."""
    zone = ZoneInfo(tz)
    return start.astimezone(zone).date(), max(start, end - TICK).astimezone(zone).date()


def _from(day: date, last: date) -> Iterator[date]:
    while day <= last:
        yield day
        day += DAY
