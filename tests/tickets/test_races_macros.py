"""Two at once on quick replies and checklists; PostgreSQL only, as tests/tickets/test_races.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories import make_category, make_group, make_macro, make_point, make_ticket
from tests.tickets.support import NOW, kinds
from tests.tickets.test_races import meet, outcomes, two
from tickets import actions
from tickets.models import Macro, MacroUse, Tick

__all__ = ["meet"]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_who_tick_a_point_one_has_ticked_it(meet: Callable[..., None]) -> None:
    point = make_point(category=make_category())
    ticket = make_ticket(step="resolution", category=point.category)
    one, other = two(ticket.group)
    meet(Tick.objects, "create")
    ended = outcomes(
        lambda: actions.tick(ticket.pk, by=one, item=point.pk, now=NOW),
        lambda: actions.tick(ticket.pk, by=other, item=point.pk, now=NOW),
    )
    assert ended == ["done", "done"]
    assert Tick.objects.count() == 1
    assert kinds(ticket) == ["ticket.ticked"]


def test_two_uses_at_once_are_two(meet: Callable[..., None]) -> None:
    group, macro = make_group(), make_macro()
    one, _other = two(group)
    first, second = make_ticket(group=group), make_ticket(group=group)
    meet(MacroUse.objects, "get_or_create")
    ended = outcomes(
        lambda: actions.use_macro(first.pk, by=one, macro=macro.pk, now=NOW),
        lambda: actions.use_macro(second.pk, by=one, macro=macro.pk, now=NOW),
    )
    assert ended == ["done", "done"]
    assert Macro.objects.get().uses == 2
    assert MacroUse.objects.get().n == 2
