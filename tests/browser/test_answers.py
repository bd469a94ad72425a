"""A test in the browser: each answer is kept as it is given, line or no line, script or none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from teams.models import User
from tests.browser.conftest import Opens
from tests.factories import make_group, make_user
from tests.training.bank import make_attempt
from training.models import Attempt

pytestmark = pytest.mark.django_db(transaction=True)
FAR = 10**8  # seconds from T0


@pytest.fixture
def learner(transactional_db: None) -> User:
    return make_user(groups=[make_group()])


def given(attempt: Attempt, position: int = 1) -> object:
    return attempt.items.get(position=position).given


def test_a_choice_is_kept_at_once_and_a_lost_line_loses_nothing(
    learner: User, opens: Opens
) -> None:
    attempt = make_attempt(learner, kinds=("single",), time_limit_s=FAR)
    watched = opens(learner, width=390)
    page = watched.page
    page.goto(f"/training/tests/{attempt.pk}/")
    page.locator("label.pill").nth(0).click()
    expect(page.locator("#saved .st-ok")).to_be_visible()
    assert given(attempt) == {"chosen": [1]}
    page.context.set_offline(True)
    page.locator("label.pill").nth(2).click()
    expect(page.locator("#unsaved")).to_be_visible()
    assert given(attempt) == {"chosen": [1]}
    page.context.set_offline(False)
    expect(page.locator("#unsaved")).to_be_hidden()
    expect(page.locator("#saved .st-ok")).to_be_visible()
    assert given(attempt) == {"chosen": [3]}
    page.reload()
    expect(page.locator("[name=answer]").nth(2)).to_be_checked()
    # what was sent into the time without a connection failed, as it must
    watched.complaints = [line for line in watched.complaints if "Failed to fetch" not in line]


def test_what_one_writes_is_kept_while_one_writes(learner: User, opens: Opens) -> None:
    attempt = make_attempt(learner, kinds=("text",), time_limit_s=FAR)
    page = opens(learner).page
    page.goto(f"/training/tests/{attempt.pk}/")
    box = page.locator("textarea")
    box.click()
    page.keyboard.type("I would listen")
    expect(page.locator("#saved .st-ok")).to_be_visible()
    expect(box).to_be_focused()
    page.keyboard.type(" first")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/?q=end")
    assert given(attempt) == {"text": "I would listen first"}


def test_the_last_minute_is_announced_once_and_its_end_leads_to_the_result(
    learner: User, opens: Opens
) -> None:
    attempt = make_attempt(learner, kinds=("single",), time_limit_s=FAR)
    attempts = Attempt.objects.filter(pk=attempt.pk)
    attempts.update(deadline_at=timezone.now() + timedelta(seconds=80))
    page = opens(learner).page
    page.goto(f"/training/tests/{attempt.pk}/")
    expect(page.locator("#announce")).to_contain_text("1 minute left", timeout=30_000)
    expect(page.locator("#time-left")).to_have_attribute("data-soon", "")
    attempts.update(deadline_at=timezone.now() + timedelta(seconds=2))
    page.reload()
    page.wait_for_url("**/result/")
    assert attempts.get().ended == "ran_out"


def test_a_test_works_without_scripts(learner: User, opens: Opens) -> None:
    kinds = ("single", "multiple", "ordering", "matching", "text")
    attempt = make_attempt(learner, kinds=kinds, time_limit_s=FAR)
    page = opens(learner, java_script_enabled=False).page
    page.goto(f"/training/tests/of/{attempt.enrolment_id}/")
    page.locator("button[name=purpose]").click()
    for _question in kinds:
        if page.locator("label.pill").count():
            page.locator("label.pill").first.click()
        elif page.locator("textarea").count():
            page.locator("textarea").fill("I would listen first")
        for place, select in enumerate(page.locator("#answer select").all(), 1):
            select.select_option(str(place))
        page.locator("button.btn-primary[name=then]").click()
    page.locator("main form button").click()
    page.wait_for_url("**/result/")
    assert all(item.is_answered for item in attempt.items.all())
    assert attempt.items.filter(waits_since__isnull=False).count() == 1
