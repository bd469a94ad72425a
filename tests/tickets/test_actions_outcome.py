"""Outcome, satisfaction, closing, reopening, merging; the sweep (W1, W3, W4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import after, make_ticket
from tests.tickets.support import NOW, kinds, last, unchanged
from tickets import actions
from tickets.models import Ticket
from tickets.promise import REOPEN_FOR

pytestmark = pytest.mark.django_db


# ---- outcome --------------------------------------------------------------------------------
def resolve(ticket: Ticket, by: User, outcome: str) -> Ticket:
    return actions.resolve(ticket.pk, by=by, outcome=outcome, summary=" Sent a card ", now=NOW)


@pytest.mark.parametrize("outcome", ["solved", "partly", "unsolved", "withdrawn", "duplicate"])
def test_the_service_ends_with_its_outcome_and_what_was_advised(outcome: str, owner: User) -> None:
    ticket = make_ticket(step="resolution", owner=owner, waiting_on="customer")
    done = resolve(ticket, owner, outcome)
    assert (done.step, done.outcome, done.summary) == ("feedback", outcome, "Sent a card")
    assert (done.resolved_at, done.waiting_on) == (NOW, "nobody")
    assert last(ticket).data["outcome"] == outcome


@pytest.mark.parametrize("step", ["reception", "analysis"])
@pytest.mark.parametrize("outcome", ["solved", "partly", "unsolved"])
def test_no_service_is_solved_before_its_resolution(step: str, outcome: str, manager: User) -> None:
    ticket = make_ticket(step=step, group=manager.manages.get())
    with unchanged(), pytest.raises(RefusedError, match="Not possible now"):
        resolve(ticket, manager, outcome)


def test_a_contact_withdrawn_unanswered_gets_an_owner_and_its_flag(
    owner: User, group: Group
) -> None:
    ticket = make_ticket(group=group)
    done = actions.resolve(
        ticket.pk, by=owner, outcome="withdrawn", summary="Hung up", now=after(301)
    )
    assert (done.owner, done.breached_at, done.responded_at) == (owner, after(301), None)
    assert kinds(ticket) == ["clock.breached", "ticket.resolved"]


def test_an_outcome_is_one_of_five(owner: User) -> None:
    ticket = make_ticket(step="resolution", owner=owner)
    with unchanged(), pytest.raises(InvalidError) as refusal:
        resolve(ticket, owner, "fine")
    assert refusal.value.field == "outcome"


# ---- satisfaction (W4) ----------------------------------------------------------------------
def test_the_answer_is_recorded_once(owner: User) -> None:
    ticket = make_ticket(step="feedback", owner=owner)
    done = actions.record_satisfaction(
        ticket.pk, by=None, score=4, comment=" Quick ", via="link", now=NOW
    )
    assert (done.satisfaction, done.score, done.comment) == ("answered", 4, "Quick")
    assert (done.answered_via, done.satisfaction_at, done.step) == ("link", NOW, "feedback")
    assert (last(ticket).by_id, last(ticket).data) == (None, {"score": 4, "via": "link"})
    calls: tuple[Callable[[], object], ...] = (
        lambda: actions.record_satisfaction(
            ticket.pk, by=owner, score=1, comment="", via="phone", now=NOW
        ),
        lambda: actions.refuse_satisfaction(ticket.pk, by=owner, now=NOW),
        lambda: actions.expire_satisfaction(ticket.pk, now=NOW),
    )
    for again in calls:
        with unchanged(), pytest.raises(RefusedError, match="already ended"):
            again()


@pytest.mark.parametrize(
    ("score", "via", "field"), [(0, "link", "score"), (6, "link", "score"), (5, "fax", "channel")]
)
def test_a_score_runs_from_one_to_five(score: int, via: str, field: str) -> None:
    ticket = make_ticket(step="feedback")
    with unchanged(), pytest.raises(InvalidError) as refusal:
        actions.record_satisfaction(ticket.pk, by=None, score=score, comment="", via=via, now=NOW)
    assert refusal.value.field == field


def test_a_refusal_and_the_links_end_are_ends(owner: User) -> None:
    refused, expired = (make_ticket(step="feedback", owner=owner) for _ in range(2))
    assert actions.refuse_satisfaction(refused.pk, by=None, now=NOW).satisfaction == "refused"
    assert actions.expire_satisfaction(expired.pk, now=NOW).satisfaction == "expired"
    assert (kinds(refused), kinds(expired)) == (["feedback.refused"], ["feedback.expired"])


# ---- closing, reopening ---------------------------------------------------------------------
def test_nothing_closes_before_satisfaction_came_to_an_end(owner: User) -> None:
    ticket = make_ticket(step="feedback", owner=owner)
    with unchanged(), pytest.raises(RefusedError, match="Ask for satisfaction first"):
        actions.close(ticket.pk, by=owner, now=NOW)
    assert actions.close_settled(now=NOW, limit=9) == 0


@pytest.mark.parametrize(
    "end",
    [
        {"satisfaction": "answered", "score": 1},
        {"satisfaction": "refused"},
        {"satisfaction": "expired"},
    ],
)
def test_any_end_of_it_lets_the_ticket_close(end: dict[str, Any], owner: User) -> None:
    ticket = make_ticket(step="feedback", owner=owner, **end)
    done = actions.close(ticket.pk, by=owner, now=NOW)
    assert (done.step, done.closed_at) == ("closed", NOW)


def test_the_beat_closes_what_is_settled_up_to_its_limit() -> None:
    settled = [make_ticket(step="feedback", satisfaction="refused") for _ in range(3)]
    assert actions.close_settled(now=NOW, limit=2) == 2
    assert actions.close_settled(now=NOW, limit=2) == 1
    assert actions.close_settled(now=NOW, limit=2) == 0
    assert [kinds(ticket) for ticket in settled] == [["ticket.closed"]] * 3
    assert set(Ticket.objects.values_list("step", "closed_at", "version")) == {("closed", NOW, 2)}


@pytest.mark.parametrize("step", ["feedback", "closed"])
def test_reopening_goes_back_to_the_resolution_and_counts(step: str, owner: User) -> None:
    ended: dict[str, Any] = {
        "satisfaction": "answered",
        "score": 1,
        "answered_via": "link",
        "comment": "No",
    }
    ticket = make_ticket(step=step, owner=owner, **ended)
    done = actions.reopen(ticket.pk, by=owner, reason="Not solved", now=after(4000))
    assert (done.step, done.reopens, done.owner) == ("resolution", 1, owner)
    assert (done.satisfaction, done.score, done.comment, done.satisfaction_at) == (
        "",
        None,
        "",
        None,
    )
    assert (done.outcome, done.resolved_at, done.closed_at) == ("", None, None)
    assert done.resolve_by == after(4000) + timedelta(hours=10)
    assert last(ticket).data["reason"] == "Not solved"


@pytest.mark.parametrize(("late", "allowed"), [(0, True), (1, False)])
def test_reopening_has_fourteen_days(late: int, allowed: bool, owner: User) -> None:
    ticket = make_ticket(step="closed", owner=owner)
    assert ticket.resolved_at is not None
    at = ticket.resolved_at + REOPEN_FOR + timedelta(seconds=late)
    if allowed:
        assert actions.reopen(ticket.pk, by=owner, reason="No", now=at).step == "resolution"
    else:
        with unchanged(), pytest.raises(RefusedError, match="more than 14 days ago"):
            actions.reopen(ticket.pk, by=owner, reason="No", now=at)


@pytest.mark.parametrize("gap", [{"need": ""}, {"solution": ""}, {"category": None}])
def test_what_ended_before_its_analysis_is_taken_in_anew(gap: dict[str, Any], owner: User) -> None:
    ticket = make_ticket(step="closed", owner=owner, outcome="withdrawn")
    Ticket.objects.filter(pk=ticket.pk).update(**gap)
    with unchanged(), pytest.raises(RefusedError, match="before the need was analysed"):
        actions.reopen(ticket.pk, by=owner, reason="No", now=NOW)


# ---- merging, complaints --------------------------------------------------------------------
def test_a_duplicate_is_closed_into_the_other_ticket(owner: User, group: Group) -> None:
    one = make_ticket(owner=owner, group=group)
    other = make_ticket(group=group, customer=one.customer)
    done = actions.merge(other.pk, by=owner, into=one, now=after(301))
    assert (done.step, done.outcome, done.merged_into) == ("closed", "duplicate", one)
    assert (done.owner, done.resolved_at, done.closed_at) == (owner, after(301), after(301))
    assert kinds(other) == ["clock.breached", "ticket.merged"]
    assert kinds(one) == ["ticket.absorbed"]
    one.refresh_from_db()
    assert one.version == 2
    with unchanged(), pytest.raises(RefusedError):
        actions.reopen(other.pk, by=owner, reason="No", now=after(400))


@pytest.mark.parametrize("case", ["itself", "another customer's", "closed"])
def test_a_duplicate_is_of_the_same_customers_open_ticket(
    case: str, ticket: Ticket, owner: User
) -> None:
    into = {
        "itself": lambda: ticket,
        "another customer's": lambda: make_ticket(owner=owner),
        "closed": lambda: make_ticket(step="closed", owner=owner, customer=ticket.customer),
    }[case]()
    with unchanged(), pytest.raises(InvalidError) as refusal:
        actions.merge(ticket.pk, by=owner, into=into, now=NOW)
    assert refusal.value.field == "into"


def test_nothing_is_merged_into_what_one_may_not_see(ticket: Ticket, owner: User) -> None:
    unseen = make_ticket(customer=ticket.customer)
    with unchanged(), pytest.raises(Ticket.DoesNotExist):
        actions.merge(ticket.pk, by=owner, into=unseen, now=NOW)


def test_a_complaint_is_marked_and_unmarked_once(ticket: Ticket, owner: User) -> None:
    for marked in (True, True, False):
        done = actions.mark_complaint(ticket.pk, by=owner, now=NOW, marked=marked)
        assert done.is_complaint is marked
    assert kinds(ticket) == ["ticket.complaint_marked", "ticket.complaint_unmarked"]


# ---- the sweep (W1) -------------------------------------------------------------------------
@pytest.mark.parametrize(("seconds", "flagged"), [(299, 0), (300, 0), (301, 1)])
def test_the_sweep_flags_each_breach_once(seconds: int, flagged: int, ticket: Ticket) -> None:
    actions.flag_breaches(now=after(seconds), limit=9)
    ticket.refresh_from_db()
    assert kinds(ticket) == ["clock.breached"] * flagged
    assert (ticket.breached_at, ticket.version) == ((after(seconds), 2) if flagged else (None, 1))
    assert actions.flag_breaches(now=after(seconds), limit=9) == 0, "each thing is said once"
    actions.flag_breaches(now=after(301), limit=9)
    actions.flag_breaches(now=after(302), limit=9)
    assert kinds(ticket) == ["clock.breached"]


def test_the_sweep_takes_the_oldest_up_to_its_limit_and_leaves_the_answered() -> None:
    late = [make_ticket(received_at=after(-n)) for n in (1, 3, 2)]
    make_ticket(step="analysis")
    assert actions.flag_breaches(now=after(301), limit=2) == 2
    flagged = Entry.objects.filter(kind="clock.breached").values_list("key", flat=True)
    assert set(flagged) == {str(late[1].pk), str(late[2].pk)}
    assert actions.flag_breaches(now=after(301), limit=2) == 1
