"""Tables in and out of spreadsheets: CSV and Excel. Imports no app.

What goes out is guarded: a text that a spreadsheet would read as a formula is written with an
apostrophe before it (OWASP, CSV injection). What comes in is text, line by line with its number.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"  # how Excel knows UTF-8
UNPACKED = 50_000_000  # bytes that an Excel file may unfold to


class UnreadableError(ValueError):
    """The file is no table that we read."""


def guarded(value: Any) -> Any:
    """The value as it may stand in a cell: a text that begins like a formula is disarmed."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def unguarded(text: str) -> str:
    """The text without the apostrophe that `guarded` put before it."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Each row as a line of CSV; the first line begins with the mark of UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    for row in rows:
        writer.writerow([guarded(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def xlsx(rows: Iterable[Sequence[Any]], *, title: str) -> bytes:
    """The rows as an Excel file of one sheet. Texts are texts, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([guarded(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, *, limit: int) -> list[tuple[int, list[str]]]:
    """The lines of a CSV or Excel file that hold anything, with their numbers from 1.

    At most `limit` + 1 of them: one more than allowed says that there are too many. Raises
    UnreadableError for what is neither, is not UTF-8 or unfolds to more than it should.
    """
    lines = _xlsx(data) if data.startswith(b"PK\x03\x04") else _csv(data)
    found: list[tuple[int, list[str]]] = []
    try:
        for number, cells in lines:
            texts = [unguarded(cell).strip() for cell in cells]
            if any(texts):
                found.append((number, texts))
            if len(found) > limit:
                break
    except (csv.Error, UnicodeDecodeError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnreadableError(str(error)) from None
    return found


def _csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = data.decode("utf-8-sig")
    if "\0" in text:
        raise UnreadableError("NUL")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # Excel writes the separator of its country
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for cells in reader:
        yield reader.line_num, cells


def _xlsx(data: bytes) -> Iterator[tuple[int, list[str]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if sum(part.file_size for part in parts.infolist()) > UNPACKED:
            raise UnreadableError("too large")
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_text(cell) for cell in cells]
    finally:
        book.close()


def _text(cell: Any) -> str:
    """A cell as a person would have typed it: days as 2026-11-24, whole numbers without .0."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes") if cell.time() != cell.min.time() else _day(cell)
    if isinstance(cell, date):
        return _day(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
