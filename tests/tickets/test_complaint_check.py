"""A director chooses and confirms packs; the check lists what is not marked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from tests.factories import T0
from tests.tickets.support import NOW
from tickets import actions, complaints
from tickets.models import NoComplaint, Ticket


def test_a_director_chooses_and_confirms_a_pack(director: User, manager: User) -> None:
    rule: dict[str, Any] = {"segment": "personal", "pack": "", "now": NOW}
    for field, over in (("segment", {"segment": "pets"}), ("pack", {"pack": "mars"})):
        with pytest.raises(InvalidError) as refusal:
            actions.choose_pack(by=director, **rule | over)
        assert refusal.value.field == field
    said: dict[str, Any] = {"pack": "cn-nfra", "person": "Chen Wei", "on": T0.date(), "now": NOW}
    for field, value in (("pack", "mars"), ("person", " "), ("on", date(2999, 1, 1))):
        with pytest.raises(InvalidError) as refusal:
            actions.confirm_pack(by=director, **said | {field: value})
        assert refusal.value.field == field
    row = actions.confirm_pack(by=director, **said)
    assert row.digest == complaints.packs()["cn-nfra"].digest
    with pytest.raises(RefusedError, match="already"):
        actions.confirm_pack(by=director, **said)
    with pytest.raises(PermissionDenied):
        actions.choose_pack(by=manager, segment="personal", pack="", now=NOW)
    with pytest.raises(PermissionDenied):
        actions.confirm_pack(by=manager, **said)
    with pytest.raises(PermissionDenied):
        actions.set_words(by=manager, words="slow", now=NOW)


def found(user: User) -> dict[int, list[str]]:
    return {each.ticket.pk: each.words for each in actions.suspects(user, NOW)}


def test_the_check_lists_what_reads_like_a_complaint_and_is_not_marked(
    ticket: Ticket, owner: User, stranger: User, director: User
) -> None:
    assert found(owner) == {}
    actions.hear(ticket.pk, by=owner, text="我要投诉! Unacceptable", channel="web", now=NOW)
    assert found(owner) == {ticket.pk: ["投诉", "Unacceptable"]}
    assert found(stranger) == {}
    row = actions.dismiss_suspect(ticket.pk, by=owner, now=NOW)
    assert row.words == "投诉, Unacceptable"
    assert found(owner) == {}
    with pytest.raises(RefusedError, match="already"):
        actions.dismiss_suspect(ticket.pk, by=owner, now=NOW)
    NoComplaint.objects.all().delete()
    actions.set_words(by=director, words="slow\nunaccept*", now=NOW)
    assert found(owner) == {ticket.pk: ["Unacceptable"]}
    with pytest.raises(InvalidError):
        actions.set_words(by=director, words="x" * 99, now=NOW)
    actions.mark_complaint(ticket.pk, by=owner, now=NOW)
    assert found(owner) == {}
    with pytest.raises(RefusedError, match="marked"):
        actions.dismiss_suspect(ticket.pk, by=owner, now=NOW)
