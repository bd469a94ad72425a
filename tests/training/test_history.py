"""People's training out and in: preview, errors by line, nothing half written, guarded cells."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from csservice.ledger.models import Entry
from csservice.lib.sheets import FORMULA, UnreadableError, csv_lines, read, unguarded, xlsx
from teams.models import User
from tests.conftest import Clock
from tests.factories import T0
from tests.training.factories import make_member
from training import actions
from training.actions._book import book
from training.actions.history import FaultyError
from training.models import Record

pytestmark = pytest.mark.django_db
HEAD = ["user", "area", "date", "name", "minutes", "score", "passed"]
ADDRESS = "/training/history/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def lines(*rows: list[str], head: list[str] = HEAD) -> list[tuple[int, list[str]]]:
    return list(enumerate([head, *rows], start=1))


def upload(browser: Client, data: bytes, name: str = "training.csv") -> Any:
    return browser.post(ADDRESS, {"file": SimpleUploadedFile(name, data)})


# ---- sheets -----------------------------------------------------------------------------------
@given(st.lists(st.lists(st.text("=+-@'\t ,;\"abcé是1"), min_size=1, max_size=4), max_size=5))
def test_what_goes_out_comes_in_again_and_nothing_in_it_is_a_formula(rows: list[list[str]]) -> None:
    written = "".join(csv_lines([["x", "y"], *rows])).encode()
    cells = [unguarded(cell).strip() for row in rows for cell in row]
    found = [cell for _line, row in read(written, limit=100)[1:] for cell in row]
    kept = [cell for cell in found if cell]
    assert sorted(kept) == sorted(cell for cell in cells if cell)
    for line in written.decode("utf-8-sig").splitlines():
        assert not line.startswith(FORMULA)


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_disarmed_in_both_kinds_of_file(bad: str) -> None:
    assert "".join(csv_lines([[bad]])).lstrip("\ufeff").lstrip('"').startswith("'")
    sheet = load_workbook(io.BytesIO(xlsx([[bad]], title="x"))).worksheets[0]
    assert sheet["A1"].data_type == "s"
    assert str(sheet["A1"].value).startswith("'")


def test_excel_files_give_days_numbers_and_texts() -> None:
    book_ = Workbook()
    sheet = book_.active
    sheet.append(["a", 7, 7.0, 7.5, date(2026, 1, 5), datetime(2026, 1, 5), None])  # noqa: DTZ001
    sheet.append([None])
    sheet.append(["b"])
    out = io.BytesIO()
    book_.save(out)
    assert read(out.getvalue(), limit=9) == [
        (1, ["a", "7", "7", "7.5", "2026-01-05", "2026-01-05", ""]),
        (3, ["b", "", "", "", "", "", ""]),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_any_country_is_read_with_its_line_numbers(separator: str) -> None:
    data = f'a{separator}b\n\n"x\ny"{separator}z\n'.encode("utf-8-sig")
    assert read(data, limit=9) == [(1, ["a", "b"]), (4, ["x\ny", "z"])]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a\x00b", b"PK\x03\x04 not a zip", b'"open'])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(data, limit=9)


# ---- the preview ------------------------------------------------------------------------------
def test_a_preview_shows_what_would_be_booked_and_writes_nothing(
    manager: User, owner: User
) -> None:
    found = actions.preview_history(
        lines(
            [owner.username, "Product knowledge", "2025/11/03", "Old course", "45", "87.5%", "no"],
            [owner.email.upper(), "service", "2025-11-04"],
        ),
        by=manager,
        now=T0,
    )
    assert found.faults == []
    first, second = found.entries
    assert (first.user, first.area, first.on) == (owner, "product", date(2025, 11, 3))
    assert (first.minutes, str(first.score), first.passed) == (45, "87.50", False)
    assert (second.area, second.minutes, second.score, second.passed) == ("service", 0, None, True)
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["nobody", "product", "2025-11-03"], "No person of yours signs in as nobody."),
        (["", "product", "2025-11-03"], "No person of yours"),
        (["owner", "singing", "2025-11-03"], "Unknown area singing."),
        (["owner", "product", "3 Nov"], "Write the date as 2026-11-24."),
        (["owner", "product", "2030-01-01"], "The date must be in the past."),
        (["owner", "product", "2025-11-03", "x" * 201], "longer than 200"),
        (["owner", "product", "2025-11-03", "", "an hour"], "whole number"),
        (["owner", "product", "2025-11-03", "", "", "101"], "from 0 to 100"),
        (["owner", "product", "2025-11-03", "", "", "NaN"], "from 0 to 100"),
        (["owner", "product", "2025-11-03", "", "", "", "maybe"], "yes or no"),
        (["owner"], "Unknown area –"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    row: list[str], said: str, manager: User, owner: User
) -> None:
    found = actions.preview_history(lines(row), by=manager, now=T0)
    assert [fault.line for fault in found.faults if said in fault.said] == [2]


def test_a_file_without_its_columns_or_with_too_many_lines_says_so(
    manager: User, owner: User
) -> None:
    said = [
        actions.preview_history(given, by=manager, now=T0).faults[0].said
        for given in (
            [],
            lines(head=["name"]),
            lines(*[[owner.username, "product", "2025-01-01"]] * 2001),
        )
    ]
    assert said == [
        "The file is empty.",
        "The first line must name the columns user, area, date.",
        "At most 2000 lines at once.",
    ]


# ---- the booking ------------------------------------------------------------------------------
ROWS = [["owner", "product", "2026-01-02", "Old"], ["owner", "service", "2026-01-03"]]


def test_an_import_books_once_and_counts_for_the_quarter(manager: User, owner: User) -> None:
    member = make_member(user=owner)
    booked = actions.import_history(lines(*ROWS), by=manager, now=T0)
    assert {row.way for row in booked} == {"imported"}
    member.refresh_from_db()
    assert member.record in booked
    assert actions.import_history(lines(*ROWS), by=manager, now=T0) == []
    assert Record.objects.count() == 2
    assert Entry.objects.filter(kind="training.imported").count() == 2


def test_one_fault_and_nothing_is_booked(manager: User, owner: User) -> None:
    with pytest.raises(FaultyError) as refused:
        actions.import_history(lines(*ROWS, ["owner", "x", "2026-01-02"]), by=manager, now=T0)
    assert [fault.line for fault in refused.value.faults] == [4]
    assert not Record.objects.exists()
    with pytest.raises(FaultyError):
        actions.import_history(lines(ROWS[0], ROWS[0]), by=manager, now=T0)
    assert not Entry.objects.filter(kind="training.booked").exists()


def test_nobody_imports_for_people_of_others(manager: User, owner: User, stranger: User) -> None:
    row = ["stranger", "product", "2026-01-02"]
    assert actions.preview_history(lines(row), by=manager, now=T0).faults
    with pytest.raises(PermissionDenied):
        actions.import_history(lines(*ROWS), by=owner, now=T0)
    assert not Record.objects.exists()


# ---- pages ------------------------------------------------------------------------------------
def csv_of(*rows: list[str]) -> bytes:
    return "\n".join(",".join(row) for row in (HEAD, *rows)).encode()


def test_a_file_is_looked_at_and_then_booked(
    clock: Clock, manager_browser: Client, owner: User
) -> None:
    shown = upload(manager_browser, csv_of(*ROWS))
    assert "2 trainings would be booked" in text(shown)
    assert not Record.objects.exists()
    answer = manager_browser.post(f"{ADDRESS}book/", {"lines": shown.context["signed"]})
    assert (answer.status_code, answer["Location"]) == (302, ADDRESS)
    assert Record.objects.count() == 2
    again = upload(manager_browser, csv_of(*ROWS))
    assert "Booked already" in text(again)
    assert not again.context["signed"]


def test_faults_are_shown_by_line_and_the_file_cannot_be_booked(
    clock: Clock, manager_browser: Client, owner: User
) -> None:
    answer = upload(manager_browser, csv_of(ROWS[0], ["owner", "singing", "2026-01-02"]))
    assert answer.status_code == 422
    assert "Line 3" in text(answer)
    assert "Unknown area singing" in text(answer)
    assert not answer.context["signed"]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b""])
def test_an_unreadable_file_is_refused(data: bytes, manager_browser: Client) -> None:
    assert upload(manager_browser, data).status_code == 422


def test_a_preview_of_another_or_a_changed_one_is_not_booked(
    clock: Clock, manager_browser: Client, director_browser: Client, owner: User
) -> None:
    signed = upload(manager_browser, csv_of(*ROWS)).context["signed"]
    for browser, said in ((director_browser, signed), (manager_browser, f"{signed}x")):
        answer = browser.post(f"{ADDRESS}book/", {"lines": said})
        assert answer.status_code == 422
        assert "Look at the file again" in text(answer)
    assert not Record.objects.exists()


def test_the_export_is_of_whom_one_may_see_and_is_read_again(
    clock: Clock,
    owner_browser: Client,
    manager_browser: Client,
    director_browser: Client,
    owner: User,
    stranger: User,
) -> None:
    for user in (owner, stranger):
        said: dict[str, Any] = {"area": "product", "way": "session", "name": "=Old"}
        book(user, source="seat:1", at=T0, now=T0, by=None, **said)
    own = b"".join(owner_browser.get(f"{ADDRESS}csv/").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert own.splitlines() == [
        "user,area,date,name,minutes,score,passed,person,way",
        f"owner,product,2026-01-05,'=Old,0,,yes,{owner.name},session",
    ]
    every = director_browser.get(f"{ADDRESS}xlsx/")
    rows = read(every.content, limit=9)
    assert [cells[0] for _line, cells in rows[1:]] == ["owner", "stranger"]
    assert rows[1][1][3] == "=Old"
    shown = upload(director_browser, every.content, "training.xlsx")
    assert "2 trainings would be booked" in text(shown)


def test_the_export_runs_the_same_queries_for_one_row_and_for_many(
    clock: Clock, director_browser: Client, owner: User, sql_of: Callable[..., list[str]]
) -> None:
    def export() -> Any:
        return b"".join(director_browser.get(f"{ADDRESS}csv/").streaming_content)  # type: ignore[attr-defined]

    book(owner, area="product", way="course", source="0", at=T0, now=T0, by=None)
    export()
    one = sql_of(export)
    for n in range(9):
        book(owner, area="product", way="course", source=f"{n}", at=T0, now=T0, by=None)
    assert len(sql_of(export)) == len(one)
