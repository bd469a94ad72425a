"""What a question guide may contain, and how a new version comes into force (W2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from tests.factories import QUESTIONS, T0, make_category, make_guide, make_ticket
from tickets import actions
from tickets.guides import faults
from tickets.models import Guide

WHEN: dict[str, Any] = {
    "key": "when",
    "text": {"en": "When?", "zh": "何时？"},
    "type": "choice",
    "required": True,
    "options": [
        {"value": "today", "text": {"en": "Today", "zh": "今天"}},
        {"value": "earlier", "text": {"en": "Earlier", "zh": "更早"}},
    ],
}


def test_a_whole_guide_has_no_faults() -> None:
    follow = {**QUESTIONS[0], "parent": {"key": "when", "value": "today"}}
    assert faults([WHEN, follow]) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"key": "when sent"}, "key"),
        ({"text": {"en": "When?", "zh": ""}}, "text"),
        ({"type": "picture"}, "type"),
        ({"options": WHEN["options"][:1]}, "options"),
        ({"options": [WHEN["options"][0], WHEN["options"][0]]}, "options"),
        (
            {"options": [WHEN["options"][0], {"value": "x", "text": {"en": "x", "zh": ""}}]},
            "options",
        ),
        ({"parent": {"key": "later", "value": "yes"}}, "parent"),
    ],
)
def test_each_fault_is_named(change: dict[str, Any], fault: str) -> None:
    question = WHEN | change
    assert faults([question]) == [f"{question['key']}:{fault}"]


def test_a_follow_up_hangs_on_an_answer_that_can_be_given() -> None:
    follow = {**QUESTIONS[0], "parent": {"key": "when", "value": "never"}}
    assert faults([WHEN, follow]) == ["lost:parent"]


def test_a_guide_without_questions_is_none() -> None:
    assert faults([]) == ["guide:empty"]


@pytest.mark.django_db
def test_publishing_makes_the_next_version_and_running_tickets_keep_theirs(manager: User) -> None:
    first = make_guide()
    ticket = make_ticket(step="analysis", category=first.category, guide=first)
    second = actions.publish_guide(first.category_id, by=manager, questions=[WHEN], now=T0)
    assert (second.version, second.in_force, second.made_by) == (2, True, manager)
    first.refresh_from_db()
    ticket.refresh_from_db()
    assert first.in_force is False
    assert first.questions == QUESTIONS
    assert ticket.guide == first
    entry = Entry.objects.get(kind="guide.published")
    assert (entry.by_id, entry.data["version"]) == (manager.pk, 2)


@pytest.mark.django_db
def test_the_first_version_is_one(manager: User) -> None:
    made = actions.publish_guide(make_category().pk, by=manager, questions=[WHEN], now=T0)
    assert made.version == 1


@pytest.mark.django_db
def test_faulty_questions_are_refused_and_nothing_is_written(manager: User) -> None:
    guide = make_guide()
    with pytest.raises(InvalidError, match="both languages") as refused:
        actions.publish_guide(
            guide.category_id, by=manager, questions=[WHEN | {"options": []}], now=T0
        )
    assert refused.value.field == "questions"
    assert Guide.objects.get() == guide
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_the_same_questions_make_no_version(manager: User) -> None:
    guide = make_guide()
    with pytest.raises(RefusedError, match="in force already"):
        actions.publish_guide(guide.category_id, by=manager, questions=QUESTIONS, now=T0)
    assert Guide.objects.count() == 1


@pytest.mark.django_db
def test_a_specialist_cannot_publish(owner: User) -> None:
    category = make_category()
    with pytest.raises(PermissionDenied):
        actions.publish_guide(category.pk, by=owner, questions=[WHEN], now=T0)
    assert not Guide.objects.exists()
