"""Two at once: a barrier makes them meet between the read and the write, so only a lock can help.

PostgreSQL only: the embedded database lets one writer in at a time anyhow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib import import_module
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, RefusedError
from teams.models import Group, User
from tests.factories import after, make_customer, make_group, make_ticket, make_user
from tests.tickets.promises import clock_of, first_within, received, said, save
from tests.tickets.support import NOW
from tickets import actions
from tickets.actions import policies
from tickets.models import Handover, Message, SlaPolicy, SlaPolicyVersion, Ticket

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
Call = Callable[[], Any]


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes two callers of `owner.name` wait for each other before it runs, 0.4 s at most."""

    def arrange(owner: Any, name: str) -> None:
        barrier, real = Barrier(2), getattr(owner, name)

        def after_meeting(*args: Any, **kwargs: Any) -> Any:
            with suppress(BrokenBarrierError):
                barrier.wait(timeout=0.4)
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, after_meeting)

    return arrange


def outcomes(*calls: Call) -> list[Any]:
    """What the calls ended in, sorted, run at the same time: a value, or the refusal's name."""

    def run(call: Call) -> str:
        try:
            result = call()
        except (RefusedError, PermissionDenied) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return str(result) if isinstance(result, int) else "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def kinds() -> Counter[str]:
    return Counter(Entry.objects.values_list("kind", flat=True))


def two(group: Group) -> tuple[User, User]:
    return make_user(groups=[group]), make_user(groups=[group])


def test_of_two_who_answer_at_once_one_is_first(meet: Callable[..., None]) -> None:
    ticket = make_ticket()
    one, other = two(ticket.group)
    meet(Ticket, "answer")
    calls = (
        lambda: actions.respond(ticket.pk, by=one, text="Hello there", now=NOW),
        lambda: actions.respond(ticket.pk, by=other, text="Good day", now=NOW),
    )
    assert outcomes(*calls) == ["done", "done"]
    first = Message.objects.get(first_response=True)
    ticket.refresh_from_db()
    assert ticket.owner == first.author
    assert ticket.version == 3
    assert kinds() == {"ticket.responded": 1, "ticket.replied": 1}


def test_of_two_who_answer_what_they_read_one_is_shown_the_news(
    meet: Callable[..., None],
) -> None:
    ticket = make_ticket()
    one, other = two(ticket.group)
    meet(Ticket, "answer")
    calls = (
        lambda: actions.respond(ticket.pk, by=one, text="Hello there", now=NOW, seen=1),
        lambda: actions.respond(ticket.pk, by=other, text="Good day", now=NOW, seen=1),
    )
    assert outcomes(*calls) == [ChangedError.__name__, "done"]
    assert Message.objects.count() == 1


def test_of_two_who_accept_one_hand_over_one_wins(meet: Callable[..., None]) -> None:
    experts = make_group()
    ticket = make_ticket(step="analysis", waiting_on="expert", handed_to_group=experts)
    one, other = two(experts)
    meet(Ticket, "move")
    calls = (
        lambda: actions.accept(ticket.pk, by=one, now=NOW),
        lambda: actions.accept(ticket.pk, by=other, now=NOW),
    )
    assert outcomes(*calls) == ["RefusedError", "done"]
    assert kinds() == {"ticket.accepted": 1}
    ticket.refresh_from_db()
    assert Handover.objects.get().accepted_by == ticket.owner


def test_of_two_who_take_one_ticket_one_wins(meet: Callable[..., None]) -> None:
    ticket = make_ticket()
    one, other = two(ticket.group)
    meet(Ticket, "move")
    calls = (
        lambda: actions.assign(ticket.pk, by=one, to=one, now=NOW),
        lambda: actions.assign(ticket.pk, by=other, to=other, now=NOW),
    )
    assert outcomes(*calls) == ["PermissionDenied", "done"]
    assert kinds() == {"ticket.assigned": 1}


def test_two_sweeps_flag_each_breach_once(meet: Callable[..., None]) -> None:
    for _ in range(6):
        make_ticket()
    meet(Entry.objects, "bulk_create")
    sweep = lambda: actions.flag_breaches(now=after(301), limit=4)  # noqa: E731
    assert sum(int(n) for n in outcomes(sweep, sweep)) == 6
    assert kinds() == {"clock.breached": 6}
    assert set(Ticket.objects.values_list("version", "breached_at")) == {(2, after(301))}


def test_a_sweep_leaves_a_ticket_that_is_being_answered(meet: Callable[..., None]) -> None:
    ticket = make_ticket()
    by = make_user(groups=[ticket.group])
    meet(Ticket, "answer")
    calls = (
        lambda: actions.respond(ticket.pk, by=by, text="Hello there", now=after(301)),
        lambda: actions.flag_breaches(now=after(301), limit=4),
    )
    outcomes(*calls)
    actions.flag_breaches(now=after(302), limit=4)
    assert kinds() == {"clock.breached": 1, "ticket.responded": 1}


def test_assignment_beside_itself_gives_each_ticket_once(meet: Callable[..., None]) -> None:
    group = make_group()
    for _ in range(4):
        make_ticket(group=group)
    make_user(groups=[group], presence="available")
    meet(import_module("tickets.actions.assign"), "candidates")
    beat = lambda: actions.assign_waiting(now=NOW, limit=4)  # noqa: E731
    assert sum(int(n) for n in outcomes(beat, beat)) == 4
    assert kinds() == {"ticket.assigned": 4}


def test_of_two_taps_on_one_link_one_counts(meet: Callable[..., None]) -> None:
    ticket = make_ticket(step="feedback")
    meet(Ticket, "move")

    def tap(score: int) -> Call:
        return lambda: actions.record_satisfaction(
            ticket.pk, by=None, score=score, comment="", via="link", now=NOW
        )

    assert outcomes(tap(5), tap(1)) == ["RefusedError", "done"]
    assert kinds() == {"feedback.received": 1}


def test_closing_and_reopening_at_once_leave_one_truth(meet: Callable[..., None]) -> None:
    ticket = make_ticket(step="feedback", satisfaction="refused")
    assert ticket.owner
    by = ticket.owner
    meet(Ticket, "move")
    calls = (
        lambda: actions.close(ticket.pk, by=by, now=NOW),
        lambda: actions.reopen(ticket.pk, by=by, reason="Not solved", now=NOW),
    )
    ended = outcomes(*calls)
    ticket.refresh_from_db()
    # reopening is open after the closing too; closing is not after the reopening
    assert ticket.step == "resolution"
    assert kinds()["ticket.reopened"] == 1
    assert kinds()["ticket.closed"] == ended.count("done") - 1
    assert ticket.closed_at is None


def test_two_beats_close_each_settled_ticket_once(meet: Callable[..., None]) -> None:
    for _ in range(4):
        make_ticket(step="feedback", satisfaction="refused")
    meet(Ticket, "move")
    beat = lambda: actions.close_settled(now=NOW, limit=4)  # noqa: E731
    assert sum(int(n) for n in outcomes(beat, beat)) == 4
    assert kinds() == {"ticket.closed": 4}


def test_crossing_merges_do_not_wait_for_each_other_for_ever(meet: Callable[..., None]) -> None:
    customer, group = make_customer(), make_group()
    one, other = (make_ticket(customer=customer, group=group) for _ in range(2))
    by = make_user(groups=[group])
    meet(Ticket, "move")
    calls = (
        lambda: actions.merge(one.pk, by=by, into=other, now=NOW),
        lambda: actions.merge(other.pk, by=by, into=one, now=NOW),
    )
    assert outcomes(*calls) == ["InvalidError", "done"]
    assert kinds() == {"ticket.merged": 1, "ticket.absorbed": 1}


@pytest.mark.parametrize("words", ["message", "opening"])
def test_of_two_who_split_off_the_same_words_one_is_told(
    words: str, meet: Callable[..., None]
) -> None:
    group = make_group()
    ticket = make_ticket(group=group, description="A card and a loan")
    said = Message.objects.create(
        ticket=ticket, kind="contact", channel="phone", text="And a loan?", at=after(60)
    )
    what: Any = {"opening": True} if words == "opening" else {"messages": [said.pk]}
    by = make_user(groups=[group])
    meet(Ticket, "move")
    call = partial(actions.split, ticket.pk, by=by, subject="A loan", now=NOW, **what)
    assert outcomes(call, call) == ["InvalidError", "done"]
    assert Ticket.objects.filter(split_from=ticket).count() == 1
    assert kinds() == {"ticket.received": 1, "ticket.split": 1, "ticket.split_off": 1}


def test_a_split_is_undone_or_answered_and_never_both(meet: Callable[..., None]) -> None:
    group = make_group()
    ticket = make_ticket(group=group, description="A card and a loan")
    by = make_user(groups=[group])
    child = actions.split(ticket.pk, by=by, subject="A loan", opening=True, now=NOW)
    meet(Ticket, "move")
    calls = (
        lambda: actions.unsplit(child.pk, by=by, now=after(130)),
        lambda: actions.respond(child.pk, by=by, text="About 4 %", now=after(130)),
    )
    assert outcomes(*calls) == ["RefusedError", "done"]


# ---- SLA policies ---------------------------------------------------------------------------
def policy(by: User, name: str = "Everybody") -> int:
    return save(by, said(), name=name).pk


def test_of_two_who_edit_the_policy_they_read_one_is_told(meet: Callable[..., None]) -> None:
    by = make_user(role="director")
    key = policy(by)
    meet(policies, "_freeze")
    calls = [
        partial(save, by, first_within(seconds), SlaPolicy.objects.get(pk=key), seen=1)
        for seconds in (120, 240)
    ]
    assert outcomes(*calls) == [ChangedError.__name__, "done"]
    assert SlaPolicyVersion.objects.filter(policy=key).count() == 2
    assert kinds()["promise.changed"] == 1


def test_two_who_edit_at_once_make_two_versions(meet: Callable[..., None]) -> None:
    by = make_user(role="director")
    key = policy(by)
    meet(policies, "_freeze")
    calls = [
        partial(save, by, first_within(seconds), SlaPolicy.objects.get(pk=key))
        for seconds in (120, 240)
    ]
    assert outcomes(*calls) == ["done", "done"]
    numbers = SlaPolicyVersion.objects.filter(policy=key).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3]


def test_of_two_who_take_the_last_two_for_everybody_out_of_force_one_is_refused(
    meet: Callable[..., None],
) -> None:
    by = make_user(role="director")
    SlaPolicy.objects.update(active=False)  # the migrations' own, where no test has emptied it
    keys = policy(by), policy(by, "Everybody else")
    meet(policies, "_keep_one_for_all")
    calls = [partial(actions.set_policy_active, key, by=by, active=False, now=NOW) for key in keys]
    assert outcomes(*calls) == [RefusedError.__name__, "done"]
    assert SlaPolicy.objects.filter(active=True).count() == 1


def test_a_changed_policy_waits_for_who_serves_the_ticket(meet: Callable[..., None]) -> None:
    by = make_user(role="director")
    row = SlaPolicy.objects.get(pk=policy(by))
    group = make_group()
    owner, _other = two(group)
    ticket = received(group, owner)
    meet(Ticket, "answer")
    calls = (
        lambda: actions.respond(ticket.pk, by=owner, text="Hello there", now=NOW),
        lambda: save(by, first_within(600), row, apply="recompute"),
    )
    assert outcomes(*calls) == ["done", "done"]
    assert clock_of(ticket).state == "met"
    assert not list(actions.false_clocks(now=NOW))
