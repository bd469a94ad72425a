"""Forms of opening hours: times as people write them, an import, a question to try them by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from teams.forms.action import ActionForm
from teams.forms.countries import country_choices
from teams.hours import DAY_S
from teams.models import Calendar
from teams.public_days import LONGEST_NAME

SPAN = r"\d{1,2}[:：]\d{2}\s*[-–—~～至]\s*\d{1,2}[:：]\d{2}"
WINDOW = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至]\s*(\d{1,2})[:：](\d{2})")
BETWEEN = re.compile(r"[,;，；、]")
LEADING = re.compile(rf"{SPAN}(\s*[,;，；、]\s*{SPAN})*")
DAYS: tuple[Any, ...] = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
    _("Sunday"),
)  # fmt: skip
MOST_CHARACTERS = 100_000
MOST_BYTES = 400_000
ENCODINGS = ("utf-8-sig", "gb18030")  # as editors in China save
FIRST_YEAR, LAST_YEAR = 2000, 2100
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}
MOST_S = 2000 * 3600


# ---- times as people write them -------------------------------------------------------------
def read_windows(text: str) -> list[list[int]]:
    """`09:00–12:00, 22:00–06:00` as seconds after midnight; an end before its start is the next
    day's, so 22:00–06:00 is 79200 to 108000. Raises ValidationError."""
    return [_window(part) for part in filter(None, map(str.strip, BETWEEN.split(text)))]


def _window(text: str) -> list[int]:
    match = WINDOW.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[4]) > 59:
        raise forms.ValidationError(_("Write times as 09:00–18:00, several with commas."))
    start, end = (int(match[i]) * 3600 + int(match[i + 1]) * 60 for i in (1, 3))
    if start >= DAY_S or end > DAY_S:
        raise forms.ValidationError(_("A day has 24 hours: write times from 00:00 to 24:00."))
    if start == end:
        said = _("Opening and closing time are the same. Write day and night as 00:00–24:00.")
        raise forms.ValidationError(said)
    return [start, end if end > start else end + DAY_S]


def write_windows(windows: Sequence[Sequence[int]]) -> str:
    """Seconds after midnight as people write them, and as `read_windows` reads them."""
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in windows)


def _clock(seconds: int) -> str:
    seconds = seconds if seconds <= DAY_S else seconds - DAY_S
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def read_day(line: str) -> tuple[str, list[list[int]], str]:
    """`2026-10-02 09:00–12:00 Half day` as (date, windows, name); without times it is closed.

    Raises ValidationError, which names the line.
    """
    on, _blank, rest = " ".join(line.split()).partition(" ")
    try:
        day = date.fromisoformat(on).isoformat()
    except ValueError:
        raise forms.ValidationError(_("Write dates as 2026-10-01: %s") % line[:80]) from None
    times = LEADING.match(rest)
    name = (rest[times.end() :] if times else rest).strip(" ,;，；、")
    if name[:1].isdigit():  # times that are not understood must not become a name
        said = _("Write times as 09:00–18:00, and the day's name after them: %s")
        raise forms.ValidationError(said % line[:80])
    if len(name) > LONGEST_NAME:
        raise forms.ValidationError(_("Make the name of this day shorter: %s") % line[:80])
    return day, read_windows(times[0]) if times else [], name


def write_day(day: str, windows: Sequence[Sequence[int]], name: str) -> str:
    """A single day as `read_day` reads it."""
    return " ".join(filter(None, (day, write_windows(windows), name)))


# ---- the form -------------------------------------------------------------------------------
class CalendarForm(ActionForm):
    """Keywords of `save_calendar`: a line of times for each weekday, a line for each single day."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Enter a name for the opening hours.")},
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone],
    )
    country = forms.ChoiceField(
        label=_("Closed on the public holidays of"), choices=country_choices, required=False
    )
    always = forms.BooleanField(label=_("Always open"), required=False)
    single = forms.CharField(
        label=_("Single days"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            "One a line, with a name if you like. 2026-10-01 is closed all day; 2026-12-24"
            " 09:00–12:00 Christmas Eve is a half day. They beat the week and the holidays."
        ),
    )

    def __init__(self, data: Any, *, calendar: Calendar | None = None) -> None:
        super().__init__(data, initial=self._known(calendar))
        kept = calendar.country if calendar else ""
        self.fields["country"].choices = country_choices(kept)  # type: ignore[attr-defined]
        for day, label in enumerate(DAYS):
            self.fields[f"day_{day}"] = forms.CharField(label=label, required=False, max_length=200)

    @staticmethod
    def _known(calendar: Calendar | None) -> dict[str, Any]:
        if calendar is None:
            week = {str(day): [[9 * 3600, 18 * 3600]] for day in range(5)}
            known: dict[str, Any] = {"time_zone": settings.TIME_ZONE}
        else:
            week, names = calendar.week, calendar.day_names
            days = sorted(calendar.days.items())
            known = {
                **{name: getattr(calendar, name) for name in ("name", "name_zh", "time_zone")},
                "country": calendar.country,
                "always": not week,
                "single": "\n".join(write_day(day, w, names.get(day, "")) for day, w in days),
            }
        return known | {f"day_{day}": write_windows(w) for day, w in week.items()}

    @property
    def weekdays(self) -> list[forms.BoundField]:
        return [self[f"day_{day}"] for day in range(7)]

    def typed(self) -> tuple[dict[str, list[list[int]]], list[str]]:
        """(week, names of the days that cannot be read) of the fields as they stand."""
        if self["always"].value():
            return {str(day): [[0, DAY_S]] for day in range(7)}, []
        week, unread = {}, []
        for day, label in enumerate(DAYS):
            try:
                week[str(day)] = read_windows(str(self[f"day_{day}"].value() or "")[:200])
            except forms.ValidationError:
                unread.append(str(label))
        return week, unread

    def clean(self) -> dict[str, Any]:
        """The fields as the action's keywords."""
        given = super().clean() or {}
        days = {day: (windows, name) for day, windows, name in self._days(given.get("single", ""))}
        week = {
            str(day): windows
            for day in range(7)
            if (windows := self._windows(f"day_{day}", given.get(f"day_{day}", "")))
        }
        return {
            **{name: given.get(name, "") for name in ("name", "name_zh", "time_zone", "country")},
            "week": None if given.get("always") else week,
            "days": {day: windows for day, (windows, _name) in days.items()},
            "day_names": {day: name for day, (_windows, name) in days.items() if name},
        }

    def _days(self, text: str) -> Iterator[tuple[str, list[list[int]], str]]:
        seen = set()
        for line in filter(None, map(str.strip, text.splitlines())):
            try:
                found = read_day(line)
                if found[0] in seen:
                    raise forms.ValidationError(_("This day comes twice: %s") % line[:80])
            except forms.ValidationError as error:
                self.add_error("single", error)
                continue
            seen.add(found[0])
            yield found

    def _windows(self, field: str, text: str) -> list[list[int]]:
        try:
            return read_windows(text)
        except forms.ValidationError as error:
            self.add_error(field, error)
            return []


# ---- a year's holidays from a file ----------------------------------------------------------
class ImportForm(ActionForm):
    """Keywords of `preview_public_days` and `import_public_days`: a year, and text or a file."""

    year = forms.IntegerField(
        label=_("Year"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={"required": _("Enter the year.")},
    )
    file = forms.FileField(label=_("File"), required=False)
    text = forms.CharField(
        label=_("Or paste the days"),
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=_(
            "A line for each day: 2027-02-06 off Spring Festival, and for a day that is worked"
            " 2027-02-14 work. 休 and 班 are understood, and so is JSON with days, date, name and"
            " isOffDay."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Year and text; a file beats what is pasted. Raises ValidationError."""
        given = super().clean() or {}
        text = _text_of(given["file"]) if given.get("file") else given.get("text", "")
        if text is None:
            self.add_error("file", _now("This is no text file. Save it as plain text, UTF-8."))
        elif not text.strip() and "text" not in self.errors:
            self.add_error("text", _now("Choose a file, or paste the days."))
        return {"year": given.get("year"), "text": text}


def _text_of(file: Any) -> str | None:
    """What a file says; None when it is too large, or no text."""
    if file.size > MOST_BYTES:
        return None
    content = file.read()
    for encoding in ENCODINGS:
        try:
            text = str(content.decode(encoding))
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


# ---- a question -----------------------------------------------------------------------------
class DueForm(forms.Form):
    """A contact at a time, and how long until its answer is due. `tz` is that of the hours."""

    start = forms.CharField(
        label=_("A contact at"),
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
        error_messages={"required": _("Enter a date and a time.")},
    )
    amount = forms.IntegerField(
        label=_("is due after"),
        min_value=1,
        max_value=MOST_S,
        error_messages={"required": _("Enter how long.")},
    )
    unit = forms.ChoiceField(
        label=_("of open time, in"),
        choices=[("seconds", _("seconds")), ("minutes", _("minutes")), ("hours", _("hours"))],
    )
    version = forms.IntegerField(
        required=False, min_value=1, max_value=10**6, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, tz: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.zone = ZoneInfo(tz)

    def clean_start(self) -> datetime:
        """The instant: a time without an offset is the wall clock's of the hours."""
        try:
            start = datetime.fromisoformat(self.cleaned_data["start"])
        except ValueError:
            start = None
        if start is None or not FIRST_YEAR < start.year < LAST_YEAR:
            said = _("Enter a date and a time from 2001 to 2099, like 2026-09-30 19:58.")
            raise forms.ValidationError(said)
        return (start if start.tzinfo else start.replace(tzinfo=self.zone)).astimezone(UTC)

    def clean(self) -> dict[str, Any]:
        """Adds `seconds`."""
        given = super().clean() or {}
        seconds = given.get("amount", 0) * UNITS.get(given.get("unit", ""), 1)
        if seconds > MOST_S:
            self.add_error("amount", _now("Ask for 2,000 hours at most."))
        return given | {"seconds": seconds}
