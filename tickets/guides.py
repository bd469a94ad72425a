"""Question guides (W2): what a version may contain, and whether answers fit it. Pure.

A guide is a list of questions:
`{"key", "text": {"en", "zh"}, "type", "options": [{"value", "text": {…}}], "required",
"parent": {"key", "value"}}`; `type` is choice, multi, text, number, amount, date or yesno.
An amount is `{"value": "48200.00", "currency": "EUR"}`. "Not sure" is an answer to every question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

TYPES = ("choice", "multi", "text", "number", "amount", "date", "yesno")
NOT_SURE = "not_sure"
LONGEST, DIGITS = 2000, 20
Question = Mapping[str, Any]


def faults(questions: Sequence[Question]) -> list[str]:
    """What is wrong with a guide's questions, as codes `key:fault`; empty: it may be published."""
    found: list[str] = [] if questions else ["guide:empty"]
    seen: dict[str, set[str]] = {}
    for place, given in enumerate(questions, 1):
        question = _mapping(given)
        key = str(question.get("key", ""))
        name = key or f"#{place}"
        if not key.isidentifier():
            found.append(f"{name}:key")
        if key in seen:
            found.append(f"{name}:twice")
        found += [f"{name}:{fault}" for fault in _question_faults(question, seen)]
        seen[key] = _values(question)
    return found


def _values(question: Question) -> set[str]:
    """The answers that a follow-up may hang on."""
    if question.get("type") == "yesno":
        return {"yes", "no"}
    return {str(option.get("value")) for option in _options(question)}


def _mapping(given: Any) -> Mapping[str, Any]:
    """What programs send need not be what is asked for; anything else is an empty one."""
    return given if isinstance(given, Mapping) else {}


def _options(question: Question) -> list[Mapping[str, Any]]:
    options = question.get("options")
    return [_mapping(option) for option in options] if isinstance(options, list | tuple) else []


def _question_faults(question: Question, before: Mapping[str, set[str]]) -> list[str]:
    found = []
    text = _mapping(question.get("text"))
    if not text.get("en") or not text.get("zh"):
        found.append("text")
    if question.get("type") not in TYPES:
        found.append("type")
    if question.get("type") in ("choice", "multi") and not _options_stand(question):
        found.append("options")
    parent = question.get("parent")
    if parent:
        key, value = (str(_mapping(parent).get(part)) for part in ("key", "value"))
        if value not in before.get(key, set()):
            found.append("parent")
    return found


def _options_stand(question: Question) -> bool:
    """At least two options, each with its own value and both texts."""
    options = _options(question)
    texts = [_mapping(option.get("text")) for option in options]
    whole = all(text.get("en") and text.get("zh") for text in texts)
    return len(options) >= 2 and whole and len(_values(question)) == len(options)


def asked(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[Question]:
    """The questions that apply: a follow-up only where its parent has the answer that calls it."""
    shown: list[Question] = []
    keys: set[str] = set()
    for question in questions:
        parent = question.get("parent")
        called = not parent or (
            parent["key"] in keys and _holds(answers.get(parent["key"]), parent["value"])
        )
        if not called:
            continue
        shown.append(question)
        keys.add(question["key"])
    return shown


def _holds(answer: Any, value: str) -> bool:
    return value in answer if isinstance(answer, list) else answer == value


def check(
    questions: Sequence[Question], answers: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """(answers in their types, faults by key: `missing`, `wrong`). Unasked ones are dropped."""
    clean: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for question in asked(questions, answers):
        key, given = question["key"], answers.get(question["key"])
        if _blank(given):
            if question.get("required", True):
                wrong[key] = "missing"
            continue
        try:
            clean[key] = _typed(question, given)
        except (ValueError, InvalidOperation, TypeError, AttributeError):
            wrong[key] = "wrong"
    return clean, wrong


def _blank(given: Any) -> bool:
    """No answer at all: nothing, blanks, or an amount without its value."""
    if isinstance(given, Mapping):
        return _blank(given.get("value"))
    return given in (None, []) or (isinstance(given, str) and not given.strip())


def _typed(question: Question, given: Any) -> Any:
    """The answer in its type. Raises ValueError and its like when it does not fit."""
    if given in (NOT_SURE, [NOT_SURE]):
        return NOT_SURE
    kind = question["type"]
    if kind in {"choice", "multi", "yesno"}:
        return _option(question, given)
    if kind == "amount":
        return {"value": _number(given["value"]), "currency": _currency(given.get("currency", ""))}
    if kind == "number":
        return _number(given)
    if kind == "date":
        return date.fromisoformat(str(given)).isoformat()
    if not isinstance(given, str | int | float):
        raise ValueError(given)
    return str(given).strip()[:LONGEST]


def _option(question: Question, given: Any) -> Any:
    if question["type"] == "yesno":
        known = {"yes", "no"}
    else:
        known = {option["value"] for option in question["options"]}
    chosen = list(given) if isinstance(given, list | tuple) else [given]
    if not set(chosen) <= known or (question["type"] != "multi" and len(chosen) != 1):
        raise ValueError(given)
    return list(dict.fromkeys(chosen)) if question["type"] == "multi" else chosen[0]


def _number(given: Any) -> str:
    """Plain digits. Bounded, since `1e999999999` would be written out with all its noughts."""
    value = Decimal(str(given)[:64].replace(",", "").strip())
    if not value.is_finite() or abs(value.adjusted()) > DIGITS:
        raise ValueError(given)
    return format(value, "f")


def _currency(given: str) -> str:
    if len(given) != 3 or not (given.isascii() and given.isalpha()):
        raise ValueError(given)
    return given.upper()


def suggested(subject: str, words: Iterable[tuple[int, str]]) -> int | None:
    """The key of the category most of whose words stand in `subject`; None: none stands there.

    `words`: (key, words separated by commas, in both languages). The longer words win a tie.
    """
    text = subject.lower()
    best, most = None, 0
    for key, given in words:
        known = {word.strip().lower() for word in given.replace("，", ",").split(",")} - {""}
        weight = sum(len(word) for word in known if word in text)
        if weight > most:
            best, most = key, weight
    return best
