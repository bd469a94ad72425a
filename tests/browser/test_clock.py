"""A promise seen to run: countdown, warning, hand-on and breach, each on time (W1, rule 16)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from teams.models import User
from tests.browser.conftest import Opens
from tests.browser.test_way import Team
from tests.factories import make_customer
from tests.tickets.support import clock_of, make_policy
from tickets import actions, policy
from tickets.models import Clock, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
TARGET_S, WARN_S, HAND_ON_S = 16, 5, 9
ON_TIME_S = 2.0
LONGEST_S = 30


def short_promise() -> None:
    """Sixteen seconds in the place of five minutes: all that happens, in the time a test has."""
    first: dict[str, Any] = {
        "seconds": dict.fromkeys(policy.PRIORITIES, TARGET_S),
        "warn_s": [WARN_S],
        "hand_on_s": HAND_ON_S,
    }
    targets = {**policy.DEFAULT["targets"]}
    targets["first_response"] = {**targets["first_response"], **first}
    make_policy({**policy.DEFAULT, "targets": targets})


def beating_until(page: Page, seen: Callable[[], bool]) -> None:
    """The schedule's beat every half second, as the worker has it, until `seen`."""
    began = timezone.now()
    while not seen():
        actions.flag_breaches(now=timezone.now(), limit=99)
        assert (timezone.now() - began).total_seconds() < LONGEST_S
        page.wait_for_timeout(500)


def noted(row: Clock, kind: str) -> list[tuple[datetime, datetime]]:
    return list(row.events.filter(kind=kind).values_list("at", "noted_at"))


def on_time(row: Clock, kind: str, after_s: float) -> None:
    """It happened `after_s` after the start, once, and was said within two seconds."""
    ((at, said),) = noted(row, kind)
    assert (at - row.started_at).total_seconds() == after_s
    assert 0 <= (said - at).total_seconds() <= ON_TIME_S


def test_a_promise_counts_down_warns_is_handed_on_and_breaks_on_time(opens: Opens) -> None:
    team = Team("en")
    short_promise()
    User.objects.exclude(pk=team.anna.pk).update(presence="away")
    page = opens(team.anna).page
    page.goto("/queue/")
    ticket = actions.receive(
        by=team.anna,
        channel="web",
        subject="Card eaten",
        customer=make_customer(),
        group=team.group,
        now=timezone.now(),
    )
    assert ticket.owner == team.anna
    page.goto(f"/t/{ticket.pk}/")
    chip = page.locator("#ticket .sla-t").first
    expect(chip).to_have_text(re.compile(r"^0:1\d left$"))
    shown = str(chip.text_content())
    left = (ticket.respond_by - timezone.now()).total_seconds()
    assert abs(int(shown.split()[0].split(":")[1]) - left) <= 1.5, "the countdown is the clock's"

    row = clock_of(ticket)
    beating_until(page, lambda: bool(noted(row, "warn")))
    on_time(row, "warn", WARN_S)

    free = team.ben
    User.objects.filter(pk=free.pk).update(presence="available")
    beating_until(page, lambda: bool(noted(row, "hand_on")))
    on_time(row, "hand_on", HAND_ON_S)
    ticket.refresh_from_db()
    assert ticket.owner == free
    theirs = opens(free).page
    theirs.goto("/queue/")
    expect(theirs.locator(f"#row-{ticket.pk}")).to_be_visible()

    theirs.goto(f"/t/{ticket.pk}/")
    beating_until(theirs, lambda: bool(noted(row, "breach")))
    on_time(row, "breach", TARGET_S)
    expect(theirs.locator("#ticket .sla-t").first).to_have_text(re.compile(r"^Late 0:\d\d$"))
    theirs.reload()
    expect(theirs.locator("body")).to_contain_text("The time for the first answer ran out")
    assert Ticket.objects.get(pk=ticket.pk).breached_at is not None
