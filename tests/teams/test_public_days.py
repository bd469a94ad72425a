"""Holidays and make-up days: what the library knows, says it does not know, and a file tells."""

from __future__ import annotations

from datetime import date

import pytest

from teams import public_days
from teams.public_days import NotReadError, PublicDay, UnknownYearError, known_days, read_days

SPRING = """
2027-02-06 off Spring Festival
2027-02-14\twork
2027-01-01 休 元旦
2027-02-20 班 春节
"""
PUBLISHED = """{"year": 2027, "days": [
 {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
 {"name": "春节", "date": "2027-02-20", "isOffDay": false}]}"""


def days_of(kind: str, year: int = 2026, country: str = "CN") -> list[str]:
    found = known_days(country, year).items()
    return [f"{day:%m-%d}" for day, told in found if told.kind == kind]


def test_china_works_on_the_week_end_days_of_the_notice() -> None:
    assert days_of("work") == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def test_china_is_off_on_every_day_of_the_notice() -> None:
    off = days_of("off")
    assert len(off) == 33
    assert off[:4] == ["01-01", "01-02", "01-03", "02-15"]
    assert [day for day in off if day.startswith("10")] == [f"10-{n:02}" for n in range(1, 8)]
    assert known_days("CN", 2026)[date(2026, 10, 1)] == PublicDay("off", "National Day", "国庆节")


def test_a_year_without_a_notice_is_not_known() -> None:
    with pytest.raises(UnknownYearError, match="CN in 2027"):
        known_days("CN", 2027)


@pytest.mark.parametrize("country", ["XX", "", "CN-11", "../etc"])
def test_a_country_without_data_is_not_known(country: str) -> None:
    with pytest.raises(UnknownYearError):
        known_days(country, 2026)


def test_hong_kong_has_good_friday_in_both_languages() -> None:
    found = known_days("HK", 2026)[date(2026, 4, 3)]
    assert (found.kind, found.name, found.name_zh) == ("off", "Good Friday", "耶稣受难节")


def test_england_and_scotland_keep_different_days() -> None:
    england, scotland = days_of("off", country="GB-ENG"), days_of("off", country="GB-SCT")
    assert "04-06" in england  # Easter Monday
    assert "04-06" not in scotland
    assert "12-28" in england  # Boxing Day falls on a Saturday


def test_the_countries_are_codes_with_and_without_a_part() -> None:
    assert {"CN", "HK", "SG", "US", "GB", "GB-ENG"} <= public_days.countries()


def test_a_line_a_day_is_read_in_either_language() -> None:
    assert {day.isoformat(): (told.kind, told.name) for day, told in read(SPRING).items()} == {
        "2027-01-01": ("off", "元旦"),
        "2027-02-06": ("off", "Spring Festival"),
        "2027-02-14": ("work", ""),
        "2027-02-20": ("work", "春节"),
    }


def read(text: str) -> dict[date, PublicDay]:
    return dict(read_days(text, 2027))


def test_the_published_json_is_read() -> None:
    assert [told.kind for told in read(PUBLISHED).values()] == ["off", "work"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2027-02-06 off\nnext week", "next week"),
        ("2027-02-30 off", "2027-02-30 off"),
        ("2026-02-06 off", "2026-02-06 off"),
        ("2027-02-06 off A\n2027-02-06 work B", "2027-02-06 work B"),
        ("2027-02-06 holiday", "2027-02-06 holiday"),
        ('{"days": [{"date": "2026-01-01", "name": "x", "isOffDay": true}]}', "2026-01-01"),
        ("", ""),
        (" \n ", ""),
        ('{"days": []}', ""),
        ('{"days": 7}', ""),
        ('{"days": [7]}', ""),
        ("{", ""),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text: str, line: str) -> None:
    with pytest.raises(NotReadError) as refused:
        read(text)
    assert refused.value.line == line
