"""The week of opening hours is drawn while it is typed, and the typing goes on (W1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_drawing_follows_the_fields_and_leaves_them_alone(opens: Opens) -> None:
    page = opens(make_user(role="director")).page
    page.goto("/settings/hours/new/")
    monday, nights = page.locator("[name=day_0]"), page.locator("#drawn .bar-night")
    expect(nights).to_have_count(0)
    monday.fill("")
    monday.press_sequentially("22:00-06:00")
    expect(nights).to_have_count(1)
    expect(monday).to_be_focused()
    expect(monday).to_have_value("22:00-06:00")
    page.locator("[name=day_1]").fill("nine")
    expect(page.locator("#drawn")).to_contain_text("Not readable yet: Tuesday.")
    page.locator("[name=always]").check()
    expect(page.locator("#drawn rect[width='1440']")).to_have_count(7)
