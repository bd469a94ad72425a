"""The managers' wall: who waits, who is at work, how today goes; giving work (T2, T5, W1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.conftest import Clock
from tests.factories import T0, after, make_ticket, make_user
from tickets.models import Ticket
from tickets.views.live_board import Share, board

pytestmark = pytest.mark.django_db


def test_the_wall_counts_who_waits_and_who_waits_too_long(
    group: Group, owner: User, manager: User
) -> None:
    make_ticket(group=group, owner=owner, received_at=T0 - timedelta(minutes=20))
    make_ticket(group=group)
    make_ticket(group=group, owner=owner, step="analysis")
    make_ticket(group=group, owner=owner, step="closed")
    seen = board(manager, now=T0)
    assert (seen.whole.owed, seen.whole.late) == (2, 1)
    assert (seen.whole.work, seen.whole.unassigned) == (3, 1)
    assert seen.oldest == T0 - timedelta(minutes=20)
    assert [row.clock.state for row in seen.waiting] == ["late", "ok"]
    person = next(line for line in seen.people if line.pk == owner.pk)
    assert (person.sum.work, person.sum.owed, person.sum.late) == (2, 1, 1)
    assert [(line.name, line.sum.owed) for line in seen.groups] == [("Cards", 2)]


@pytest.mark.parametrize(("seconds", "late"), [(299, 0), (300, 0), (301, 1)])
def test_the_last_second_is_not_late(seconds: int, late: int, group: Group, manager: User) -> None:
    make_ticket(group=group)
    assert board(manager, now=after(seconds)).whole.late == late


def test_managers_see_their_groups_and_the_director_all(
    group: Group, other_group: Group, manager: User, stranger: User, director: User
) -> None:
    make_ticket(group=group, subject="Ours")
    make_ticket(group=other_group, subject="Theirs")
    assert [row.subject for row in board(manager, now=T0).waiting] == ["Ours"]
    assert {row.subject for row in board(director, now=T0).waiting} == {"Ours", "Theirs"}
    assert stranger.pk not in {line.pk for line in board(manager, now=T0).people}
    assert stranger.pk in {line.pk for line in board(director, now=T0).people}
    assert {line.name for line in board(director, now=T0).groups} == {"Cards", "Loans"}


def test_today_counts_what_came_today_and_no_drill(
    group: Group, owner: User, manager: User
) -> None:
    make_ticket(group=group, owner=owner, step="analysis")
    make_ticket(group=group, owner=owner, step="analysis", responded_at=after(400))
    make_ticket(group=group, owner=owner, step="analysis", is_drill=True)
    make_ticket(group=group, owner=owner, step="closed", received_at=T0 - timedelta(days=2))
    make_ticket(
        group=group, owner=owner, step="feedback", satisfaction="answered", score=5,
        satisfaction_at=after(900),
    )  # fmt: skip
    today = board(manager, now=after(1000)).today
    assert (today.received, today.resolved) == (3, 1)
    assert today.in_time == Share(2, 3)
    assert today.content == Share(1, 1)


def test_a_percentage_needs_ten() -> None:
    assert Share(9, 9).percent is None
    assert Share(9, 10).percent == 90


def test_the_page_shows_names_clocks_and_groups(
    clock: Clock, group: Group, owner: User, manager_browser: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner, subject="Lost card")
    page = manager_browser.get("/live/").content.decode()
    assert f'href="/t/{ticket.pk}/"' in page
    for words in ("Lost card", owner.name, "Cards", 'data-s="ok"', "5:00 left"):
        assert words in page


@pytest.mark.parametrize("who", ["owner", "support"])
def test_the_wall_is_for_those_who_lead(
    who: str, request: pytest.FixtureRequest, browser_of: Callable[[User], Client]
) -> None:
    browser = browser_of(request.getfixturevalue(who))
    assert browser.get("/live/").status_code == 403
    assert browser.post("/live/assign/", {"ticket": "1", "to": "1"}).status_code == 403
    assert browser.post("/live/release/1/").status_code == 403


def test_a_tick_without_news_answers_204_and_with_news_the_board(
    clock: Clock, group: Group, manager_browser: Client
) -> None:
    make_ticket(group=group)
    tick = {"HX-Request": "true"}
    first = manager_browser.get("/live/", headers=tick)
    seen = {"seen": first.context["board"].tag}
    same = manager_browser.get("/live/", seen, headers=tick)
    assert (same.status_code, same.content) == (204, b"")
    clock.tick(301)
    late = manager_browser.get("/live/", seen, headers=tick)
    assert late.status_code == 200
    assert "<html" not in late.content.decode()
    make_ticket(group=group)
    again = manager_browser.get("/live/", {"seen": late.context["board"].tag}, headers=tick)
    assert again.status_code == 200


def test_pause_stops_the_refresh(manager_browser: Client) -> None:
    assert "live:tick" in manager_browser.get("/live/").content.decode()
    paused = manager_browser.get("/live/?pause=1").content.decode()
    assert "live:tick" not in paused
    assert "Refresh by itself" in paused


def test_a_quiet_wall_says_so(manager_browser: Client) -> None:
    assert "No first replies owed" in manager_browser.get("/live/").content.decode()


def test_one_ticket_or_ten_the_same_queries(
    group: Group, manager_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    make_ticket(group=group, owner=make_user(groups=[group]))
    manager_browser.get("/live/")
    one = sql_of(lambda: manager_browser.get("/live/"))
    for _ in range(9):
        make_ticket(group=group, owner=make_user(groups=[group]))
    many = sql_of(lambda: manager_browser.get("/live/"))
    assert len(one) == len(many) <= 13, "\n".join(many)


@pytest.mark.postgres
def test_the_wall_reads_open_rows_and_todays_by_their_indexes(
    group: Group, director: User, indexes_of: Callable[..., Any]
) -> None:
    today = Ticket.objects.visible_to(director).received_since(T0).filter(is_drill=False)
    assert indexes_of(today) == {"ticket_by_reception"}


# ---- giving ---------------------------------------------------------------------------------
def test_a_manager_gives_the_ticked_tickets_to_one_person(
    group: Group, owner: User, colleague: User, manager: User, manager_browser: Client
) -> None:
    tickets = [make_ticket(group=group, owner=owner), make_ticket(group=group)]
    sent = {"ticket": [str(ticket.pk) for ticket in tickets], "to": colleague.pk}
    answer = manager_browser.post("/live/assign/", sent, follow=True)
    assert f"2 tickets given to {colleague.name}." in answer.content.decode()
    assert set(Ticket.objects.values_list("owner", flat=True)) == {colleague.pk}
    assert Entry.objects.filter(kind="ticket.assigned", by_id=manager.pk).count() == 2


def test_what_cannot_be_given_is_said_and_the_rest_is_given(
    group: Group, other_group: Group, colleague: User, manager_browser: Client
) -> None:
    ours, theirs = make_ticket(group=group), make_ticket(group=other_group)
    closed = make_ticket(group=group, step="closed")
    sent = {"ticket": [ours.pk, theirs.pk, closed.pk], "to": colleague.pk}
    page = manager_browser.post("/live/assign/", sent, follow=True).content.decode()
    assert "1 ticket given" in page
    assert f"#{theirs.pk} was not given: It is no longer with your groups." in page
    assert f"#{closed.pk} was not given: Not possible now" in page
    theirs.refresh_from_db()
    assert theirs.owner is None


@pytest.mark.parametrize("missing", ["ticket", "to"])
def test_giving_needs_tickets_and_a_person(
    missing: str, group: Group, colleague: User, manager_browser: Client
) -> None:
    ticket = make_ticket(group=group)
    sent = {"ticket": ticket.pk, "to": colleague.pk}
    sent.pop(missing)
    page = manager_browser.post("/live/assign/", sent, follow=True).content.decode()
    assert "Tick at least one ticket" in page
    ticket.refresh_from_db()
    assert ticket.owner is None
    assert not Entry.objects.exists()


def test_nobody_of_another_group_is_given_work_from_the_wall(
    group: Group, stranger: User, manager_browser: Client
) -> None:
    ticket = make_ticket(group=group)
    manager_browser.post("/live/assign/", {"ticket": ticket.pk, "to": stranger.pk})
    ticket.refresh_from_db()
    assert ticket.owner is None


def test_the_waiting_tickets_of_an_absent_person_move_on(
    group: Group, owner: User, colleague: User, manager_browser: Client
) -> None:
    colleague.presence = "available"
    colleague.save(update_fields=["presence"])
    owner.presence = "away"
    owner.save(update_fields=["presence"])
    ticket = make_ticket(group=group, owner=owner)
    begun = make_ticket(group=group, owner=owner, step="analysis")
    assert "Move waiting tickets on" in manager_browser.get("/live/").content.decode()
    page = manager_browser.post(f"/live/release/{owner.pk}/", follow=True).content.decode()
    assert f"1 waiting ticket of {owner.name} moved on." in page
    ticket.refresh_from_db()
    begun.refresh_from_db()
    assert ticket.owner_id == colleague.pk
    assert begun.owner_id == owner.pk


def test_a_person_of_another_group_cannot_be_relieved(
    stranger: User, manager_browser: Client
) -> None:
    assert manager_browser.post(f"/live/release/{stranger.pk}/").status_code == 404
