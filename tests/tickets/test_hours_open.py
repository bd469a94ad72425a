"""After an edit of opening hours: keep, count from now, or as if they had held from the start."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from csservice.lib.errors import InvalidError
from teams.actions import save_calendar
from teams.models import Group, User
from tests.factories import after, make_user
from tests.tickets.support import came, clock_of, told, unchanged
from tickets import actions
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
EVENING = {str(day): [[18 * 3600, 22 * 3600]] for day in range(7)}


@pytest.fixture
def boss() -> User:
    return make_user(role="director")


@pytest.fixture
def edited(owner: User, group: Group, boss: User) -> Ticket:
    """T0 is 17:00; from 17:01 on the group is said to open at 18:00 only."""
    ticket = came(owner, group=group)
    fields: dict[str, Any] = {"name": "Evening", "time_zone": "Asia/Shanghai", "week": EVENING}
    save_calendar(group.calendar_id, by=boss, now=after(60), **fields)
    return ticket


def test_an_edit_touches_nothing_by_itself_and_says_what_it_would_do(
    edited: Ticket, group: Group, boss: User
) -> None:
    found = actions.touched_by_hours(group.calendar_id, by=boss, now=after(60))
    assert (found.count, found.tickets) == (1, [edited])
    first = next(one for one in found.clocks if one.metric == "first_response")
    assert first.before == after(300)
    assert set(first.after.values()) >= {after(3600 + 300)}
    edited.refresh_from_db()
    assert edited.respond_by == after(300)


@pytest.mark.parametrize("mode", ["fresh", "recompute"])
def test_open_tickets_are_counted_in_the_new_hours(
    edited: Ticket, group: Group, boss: User, mode: str
) -> None:
    assert actions.carry_hours(group.calendar_id, by=boss, mode=mode, now=after(60)) == 1
    edited.refresh_from_db()
    assert edited.respond_by == after(3600 + 300)
    assert told(clock_of(edited)) == ["retarget"]
    assert actions.touched_by_hours(group.calendar_id, by=boss, now=after(60)).count == 0


def test_a_mode_that_is_none_and_a_role_that_may_not_are_refused(
    edited: Ticket, group: Group, boss: User, owner: User
) -> None:
    with unchanged():
        with pytest.raises(InvalidError):
            actions.carry_hours(group.calendar_id, by=boss, mode="luck", now=after(60))
        with pytest.raises(PermissionDenied):
            actions.carry_hours(group.calendar_id, by=owner, mode="fresh", now=after(60))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_asks_and_does_as_it_is_told(
    edited: Ticket, group: Group, boss: User, client: Client, language: str
) -> None:
    User.objects.filter(pk=boss.pk).update(language=language)
    client.force_login(boss)
    url = f"/settings/promises/hours/{group.calendar_id}/"
    assert f'href="/t/{edited.pk}/"' in client.get(url).content.decode()
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"apply": "keep"}).status_code == 302
    edited.refresh_from_db()
    assert edited.respond_by == after(300)
    client.post(url, {"apply": "fresh"})
    edited.refresh_from_db()
    assert edited.respond_by > after(300)
    assert f'href="/t/{edited.pk}/"' not in client.get(url).content.decode()
    assert url in client.get(f"/settings/hours/{group.calendar_id}/").content.decode()
