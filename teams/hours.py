"""Opening hours: when a clock runs. Pure: no Django, no clock of its own (W1, K2).

One pair of functions, `deadline` and `elapsed`, over the same intervals, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_S = 86_400
LOOK_AHEAD = timedelta(days=800)
AROUND = timedelta(hours=15)  # no zone is further from UTC


class NeverOpenError(ValueError):
    """The hours hold no open second, so no deadline can be counted in them."""


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start_s` until `end_s`, seconds after local midnight; `end_s` is exclusive."""

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s <= DAY_S:
            raise ValueError(f"A window runs from 0 to {DAY_S} s and ends after it starts.")


@dataclass(frozen=True, slots=True)
class Hours:
    """The open windows of a week (0 is Monday) and of single days, in a time zone.

    Raises NeverOpenError when the week has no open second, ValueError when windows of one day
    overlap: seconds would be counted twice.
    """

    tz: str
    week: Mapping[int, Sequence[Window]]
    days: Mapping[date, Sequence[Window]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise NeverOpenError("Give one open window in the week at least.")
        for windows in (*self.week.values(), *self.days.values()):
            ordered = sorted(windows, key=lambda window: window.start_s)
            if any(b.start_s < a.end_s for a, b in pairwise(ordered)):
                raise ValueError("Two windows of a day overlap; their seconds would count twice.")

    @classmethod
    def always(cls, tz: str) -> Hours:
        """Open day and night."""
        return cls(tz=tz, week={day: (Window(0, DAY_S),) for day in range(7)})

    def on(self, day: date) -> Sequence[Window]:
        """The windows of one local day in order; a single day's entry beats the week."""
        windows = self.days.get(day, self.week.get(day.weekday(), ()))
        return sorted(windows, key=lambda window: window.start_s)

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches within [start, end) as aware UTC pairs, in order, cut at both ends.

        An instant is open when the clock on the wall stands in a window: what the clock skips in
        spring is no time, and what it repeats in autumn counts twice.
        """
        zone = ZoneInfo(self.tz)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            midnight = datetime.combine(day, time(), tzinfo=UTC)
            for offset, since, until in _offsets(midnight, zone):
                for window in self.on(day):
                    opens = midnight + timedelta(seconds=window.start_s) - offset
                    closes = midnight + timedelta(seconds=window.end_s) - offset
                    opens, closes = max(opens, since, start), min(closes, until, end)
                    if opens < closes:
                        yield opens, closes
            day += timedelta(days=1)


def _offsets(midnight: datetime, zone: ZoneInfo) -> Iterator[tuple[timedelta, datetime, datetime]]:
    """(offset from UTC, from when, until when) that can bear on one local day; two on a day when
    the clock is changed. `midnight`: that day's 00:00, written as UTC."""
    first, last = midnight - AROUND, midnight + timedelta(days=1) + AROUND
    before, behind = _offset(first, zone), _offset(last, zone)
    if before == behind:
        yield before, first, last
        return
    change = _change(first, last, zone)
    yield before, first, change
    yield behind, change, last


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset changes between two instants that differ in it."""
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def elapsed(hours: Hours, start: datetime, end: datetime) -> float:
    """Open seconds in [start, end); 0 when `end` is not after `start`. Both aware."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    return sum((b - a).total_seconds() for a, b in hours.intervals(start, end))


def deadline(hours: Hours, start: datetime, seconds: float) -> datetime:
    """The first instant at which `seconds` open seconds have passed since `start`; aware UTC.

    Raises NeverOpenError when the hours do not hold that much open time within LOOK_AHEAD.
    """
    start, left = start.astimezone(UTC), timedelta(seconds=seconds)
    if not left:
        return start
    for opens, closes in hours.intervals(start, start + LOOK_AHEAD):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise NeverOpenError("The opening hours end before the deadline.")
