"""When the promise is missed: each hour of each weekday in a quarter (K2). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

FEW = 20  # answers below which a share says little (ux.md 4.1)
TARGET = 95  # of a hundred first responses, kept
LEVELS = (85, 90, 95)  # where the shade changes


class Quarter(NamedTuple):
    """A quarter of a year. `number` 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def read(cls, text: str) -> Quarter | None:
        """From `2026-Q4`; None for anything else."""
        year, _dash, number = text.partition("-Q")
        if year.isdecimal() and number in {"1", "2", "3", "4"} and 1970 <= int(year) <= 9000:
            return cls(int(year), int(number))
        return None

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    def before(self) -> Quarter:
        return (
            Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)
        )

    def after(self) -> Quarter:
        return (
            Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)
        )

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """[first instant, first instant of the next) in local time."""
        first = date(self.year, self.number * 3 - 2, 1)
        then = self.after()
        last = date(then.year, then.number * 3 - 2, 1)
        return (
            datetime.combine(first, time(), tzinfo=zone),
            datetime.combine(last, time(), tzinfo=zone),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one weekday (1 is Monday): `due` decided, `missed` of these."""

    day: int
    hour: int
    due: int = 0
    missed: int = 0

    @property
    def kept(self) -> int | None:
        """Of a hundred, rounded down so that 100 means all; None where nothing was decided."""
        return (self.due - self.missed) * 100 // self.due if self.due else None

    @property
    def few(self) -> bool:
        """Too few to say much."""
        return self.due < FEW

    @property
    def below(self) -> bool:
        """Below the target, with enough to say so."""
        return not self.few and self.kept is not None and self.kept < TARGET

    @property
    def level(self) -> int:
        """The shade: 0 (worst) to 3."""
        return sum((self.kept or 0) >= edge for edge in LEVELS)


def grid(found: Iterable[tuple[int, int, int, int]]) -> list[list[Cell]]:
    """Seven rows of 24 cells from (weekday, hour, due, missed); what is not named is empty."""
    cells = {(day, hour): Cell(day, hour, due, missed) for day, hour, due, missed in found}
    return [[cells.get((day, hour), Cell(day, hour)) for hour in range(24)] for day in range(1, 8)]


def whole(rows: Iterable[Iterable[Cell]]) -> Cell:
    """All cells as one."""
    cells = [cell for row in rows for cell in row]
    return Cell(0, 0, sum(cell.due for cell in cells), sum(cell.missed for cell in cells))
