"""Two at once on complaints; PostgreSQL only, as tests/tickets/test_races.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories import T0, make_group, make_manager, make_ticket, make_user
from tests.tickets.complaining import DAY, ask_stop, marked, pack_for
from tests.tickets.support import clock_of, told
from tests.tickets.test_races import kinds, meet, outcomes
from tickets import actions
from tickets.actions import complaint_packs, complaint_stop
from tickets.models import Alert, Complaint, ComplaintLayer, Message

__all__ = ["meet"]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_who_open_the_cases_at_once_open_each_once(meet: Callable[..., None]) -> None:
    group = make_group()
    owner, director = make_user(groups=[group]), make_user(role="director")
    for _n in range(3):
        marked(owner, group)
    pack_for(director)
    meet(complaint_packs, "open_case")
    ended = outcomes(
        *[lambda: actions.open_cases(by=director, now=T0 + DAY, limit=9) for _two in range(2)]
    )
    assert ended == ["0", "3"]
    assert kinds()["complaint.opened"] == Complaint.objects.count() == 3


def test_of_two_who_approve_a_stop_one_does_and_the_customer_is_told_once(
    meet: Callable[..., None],
) -> None:
    group = make_group()
    owner, director = make_user(groups=[group]), make_user(role="director")
    bosses = [make_manager(runs=[group]), director]
    pack_for(director)
    ticket = make_ticket(step="analysis", owner=owner, group=group)
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    ask_stop(Complaint.objects.get(), owner)
    before = Message.objects.count()
    meet(complaint_stop, "approve")
    one, other = bosses
    ended = outcomes(
        lambda: actions.approve_stop(ticket.pk, by=one, now=T0 + DAY),
        lambda: actions.approve_stop(ticket.pk, by=other, now=T0 + DAY),
    )
    assert ended == ["RefusedError", "done"]
    assert Message.objects.count() == before + 1
    assert told(clock_of(ticket, "complaint_final")).count("pause") == 1


def test_two_sweeps_warn_of_a_complaint_once(meet: Callable[..., None]) -> None:
    group = make_group()
    owner, director = make_user(groups=[group]), make_user(role="director")
    pack_for(director)
    ticket = make_ticket(step="analysis", owner=owner, group=group)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    row = clock_of(ticket, "complaint_final")
    near = T0 + (row.due_at - T0) * 0.6  # type: ignore[operator]
    outcomes(*[lambda: actions.flag_breaches(now=near, limit=9) for _two in range(2)])
    assert told(row).count("warn") == 1
    assert Alert.objects.filter(clock=row).values("seconds", "user").distinct().count() == (
        Alert.objects.filter(clock=row).count()
    )


def test_of_two_who_lay_the_same_pack_one_is_told(meet: Callable[..., None]) -> None:
    group, director = make_group(), make_user(role="director")
    meet(ComplaintLayer.objects, "create")
    ended = outcomes(
        *[
            lambda: actions.lay_pack(by=director, pack="hk-hkma", group=group, product=None, now=T0)
            for _two in range(2)
        ]
    )
    assert ended == ["RefusedError", "done"]
    assert kinds()["complaint.pack_laid"] == ComplaintLayer.objects.count() == 1
