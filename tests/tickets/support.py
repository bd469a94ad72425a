"""What the tests of tickets' actions share: the verbs as calls, and "nothing was written"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from csservice.ledger.models import Entry
from teams.models import User
from tests.factories import T0, after, make_category, make_customer, make_ticket, make_user
from tickets import actions, policy
from tickets.models import (
    ChecklistItem,
    Clock,
    ClockEvent,
    Customer,
    Handover,
    Macro,
    MacroUse,
    Mention,
    Message,
    SlaPolicy,
    SlaPolicyVersion,
    Tick,
    Ticket,
    TicketSearch,
)

NOW = after(120)
ROWS = (
    *(Ticket, Message, Handover, Mention, TicketSearch, Customer, Entry),
    *(Clock, ClockEvent, SlaPolicy, SlaPolicyVersion),
    *(Macro, MacroUse, ChecklistItem, Tick),
)
Verb = Callable[[Ticket, User], Any]


@contextmanager
def unchanged() -> Iterator[None]:
    """No row of any kind is added, changed or lost meanwhile."""

    def rows() -> list[list[tuple[Any, ...]]]:
        return [list(model._default_manager.order_by("pk").values_list()) for model in ROWS]

    before = rows()
    yield
    assert rows() == before


def kinds(ticket: Ticket) -> list[str]:
    """What the ledger says of a ticket, in order."""
    return list(Entry.objects.about("ticket", ticket.pk).values_list("kind", flat=True))


def last(ticket: Ticket) -> Entry:
    """The ledger's last entry on a ticket."""
    return Entry.objects.about("ticket", ticket.pk).reverse()[0]


def _merge(ticket: Ticket, by: User) -> Ticket:
    into = make_ticket(customer=ticket.customer, group=ticket.group)
    return actions.merge(ticket.pk, by=by, into=into, now=NOW)


# verb of the machine -> the action that people and programs call for it
VERBS: dict[str, Verb] = {
    "respond": lambda t, by: actions.respond(t.pk, by=by, text="Hello there", now=NOW),
    "note": lambda t, by: actions.note(t.pk, by=by, text="For us", now=NOW),
    "hear": lambda t, by: actions.hear(t.pk, by=by, text="And?", channel="phone", now=NOW),
    "record_basics": lambda t, by: actions.record_basics(t.pk, by=by, now=NOW),
    "analyse": lambda t, by: actions.analyse(
        t.pk,
        by=by,
        need="A new card",
        category=make_category(),
        answers={},
        solution="Send one",
        now=NOW,
    ),
    "hand_over": lambda t, by: actions.hand_over(
        t.pk, by=by, to=make_user(), reason="Loans", context="", now=NOW
    ),
    "accept": lambda t, by: actions.accept(t.pk, by=by, now=NOW),
    "return_back": lambda t, by: actions.return_back(t.pk, by=by, reason="Not ours", now=NOW),
    "wait": lambda t, by: actions.wait(t.pk, by=by, reason="Passport", now=NOW),
    "resume": lambda t, by: actions.resume(t.pk, by=by, now=NOW),
    "resolve": lambda t, by: actions.resolve(
        t.pk, by=by, outcome="solved", summary="Sent", now=NOW
    ),
    "withdraw": lambda t, by: actions.resolve(
        t.pk, by=by, outcome="withdrawn", summary="Hung up", now=NOW
    ),
    "satisfaction": lambda t, by: actions.record_satisfaction(
        t.pk, by=by, score=5, comment="", via="phone", now=NOW
    ),
    "close": lambda t, by: actions.close(t.pk, by=by, now=NOW),
    "reopen": lambda t, by: actions.reopen(t.pk, by=by, reason="Not solved", now=NOW),
    "assign": lambda t, by: actions.assign(t.pk, by=by, to=by, now=NOW),
    "merge": _merge,
    "mark_complaint": lambda t, by: actions.mark_complaint(t.pk, by=by, now=NOW),
    "set_aside": lambda t, by: actions.set_aside(t.pk, by=by, now=NOW),
    "unmerge": lambda t, by: actions.unmerge(t.pk, by=by, now=NOW),
    "split": lambda t, by: actions.split(t.pk, by=by, subject="A loan", opening=True, now=NOW),
    "unsplit": lambda t, by: actions.unsplit(t.pk, by=by, now=NOW),
    "waive": lambda t, by: actions.waive(
        t.pk, by=by, metric="first_response", reason="The line was down", now=NOW
    ),
}
# further actions, on the same terms
OTHERS: dict[str, Verb] = {
    "log_call": lambda t, by: actions.log_call(t.pk, by=by, text="Called her", now=NOW),
    "refuse_satisfaction": lambda t, by: actions.refuse_satisfaction(t.pk, by=by, now=NOW),
    "look": lambda t, by: actions.look(t.pk, by=by, now=NOW),
}


# ---- clocks ----------------------------------------------------------------------------------
def came(owner: User, **over: Any) -> Ticket:
    """A contact by web, received at T0."""
    fields: dict[str, Any] = {"channel": "web", "subject": "Card", "customer": make_customer()}
    return actions.receive(by=owner, now=T0, **fields | over)


def clock_of(ticket: Ticket, metric: str = "first_response") -> Clock:
    found = Clock.objects.filter(ticket=ticket, metric=metric).order_by("cycle").last()
    assert found is not None
    return found


def told(row: Clock) -> list[str]:
    return list(row.events.order_by("pk").values_list("kind", flat=True))


def make_policy(said: dict[str, Any], *, position: int = 1, **over: Any) -> SlaPolicy:
    row = SlaPolicy.objects.create(**{"name": f"policy {position}", "position": position} | over)
    row.current = SlaPolicyVersion.objects.create(
        policy=row, number=1, spec=policy.text(said), made_at=T0
    )
    row.save()
    return row


def promising(seconds: int, **when: list[Any]) -> dict[str, Any]:
    """The default with another first response, for tickets that meet `when`."""
    targets = dict(policy.DEFAULT["targets"])
    first = {**targets["first_response"], "seconds": dict.fromkeys(policy.PRIORITIES, seconds)}
    return {**policy.DEFAULT, "targets": {**targets, "first_response": first}, "when": when}
