"""From an author's first word to a specialist's pass, page by page (L1-L5)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from teams.models import User
from tests.training.bank import right, wrong
from tests.training.factories import make_cycle, make_member
from training import quarters
from training.models import Attempt, Course, Enrolment, Record

pytestmark = pytest.mark.django_db

QUESTION = {
    "kind": "single",
    "text": "What first?",
    "area": "product",
    "difficulty": "easy",
    "points": "1",
    "options-TOTAL_FORMS": "2",
    "options-INITIAL_FORMS": "0",
    "options-0-text": "Block the card",
    "options-0-right": "on",
    "options-1-text": "Ask for the PIN",
}


def _written(author: Client) -> Course:
    """A course with one lesson and a test of one question, published by its author."""
    author.post("/training/bank/new/", QUESTION)
    author.post("/training/courses/new/", {"name": "Cards", "area": "product", "minutes": "20"})
    course = Course.objects.get()
    address = f"/training/courses/{course.pk}/"
    author.post(f"{address}write/new/", {"title": "One", "text": "# Read me"})
    author.post(f"{address}test/", {"pass_mark": "80", "attempts": "2", "draw.product.easy": "1"})
    author.post(f"{address}do/publish/")
    course.refresh_from_db()
    assert course.on_offer
    return course


def _tried(learner: Client, enrolment: Enrolment, *, knows: bool) -> str:
    """One attempt, answered rightly or not: what the learner reads after it."""
    learner.post(f"/training/tests/of/{enrolment.pk}/begin/")
    attempt = Attempt.objects.order_by("-pk")[0]
    item = attempt.items.select_related("question").get()
    given = right(item) if knows else wrong(item)
    body = {"seen": "0", "window": "w", "answer": [str(place) for place in given["chosen"]]}
    url = f"/training/tests/{attempt.pk}/"
    learner.post(f"{url}{item.position}/", body)
    return learner.post(f"{url}hand-in/", follow=True).content.decode()


def test_a_specialist_learns_fails_tries_again_and_passes_and_the_quarter_knows(
    owner: User, owner_browser: Client, manager_browser: Client
) -> None:
    days = quarters.bounds(quarters.Quarter.of(timezone.localdate()))
    cycle = make_cycle(starts_on=days.first, ends_on=days.last)
    member = make_member(user=owner, cycle=cycle, since=days.first, due_on=days.last)
    assert "Quarterly training" in owner_browser.get("/training/").content.decode()
    course = _written(manager_browser)
    address = f"/training/courses/{course.pk}/"
    lesson = owner_browser.post(f"{address}begin/").headers["Location"]
    assert "Start the test" not in owner_browser.get(address).content.decode()
    owner_browser.post(lesson)
    assert "Start the test" in owner_browser.get(address).content.decode()
    enrolment = Enrolment.objects.get()
    _tried(owner_browser, enrolment, knows=False)
    assert not Record.objects.exists()
    assert "Start the test" in owner_browser.get(address).content.decode()
    _tried(owner_browser, enrolment, knows=True)
    row = Record.objects.get()
    assert (row.user, row.source) == (owner, f"enrolment:{enrolment.pk}")
    assert row.score == 100
    member.refresh_from_db()
    assert member.attended_at is not None
    assert "Quarterly training" not in owner_browser.get("/training/").content.decode()
    assert "Passed on" in owner_browser.get(address).content.decode()


def test_who_used_up_every_attempt_reads_so_and_may_begin_anew(
    owner_browser: Client, manager_browser: Client
) -> None:
    course = _written(manager_browser)
    address = f"/training/courses/{course.pk}/"
    owner_browser.post(owner_browser.post(f"{address}begin/").headers["Location"])
    enrolment = Enrolment.objects.get()
    for _ in range(2):
        _tried(owner_browser, enrolment, knows=False)
    shown = owner_browser.get(address).content.decode()
    assert "Every attempt is used up" in shown
    assert "Begin again" in shown
    owner_browser.post(f"{address}begin/")
    assert Enrolment.objects.count() == 2
