"""Erasure takes the words and keeps the facts; a hold beats it; terms are applied by the beat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.test import Client
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from feedback.tasks import follow_erased
from teams.models import User
from tests.conftest import Clock
from tests.factories import (
    T0,
    make_attachment,
    make_contact_person,
    make_customer,
    make_handover,
    make_identifier,
    make_invitation,
    make_message,
    make_response,
    make_ticket,
)
from tests.tickets.support import NOW, unchanged
from tickets import actions
from tickets.models import Attachment, Contact, ContactPerson, Customer, Identifier, Ticket
from tickets.tasks import erase_due

pytestmark = pytest.mark.django_db
SECRET = "Zephyrine"
TERM = 5 * timedelta(days=365)


@pytest.fixture
def known(owner: User) -> Customer:
    """A customer of whom everything is known, served and closed; every word holds SECRET."""
    customer = make_customer(
        name=SECRET, notes=f"{SECRET}s", contacts=[("email", f"{SECRET.lower()}@mail.example")]
    )
    make_contact_person(customer=customer, name=f"{SECRET} Wu")
    make_identifier(customer=customer, number="6222000011114321")
    ticket = make_ticket(
        step="closed",
        owner=owner,
        customer=customer,
        subject=f"{SECRET}'s card",
        description=SECRET,
        need=SECRET,
        solution=SECRET,
        summary=SECRET,
        reach_at=f"{SECRET.lower()}@mail.example",
        answers={"who": SECRET},
        score=5,
        satisfaction="answered",
        comment=SECRET,
    )
    make_attachment(message=make_message(ticket=ticket, text=SECRET), name=f"{SECRET}.pdf")
    make_handover(ticket=ticket, reason=SECRET, context={"note": SECRET}, accepted_at=T0)
    make_invitation(ticket=ticket, address=f"{SECRET.lower()}@mail.example")
    make_response(ticket=ticket, comment=SECRET, score=5)
    return customer


def everything() -> str:
    """All that any table of ours holds, as text."""
    ours = {"teams", "tickets", "feedback", "ledger"}
    models = [model for model in apps.get_models() if model._meta.app_label in ours]
    return repr([list(model._default_manager.values()) for model in models]).lower()


def test_every_word_goes_and_every_fact_stays(
    known: Customer,
    director: User,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    ticket, file = known.tickets.get(), str(Attachment.objects.get().file)
    facts = Ticket.objects.filter(pk=ticket.pk).values("received_at", "score", "outcome", "step")
    before = list(facts)
    assert default_storage.exists(file)
    with django_capture_on_commit_callbacks(execute=True):
        done = actions.erase(known.pk, by=director, reason="asked in writing", now=NOW)
    follow_erased()
    assert SECRET.lower() not in everything()
    assert not default_storage.exists(file)
    assert list(facts) == before
    assert (done.name, done.erased_at) == (f"#{known.pk}", NOW)
    for model in (Contact, ContactPerson, Identifier, Attachment):
        assert not model._default_manager.exists()
    assert ticket.responses.get().score == 5
    assert not Ticket.objects.found_by(SECRET).exists()
    assert not Customer.objects.found_by(SECRET).exists()
    assert Ticket.objects.found_by(str(ticket.pk)).get() == ticket
    assert Entry.objects.get(kind="customer.erased").data == {"reason": "asked in writing"}


def test_a_hold_beats_erasure_by_hand_and_by_term(
    known: Customer, director: User, clock: Clock
) -> None:
    actions.hold(known.pk, by=director, reason="Dispute 7", now=NOW)
    clock.now = NOW + 2 * TERM
    with unchanged(), pytest.raises(RefusedError):
        actions.erase(known.pk, by=director, reason="asked", now=NOW)
    with unchanged():
        erase_due()
    with pytest.raises(RefusedError):
        actions.hold(known.pk, by=director, reason="again", now=NOW)
    freed = actions.release(known.pk, by=director, reason="settled", now=NOW)
    assert (freed.held_at, freed.hold_reason) == (None, "")
    with pytest.raises(RefusedError):
        actions.release(known.pk, by=director, reason="again", now=NOW)
    erase_due()
    known.refresh_from_db()
    assert known.erased_at == clock.now


@pytest.mark.parametrize("seconds", [0, 1])
def test_the_term_is_whole_before_the_beat_erases(
    seconds: int, known: Customer, clock: Clock
) -> None:
    closed: datetime | None = known.tickets.get().closed_at
    assert closed is not None
    clock.now = closed + TERM + timedelta(seconds=seconds)
    for _twice in range(2):
        erase_due()
    known.refresh_from_db()
    assert bool(known.erased_at) == bool(seconds)


def test_who_is_still_served_stays_and_old_cases_go(
    known: Customer, owner: User, clock: Clock
) -> None:
    old = known.tickets.get()
    clock.now = NOW + TERM + timedelta(days=30)
    new = make_ticket(customer=known, owner=owner, received_at=clock.now, subject="New matter")
    for _twice in range(2):
        erase_due()
    known.refresh_from_db()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (known.name, known.erased_at) == (SECRET, None)
    assert (old.subject, old.need, new.subject) == ("–", "", "New matter")
    assert Entry.objects.filter(kind="ticket.erased").count() == 1


def test_nothing_is_erased_while_a_ticket_is_open(director: User, ticket: Ticket) -> None:
    with unchanged(), pytest.raises(RefusedError):
        actions.erase(ticket.customer_id, by=director, reason="asked", now=NOW)


@pytest.mark.parametrize("deed", ["hold", "release", "erase"])
def test_it_is_a_directors_and_says_why(
    deed: str, known: Customer, manager: User, director: User
) -> None:
    do = getattr(actions, deed)
    with unchanged(), pytest.raises(PermissionDenied):
        do(known.pk, by=manager, reason="mine", now=NOW)
    with unchanged(), pytest.raises(InvalidError) as refusal:
        do(known.pk, by=director, reason=" ", now=NOW)
    assert refusal.value.field == "reason"


def test_an_erased_customer_is_neither_changed_nor_served(
    known: Customer, owner: User, director: User, ticket: Ticket
) -> None:
    actions.erase(known.pk, by=director, reason="asked", now=NOW)
    known.refresh_from_db()
    calls: tuple[Callable[[], object], ...] = (
        lambda: actions.change_customer(known.pk, by=owner, now=NOW, notes="x"),
        lambda: actions.receive(by=owner, channel="web", subject="Card", customer=known, now=NOW),
        lambda: actions.record_basics(ticket.pk, by=owner, now=NOW, customer=known),
        lambda: actions.erase(known.pk, by=director, reason="again", now=NOW),
        lambda: actions.reopen(known.tickets.get().pk, by=owner, reason="again", now=NOW),
    )
    for call in calls:
        with unchanged(), pytest.raises(RefusedError):
            call()


# ---- page and API ---------------------------------------------------------------------------
def test_a_director_holds_and_erases_on_the_customers_page(
    known: Customer, director: User, manager: User, browser_of: Callable[[User], Client]
) -> None:
    desk, page = browser_of(director), f"/customers/{known.pk}/"
    assert b"Keep or erase" not in browser_of(manager).get(page).content
    assert b"Keep or erase" in desk.get(page).content
    assert desk.post(f"{page}hold/", {"reason": ""}).status_code == 422
    assert desk.post(f"{page}hold/", {"reason": "Dispute 7"})["Location"] == page
    assert b"Dispute 7" in desk.get(page).content
    refused = desk.post(f"{page}erase/", {"reason": "asked", "sure": "1"})
    assert (refused.status_code, b"held against erasure" in refused.content) == (422, True)
    desk.post(f"{page}release/", {"reason": "settled"})
    assert desk.post(f"{page}erase/", {"reason": "asked"}).status_code == 422, "not sure"
    assert desk.post(f"{page}erase/", {"reason": "asked", "sure": "1"})["Location"] == page
    shown = desk.get(page).content.decode()
    assert "Erased on" in shown
    assert f'href="{page}edit/"' not in shown


def test_a_director_holds_and_erases_over_the_api(
    known: Customer, director: User, api_of: Callable[[User], APIClient]
) -> None:
    program, url = api_of(director), f"/api/v1/customers/{known.pk}/"
    assert program.post(f"{url}hold/", {}).status_code == 400
    held = program.post(f"{url}hold/", {"reason": "Dispute 7"}).json()
    assert (held["hold_reason"], held["erased_at"]) == ("Dispute 7", None)
    assert program.post(f"{url}erase/", {"reason": "asked"}).status_code == 409
    program.post(f"{url}release/", {"reason": "settled"})
    assert program.post(f"{url}erase/", {"reason": "asked"}).json()["erased_at"]
    assert program.get(url).json()["name"] == f"#{known.pk}"
