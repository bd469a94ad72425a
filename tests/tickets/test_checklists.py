"""Checklists: kept for a category or a product, ticked on the ticket with who and when (W3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, make_category, make_point, make_product, make_ticket
from tests.tickets.support import NOW, kinds, unchanged
from tickets import actions
from tickets.models import ChecklistItem, Tick, Ticket

pytestmark = pytest.mark.django_db
POINTS = [("Check the identity", "核验身份"), ("Block the card", "")]


@pytest.fixture
def served(group: Group, owner: User) -> Ticket:
    """In the resolution, of a category with a checklist of two points."""
    category = make_category()
    make_point(category=category, text="Check the identity", position=0)
    make_point(category=category, text="Block the card", position=1)
    return make_ticket(step="resolution", group=group, owner=owner, category=category)


def first(ticket: Ticket) -> ChecklistItem:
    return ChecklistItem.objects.of(ticket)[0]


# ---- keeping --------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [make_category, make_product])
def test_a_checklist_is_kept_and_a_point_that_stays_is_the_same(
    make: Callable[[], Any], manager: User
) -> None:
    of = make()
    made = actions.save_checklist(of, by=manager, points=POINTS, now=T0)
    points = [("Send a new card", "寄新卡"), ("Check the identity", "核对身份")]
    kept = actions.save_checklist(of, by=manager, points=points, stage="analysis", now=T0)
    assert kept[1].pk == made[0].pk
    assert [(row.text_zh, row.stage) for row in kept] == [
        ("寄新卡", "analysis"),
        ("核对身份", "analysis"),
    ]
    assert list(of.checklist.in_use()) == kept
    assert Entry.objects.last().data["gone"] == [made[1].pk]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("points", "stage", "field"),
    [
        ([("", "核验身份")], "resolution", "points"),
        ([("One", ""), ("One", "")], "resolution", "points"),
        ([("x" * 161, "")], "resolution", "points"),
        ([(str(n), "") for n in range(21)], "resolution", "points"),
        (POINTS, "reception", "stage"),
    ],
)
def test_a_wrong_checklist_is_refused_and_nothing_is_written(
    points: list[tuple[str, str]], stage: str, field: str, manager: User
) -> None:
    category = make_category()
    with unchanged(), pytest.raises(InvalidError) as refused:
        actions.save_checklist(category, by=manager, points=points, stage=stage, now=T0)
    assert refused.value.field == field
    assert not ChecklistItem.objects.exists()


def test_a_specialist_keeps_no_checklist(owner: User) -> None:
    category = make_category()
    with unchanged(), pytest.raises(PermissionDenied):
        actions.save_checklist(category, by=owner, points=POINTS, now=T0)
    assert not ChecklistItem.objects.exists()


# ---- ticking --------------------------------------------------------------------------------
def test_a_tick_says_who_and_when_and_once(served: Ticket, owner: User, colleague: User) -> None:
    point, version = first(served), served.version
    actions.tick(served.pk, by=owner, item=point.pk, now=NOW)
    with unchanged():
        actions.tick(served.pk, by=colleague, item=point.pk, now=NOW)
    made = Tick.objects.get()
    assert (made.by, made.at) == (owner, NOW)
    served.refresh_from_db()
    assert served.version == version
    actions.tick(served.pk, by=colleague, item=point.pk, ticked=False, now=NOW)
    assert not Tick.objects.exists()
    assert kinds(served) == ["ticket.ticked", "ticket.unticked"]


def test_what_is_not_on_the_list_cannot_be_ticked(served: Ticket, owner: User) -> None:
    other = make_point()
    with unchanged(), pytest.raises(InvalidError) as refused:
        actions.tick(served.pk, by=owner, item=other.pk, now=NOW)
    assert refused.value.field == "item"
    done = make_ticket(step="feedback", group=served.group, owner=owner, category=served.category)
    with pytest.raises(RefusedError, match="has ended"):
        actions.tick(done.pk, by=owner, item=first(served).pk, now=NOW)
    assert not Tick.objects.exists()


def test_a_stranger_and_a_director_tick_nothing(
    served: Ticket, stranger: User, director: User
) -> None:
    with pytest.raises(Ticket.DoesNotExist):
        actions.tick(served.pk, by=stranger, item=first(served).pk, now=NOW)
    with pytest.raises(PermissionDenied):
        actions.tick(served.pk, by=director, item=first(served).pk, now=NOW)
    assert not Tick.objects.exists()


def test_what_was_ticked_stays_though_it_is_asked_no_more(
    served: Ticket, owner: User, manager: User
) -> None:
    point = first(served)
    actions.tick(served.pk, by=owner, item=point.pk, now=NOW)
    actions.save_checklist(served.category, by=manager, points=[("New", "")], now=NOW)  # type: ignore[arg-type]
    assert [row.text for row in ChecklistItem.objects.of(served)] == ["Check the identity", "New"]


# ---- pages ----------------------------------------------------------------------------------
def test_the_checklist_stands_in_its_stage_and_is_ticked_there(
    served: Ticket, owner: User, owner_browser: Client
) -> None:
    url, point = f"/t/{served.pk}/", first(served)
    page = owner_browser.get(url).content.decode()
    assert "0 of 2 done" in page
    assert 'aria-checked="true"' not in page
    answer = owner_browser.post(f"{url}checklist/", {"tick": point.pk})
    assert (answer.status_code, answer["Location"]) == (302, url)
    part = owner_browser.post(
        f"{url}checklist/", {"tick": point.pk}, headers={"HX-Request": "true"}
    )
    assert part.content.decode().count('aria-checked="true"') == 1
    assert owner.name in part.content.decode()
    owner_browser.post(f"{url}checklist/", {"untick": point.pk})
    assert not Tick.objects.exists()


def test_a_point_that_is_gone_is_refused_on_the_page(served: Ticket, owner_browser: Client) -> None:
    url = f"/t/{served.pk}/checklist/"
    answer = owner_browser.post(url, {"tick": "x"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "not on the ticket" in answer.content.decode()
    followed = owner_browser.post(url, {"tick": "9" * 30}, follow=True)
    assert "not on the ticket" in followed.content.decode()


def test_a_ticket_without_a_checklist_has_no_card(ticket: Ticket, owner_browser: Client) -> None:
    assert 'id="checklist"' not in owner_browser.get(f"/t/{ticket.pk}/").content.decode()


def test_the_checklist_is_read_in_one_query(
    served: Ticket, owner: User, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    url = f"/t/{served.pk}/"
    owner_browser.get(url)
    few = sql_of(lambda: owner_browser.get(url))
    for n in range(9):
        point = make_point(category=served.category, text=f"More {n}", position=n + 2)
        actions.tick(served.pk, by=owner, item=point.pk, now=NOW)
    owner_browser.get(url)
    assert len(sql_of(lambda: owner_browser.get(url))) == len(few)


def test_a_manager_writes_it_one_point_a_line(manager_browser: Client) -> None:
    category = make_category()
    url = f"/settings/checklists/category/{category.pk}/"
    sent = {"stage": "analysis", "english": "One\n\n Two \n", "chinese": "一\n二"}
    assert manager_browser.post(url, sent).status_code == 302
    assert list(category.checklist.in_use().values_list("text", "text_zh")) == [
        ("One", "一"),
        ("Two", "二"),
    ]
    assert "Two" in manager_browser.get(url).content.decode()
    again = manager_browser.post(url, sent | {"english": "One", "chinese": "一\n二"})
    assert again.status_code == 422
    assert manager_browser.get("/settings/checklists/group/1/").status_code == 404
