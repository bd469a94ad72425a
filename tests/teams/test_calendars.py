"""Writes of opening hours: versions, holidays by country, imports; refused writes leave nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError
from teams import actions
from teams.hours import DAY_S
from teams.models import Calendar, CalendarVersion, Group, User
from tests.factories import T0, make_calendar

pytestmark = pytest.mark.django_db
WEEK = {str(day): [[32_400, 64_800]] for day in range(5)}
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


def save(by: User, calendar: Calendar | None = None, **over: Any) -> Calendar:
    """Saved hours of China, open from nine to six on weekdays."""
    fields: dict[str, Any] = {"name": "Shop", "time_zone": "Asia/Shanghai", "week": WEEK}
    fields |= {"country": "CN", "now": T0}
    return actions.save_calendar(calendar.pk if calendar else None, by=by, **fields | over)


def numbers(calendar: Calendar) -> list[int]:
    return list(calendar.versions.order_by("number").values_list("number", flat=True))


def test_a_country_brings_what_is_known_of_three_years(director: User) -> None:
    made = save(director)
    assert made.years == {"2025": "library", "2026": "library"}  # nobody knows 2027 yet
    hours = made.hours()
    assert hours.on(datetime(2026, 10, 1).date()) == []  # noqa: DTZ001
    worked = hours.on(datetime(2026, 10, 10).date())  # noqa: DTZ001
    assert [(window.start_s, window.end_s) for window in worked] == [(32_400, 64_800)]
    assert made.public["2026-10-10"]["kind"] == "work"


def test_another_country_forgets_the_first_ones_days(director: User) -> None:
    made = save(director, save(director), country="GB-ENG")
    assert "2026-10-01" not in made.public
    assert made.public["2026-04-06"]["name"] == "Easter Monday"
    assert save(director, made, country="").public == {}


def test_a_single_day_beats_a_holiday_and_has_its_name(director: User) -> None:
    made = save(
        director, days={"2026-10-01": [[32_400, 43_200]]}, day_names={"2026-10-01": "We are open"}
    )
    known = made.current.known() if made.current else {}
    assert known["days"]["2026-10-01"] == [[32_400, 43_200]]
    assert known["names"]["2026-10-01"] == ["We are open", "", "single"]


def test_each_save_that_says_something_new_is_a_version(director: User) -> None:
    made = save(director)
    save(director, made)
    assert numbers(made) == [1]
    save(director, made, name="Shop 2", name_zh="店")  # a name is nothing that is counted
    assert numbers(made) == [1]
    save(director, made, week=WEEK | {"5": [[32_400, 43_200]]})
    assert numbers(made) == [1, 2]
    made.refresh_from_db()
    assert made.current
    assert made.current.number == 2
    assert (made.current.made_by, made.current.made_at) == (director, T0)


def test_a_version_stays_as_it_was(director: User) -> None:
    made = save(director)
    first = made.versions.get()
    made = save(director, made, week=None)
    assert first.hours() == CalendarVersion.objects.get(pk=first.pk).hours() != made.hours()


REFUSED: dict[str, dict[str, Any]] = {
    "country": {"country": "XX"},
    "time_zone": {"time_zone": "Mars/Olympus"},
    "name": {"name": " "},
    "week": {"week": {"0": [[5, 5]]}},
    "days": {"days": {"soon": []}},
}


@pytest.mark.parametrize("field", REFUSED)
def test_a_refused_save_writes_nothing(field: str, director: User) -> None:
    made = save(director)
    before, entries = made.spec, Entry.objects.count()
    with pytest.raises(InvalidError) as refused:
        save(director, made, **REFUSED[field])
    assert refused.value.field == field
    made.refresh_from_db()
    assert (made.spec, numbers(made), Entry.objects.count()) == (before, [1], entries)


def test_the_holidays_of_a_year_are_imported_and_replaced(director: User) -> None:
    made = save(director)
    first = "2027-01-01 off New Year\n2027-02-14 work\n"
    actions.import_public_days(made.pk, by=director, year=2027, text=first, now=T0)
    actions.import_public_days(made.pk, by=director, year=2027, text="2027-01-02 off A", now=T0)
    made.refresh_from_db()
    assert made.years["2027"] == "file"
    assert [day for day in made.public if day.startswith("2027")] == ["2027-01-02"]
    assert "2026-10-01" in made.public
    assert numbers(made) == [1, 2, 3]
    assert Entry.objects.filter(kind="calendar.imported").count() == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-01-01 off\n2027-01-01 off", "comes twice: 2027-01-01 off"),
        ("2026-01-01 off", "no day of 2027"),
        ("", "No day was found"),
    ],
)
def test_a_refused_import_names_the_line_and_writes_nothing(
    text: str, said: str, director: User
) -> None:
    made = save(director)
    entries = Entry.objects.count()
    with pytest.raises(InvalidError, match=said):
        actions.import_public_days(made.pk, by=director, year=2027, text=text, now=T0)
    made.refresh_from_db()
    assert "2027" not in made.years
    assert (numbers(made), Entry.objects.count()) == ([1], entries)


def test_an_import_needs_a_country(director: User) -> None:
    made = save(director, country="")
    with pytest.raises(InvalidError) as refused:
        actions.import_public_days(made.pk, by=director, year=2027, text="2027-01-01 off", now=T0)
    assert refused.value.field == "country"


def test_hours_of_another_managers_group_are_not_changed(
    manager: User, other_group: Group, owner: User
) -> None:
    theirs = other_group.calendar
    for by in (manager, owner):
        with pytest.raises(PermissionDenied):
            save(by, theirs)
        with pytest.raises(PermissionDenied):
            actions.import_public_days(theirs.pk, by=by, year=2027, text="2027-01-01 off", now=T0)
    assert numbers(theirs) == [1]


# ---- the beat -------------------------------------------------------------------------------
def test_the_beat_makes_no_version_while_nobody_knows_more(director: User) -> None:
    made = save(director)
    assert actions.extend_calendars(now=NOVEMBER) == 0
    assert numbers(made) == [1]


def test_the_beat_brings_a_year_that_has_become_known(director: User) -> None:
    made = save(director, country="GB-ENG", now=datetime(2024, 6, 1, tzinfo=UTC))
    make_calendar()
    assert set(made.years) == {"2023", "2024", "2025"}
    assert actions.extend_calendars(now=NOVEMBER) == 1
    assert actions.extend_calendars(now=NOVEMBER) == 0
    made.refresh_from_db()
    assert {"2026", "2027"} <= set(made.years)
    newest = made.versions.get(number=2)
    assert newest.made_by is None
    assert Entry.objects.filter(kind="calendar.extended", by_id=None).count() == 1


def test_the_beat_keeps_what_was_imported(director: User) -> None:
    made = save(director)
    actions.import_public_days(made.pk, by=director, year=2027, text="2027-01-02 off A", now=T0)
    assert actions.extend_calendars(now=NOVEMBER) == 0
    made.refresh_from_db()
    assert made.years["2027"] == "file"


def test_always_open_is_every_second_of_the_week(director: User) -> None:
    made = save(director, week=None, country="")
    known = made.current.known() if made.current else {}
    assert known["week"] == {str(day): [[0, DAY_S]] for day in range(7)}
