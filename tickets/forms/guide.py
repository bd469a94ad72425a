"""A question guide as a form: its questions with their controls, and the answers read back (W2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from csservice.lib.wording import listed
from tickets.guides import NOT_SURE, Question, asked
from tickets.models.catalogue import in_language

PREFIX = "answer-"
CURRENCIES = ("CNY", "USD", "EUR", "HKD", "GBP", "JPY")


@dataclass(frozen=True, slots=True)
class Option:
    """One pill of a question."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, ready to print. `control`: pills, ticks, text, number, amount or date."""

    key: str
    name: str
    text: str
    control: str
    value: str
    options: Sequence[Option] = ()
    currency: str = ""
    currencies: Sequence[str] = CURRENCIES
    unsure: bool = False
    follows: bool = False
    optional: bool = False
    error: str = ""


def read_answers(questions: Sequence[Question], given: QueryDict) -> dict[str, Any]:
    """The answers that a form sent, as `guides.check` takes them."""
    found: dict[str, Any] = {}
    for question in questions:
        key, name = question["key"], PREFIX + question["key"]
        if given.get(f"{name}-unsure"):
            found[key] = NOT_SURE
        elif question["type"] == "multi":
            found[key] = given.getlist(name)
        elif question["type"] == "amount":
            currency = given.get(f"{name}-currency", "")
            found[key] = {"value": given.get(name, "").strip(), "currency": currency}
        else:
            found[key] = given.get(name, "").strip()
    return found


def questions_of(
    questions: Sequence[Question], answers: Mapping[str, Any], errors: Mapping[str, str]
) -> list[Asked]:
    """The questions that apply to `answers`, with what was answered and what is wrong."""
    return [_asked(q, answers.get(q["key"]), errors) for q in asked(questions, answers)]


def told(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Question and answer in words, in the reader's language: for summaries and hand-overs."""
    return [
        (_text(question["text"]), _said(question, answers[question["key"]]))
        for question in asked(questions, answers)
        if question["key"] in answers
    ]


def answered(questions: Sequence[Question], answers: Mapping[str, Any]) -> tuple[int, int]:
    """(how many of the questions that apply are answered, how many apply)."""
    apply = asked(questions, answers)
    return sum(bool(answers.get(question["key"])) for question in apply), len(apply)


def _text(text: Mapping[str, str]) -> str:
    return in_language(text.get("en", ""), text.get("zh", ""))


def _choices(question: Question) -> list[tuple[str, str]]:
    if question["type"] == "yesno":
        options = [("yes", _("Yes")), ("no", _("No"))]
    else:
        options = [(o["value"], _text(o["text"])) for o in question.get("options") or []]
    return [*options, (NOT_SURE, _("Not sure"))]


def _asked(question: Question, answer: Any, errors: Mapping[str, str]) -> Asked:
    kind = str(question["type"])
    controls: dict[str, str] = {"choice": "pills", "yesno": "pills", "multi": "ticks"}
    chosen = set(answer) if isinstance(answer, list | tuple) else {answer}
    amount = answer if isinstance(answer, Mapping) else {}
    plain = answer if isinstance(answer, str) and answer != NOT_SURE else ""
    options = _choices(question) if kind in controls else []
    return Asked(
        key=question["key"],
        name=PREFIX + question["key"],
        text=_text(question["text"]),
        control=controls.get(kind, kind),
        value=str(amount.get("value") or plain),
        options=[Option(value, label, value in chosen) for value, label in options],
        currency=str(amount.get("currency") or CURRENCIES[0]),
        unsure=answer == NOT_SURE,
        follows=bool(question.get("parent")),
        optional=not question.get("required", True),
        error=errors.get(question["key"], ""),
    )


def _said(question: Question, answer: Any) -> str:
    """An answer in words."""
    if answer == NOT_SURE:
        return _("Not sure")
    if isinstance(answer, Mapping):
        return f"{answer.get('value', '')} {answer.get('currency', '')}".strip()
    labels: dict[str, str] = (
        dict(_choices(question)) if question["type"] in {"choice", "multi", "yesno"} else {}
    )
    if isinstance(answer, list):
        return listed(labels.get(value, value) for value in answer)
    return labels.get(answer, str(answer))
