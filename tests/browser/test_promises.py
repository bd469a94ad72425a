"""A promise is changed by whoever runs the work, by hand and without scripts (W1)."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.looks import looked_at
from tests.browser.test_way import Team
from tests.factories import make_customer
from tests.tickets.promises import clock_of, said, save
from tickets import actions
from tickets.models import SlaPolicy, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def started(team: Team) -> tuple[SlaPolicy, Ticket]:
    """The promise of the plan, and a contact that it holds."""
    # the first test finds the one of the migration, whatever follows an emptied table
    row = SlaPolicy.objects.first() or save(team.lead, said(), now=timezone.now())
    ticket = actions.receive(
        by=team.anna,
        customer=make_customer(),
        group=team.group,
        channel="web",
        subject="Card",
        now=timezone.now(),
    )
    return row, ticket


def test_a_change_is_previewed_and_taken_from_now(opens: Opens) -> None:
    team = Team("en")
    row, ticket = started(team)
    page = opens(team.lead).page
    page.goto(f"/settings/promises/{row.pk}/")
    page.locator("#id_first_response_normal").fill("5")
    page.locator("button[value=save]").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator("#id_first_response_normal").fill("20 min")
    page.locator("button[value=save]").click()
    expect(page.locator("#apply-h")).to_be_focused()
    assert looked_at(page, "en") == []
    page.locator("input[name=apply][value=fresh]").check()
    page.locator("button[value=confirm]").click()
    page.wait_for_url("**/settings/promises/")
    assert clock_of(ticket).target_s == 1200


def test_a_promise_is_changed_without_scripts(opens: Opens) -> None:
    team = Team("zh-hans")
    row, ticket = started(team)
    page = opens(team.lead, java_script_enabled=False, locale="zh-CN", width=390).page
    page.goto(f"/settings/promises/{row.pk}/")
    page.locator("#id_first_response_normal").fill("20 分钟")
    page.locator("button[value=save]").click()
    page.locator("button[value=back]").click()
    expect(page.locator("#id_first_response_normal")).to_have_value("20 分钟")
    page.locator("button[value=save]").click()
    page.locator("button[value=confirm]").click()
    page.wait_for_url("**/settings/promises/")
    expect(page.locator("#section")).to_contain_text("20 分钟")
    assert clock_of(ticket).target_s == 300
