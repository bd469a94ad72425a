"""What the tests of complaints share: packs chosen, tickets marked, stops asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from teams.models import User
from tests.factories import (
    T0,
    make_category,
    make_ticket,
)
from tickets import actions
from tickets.models import (
    Complaint,
    Customer,
    Ticket,
)

DAY = timedelta(days=1)
WORDS = "We have asked an expert and leave that time out."
Browser = Callable[[User], Client]


def close(ticket: Ticket) -> None:
    """The ticket is closed, whatever its complaint is."""
    done = {"resolved_at": T0, "outcome": "solved", "summary": "Sent", "category": make_category()}
    told = {"satisfaction": "refused", "satisfaction_at": T0}
    Ticket.objects.filter(pk=ticket.pk).update(step="closed", closed_at=T0, **done, **told)


def pack_for(director: User, pack: str = "cn-nfra") -> None:
    actions.choose_pack(by=director, segment="personal", pack=pack, now=T0)


def due(case: Complaint, key: str = "final", **of: str) -> datetime:
    return case.milestones.get(key=key, **of).due_at


def ask_stop(case: Complaint, by: User, now: datetime = T0 + DAY, **over: Any) -> Complaint:
    said = {"reason": "Is it forged?", "evidence": "Order 7", "notice": WORDS} | over
    return actions.ask_stop(case.ticket_id, by=by, **{"key": "appraisal"} | said, now=now)


def layered(ticket: Ticket, owner: User, director: User, **over: Any) -> Complaint:
    pack_for(director, "uk-disp")
    said: dict[str, Any] = {"pack": "eu-psd2", "group": ticket.group, "product": None} | over
    actions.lay_pack(by=director, now=T0, **said)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    return Complaint.objects.get(ticket=ticket)


def marked(owner: User, group: Any, **over: Any) -> Ticket:
    ticket = make_ticket(step="analysis", owner=owner, group=group, **over)
    actions.mark_complaint(ticket.pk, by=owner, now=T0 + DAY / 24)
    return ticket


def closed(case: Complaint, owner: User, manager: User, pack: str = "") -> datetime:
    number = case.ticket_id
    actions.draft_letter(number, by=owner, text=WORDS, now=T0)
    actions.release_letter(number, by=manager, letter=case.letters.get().pk, now=T0)
    actions.record_cause(number, by=owner, kind="price", detail="A fee", step="Told", now=T0)
    actions.finish_complaint(number, by=owner, now=T0)
    close(case.ticket)
    Customer.objects.update(made_at=T0)
    until = Complaint.objects.get().kept_until
    assert until is not None
    return until
