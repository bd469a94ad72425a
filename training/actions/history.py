"""People's training from an earlier system: looked at first, then booked whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import RefusedError
from teams.models import User
from teams.roles import Can
from training.actions._book import book
from training.models import Area, Record, Way

MOST = 2000  # lines of a file
COLUMNS = ("user", "area", "date", "name", "minutes", "score", "passed")
NEEDED = ("user", "area", "date")
YES, NO = frozenset({"yes", "y", "1", "true", "是"}), frozenset({"no", "n", "0", "false", "否"})
NOON = time(12)  # a day is all that an earlier system knows


@dataclass(frozen=True, slots=True)
class Entry:
    """One training that a line of the file asks for. `known`: it is booked already."""

    line: int
    user: User
    area: str
    on: date
    name: str
    minutes: int
    score: Decimal | None
    passed: bool
    known: bool = False

    @property
    def area_name(self) -> str:
        return str(Area(self.area).label)

    @property
    def source(self) -> str:
        """The same training is the same source, in whichever file and line it stands."""
        said = f"{self.area}|{self.on}|{self.name}".encode()
        return f"import:{hashlib.sha256(said).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, for a person who mends the file."""

    line: int
    said: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would book, and what is wrong with it. Nothing was written."""

    entries: list[Entry]
    faults: list[Fault]

    @property
    def new(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.known]


class FaultyError(RefusedError):
    """The file has faults; nothing of it was booked."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(_("The file has errors. Nothing was booked."))
        self.faults = faults


def preview_history(
    lines: Sequence[tuple[int, Sequence[str]]], *, by: User, now: datetime
) -> Preview:
    """What these lines would book: the first names COLUMNS, in any order. Writes nothing.

    A manager imports of the people they run. Raises PermissionDenied.
    """
    by.must(Can.RUN_TRAINING)
    if not lines:
        return Preview([], [Fault(1, _("The file is empty."))])
    (first, head), rows = lines[0], lines[1:]
    names = [name.strip().casefold() for name in head]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        said = _("The first line must name the columns %(names)s.")
        return Preview([], [Fault(first, said % {"names": ", ".join(missing)})])
    if len(rows) > MOST:
        return Preview([], [Fault(first, _("At most %(n)d lines at once.") % {"n": MOST})])
    reader, blank = _Reader(by, timezone.localdate(now)), dict.fromkeys(COLUMNS, "")
    entries, faults = [], []
    for line, cells in rows:
        try:
            entries.append(reader.entry(line, blank | dict(zip(names, cells, strict=False))))
        except _WrongError as wrong:
            faults.append(Fault(line, str(wrong)))
    return Preview(*_settled(entries, faults))


@transaction.atomic
def import_history(
    lines: Sequence[tuple[int, Sequence[str]]], *, by: User, now: datetime
) -> list[Record]:
    """Book what `preview_history` shows as new, all of it or nothing. The records.

    Raises PermissionDenied, FaultyError (with the faults, line by line).
    """
    by.must(Can.RUN_TRAINING)
    found = preview_history(lines, by=by, now=now)
    if found.faults:
        raise FaultyError(found.faults)
    booked = [_book(entry, by=by, now=now) for entry in found.new]
    people = len({row.user_id for row in booked})
    record("training.imported", "user", by.pk, by=by, now=now, records=len(booked), people=people)
    return booked


def _book(entry: Entry, *, by: User, now: datetime) -> Record:
    return book(
        entry.user,
        area=entry.area,
        way=Way.IMPORTED,
        source=entry.source,
        at=timezone.make_aware(datetime.combine(entry.on, NOON)),
        now=now,
        by=by,
        name=entry.name,
        minutes=entry.minutes,
        score=entry.score,
        passed=entry.passed,
    )


class _WrongError(ValueError):
    """A cell that is not understood; the message is for a person."""


class _Reader:
    """Reads lines; knows the people that may be imported and the names of the areas."""

    def __init__(self, by: User, today: date) -> None:
        self.today = today
        self.people: dict[str, User] = {}
        for user in User.objects.run_by(by):
            for name in filter(None, (user.email, user.username)):
                self.people[name.casefold()] = user
        self.areas = {area.value: area.value for area in Area}
        self.areas |= {str(area.label).casefold(): area.value for area in Area}

    def entry(self, line: int, cells: dict[str, str]) -> Entry:
        """The training of a line. Raises _WrongError."""
        known = self.people.get(cells["user"].casefold())
        if known is None:
            said = _("No person of yours signs in as %(name)s.")
            raise _WrongError(said % {"name": cells["user"] or "–"})
        area = self.areas.get(cells["area"].casefold())
        if area is None:
            said = _("Unknown area %(name)s. Write one of: %(names)s.")
            names = ", ".join(Area.values)
            raise _WrongError(said % {"name": cells["area"] or "–", "names": names})
        name = cells["name"]
        if len(name) > 200:
            raise _WrongError(_("The name is longer than 200 characters."))
        return Entry(
            line=line,
            user=known,
            area=area,
            on=self._day(cells["date"]),
            name=name,
            minutes=self._minutes(cells["minutes"]),
            score=self._score(cells["score"]),
            passed=self._passed(cells["passed"]),
        )

    def _day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text.replace("/", "-")[:10])
        except ValueError:
            raise _WrongError(_("Write the date as 2026-11-24.")) from None
        if not date(1990, 1, 1) <= day <= self.today:
            raise _WrongError(_("The date must be in the past."))
        return day

    def _minutes(self, text: str) -> int:
        if text and not (text.isascii() and text.isdecimal() and int(text) <= 10_000):
            raise _WrongError(_("Write the minutes as a whole number."))
        return int(text or 0)

    def _score(self, text: str) -> Decimal | None:
        try:
            score = Decimal(text.removesuffix("%").strip()) if text else None
        except InvalidOperation:
            score = Decimal(-1)
        if score is not None and not (score.is_finite() and 0 <= score <= 100):
            raise _WrongError(_("Write the score as a number from 0 to 100."))
        return score and score.quantize(Decimal("0.01"))

    def _passed(self, text: str) -> bool:
        if text.casefold() not in YES | NO | {""}:
            raise _WrongError(_("Write yes or no for passed."))
        return text.casefold() not in NO


def _settled(entries: Iterable[Entry], faults: list[Fault]) -> tuple[list[Entry], list[Fault]]:
    """Mark what is booked already; a training that stands twice in the file is a fault."""
    rows = list(entries)
    known = set(
        Record.objects.filter(
            user__in={entry.user.pk for entry in rows}, way=Way.IMPORTED
        ).values_list("user", "source")
    )
    seen: dict[tuple[int, str], int] = {}
    found = []
    for entry in rows:
        key = entry.user.pk, entry.source
        if key in seen:
            said = _("The same training stands in line %(line)d.") % {"line": seen[key]}
            faults.append(Fault(entry.line, said))
            continue
        seen[key] = entry.line
        found.append(replace(entry, known=key in known))
    return found, sorted(faults, key=lambda fault: fault.line)
