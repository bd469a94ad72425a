"""Replies of people who learn wait for a certified colleague (issue 4, trainee mode)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, after, make_contact, make_macro, make_ticket
from tickets import actions
from tickets.actions.held import may_release
from tickets.models import Mention, Message, Ticket
from tickets.numbers import waiting

pytestmark = pytest.mark.django_db
WORDS = "Your card is on its way."


@pytest.fixture
def asks(group: Group) -> Group:
    """The group asks for certificates."""
    group.certified_only = True
    group.save(update_fields=["certified_only"])
    return group


@pytest.fixture
def certified(colleague: User) -> User:
    colleague.certified_until = T0 + timedelta(days=90)
    colleague.save(update_fields=["certified_until"])
    return colleague


@pytest.fixture
def mailed(asks: Group, owner: User) -> Ticket:
    ticket = make_ticket(group=asks, owner=owner, channel="email")
    make_contact(customer=ticket.customer, kind="email", value="ada@mail.example")
    return ticket


@pytest.fixture
def held(mailed: Ticket, owner: User) -> Message:
    actions.respond(mailed.pk, by=owner, text=WORDS, now=after(60))
    return mailed.messages.held().get()


def test_a_held_reply_is_no_answer_and_is_not_mailed(mailed: Ticket, held: Message) -> None:
    mailed.refresh_from_db()
    assert (mailed.responded_at, mailed.step) == (None, "reception")
    assert (held.delivery, held.first_response) == ("", False)
    assert mailed.clocks.get(metric="first_response").state == "running"


def test_its_release_answers_the_customer_then_by_its_author(
    mailed: Ticket, held: Message, certified: User, owner: User
) -> None:
    ticket = actions.release_reply(
        mailed.pk, by=certified, message=held.pk, now=after(120), text=f"{WORDS} Please wait."
    )
    held.refresh_from_db()
    assert ticket.responded_at == after(120)
    assert (held.kind, held.author, held.at, held.delivery) == (
        *("reply", owner),
        *(after(120), "queued"),
    )
    assert held.text.endswith("Please wait.")
    clock = mailed.clocks.get(metric="first_response")
    assert (clock.state, clock.ended_at) == ("met", after(120))
    told = Entry.objects.get(kind="ticket.responded")
    assert (told.by_id, told.data["released_by"]) == (owner.pk, certified.pk)
    with pytest.raises(RefusedError, match="any more"):
        actions.release_reply(mailed.pk, by=certified, message=held.pk, now=after(130))


def test_who_holds_every_certificate_or_works_elsewhere_answers_at_once(
    mailed: Ticket, certified: User, stranger: User
) -> None:
    ticket = actions.respond(mailed.pk, by=certified, text=WORDS, now=after(60))
    assert ticket.responded_at == after(60)
    theirs = make_ticket(group=stranger.groups_served.get(), owner=stranger)
    assert actions.respond(theirs.pk, by=stranger, text=WORDS, now=after(60)).responded_at


def test_certificates_that_have_run_out_hold_replies_again(mailed: Ticket, certified: User) -> None:
    late = T0 + timedelta(days=90)
    ticket = actions.respond(mailed.pk, by=certified, text=WORDS, now=late)
    assert ticket.responded_at is None
    assert not may_release(certified, ticket, late)


def test_who_practises_in_a_drill_sends(asks: Group, owner: User) -> None:
    drill = make_ticket(group=asks, owner=owner, is_drill=True)
    assert actions.respond(drill.pk, by=owner, text=WORDS, now=after(60)).responded_at == after(60)


def test_calls_and_notes_are_not_held(mailed: Ticket, owner: User) -> None:
    actions.note(mailed.pk, by=owner, text="Ask the card desk", now=after(50))
    ticket = actions.log_call(mailed.pk, by=owner, text="Told her on the phone", now=after(60))
    assert ticket.responded_at == after(60)


def test_one_waits_at_a_time(mailed: Ticket, held: Message, owner: User) -> None:
    with pytest.raises(RefusedError, match="still waits"):
        actions.respond(mailed.pk, by=owner, text="And one more thing", now=after(90))
    assert mailed.messages.count() == 1


def test_given_back_it_is_not_sent_and_its_author_reads_why(
    mailed: Ticket, held: Message, certified: User, owner: User
) -> None:
    with pytest.raises(InvalidError):
        actions.return_reply(mailed.pk, by=certified, message=held.pk, reason=" ", now=after(90))
    actions.return_reply(
        mailed.pk, by=certified, message=held.pk, reason="Say by when", now=after(90)
    )
    held.refresh_from_db()
    mailed.refresh_from_db()
    assert (held.kind, mailed.responded_at) == ("returned", None)
    assert Mention.objects.get(user=owner).message.text.endswith("Say by when")
    actions.respond(mailed.pk, by=owner, text="It comes by Friday", now=after(100))  # the next try
    assert mailed.messages.held().count() == 1


def test_nobody_releases_their_own_or_without_certificates(
    mailed: Ticket, held: Message, owner: User, colleague: User, director: User, stranger: User
) -> None:
    told: dict[str, Any] = {"message": held.pk, "now": after(90)}
    with pytest.raises(RefusedError, match="Somebody else"):
        actions.release_reply(mailed.pk, by=owner, **told)
    with pytest.raises(RefusedError, match="valid certificates"):
        actions.release_reply(mailed.pk, by=colleague, **told)
    with pytest.raises(PermissionDenied):
        actions.release_reply(mailed.pk, by=director, **told)
    with pytest.raises(Ticket.DoesNotExist):
        actions.release_reply(mailed.pk, by=stranger, **told)
    held.refresh_from_db()
    assert held.kind == "held"


def test_the_manager_releases_where_nobody_is_certified_yet(
    mailed: Ticket, held: Message, manager: User
) -> None:
    told = actions.release_reply(mailed.pk, by=manager, message=held.pk, now=after(90))
    assert told.responded_at == after(90)


def test_a_quick_reply_that_is_held_does_nothing_besides(mailed: Ticket, owner: User) -> None:
    wait = {"do": "wait", "for": "customer", "reason": "the form"}
    macro = make_macro(steps=[wait])
    ticket = actions.use_macro(mailed.pk, by=owner, macro=macro.pk, now=after(60))
    assert (ticket.waiting_on, ticket.messages.held().count()) == ("nobody", 1)


def test_the_bell_counts_what_waits_for_release(
    held: Message, certified: User, manager: User, owner: User
) -> None:
    assert waiting(certified)["mentions"] == waiting(manager)["mentions"] == 1
    assert waiting(owner)["mentions"] == 0


def test_the_pages_tell_release_and_give_back(
    browser_of: Callable[[User], Client],
    mailed: Ticket,
    owner: User,
    certified: User,
    clock: Any,
) -> None:
    clock.now = after(60)
    author = browser_of(owner)
    author.post(f"/t/{mailed.pk}/respond/", {"text": WORDS})
    shown = author.get(f"/t/{mailed.pk}/").content.decode()
    assert "Waits for release" in shown
    message = mailed.messages.held().get()
    address = f"/t/{mailed.pk}/held/{message.pk}/"
    assert "Somebody else releases" in author.get(address).content.decode()
    client = browser_of(certified)
    assert WORDS in client.get("/mentions/").content.decode()
    assert client.post(address, {"do": "release", "text": "!"}).status_code == 422
    assert client.post(address, {"do": "return", "reason": ""}).status_code == 422
    done = client.post(address, {"do": "release", "text": WORDS})
    assert done.status_code == 302
    mailed.refresh_from_db()
    assert mailed.responded_at == after(60)


def test_programs_release_and_give_back(
    api_of: Callable[[User], APIClient],
    mailed: Ticket,
    held: Message,
    certified: User,
    clock: Any,
) -> None:
    clock.now = after(90)
    client = api_of(certified)
    address = f"/api/v1/tickets/{mailed.pk}"
    none = client.post(f"{address}/release_reply/", {"message": 10**6}, format="json")
    assert none.status_code == 400
    done = client.post(f"{address}/release_reply/", {"message": held.pk}, format="json")
    assert done.status_code == 200
    assert done.json()["responded_at"]
    again = {"message": held.pk, "reason": "Late"}
    assert client.post(f"{address}/return_reply/", again, format="json").status_code == 409
