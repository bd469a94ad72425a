"""Standing rows of the ticket tests."""

from __future__ import annotations

import pytest

from teams.models import User
from tests.factories import T0
from tickets import actions
from tickets.models import Customer

NUMBER = "6222000012347730"


@pytest.fixture
def li_na(owner: User) -> Customer:
    """As an action makes her: searchable in both scripts, with phone and account number."""
    return actions.make_customer(
        by=owner,
        now=T0,
        name="李娜",
        other_name="Li Na",
        segment="personal",
        contacts=[{"kind": "phone", "value": "13800138000", "preferred": True}],
        identifiers=[{"kind": "account", "number": NUMBER}],
    )
