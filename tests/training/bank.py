"""Makers of questions, of courses with a test, and of tests (training/models/bank.py)."""

from __future__ import annotations

from itertools import count
from typing import Any

from teams.models import User
from tests.factories import T0, after, make_manager
from tests.training.factories import make_course
from training import actions
from training.models import Attempt, AttemptItem, Course, CourseVersion, Enrolment, Question

_n = count(1)
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "single": [
        {"text": "Block it at once", "text_zh": "立即挂失", "right": True},
        {"text": "Wait a day", "text_zh": "等一天", "right": False},
        {"text": "Ask a colleague", "text_zh": "问同事", "right": False},
    ],
    "multiple": [
        {"text": "Name", "text_zh": "姓名", "right": True},
        {"text": "Date of birth", "text_zh": "出生日期", "right": True},
        {"text": "PIN", "text_zh": "密码", "right": False},
    ],
    "ordering": [
        {"text": "Greet", "text_zh": "问候"},
        {"text": "Listen", "text_zh": "倾听"},
        {"text": "Answer", "text_zh": "回答"},
    ],
    "matching": [
        {"text": "Loan", "text_zh": "贷款", "partner": "Credit", "partner_zh": "信贷"},
        {"text": "Transfer", "text_zh": "转账", "partner": "Payments", "partner_zh": "支付"},
    ],
    "text": [],
}


def make_question(**over: Any) -> Question:
    """A question in the bank: single, communication, easy, one point."""
    kind = over.get("kind", "single")
    fields = {
        "kind": kind,
        "area": "communication",
        "difficulty": "easy",
        "text": f"Question {next(_n)}",
        "text_zh": "问题",
        "options": OPTIONS[kind],
        "why": "Because the card could be used",
        "made_at": T0,
        "made_by": over.pop("made_by", None) or make_manager(),
    }
    return Question.objects.create(**fields | over)


def make_tested_course(*, n: int = 2, **over: Any) -> Course:
    """A course whose test draws `n` easy questions of communication; passed from 80 on."""
    course = make_course()
    version = course.current
    assert version is not None
    draws = [{"area": "communication", "difficulty": "easy", "n": n}]
    CourseVersion.objects.filter(pk=version.pk).update(**{"draws": draws} | over)
    course.current = CourseVersion.objects.get(pk=version.pk)
    return course


def make_enrolment(user: User, *, course: Course | None = None, **over: Any) -> Enrolment:
    """Begun at T0, nothing read; the course has no lessons unless they are made."""
    course = course or make_tested_course()
    fields = {"course": course, "version": course.current, "begun_at": T0}
    return Enrolment.objects.create(user=user, **fields | over)


def make_attempt(
    user: User, *, kinds: tuple[str, ...] = ("single", "single"), **over: Any
) -> Attempt:
    """A test going on since T0 that asks a question of each of `kinds`, in an order of chance."""
    author = make_manager()
    course = make_tested_course(n=len(kinds), **over)
    for kind in kinds:
        make_question(kind=kind, made_by=author, course=course)
    enrolment = make_enrolment(user, course=course)
    return actions.start_test(enrolment.pk, by=user, now=T0)


def right(item: Any) -> dict[str, Any]:
    """The right answer to a question of a test, as its page would send it."""
    options, shown = item.question.options, item.mix
    places = {number: place for place, number in enumerate(shown.options, 1)}
    kind = item.question.kind
    if kind in {"single", "multiple"}:
        rights = [number for number, one in enumerate(options) if one["right"]]
        return {"chosen": sorted(places[number] for number in rights)}
    if kind == "ordering":
        return {"places": {str(places[number]): number + 1 for number in range(len(options))}}
    if kind == "matching":
        ends = {number: place for place, number in enumerate(shown.partners, 1)}
        return {"pairs": {str(places[number]): ends[number] for number in range(len(options))}}
    return {"text": "I would listen first"}


def wrong(item: Any) -> dict[str, Any]:
    """A wrong answer to a question with one right answer."""
    at = next(n for n, one in enumerate(item.question.options) if not one["right"])
    return {"chosen": [item.mix.options.index(at) + 1]}


def answer_all(attempt: Attempt, *, hits: int = 99, now: Any = T0) -> None:
    """Answer the first `hits` questions rightly and the others wrongly."""
    user = attempt.enrolment.user
    for item in attempt.items.select_related("question").order_by("position"):
        given = right(item) if item.position <= hits else wrong(item)
        actions.save_answer(attempt.pk, item.position, by=user, now=now, given=given)


def waiting(user: User) -> AttemptItem:
    """A free text that waits for a trainer since a minute after T0."""
    attempt = make_attempt(user, kinds=("text",))
    answer_all(attempt)
    actions.hand_in(attempt.pk, by=user, now=after(60))
    return attempt.items.select_related("question").get()
