"""Every verb on the same terms: who may, when it is open, and that a refusal writes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, RefusedError
from teams.models import User
from tests.factories import after, make_category, make_ticket, make_user
from tests.tickets.support import NOW, OTHERS, VERBS, kinds, unchanged
from tickets import actions
from tickets.models import Step, Ticket, Waiting

pytestmark = pytest.mark.django_db
ALL = VERBS | OTHERS
# where each verb works, and the kind it leaves in the ledger
WORKS: dict[str, tuple[dict[str, Any], str]] = {
    "respond": ({"step": "reception"}, "ticket.responded"),
    "note": ({"step": "reception"}, "ticket.noted"),
    "hear": ({"step": "reception"}, "ticket.heard"),
    "log_call": ({"step": "reception"}, "ticket.responded"),
    "record_basics": ({"step": "reception"}, "ticket.basics_recorded"),
    "analyse": ({"step": "analysis"}, "ticket.analysed"),
    "hand_over": ({"step": "analysis"}, "ticket.handed_over"),
    "accept": ({"step": "analysis", "waiting_on": "expert"}, "ticket.accepted"),
    "return_back": ({"step": "analysis", "waiting_on": "expert"}, "ticket.returned"),
    "wait": ({"step": "analysis"}, "ticket.waiting"),
    "resume": ({"step": "analysis", "waiting_on": "customer"}, "ticket.resumed"),
    "resolve": ({"step": "resolution"}, "ticket.resolved"),
    "withdraw": ({"step": "reception"}, "ticket.resolved"),
    "satisfaction": ({"step": "feedback"}, "feedback.received"),
    "refuse_satisfaction": ({"step": "feedback"}, "feedback.refused"),
    "close": ({"step": "feedback", "satisfaction": "refused"}, "ticket.closed"),
    "reopen": ({"step": "closed"}, "ticket.reopened"),
    "assign": ({"step": "reception"}, "ticket.assigned"),
    "merge": ({"step": "reception"}, "ticket.merged"),
    "mark_complaint": ({"step": "reception"}, "ticket.complaint_marked"),
    "set_aside": ({"step": "feedback", "heard_at": after(7200)}, "ticket.set_aside"),
    "split": ({"step": "analysis", "description": "A card and a loan"}, "ticket.split"),
    "waive": ({"step": "analysis", "responded_at": after(400)}, "clock.waiver_asked"),
}


def prepared(verb: str, owner: User) -> Ticket:
    """A ticket on which the verb is open for its owner."""
    where, _kind = WORKS.get(verb, ({"step": "reception"}, ""))
    group = owner.memberships.get().group
    return make_ticket(owner=owner, group=group, **where)


def test_the_table_is_whole() -> None:
    apart = {"look", "unmerge", "unsplit"}  # the one leaves nothing, these have their own tests
    assert set(WORKS) | apart == set(ALL)


@pytest.mark.parametrize("verb", WORKS)
def test_it_is_done_and_on_record(verb: str, owner: User, manager: User) -> None:
    ticket = prepared(verb, owner)
    by = manager if verb == "accept" else owner
    ALL[verb](ticket, by)
    after = Ticket.objects.get(pk=ticket.pk)
    assert kinds(ticket) == [WORKS[verb][1]]
    assert after.version == ticket.version + 1
    assert after.changed_at == NOW
    entry = Entry.objects.about("ticket", ticket.pk).get()
    assert (entry.by_id, entry.by_name, entry.at) == (by.pk, by.username, NOW)


@pytest.mark.parametrize("verb", ALL)
def test_a_stranger_cannot(verb: str, owner: User, stranger: User) -> None:
    ticket = prepared(verb, owner)
    before = Entry.objects.count()
    with pytest.raises(Ticket.DoesNotExist):
        ALL[verb](ticket, stranger)
    assert Entry.objects.count() == before
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


@pytest.mark.parametrize("verb", ALL)
def test_a_director_sees_but_does_not_work(verb: str, owner: User, director: User) -> None:
    ticket = prepared(verb, owner)
    with pytest.raises(PermissionDenied):
        ALL[verb](ticket, director)
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


@pytest.mark.parametrize("verb", ALL)
def test_who_left_cannot(verb: str, owner: User) -> None:
    ticket = prepared(verb, owner)
    owner.is_active = False
    with pytest.raises(PermissionDenied):
        ALL[verb](ticket, owner)


def shut() -> list[tuple[str, str, str]]:
    """Each verb with the steps and waits where it is not open. `withdraw` is `resolve` there."""
    same = {"withdraw": {"withdraw", "resolve"}}
    return [
        (verb, step.value, waiting.value)
        for verb in VERBS
        for step in Step
        for waiting in Waiting
        if not same.get(verb, {verb}) & set(Ticket(step=step, waiting_on=waiting).moves)
    ]


@pytest.mark.parametrize(("verb", "step", "waiting"), shut())
def test_it_is_refused_wherever_it_is_not_open(
    verb: str, step: str, waiting: str, manager: User
) -> None:
    ticket = make_ticket(step=step, waiting_on=waiting, group=manager.manages.get())
    count = Entry.objects.count()
    with pytest.raises(RefusedError):
        VERBS[verb](ticket, manager)
    assert Entry.objects.count() == count
    after = Ticket.objects.get(pk=ticket.pk)
    assert (after.version, after.step, after.waiting_on) == (ticket.version, step, waiting)


SEEN: dict[str, dict[str, Any]] = {
    "respond": {"text": "Hello there"},
    "note": {"text": "For us"},
    "log_call": {"text": "Called her"},
    "record_basics": {},
    "resolve": {"outcome": "withdrawn", "summary": "Hung up"},
}


@pytest.mark.parametrize("verb", [*SEEN, "analyse", "hand_over", "assign"])
def test_a_change_that_was_not_read_stops_it(verb: str, owner: User) -> None:
    ticket = prepared(verb, owner)
    actions.note(ticket.pk, by=owner, text="News", now=NOW)
    others: dict[str, dict[str, Any]] = {
        "analyse": {
            "need": "A card",
            "category": make_category(),
            "answers": {},
            "solution": "Send one",
        },
        "hand_over": {"to": make_user(), "reason": "Loans", "context": ""},
        "assign": {"to": owner},
    }
    more = SEEN.get(verb) or others.get(verb, {})
    with unchanged(), pytest.raises(ChangedError):
        getattr(actions, verb)(ticket.pk, by=owner, now=NOW, seen=ticket.version, **more)
    getattr(actions, verb)(ticket.pk, by=owner, now=NOW, seen=ticket.version + 1, **more)


OWNERS = ["analyse", "hand_over", "wait", "resume", "resolve", "withdraw", "merge", "split"]


@pytest.mark.parametrize("verb", OWNERS)
def test_what_the_owner_decides_no_colleague_does(
    verb: str, owner: User, colleague: User, manager: User
) -> None:
    ticket = prepared(verb, owner)
    with pytest.raises(RefusedError, match="Take over by hand-over, or ask a manager"):
        VERBS[verb](ticket, colleague)
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version
    VERBS[verb](ticket, manager)


@pytest.mark.parametrize("verb", ["respond", "note", "hear", "record_basics", "mark_complaint"])
def test_a_colleague_helps_with_what_anybody_may_do(
    verb: str, owner: User, colleague: User
) -> None:
    ticket = prepared(verb, owner)
    VERBS[verb](ticket, colleague)
    assert len(kinds(ticket)) == 1


@pytest.mark.parametrize(
    ("verb", "field", "given"),
    [
        ("respond", "text", "  "),
        ("note", "text", ""),
        ("hear", "text", "\n"),
        ("log_call", "text", " "),
        ("hand_over", "reason", " "),
        ("return_back", "reason", ""),
        ("wait", "reason", ""),
        ("reopen", "reason", " "),
        ("resolve", "summary", " "),
        ("analyse", "need", " "),
        ("analyse", "solution", ""),
        ("record_basics", "subject", " "),
    ],
)
def test_words_that_are_asked_for_must_be_given(
    verb: str, field: str, given: str, owner: User
) -> None:
    whole: dict[str, dict[str, Any]] = {
        "hear": {"channel": "phone"},
        "hand_over": {"to": owner, "context": ""},
        "resolve": {"outcome": "solved"},
        "analyse": {
            "need": "A card",
            "solution": "Send one",
            "category": make_category(),
            "answers": {},
        },
    }
    ticket = prepared(verb, owner)
    with unchanged(), pytest.raises(RefusedError) as refusal:
        getattr(actions, verb)(ticket.pk, by=owner, now=NOW, **whole.get(verb, {}) | {field: given})
    assert getattr(refusal.value, "field", None) == field
    assert str(refusal.value).endswith(".")
