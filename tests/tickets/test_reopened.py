"""Opened again (rule 12): the first promise, a new one or both; and thanks open nothing."""

from __future__ import annotations

import itertools
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from csservice.lib.errors import InvalidError, RefusedError
from teams.hours import Hours
from teams.models import Group, User
from tests.factories import T0, after, make_manager, make_ticket
from tests.tickets.promises import said, save, standard
from tests.tickets.support import clock_of, make_policy, told, unchanged
from tickets import actions, clock, policy, thanks
from tickets.clock import Event, Kind
from tickets.models import Clock, Ticket
from tickets.views.clock_panel import panel_of

pytestmark = pytest.mark.django_db


# ---- the promise -------------------------------------------------------------------------------
def again(owner: User, group: Group, how: str) -> Ticket:
    """Resolved after an hour, opened again a day later, under a policy that says `how`."""
    make_policy({**policy.DEFAULT, "reopened": how})
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Done", now=after(3600))
    return actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(90_000))


def resolutions(ticket: Ticket) -> list[tuple[int, str, Any]]:
    rows = Clock.objects.filter(ticket=ticket, metric="resolution").order_by("cycle")
    return [(row.cycle, row.state, row.due_at) for row in rows]


def test_the_first_promise_goes_on_without_the_time_in_between(owner: User, group: Group) -> None:
    ticket = again(owner, group, "continue")
    due = after(90_000 + 36_000 - 3600)
    assert resolutions(ticket) == [(1, "running", due)]
    assert ticket.resolve_by == due
    assert told(clock_of(ticket, "resolution")) == ["meet", "reopen"]
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Now", now=after(91_000))
    row = clock_of(ticket, "resolution")
    assert (row.state, row.breached_at, clock.from_data(row.snapshot).cancelled_at) == (
        "met",
        None,
        None,
    )
    call_command("verify_clocks", stdout=StringIO())


def test_the_time_in_between_is_explained(owner: User, group: Group, api: APIClient) -> None:
    ticket = again(owner, group, "continue")
    body = api.get(f"/api/v1/tickets/{ticket.pk}/explain/?metric=resolution").json()
    assert [(one["reason"], one["open_s"]) for one in body["pauses"]] == [("ended", 86_400)]
    said = "Ended Mon 5 Jan 18:00 and opened again Tue 6 Jan 18:00:"
    assert any(one.startswith(said) and "24 hours" in one for one in body["sentences"])


def test_a_new_promise_is_made_and_the_first_stays_as_it_ended(owner: User, group: Group) -> None:
    ticket = again(owner, group, "new")
    assert [row[:2] for row in resolutions(ticket)] == [(1, "met"), (2, "running")]
    assert ticket.resolve_by == after(126_000)


def test_both_run_and_the_ticket_shows_what_is_due_first(owner: User, group: Group) -> None:
    ticket = again(owner, group, "both")
    first = after(90_000 + 36_000 - 3600)
    assert resolutions(ticket) == [(1, "running", first), (2, "running", after(126_000))]
    assert ticket.resolve_by == first
    totals = panel_of(ticket, now=after(91_000)).totals
    assert totals is not None
    assert (totals.first, totals.whole) == ("1 hour", "1 h 17 min")
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Now", now=after(91_000))
    assert [row[1] for row in resolutions(ticket)] == ["met", "met"]
    call_command("verify_clocks", stdout=StringIO())


def test_opened_a_second_time_the_first_goes_on_again(owner: User, group: Group) -> None:
    ticket = again(owner, group, "both")
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Now", now=after(91_000))
    actions.reopen(ticket.pk, by=owner, reason="Still not", now=after(95_000))
    assert [row[:2] for row in resolutions(ticket)] == [
        (1, "running"),
        (2, "met"),
        (3, "running"),
    ]


def test_a_promise_that_was_broken_stays_broken_when_it_goes_on(owner: User, group: Group) -> None:
    make_policy({**policy.DEFAULT, "reopened": "continue"})
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Late", now=after(40_000))
    actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(90_000))
    row = clock_of(ticket, "resolution")
    assert (row.state, row.breached_at, row.due_at) == ("running", after(36_000), after(36_000))


def test_a_manager_chooses_in_the_editor_and_reads_it_in_the_version(
    client: Client, group: Group
) -> None:
    boss = make_manager(groups=[group])
    save(boss, said(reopened="both"), row=standard())
    client.force_login(boss)
    page = client.get(f"/settings/promises/{standard().pk}/").content.decode()
    assert "When a ticket is opened again" in page
    assert 'value="both" selected' in page
    shown = client.get(f"/settings/promises/{standard().pk}/versions/2/").content.decode()
    assert "Both: the first goes on, and a new one is promised" in shown


def test_a_choice_that_is_none_is_refused_and_nothing_is_written(group: Group) -> None:
    boss = make_manager(groups=[group])
    with unchanged(), pytest.raises(InvalidError) as refusal:
        save(boss, said(reopened="never"), row=standard())
    assert refusal.value.field == "reopened"


def test_what_says_the_usual_is_the_text_it_was() -> None:
    assert policy.normal(said(reopened="new")) == policy.normal(said())


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.START])
def test_the_page_of_a_clock_has_words_for_whatever_happened(
    kind: Kind, owner: User, group: Group, client: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner)
    row = clock_of(ticket)
    row.events.create(
        kind=kind, at=after(1), noted_at=after(1), data={"target_s": 300, "calendar": 0}
    )
    client.force_login(owner)
    shown = client.get(f"/t/{ticket.pk}/clocks/first_response/1/")
    assert shown.status_code == 200


@given(
    gaps=st.lists(st.integers(1, 90_000), min_size=2, max_size=8),
    target=st.integers(1, 200_000),
)
def test_the_time_between_an_end_and_its_reopening_never_counts(
    gaps: list[int], target: int
) -> None:
    """Rules 12 and 21: what ran is what was spent, and the deadline is where the target is."""
    state = clock.begun(Event(Kind.START, T0, {"target_s": target, "calendar": 0}))
    at, ran = 0, 0
    kinds = itertools.cycle([Kind.MEET, Kind.REOPEN])
    hours = Hours.always("UTC")
    for gap, kind in zip(gaps, kinds, strict=False):
        at += gap
        ran += gap if kind is Kind.MEET else 0
        state = clock.after(state, Event(kind, after(at)), lambda _key: hours)
    assert state.spent_s(hours, after(at)) == ran
    due = state.due_at(hours)
    if due is not None and state.since and due >= state.since:
        assert state.spent_s(hours, due) == target


# ---- thanks ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        *("Thanks!", "Thank you very much, Li Wei", "OK, got it. Have a nice day", "Great, thanks"),
        *("谢谢！", "好的，收到", "非常感谢您的帮助", "没问题了，辛苦了"),
    ],
)
def test_it_reads_like_thanks(text: str) -> None:
    assert thanks.reads_like_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Thanks, but it is not solved", "Thanks. When does it come?", "Thanks, it failed again"),
        *("Thanks for nothing at all, I shall write to the bank", "It arrived", "", "👍"),
        *("谢谢，但是还没有到账", "好的，请问什么时候到账？", "谢谢，卡又被锁了，麻烦尽快处理一下"),
    ],
)
def test_it_does_not_when_more_may_be_wanted(text: str) -> None:
    assert not thanks.reads_like_thanks(text)


def ended(owner: User, group: Group, **over: Any) -> Ticket:
    return make_ticket(step="feedback", group=group, owner=owner, **over)


def hear(ticket: Ticket, by: User, text: str, seconds: int = 9000) -> Ticket:
    return actions.hear(ticket.pk, by=by, text=text, channel="web", now=after(seconds))


def test_thanks_start_no_cycle_and_one_click_confirms_it(
    owner: User, group: Group, client: Client
) -> None:
    ticket = ended(owner, group)
    cycles = Clock.objects.filter(ticket=ticket).count()
    hear(ticket, owner, "Thank you!")
    client.force_login(owner)
    page = client.get(f"/t/{ticket.pk}/").content.decode()
    assert "This reads like thanks" in page
    client.post(f"/t/{ticket.pk}/set_aside/")
    ticket.refresh_from_db()
    assert (ticket.heard_at, ticket.step) == (None, "feedback")
    assert Clock.objects.filter(ticket=ticket).count() == cycles
    assert "This reads like thanks" not in client.get(f"/t/{ticket.pk}/").content.decode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("It has not come", 9000), ("Thanks!", 9000 + 4 * 86_400)],
)
def test_anything_else_and_what_comes_late_is_shown_without_a_guess(
    text: str, seconds: int, owner: User, group: Group, client: Client
) -> None:
    ticket = ended(owner, group)
    hear(ticket, owner, text, seconds)
    client.force_login(owner)
    page = client.get(f"/t/{ticket.pk}/").content.decode()
    assert "The customer got in touch after the end" in page
    assert "This reads like thanks" not in page


def test_what_nobody_has_looked_at_is_not_closed_by_itself(owner: User, group: Group) -> None:
    ticket = ended(owner, group, satisfaction="refused")
    hear(ticket, owner, "It has not come")
    assert actions.close_settled(now=after(9500), limit=9) == 0
    actions.set_aside(ticket.pk, by=owner, now=after(9600))
    assert actions.close_settled(now=after(9700), limit=9) == 1


def test_what_was_said_before_the_end_is_not_asked_about(owner: User, group: Group) -> None:
    ticket = ended(owner, group, heard_at=after(10))
    with unchanged(), pytest.raises(RefusedError):
        actions.set_aside(ticket.pk, by=owner, now=after(9600))


def test_opened_again_the_words_since_the_end_are_owed_an_answer(owner: User, group: Group) -> None:
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    hear(ticket, owner, "Hurry", 900)
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Done", now=after(1000))
    actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(2000))
    assert not Clock.objects.open().filter(ticket=ticket, metric="next_response").exists()
    actions.resolve(ticket.pk, by=owner, outcome="solved", summary="Done", now=after(3000))
    hear(ticket, owner, "It has not come", 4000)
    actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(5000))
    assert clock_of(ticket, "next_response").started_at == after(4000)
