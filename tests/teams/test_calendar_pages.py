"""The pages of opening hours: a week drawn, a year's days, an import, a question, the versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from teams import actions
from teams.forms import CalendarForm
from teams.models import Calendar, Group, User
from tests.conftest import Clock
from tests.factories import T0, make_calendar, make_group
from tests.teams.conftest import change

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
HOLIDAYS = "2027-01-01 off New Year\n2027-02-14 work Spring Festival\n"


def text(answer: Any) -> str:
    return " ".join(str(answer.content.decode()).split())


def sent(**over: str) -> dict[str, str]:
    return {"name": "Shop", "time_zone": "Asia/Shanghai"} | over


# ---- the form -------------------------------------------------------------------------------
def test_hours_are_read_as_people_write_them(manager_browser: Client) -> None:
    form = sent(
        day_0="9:00-12:00，13：30–18:00",
        day_5="22:00–06:00",
        day_6="10:00–24:00",
        single="2026-10-01 National Day\n2026-10-02 09:00–12:00, 14:00–15:00 Half day, at last\n",
        country="CN",
        name_zh="店",
    )
    assert manager_browser.post("/settings/hours/new/", form).status_code == 302
    made = Calendar.objects.get(name="Shop")
    assert made.week == {
        "0": [[32400, 43200], [48600, 64800]],
        "5": [[79200, 108000]],
        "6": [[36000, 86400]],
    }
    assert made.days == {"2026-10-01": [], "2026-10-02": [[32400, 43200], [50400, 54000]]}
    assert made.day_names == {"2026-10-01": "National Day", "2026-10-02": "Half day, at last"}
    assert (made.country, made.name_zh) == ("CN", "店")
    page = text(manager_browser.get(f"/settings/hours/{made.pk}/"))
    assert 'value="09:00–12:00, 13:30–18:00"' in page
    assert 'value="22:00–06:00"' in page
    assert "2026-10-02 09:00–12:00, 14:00–15:00 Half day, at last" in page
    again = {field.html_name: field.value() for field in CalendarForm(None, calendar=made)}
    given = {name: value for name, value in again.items() if value}
    assert manager_browser.post(f"/settings/hours/{made.pk}/", given).status_code == 302
    assert made.versions.count() == 1  # what is shown is what is read


def test_the_drawn_week_follows_what_is_typed(manager_browser: Client) -> None:
    typed = {"day_0": "09:00–12:00", "day_4": "22:00–06:00", "day_6": "nine"}
    drawn = text(manager_browser.get("/settings/hours/drawn/", typed, headers=HX))
    assert drawn.startswith('<div id="drawn"')
    assert '<rect class="bar-open" x="540" y="0" width="180"' in drawn
    assert '<rect class="bar-night" x="0" y="0" width="360"' in drawn, "Saturday morning"
    assert "Not readable yet: Sunday." in drawn
    everything = text(manager_browser.get("/settings/hours/drawn/", {"always": "on"}, headers=HX))
    assert everything.count('width="1440"') == 7
    assert Calendar.objects.filter(name="").count() == 0, "nothing is kept"


def test_the_form_draws_what_it_holds(manager_browser: Client) -> None:
    new = text(manager_browser.get("/settings/hours/new/"))
    assert new.count('<rect class="bar-open" x="540" y="0" width="540"') == 5
    wrong = sent(day_0="10:00–11:00", day_1="nine")
    again = manager_browser.post("/settings/hours/new/", wrong, headers=HX)
    assert again.status_code == 422
    assert '<rect class="bar-open" x="600" y="0" width="60"' in text(again)


def test_always_open_beats_the_week(manager_browser: Client) -> None:
    form = sent(always="on", day_0="09:00–10:00")
    assert manager_browser.post("/settings/hours/new/", form, headers=HX).status_code == 200
    assert Calendar.objects.get(name="Shop").week == {}


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({}, "Give one day of the week opening hours"),
        ({"day_0": "nine to five"}, "Write times as 09:00–18:00"),
        ({"day_0": "09:00–09:00"}, "Opening and closing time are the same"),
        ({"day_0": "09:00–25:00"}, "A day has 24 hours"),
        ({"day_0": "24:00–02:00"}, "A day has 24 hours"),
        ({"day_0": "09:61–10:00"}, "Write times as 09:00–18:00"),
        ({"day_0": "09:00–12:00, 11:00–14:00"}, "none of a day overlap"),
        ({"single": "soon"}, "Write dates as 2026-10-01: soon"),
        ({"single": "2026-10-01 9-12 open"}, "the day&#x27;s name after them: 2026-10-01 9-12"),
        ({"single": "2026-10-01\n2026-10-01 A"}, "This day comes twice: 2026-10-01 A"),
        ({"single": "2026-10-01 " + "x" * 90}, "Make the name of this day shorter"),
        ({"country": "XX"}, "XX"),
        ({"name": ""}, "Enter a name"),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    manager_browser: Client, over: dict[str, str], said: str
) -> None:
    usual = {"day_1": "09:00–18:00"} if over else {}
    answer = manager_browser.post("/settings/hours/new/", sent(**usual) | over)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Calendar.objects.filter(name="Shop").exists()


def test_hours_of_another_managers_group_are_not_mine(
    manager_browser: Client, other_group: Group
) -> None:
    at = f"/settings/hours/{other_group.calendar.pk}/"
    assert manager_browser.get(at).status_code == 403
    assert manager_browser.get(f"{at}import/").status_code == 403
    assert manager_browser.post(at, sent(always="on")).status_code == 403
    listed = text(manager_browser.get("/settings/hours/"))
    assert f'href="{at}"' not in listed
    assert f'href="{at}test/"' in listed  # to look is not to change


def test_countries_are_named_in_the_readers_language(
    director_browser: Client, director: User
) -> None:
    english = text(director_browser.get("/settings/hours/new/"))
    first = [english.index(f">{name}<") for name in ("China", "England and Wales", "Albania")]
    assert first == sorted(first)
    User.objects.filter(pk=director.pk).update(language="zh-hans")
    assert ">阿尔巴尼亚<" in text(director_browser.get("/settings/hours/new/"))


def test_a_part_of_a_country_that_is_not_offered_is_kept(
    director_browser: Client, director: User, shop: Calendar
) -> None:
    change(shop, by=director, country="US-CA")
    page = text(director_browser.get(f"/settings/hours/{shop.pk}/"))
    assert '<option value="US-CA" selected>United States – CA</option>' in page


# ---- what is shown --------------------------------------------------------------------------
def test_the_list_draws_the_week_and_says_what_is_not_known(
    director_browser: Client, shop: Calendar, clock: Clock
) -> None:
    page = text(director_browser.get("/settings/hours/"))
    assert "Monday to Friday" in page
    assert '<rect class="bar-open" x="480" y="0" width="720" height="10"/>' in page
    assert "2027 not known" in page
    assert f"/settings/hours/{shop.pk}/import/?year=2027" in page


def test_the_list_of_none_says_what_to_do(director_browser: Client) -> None:
    assert "No opening hours yet" in text(director_browser.get("/settings/hours/"))


def test_a_list_costs_the_same_for_ten(
    director_browser: Client, shop: Calendar, sql_of: Callable[..., list[str]]
) -> None:
    make_group(calendar=shop)
    director_browser.get("/settings/hours/")
    one = sql_of(lambda: director_browser.get("/settings/hours/"))
    for _n in range(9):
        make_group(calendar=make_calendar())
    many = sql_of(lambda: director_browser.get("/settings/hours/"))
    assert len(one) == len(many) <= 8, "\n".join(many)


def test_a_year_is_told_day_by_day(director_browser: Client, shop: Calendar) -> None:
    page = text(director_browser.get(f"/settings/hours/{shop.pk}/"))
    assert "Thu 1 Oct – Wed 7 Oct" in page
    assert "(7 days)" in page
    assert "National Day" in page
    assert "33 holidays · 6 make-up work days · from the library" in page
    assert "Moving house" in page
    assert "Import the holidays of 2027" in page


def test_a_year_is_told_in_chinese(chinese_browser: Client, shop: Calendar) -> None:
    page = text(chinese_browser.get(f"/settings/hours/{shop.pk}/"))
    assert "国庆节" in page
    assert "<h1>门店</h1>" in page
    assert "National Day" not in page


def test_without_a_country_no_year_is_missing(director_browser: Client, clock: Clock) -> None:
    page = text(director_browser.get(f"/settings/hours/{make_calendar().pk}/"))
    assert "No country is chosen" in page
    assert "not known" not in page


def test_a_night_is_drawn_on_both_its_days(
    director_browser: Client, director: User, shop: Calendar
) -> None:
    change(shop, by=director, week={"6": [[79_200, 108_000]]})
    page = text(director_browser.get(f"/settings/hours/{shop.pk}/"))
    assert '<rect class="bar-open" x="1320" y="0" width="120" height="10"/>' in page
    assert '<rect class="bar-night" x="0" y="0" width="360" height="10"/>' in page
    assert "Hours that began on the evening before" in page


# ---- versions -------------------------------------------------------------------------------
def test_versions_say_what_changed_when_and_by_whom(
    director_browser: Client, director: User, shop: Calendar, clock: Clock
) -> None:
    change(shop, by=director, week=None, days={})
    actions.import_public_days(shop.pk, by=director, year=2027, text=HOLIDAYS, now=T0)
    change(shop, by=director, country="GB-ENG")
    change(shop, by=director, country="")
    answer = director_browser.get(f"/settings/hours/{shop.pk}/")
    words = {change.version.number: change.words for change in answer.context["changes"]}
    assert words[1] == "Made"
    assert words[2] == "Week, Single days"
    assert words[3] == "Holidays of 2027"
    assert words[4].startswith("Week, England and Wales")
    assert words[5].startswith("No public holidays")
    assert director.name in text(answer)


def test_a_version_is_shown_as_it_was(
    director_browser: Client, director: User, shop: Calendar, clock: Clock
) -> None:
    change(shop, by=director, now=clock.tick(60), time_zone="UTC", week=None, country="", days={})
    old = text(director_browser.get(f"/settings/hours/{shop.pk}/versions/1/"))
    assert "08:00–20:00" in old
    assert "Asia/Shanghai" in old
    assert "replaced" in old
    assert "National Day" in old
    assert "in force" in text(director_browser.get(f"/settings/hours/{shop.pk}/versions/2/"))
    assert director_browser.get(f"/settings/hours/{shop.pk}/versions/3/").status_code == 404
