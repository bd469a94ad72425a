"""When would a contact be due, and a year's holidays from a file: the pages that are asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from teams.models import Calendar, User
from tests.conftest import Clock
from tests.factories import make_calendar
from tests.teams.conftest import change
from tests.teams.test_calendar_pages import HOLIDAYS, HX, text

pytestmark = pytest.mark.django_db


# ---- a question -----------------------------------------------------------------------------
def ask(client: Client, shop: Calendar, **over: str) -> Any:
    asked = {"start": "2026-09-29T19:58", "amount": "5", "unit": "minutes"} | over
    return client.get(f"/settings/hours/{shop.pk}/test/", asked)


def test_a_contact_before_the_holidays_is_due_after_them(
    director_browser: Client, shop: Calendar
) -> None:
    page = text(ask(director_browser, shop, start="2026-09-30T11:58"))
    assert "is due at <strong>Thursday 8 October 2026, 08:03</strong>" in page
    assert "11:58–12:00" in page
    assert "Holiday: National Day" in page
    assert "(7 days)" in page
    assert "Single day: Moving house" in page
    assert "Counted by version 1" in page


def test_a_question_is_a_link(director_browser: Client, shop: Calendar) -> None:
    page = ask(director_browser, shop, amount="90", unit="seconds")
    assert "start=2026-09-29T19%3A58&amp;amount=90&amp;unit=seconds" in text(page)
    assert "19:59:30" in text(page)
    part = director_browser.get(
        f"/settings/hours/{shop.pk}/test/?start=2026-09-29T19:58&amount=1&unit=hours", headers=HX
    )
    assert text(part).startswith('<section id="tester"')


def test_a_question_in_chinese(chinese_browser: Client, shop: Calendar) -> None:
    page = text(ask(chinese_browser, shop, start="2026-09-30T11:58"))
    assert "2026年10月8日" in page
    assert "国庆节" in page


def test_a_question_into_a_year_that_is_not_known_says_so(
    director_browser: Client, shop: Calendar
) -> None:
    page = text(ask(director_browser, shop, start="2026-12-31T19:59"))
    assert "The holidays of 2027 are not known" in page


def test_an_old_version_can_be_asked(
    director_browser: Client, director: User, shop: Calendar
) -> None:
    change(shop, by=director, week=None, country="")
    new = text(ask(director_browser, shop))
    old = text(ask(director_browser, shop, version="1"))
    assert "20:03" in new
    assert "20:03" not in old
    assert "Counted by version 1" in old
    assert ask(director_browser, shop, version="9").status_code == 404


def test_a_long_answer_leaves_out_its_middle(director_browser: Client, shop: Calendar) -> None:
    page = text(ask(director_browser, shop, amount="1900", unit="hours"))
    assert " days between" in page
    assert page.count("<tr>") == 62


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"start": "soon"}, "Enter a date and a time from 2001 to 2099"),
        ({"start": "9999-12-31T23:59"}, "Enter a date and a time from 2001 to 2099"),
        ({"start": ""}, "Enter a date and a time"),
        ({"amount": "0"}, "1"),
        ({"amount": ""}, "Enter how long"),
        ({"amount": "2001", "unit": "hours"}, "Ask for 2,000 hours at most"),
        ({"unit": "weeks"}, "weeks"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    director_browser: Client, shop: Calendar, over: dict[str, str], said: str
) -> None:
    answer = ask(director_browser, shop, **over)
    assert answer.status_code == 422
    assert said in text(answer)


def test_too_little_open_time_is_said(
    director_browser: Client, director: User, shop: Calendar
) -> None:
    change(shop, by=director, week={"0": [[0, 60]]})
    answer = ask(director_browser, shop, amount="2000", unit="hours")
    assert answer.status_code == 422
    assert "too little open time" in text(answer)


# ---- an import ------------------------------------------------------------------------------
def bring(client: Client, shop: Calendar, **sent: Any) -> Any:
    return client.post(f"/settings/hours/{shop.pk}/import/", {"year": "2027"} | sent)


def test_the_first_year_that_is_missing_is_offered(
    director_browser: Client, shop: Calendar
) -> None:
    at = f"/settings/hours/{shop.pk}/import/"
    assert 'name="year" value="2027"' in text(director_browser.get(at))
    assert 'name="year" value="2030"' in text(director_browser.get(f"{at}?year=2030"))


def test_a_preview_shows_the_days_and_writes_nothing(
    director_browser: Client, shop: Calendar
) -> None:
    answer = bring(director_browser, shop, text=HOLIDAYS)
    assert answer.status_code == 200
    page = text(answer)
    assert "Preview of 2027" in page
    assert "1 holiday · 1 make-up work day" in page
    assert "Nothing is saved yet" in page
    assert "Fri 1 Jan" in page
    shop.refresh_from_db()
    assert "2027" not in shop.years


def test_what_was_previewed_is_imported(director_browser: Client, shop: Calendar) -> None:
    answer = bring(director_browser, shop, text=HOLIDAYS, step="import")
    assert answer["Location"] == f"/settings/hours/{shop.pk}/"
    shop.refresh_from_db()
    assert shop.years["2027"] == "file"
    page = text(director_browser.get(answer["Location"]))
    assert "from an imported file" in page
    assert "The holidays of 2027 are imported" in page
    assert "The holidays of 2027 are not known" not in page


def test_a_preview_says_what_it_replaces(director_browser: Client, shop: Calendar) -> None:
    bring(director_browser, shop, text=HOLIDAYS, step="import")
    page = text(bring(director_browser, shop, text="2027-01-01 off A\n2027-01-03 off B"))
    assert "This replaces 2 days that are known of 2027" in page
    assert "No longer different: 2027-02-14" in page
    assert "New: 2027-01-03" in page


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_as_editors_save_it(
    director_browser: Client, shop: Calendar, encoding: str
) -> None:
    file = SimpleUploadedFile("2027.txt", "2027-02-06 休 春节".encode(encoding))
    page = text(bring(director_browser, shop, file=file))
    assert "春节" in page
    assert "2027-02-06 休 春节</textarea>" in page  # goes along with the button


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": "2027-01-01 off\n2027-13-01 off"}, "comes twice: 2027-13-01 off"),
        ({"text": "2026-01-01 off"}, "This is no day of 2027, or comes twice: 2026-01-01 off"),
        ({"text": ""}, "Choose a file, or paste the days"),
        ({"text": "x" * 100_001}, "100000"),
        ({"text": HOLIDAYS, "year": ""}, "Enter the year"),
        ({"text": HOLIDAYS, "year": "1999"}, "2000"),
        ({"file": SimpleUploadedFile("a.png", b"\x89PNG\x00\xff\xff\xff")}, "This is no text file"),
        ({"file": SimpleUploadedFile("a.txt", b"a" * 400_001)}, "This is no text file"),
    ],
)
@pytest.mark.parametrize("step", ["", "import"])
def test_what_is_not_understood_is_refused_with_its_line(
    director_browser: Client, shop: Calendar, sent: dict[str, Any], said: str, step: str
) -> None:
    if "file" in sent:
        sent["file"].seek(0)
    answer = bring(director_browser, shop, **{"step": step} | sent)
    assert answer.status_code == 422
    assert said in text(answer)
    assert shop.versions.count() == 1


def test_without_a_country_there_is_nothing_to_import(
    director_browser: Client, clock: Clock
) -> None:
    plain = make_calendar()
    assert "No country is chosen" in text(
        director_browser.get(f"/settings/hours/{plain.pk}/import/")
    )
    assert bring(director_browser, plain, text=HOLIDAYS, step="import").status_code == 422
