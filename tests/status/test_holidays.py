"""The status page warns when holidays are not known, in time to import them (W1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from csservice.status import parts
from csservice.status.calendars import holidays
from csservice.status.parts import State
from teams import actions
from teams.models import Calendar, User
from tests.conftest import Clock
from tests.factories import make_calendar

pytestmark = pytest.mark.django_db
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 10, 31, 16, tzinfo=UTC)  # the first of November in Shanghai


def china(name: str, *, by: User) -> Calendar:
    """Always open, but for the holidays of China."""
    zone = "Asia/Shanghai"
    return actions.save_calendar(
        None, by=by, now=JUNE, name=name, time_zone=zone, week=None, country="CN"
    )


@pytest.fixture
def shop(director: User) -> Calendar:
    return china("Shop", by=director)


def test_nothing_is_missing_until_november(shop: Calendar) -> None:
    make_calendar()  # without a country nothing is ever missing
    assert holidays(JUNE).state is State.OK


def test_from_november_on_the_next_year_is_missing(shop: Calendar) -> None:
    part = holidays(NOVEMBER)
    assert (part.state, part.ok) == (State.SOON, True)
    assert part.words == "2027 is not known for Shop; a manager imports it in the settings"
    assert part.url == f"/settings/hours/{shop.pk}/import/"


def test_a_year_that_is_missing_now_is_named_at_any_time(shop: Calendar) -> None:
    Calendar.objects.update(years={})
    assert "2026" in holidays(JUNE).words


def test_several_lead_to_the_list(shop: Calendar, director: User) -> None:
    china("Branch", by=director)
    part = holidays(NOVEMBER)
    assert "Branch, Shop" in part.words
    assert part.url == "/settings/hours/"


def test_what_is_imported_is_known(shop: Calendar, director: User) -> None:
    text = "2027-01-01 off New Year"
    actions.import_public_days(shop.pk, by=director, year=2027, text=text, now=NOVEMBER)
    assert holidays(NOVEMBER).state is State.OK


def test_the_link_is_for_who_may_follow_it(
    shop: Calendar,
    clock: Clock,
    support: User,
    director: User,
    browser_of: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "answers", lambda: False)
    clock.now = NOVEMBER
    pages = [browser_of(who).get("/status/").content.decode() for who in (support, director)]
    assert all("2027 is not known for Shop" in page for page in pages)
    assert [f"/settings/hours/{shop.pk}/import/" in page for page in pages] == [False, True]
