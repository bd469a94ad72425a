"""Opening hours that the tests of a calendar start from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from teams import actions
from teams.models import Calendar, User
from tests.conftest import Clock
from tests.factories import T0

WEEK = {str(day): [[28_800, 72_000]] for day in range(5)}


def change(calendar: Calendar, *, by: User, now: datetime = T0, **over: Any) -> Calendar:
    """The shop's hours, changed in what is given; what is kept stays."""
    fields: dict[str, Any] = {"name": "Shop", "time_zone": "Asia/Shanghai", "week": WEEK}
    return actions.save_calendar(calendar.pk, by=by, now=now, **fields | over)


@pytest.fixture
def shop(director: User, clock: Clock) -> Calendar:
    """China, eight to eight on weekdays."""
    return actions.save_calendar(
        None,
        by=director,
        now=T0,
        name="Shop",
        name_zh="门店",
        time_zone="Asia/Shanghai",
        week=WEEK,
        country="CN",
        days={"2026-09-30": [[28_800, 43_200]]},
        day_names={"2026-09-30": "Moving house"},
    )


@pytest.fixture
def chinese_browser(director: User, director_browser: Client) -> Client:
    User.objects.filter(pk=director.pk).update(language="zh-hans")
    return director_browser
