"""Public holidays and worked week-end days of a country, from library data. No Django, no clock.

China is read from chinese-calendar, which knows the State Council's notices, make-up working days
included, and says so when it does not; all others from holidays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import chinese_calendar
import holidays

OFF, WORK = "off", "work"
LINE = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(off|work|休|班)\s*(.*)", re.IGNORECASE)
KINDS = {"off": OFF, "work": WORK, "休": OFF, "班": WORK}
# Banks close on days that the library holds apart, and they are where our users work.
CATEGORIES = {"HK": ("public", "optional")}
LONGEST_NAME = 80


class UnknownYearError(ValueError):
    """No data says which days of the year are holidays; a file must. `year`, `country`."""

    def __init__(self, country: str, year: int) -> None:
        super().__init__(f"The holidays of {country} in {year} are not known.")
        self.country, self.year = country, year


class NotReadError(ValueError):
    """A line of an import says nothing that is understood. `line` is it, or empty."""

    def __init__(self, line: str = "") -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True)
class PublicDay:
    """One day that is not like its weekday: `kind` off (a holiday) or work (a make-up day)."""

    kind: str
    name: str
    name_zh: str = ""


@lru_cache(maxsize=256)
def _of(country: str, year: int) -> Mapping[date, PublicDay]:
    code, _dash, subdivision = country.partition("-")
    if code == "CN":
        return _chinese(year)
    found = _library(code, subdivision, year, "en_US")
    chinese = _library(code, subdivision, year, "zh_CN")
    return {
        day: PublicDay(OFF, name[:LONGEST_NAME], chinese.get(day, "")[:LONGEST_NAME])
        for day, name in sorted(found.items())
    }


def known_days(country: str, year: int) -> Mapping[date, PublicDay]:
    """The days of `year` that the law sets apart, by the library, in order.

    `country`: an ISO 3166 code, with a subdivision after a dash where holidays differ (GB-ENG).
    Raises UnknownYearError.
    """
    if country not in countries():
        raise UnknownYearError(country, year)
    return _of(country, year)


def _chinese(year: int) -> Mapping[date, PublicDay]:
    days: dict[date, PublicDay] = {}
    for day in _days_of(year):
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            raise UnknownYearError("CN", year) from None
        if off and name is not None:
            days[day] = PublicDay(OFF, *_named(name))
        elif not off and day.weekday() >= 5:
            days[day] = PublicDay(WORK, *_named(name))
    return days


def _named(name: str | None) -> tuple[str, str]:
    """(English, Chinese) of a holiday by the library's English name."""
    return (name, chinese_calendar.Holiday(name).chinese) if name else ("", "")


def _library(code: str, subdivision: str, year: int, language: str) -> Mapping[date, str]:
    """The library's days in `language`, where it has it; else, for Chinese, none."""
    kind = getattr(holidays, code)
    offered = kind.supported_languages
    if language not in offered and language == "zh_CN":
        return {}
    chosen = language if language in offered else None
    if not kind.start_year <= year <= kind.end_year:
        raise UnknownYearError(code, year)
    return holidays.country_holidays(
        code,
        subdiv=subdivision or None,
        years=year,
        language=chosen,
        categories=CATEGORIES.get(code),
    )


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The codes there is data for: countries, and countries with a subdivision (GB-ENG)."""
    known = holidays.list_supported_countries(include_aliases=False)
    parts = {f"{code}-{part}" for code, found in known.items() for part in found}
    return frozenset(known) | parts


# ---- a year that no library knows, from a file ------------------------------------------------
def read_days(text: str, year: int) -> Mapping[date, PublicDay]:
    """The days of `year` in a pasted or uploaded text, in order.

    Either JSON as published with the State Council's notices, {"days": [{"date", "name",
    "isOffDay"}]}, or a line a day: `2027-02-06 off Spring Festival`, `2027-02-14 work` (休, 班).
    Raises NotReadError with the line that is not understood, is of another year or comes twice.
    """
    days: dict[date, PublicDay] = {}
    for line, (on, kind, name) in _entries(text):
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise NotReadError(line) from None
        if day.year != year or day in days:
            raise NotReadError(line)
        days[day] = PublicDay(kind, name[:LONGEST_NAME])
    if not days:
        raise NotReadError
    return dict(sorted(days.items()))


def _entries(text: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """(the line, (date, kind, name)) of each entry."""
    if text.lstrip().startswith("{"):
        yield from _json_entries(text)
        return
    for line in filter(None, map(str.strip, text.splitlines())):
        match = LINE.fullmatch(line)
        if match is None:
            raise NotReadError(line)
        yield line, (match[1], KINDS[match[2].lower()], match[3])


def _json_entries(text: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    try:
        listed: list[Any] = json.loads(text)["days"]
        for entry in listed:
            kind = OFF if entry["isOffDay"] else WORK
            yield str(entry["date"]), (str(entry["date"]), kind, str(entry.get("name", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotReadError from None


# ---- as data ----------------------------------------------------------------------------------
def to_data(days: Mapping[date, PublicDay]) -> dict[str, dict[str, str]]:
    """As kept: "2026-10-01" -> {"kind", "name", "name_zh"}."""
    return {day.isoformat(): asdict(found) for day, found in days.items()}
