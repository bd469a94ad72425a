"""When customers come: two peaks on weekdays, fewer on Saturdays, few at night. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

# by local hour of the day, relative; morning and afternoon peak
WEEKDAY = (2, 1, 1, 1, 1, 2, 5, 16, 52, 92, 108, 96, 64, 58, 78, 102, 96, 76, 48, 34, 18, 12, 8, 4)
SATURDAY, SUNDAY, MONDAY, MONTH_END = 0.38, 0.12, 1.18, 1.15
HOUR = timedelta(hours=1)


def quarter_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the quarter before the one of `now`, in local time."""
    local = now.astimezone(zone)
    month = (local.month - 1) // 3 * 3 + 1
    first = local.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
    before = first - timedelta(days=1)
    return before.replace(month=(before.month - 1) // 3 * 3 + 1, day=1)


def draw(
    number: int, *, start: datetime, end: datetime, zone: ZoneInfo, random: Random
) -> list[datetime]:
    """`number` instants in [start, end), in order, in the shape of the day and week."""
    hours = list(_hours(start, end, zone, random))
    chosen = random.choices([at for at, _w in hours], [w for _at, w in hours], k=number)
    instants = [at + timedelta(seconds=random.randrange(3600)) for at in chosen]
    return sorted(min(at, end - timedelta(seconds=1)) for at in instants)


def _hours(
    start: datetime, end: datetime, zone: ZoneInfo, random: Random
) -> Iterator[tuple[datetime, float]]:
    """Each hour with its weight; days differ by chance, as real ones do."""
    at, day, mood = start, None, 1.0
    while at < end:
        local = at.astimezone(zone)
        if local.date() != day:
            day, mood = local.date(), random.lognormvariate(0, 0.12)
        yield at, weight(local) * mood
        at += HOUR


def weight(local: datetime) -> float:
    """How busy a local hour is, relative to others."""
    of_day = {5: SATURDAY, 6: SUNDAY, 0: MONDAY}.get(local.weekday(), 1.0)
    return WEEKDAY[local.hour] * of_day * (MONTH_END if local.day >= 25 else 1.0)
