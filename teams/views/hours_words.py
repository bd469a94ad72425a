"""Opening hours as people read them: a week drawn, a year's days, what a deadline counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from csservice.lib.wording import listed
from teams.counted import CountedDay
from teams.forms import DAYS, country_name, write_windows
from teams.hours import DAY_S
from teams.models import CalendarVersion
from teams.models.groups import in_language

Said = Mapping[str, Any]
DAY = timedelta(days=1)
MOST_LINES = 60


# ---- a week ---------------------------------------------------------------------------------
class Bar(NamedTuple):
    """An open stretch of a day's picture, in minutes; `night` began on the day before."""

    x: int
    width: int
    night: bool


class Weekday(NamedTuple):
    """One weekday: its names, its times in words, and what is drawn."""

    label: str
    short: str
    times: str
    bars: list[Bar]


def week(said: Said) -> list[Weekday]:
    """The seven days, Monday first."""
    found = []
    for day, label in enumerate(DAYS):
        windows = said["week"].get(str(day), [])
        before = said["week"].get(str((day - 1) % 7), [])
        bars = [_bar(0, end - DAY_S, night=True) for _start, end in before if end > DAY_S]
        bars += [_bar(start, min(end, DAY_S), night=False) for start, end in windows]
        found.append(Weekday(str(label), str(WEEKDAYS_ABBR[day]), _times(windows), bars))
    return found


def _bar(start: int, end: int, *, night: bool) -> Bar:
    return Bar(start // 60, max(1, (end - start) // 60), night)


def _times(windows: Sequence[Sequence[int]]) -> str:
    return write_windows(windows) or pgettext("opening hours", "Closed")


def overnight(said: Said) -> bool:
    """Whether hours of the week reach past midnight."""
    return any(end > DAY_S for windows in said["week"].values() for _start, end in windows)


def lines(said: Said) -> list[tuple[str, str]]:
    """The week as (days, times), equal neighbours in one line."""
    if all(said["week"].get(str(day)) == [[0, DAY_S]] for day in range(7)):
        return [(_("Every day"), _("Always open"))]
    found = []
    for times, same in groupby(week(said), key=lambda day: day.times):
        days = list(same)
        span = {"first": days[0].label, "last": days[-1].label}
        label = _("%(first)s to %(last)s") % span if len(days) > 1 else days[0].label
        found.append((label, times))
    return found


# ---- a year ---------------------------------------------------------------------------------
class YearLine(NamedTuple):
    """Days in a row that are different for the same reason."""

    days: str
    n: int
    name: str
    kind: str
    times: str


class Year(NamedTuple):
    """What is known of a year. `source`: library, file, or "" when its holidays are not known."""

    year: int
    source: str
    missing: bool
    off: int
    work: int
    lines: list[YearLine]
    shown: bool


def years(said: Said, now: datetime) -> list[Year]:
    """Last, this and the next year, and others that something is known of, in order."""
    this = now.astimezone(ZoneInfo(said["tz"])).year
    known = {int(year) for year in said["years"]} | {int(day[:4]) for day in said["names"]}
    found = []
    for year in sorted(known | ({this - 1, this, this + 1} if said["country"] else {this})):
        source = said["years"].get(str(year), "")
        days = [day for day in sorted(said["names"]) if day.startswith(f"{year:04d}-")]
        kinds = [said["names"][day][2] for day in days]
        missing = bool(said["country"]) and not source and this - 1 <= year <= this + 1
        told = _year_lines(said, days)
        shown = year == this or (missing and year > this)
        count = {kind: kinds.count(kind) for kind in ("off", "work")}
        found.append(Year(year, source, missing, count["off"], count["work"], told, shown))
    return found


def missing_years(said: Said, now: datetime) -> list[int]:
    """This and the next year, where the holidays of the country are not known."""
    this = now.astimezone(ZoneInfo(said["tz"])).year
    return [year.year for year in years(said, now) if year.missing and year.year >= this]


def _year_lines(said: Said, days: Iterable[str]) -> list[YearLine]:
    rows = [(date.fromisoformat(day), (*said["names"][day], said["days"][day])) for day in days]
    found = []
    for (name, name_zh, kind, windows), same in _in_a_row(rows):
        shown = KINDS[kind]()
        told = in_language(name, name_zh)
        found.append(YearLine(_span(same), len(same), told, shown, _times(windows)))
    return found


def _in_a_row(rows: Iterable[tuple[date, Any]]) -> list[tuple[Any, list[date]]]:
    """(what they share, the days) of days that follow each other and share it."""
    found: list[tuple[Any, list[date]]] = []
    for day, shared in rows:
        if found and found[-1][0] == shared and found[-1][1][-1] + DAY == day:
            found[-1][1].append(day)
        else:
            found.append((shared, [day]))
    return found


def _span(days: Sequence[date]) -> str:
    first = date_format(days[0], pgettext("date format", "D j M"))
    if len(days) == 1:
        return first
    return f"{first} – {date_format(days[-1], pgettext('date format', 'D j M'))}"


KINDS = {
    "usual": lambda: _("As usual"),
    "off": lambda: _("Holiday"),
    "work": lambda: _("Make-up work day"),
    "single": lambda: _("Single day"),
}


def preview_lines(days: Mapping[date, Any]) -> list[YearLine]:
    """The days of an import, as a year's table shows them."""
    rows = [(day, (found.name, found.name_zh, found.kind)) for day, found in days.items()]
    return [
        YearLine(_span(same), len(same), in_language(name, name_zh), KINDS[kind](), "")
        for (name, name_zh, kind), same in _in_a_row(rows)
    ]


# ---- a deadline -----------------------------------------------------------------------------
class Told(NamedTuple):
    """Days that were counted alike. `seconds` is 0 where none was."""

    days: str
    name: str
    kind: str
    times: str
    seconds: float
    n: int


def told(days: Sequence[CountedDay], tz: str) -> list[Told]:
    """What was counted, day by day; closed days in a row in one line; the middle of many left out
    (a line without days that says how many)."""
    zone, found = ZoneInfo(tz), []
    rows = [(day.on, (day.kind, day.name, day.name_zh, _spans(day, zone), day)) for day in days]
    closed = [(on, shared[:4] + ((shared[4],) if shared[3] else ())) for on, shared in rows]
    for shared, same in _in_a_row(closed):
        kind, name, name_zh, times, *counted = shared
        seconds = counted[0].seconds if counted else 0
        said = times or pgettext("opening hours", "Closed")
        told_name = in_language(name, name_zh)
        found.append(Told(_span(same), told_name, KINDS[kind](), said, seconds, len(same)))
    if len(found) <= MOST_LINES:
        return found
    left = found[MOST_LINES - 10 : -10]
    gap = Told("", "", "", "", sum(line.seconds for line in left), sum(line.n for line in left))
    return [*found[: MOST_LINES - 10], gap, *found[-10:]]


def _spans(day: CountedDay, zone: ZoneInfo) -> str:
    """The stretches on the wall clock; with seconds where they matter."""
    return ", ".join(f"{_wall(a, zone)}–{_wall(b, zone, day)}" for a, b in day.stretches)


def _wall(at: datetime, zone: ZoneInfo, day: CountedDay | None = None) -> str:
    local = at.astimezone(zone)
    shown = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return "24:00" if day and shown == "00:00" and local.date() > day.on else shown


def moment(at: datetime, tz: str) -> str:
    """An instant on the wall clock of the hours, with its weekday."""
    local = at.astimezone(ZoneInfo(tz))
    shown = date_format(local, pgettext("date format", "l j F Y, H:i"))
    return f"{shown}:{local:%S}" if local.second else shown


# ---- versions -------------------------------------------------------------------------------
class Change(NamedTuple):
    """One version and what it changed."""

    version: CalendarVersion
    words: str


def changes(versions: Sequence[CalendarVersion]) -> list[Change]:
    """`versions` (newest first) with what each changed; the last one only serves to compare."""
    known = [version.known() for version in versions]
    found = []
    for place, version in enumerate(versions):
        before = known[place + 1] if place + 1 < len(known) else None
        words = (
            pgettext("version", "Made")
            if version.number == 1
            else listed(_differs(known[place], before or {}))
        )
        found.append(Change(version, words))
    return found


def _differs(said: Said, before: Said) -> list[str]:
    if not before:
        return []
    parts = {"tz": _("Time zone"), "week": _("Week"), "country": country_name(said["country"])}
    found = [words for key, words in parts.items() if said[key] != before[key] and words]
    if said["country"] != before["country"] and not said["country"]:
        found.append(_("No public holidays"))
    if _single(said) != _single(before):
        found.append(_("Single days"))
    if touched := sorted(set(said["years"]) | set(before["years"])):
        new = [year for year in touched if _public(said, year) != _public(before, year)]
        found += [_("Holidays of %(years)s") % {"years": listed(new)}] if new else []
    return found


def _single(said: Said) -> Any:
    return {d: (n, said["days"].get(d)) for d, n in said["names"].items() if n[2] == "single"}


def _public(said: Said, year: str) -> Any:
    """The year's holidays; those that a single day hides are not looked at."""
    names = said["names"].items()
    return {d: n for d, n in names if d.startswith(f"{year}-") and n[2] != "single"}
