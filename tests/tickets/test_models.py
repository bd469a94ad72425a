"""Tickets: what may never be true, and the one table of moves."""

from __future__ import annotations

import pytest

from tests.factories import make_ticket
from tickets.models import Step, Ticket


@pytest.mark.django_db
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("waiting", ["nobody", "customer", "expert"])
def test_the_factory_makes_a_ticket_in_every_step(step: str, waiting: str) -> None:
    ticket = make_ticket(step=step, waiting_on=waiting)
    assert Ticket.objects.get(pk=ticket.pk).step == step
