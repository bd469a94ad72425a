"""Opening hours: when a clock runs. Pure: no Django, no clock of its own (W1, K2).

One pair of functions, `deadline` and `elapsed`, reads one table of open stretches, so they cannot
disagree; both find their place in it by bisection. Time is counted in whole microseconds of UTC.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_S = 86_400
YEARS_AHEAD = 12  # a deadline further away is a mistake of who set it
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = 1_000_000


class NeverOpenError(ValueError):
    """The hours hold no open second, so no deadline can be counted in them."""


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start_s` until `end_s`, seconds after local midnight; `end_s` is exclusive.

    A window past 86,400 s is overnight: 22:00 to 06:00 is 79,200 to 108,000. It belongs to the day
    it starts on, and is not cut by what the next day is.
    """

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < DAY_S or not self.start_s < self.end_s <= self.start_s + DAY_S:
            raise ValueError(
                f"A window starts within its day and ends after it starts, {DAY_S} s later at most."
            )


class Table(NamedTuple):
    """The open stretches of some years in order, apart from each other, in microseconds of UTC.

    `before[i]` is the open time of the table before stretch `i`. It tells of every instant from
    `since` until `until`.
    """

    years: range
    since: int
    until: int
    opens: Sequence[int]
    closes: Sequence[int]
    before: Sequence[int]

    def open_until(self, instant: int) -> int:
        """Open microseconds of the table before `instant`."""
        at = bisect_right(self.opens, instant) - 1
        if at < 0:
            return 0
        return self.before[at] + min(instant, self.closes[at]) - self.opens[at]

    @property
    def whole(self) -> int:
        """All its open time."""
        return self.before[-1] + self.closes[-1] - self.opens[-1] if self.opens else 0

    def when(self, total: int) -> int:
        """The first instant with `total` (1 to `whole`) open microseconds of the table before."""
        at = bisect_right(self.before, total - 1) - 1
        return self.opens[at] + total - self.before[at]


@dataclass(frozen=True)
class Hours:
    """The open windows of a week (0 is Monday) and of single days, in a time zone.

    Raises NeverOpenError when the week has no open second, ValueError when windows of one day
    overlap: that is a slip of who wrote them.
    """

    tz: str
    week: Mapping[int, Sequence[Window]]
    days: Mapping[date, Sequence[Window]] = field(default_factory=dict)
    _tables: dict[str, Table] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise NeverOpenError("Give one open window in the week at least.")
        for windows in (*self.week.values(), *self.days.values()):
            ordered = sorted(windows, key=lambda window: window.start_s)
            if any(b.start_s < a.end_s for a, b in pairwise(ordered)):
                raise ValueError("Two windows of a day overlap.")

    @classmethod
    def always(cls, tz: str) -> Hours:
        """Open day and night."""
        return cls(tz=tz, week={day: (Window(0, DAY_S),) for day in range(7)})

    def on(self, day: date) -> Sequence[Window]:
        """The windows that start on one local day, in order; a single day beats the week."""
        windows = self.days.get(day, self.week.get(day.weekday(), ()))
        return sorted(windows, key=lambda window: window.start_s)

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches within [start, end) as aware UTC pairs, in order, cut at both ends.

        A window opens when the clock on the wall first shows its start and closes when it last
        shows its end; in spring both may be the instant at which the clock is changed.
        """
        low, high = ticks(start), ticks(end)
        table = self.table(low, high)
        at = max(0, bisect_right(table.opens, low) - 1)
        while at < len(table.opens) and table.opens[at] < high:
            opens, closes = max(low, table.opens[at]), min(high, table.closes[at])
            if opens < closes:
                yield instant(opens), instant(closes)
            at += 1

    def table(self, low: int, high: int) -> Table:
        """The stretches of all years that [low, high] touches, kept for the next who asks."""
        kept = self._tables.get("kept")
        if kept and kept.since <= low and high < kept.until:
            return kept
        zone = ZoneInfo(self.tz)
        first, last = (instant(at).astimezone(zone).year for at in (low, max(low, high)))
        if kept:
            first, last = min(first, kept.years[0]), max(last, kept.years[-1])
        # One assignment of a finished table: threads may build it twice, never see a half of it.
        made = self._tables["kept"] = _table(self, range(first, last + 1), zone)
        return made


def _table(hours: Hours, years: range, zone: ZoneInfo) -> Table:
    """What `hours` are open in `years`; overnight from the last of December before them too."""
    opens: list[int] = []
    closes: list[int] = []
    day, end = date(years[0], 1, 1) - timedelta(days=1), date(years[-1] + 1, 1, 1)
    while day < end:
        for window in hours.on(day):
            start, stop = opening(day, window.start_s, zone), closing(day, window.end_s, zone)
            if closes and start <= closes[-1]:
                closes[-1] = max(closes[-1], stop)
            elif start < stop:
                opens.append(start)
                closes.append(stop)
        day += timedelta(days=1)
    before, total = [], 0
    for start, stop in zip(opens, closes, strict=True):
        before.append(total)
        total += stop - start
    since = opening(date(years[0], 1, 1), 0, zone)
    return Table(years, since, opening(end, 0, zone), opens, closes, before)


def opening(day: date, second: int, zone: ZoneInfo) -> int:
    """The first instant at which the wall clock of `day` shows `second` or later."""
    return _wall(day, second, zone, fold=0)


def closing(day: date, second: int, zone: ZoneInfo) -> int:
    """The instant from which on the wall clock of `day` always shows `second` or later."""
    return _wall(day, second, zone, fold=1)


def _wall(day: date, second: int, zone: ZoneInfo, *, fold: int) -> int:
    shown = datetime(day.year, day.month, day.day) + timedelta(seconds=second)  # noqa: DTZ001
    found = shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == shown:
        return ticks(found)
    # Skipped in spring: the clock shows it, or later, from the change on.
    early, late = (shown.replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (1, 0))
    return ticks(_change(early, late, zone))


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset changes between two instants that differ in it."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def ticks(at: datetime) -> int:
    """Microseconds of UTC since 1970. `at` is aware."""
    return (at - EPOCH) // TICK


def instant(at: int) -> datetime:
    """The aware UTC datetime of `ticks`."""
    return EPOCH + timedelta(microseconds=at)


def elapsed(hours: Hours, start: datetime, end: datetime) -> float:
    """Open seconds in [start, end); 0 when `end` is not after `start`. Both aware. O(log n)."""
    low, high = ticks(start), ticks(end)
    if high <= low:
        return 0
    table = hours.table(low, high)
    return (table.open_until(high) - table.open_until(low)) / SECOND


def open_at(hours: Hours, at: datetime) -> bool:
    """Whether the hours are open at an aware instant; the last second of a window still is."""
    return elapsed(hours, at, at + TICK) > 0


def deadline(hours: Hours, start: datetime, seconds: float) -> datetime:
    """The first instant at which `seconds` open seconds have passed since `start`; aware UTC.

    So a whole day ends at closing time, not at the next opening. `seconds` 0 is `start`. O(log n).
    Raises NeverOpenError when YEARS_AHEAD years do not hold that much open time.
    """
    low, left = ticks(start), round(seconds * SECOND)
    if not left:
        return instant(low)
    table = hours.table(low, low + left)
    last = table.years[-1] + YEARS_AHEAD
    while (total := table.open_until(low) + left) > table.whole:
        if table.years[-1] >= last:
            raise NeverOpenError("The opening hours end before the deadline.")
        table = hours.table(low, table.until)
    return instant(table.when(total))


@lru_cache(maxsize=256)
def read(text: str) -> Hours:
    """Hours from their JSON text, kept, so that their tables are built once a process.

    `{"tz": name, "week": {"0": [[from_s, to_s], …]}, "days": {"2026-10-01": […]}}` and whatever
    else, which is not looked at.
    Raises NeverOpenError, ValueError as Hours does, TypeError for windows that are no pairs.
    """
    said = json.loads(text)
    week = {int(day): tuple(Window(*w) for w in windows) for day, windows in said["week"].items()}
    days = {
        date.fromisoformat(day): tuple(Window(*w) for w in windows)
        for day, windows in said["days"].items()
    }
    return Hours(tz=said["tz"], week=week, days=days)
