"""The question bank: a question is written, replaced by another wording, retired (plan L1-L4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from training import drawing, marking
from training.models import Area, Course, Difficulty, Kind, Question
from training.models.courses import CourseVersion

FIELDS = (
    *("kind", "area", "difficulty", "course", "text", "text_zh", "options"),
    *("why", "why_zh", "points"),
)


@transaction.atomic
def save_question(
    question_id: int | None,
    *,
    by: User,
    now: datetime,
    kind: str,
    area: str,
    difficulty: str,
    text: str,
    options: Sequence[Mapping[str, Any]] = (),
    text_zh: str = "",
    why: str = "",
    why_zh: str = "",
    points: int = 1,
    course: Course | None = None,
) -> Question:
    """Write a question (`question_id` None), or one that takes the place of another.

    Answers that were given keep the row they answered. Saved without a change nothing is written.
    Raises PermissionDenied, Question.DoesNotExist, InvalidError, ChangedError (somebody replaced
    it), RefusedError (retired; or it moves away from a course's test that needs it).
    """
    by.must(Can.AUTHOR_COURSES)
    old = _present(question_id) if question_id else None
    made = Question(
        kind=kind,
        area=area,
        difficulty=difficulty,
        course=course,
        text=text.strip(),
        text_zh=text_zh.strip(),
        options=_options(kind, options),
        why=why.strip(),
        why_zh=why_zh.strip(),
        points=points,
        replaces=old,
        made_at=now,
        made_by=by,
    )
    _check(made)
    if old is not None and all(getattr(old, name) == getattr(made, name) for name in FIELDS):
        return old
    if old is not None:
        _retire(old, now=now)
    made.save()
    if old is not None:
        _still_drawn(old)
    replaced = old.pk if old else None
    record("question.saved", "question", made.pk, by=by, now=now, replaces=replaced, area=area)
    return made


@transaction.atomic
def retire_question(question_id: int, *, by: User, now: datetime) -> Question:
    """Take a question out of the bank; what was answered stays.

    Raises PermissionDenied, Question.DoesNotExist, ChangedError, RefusedError (retired already; or
    the test of a course needs it).
    """
    by.must(Can.AUTHOR_COURSES)
    question = _present(question_id)
    _retire(question, now=now)
    _still_drawn(question)
    record("question.retired", "question", question.pk, by=by, now=now)
    return question


def _present(question_id: int) -> Question:
    """The question, row-locked, as long as it is in the bank."""
    question = Question.objects.select_for_update(of=("self",)).get(pk=question_id)
    if Question.objects.filter(replaces=question).exists():
        raise ChangedError(_("Somebody has changed this question since you opened it."))
    if question.retired_at is not None:
        raise RefusedError(_("This question is retired."))
    return question


def _retire(question: Question, *, now: datetime) -> None:
    question.retired_at = now
    question.save(update_fields=["retired_at"])


def _options(kind: str, options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is kept of them for this kind."""
    texts = ["text", "text_zh", *(["partner", "partner_zh"] if kind == Kind.MATCHING else [])]
    chosen = kind in {Kind.SINGLE, Kind.MULTIPLE}
    return [
        {name: str(one.get(name) or "").strip() for name in texts}
        | ({"right": bool(one.get("right"))} if chosen else {})
        for one in (options if kind != Kind.TEXT else ())
    ]


def _check(made: Question) -> None:
    """Raises InvalidError unless it can be asked."""
    choices = {"kind": Kind.values, "area": Area.values, "difficulty": Difficulty.values}
    for name, values in choices.items():
        if getattr(made, name) not in values:
            raise InvalidError(name, _("Choose one of the list."))
    if not made.text:
        raise InvalidError("text", _("Write the question."))
    if not 1 <= made.points <= 10:
        raise InvalidError("points", _("Enter points from 1 to 10."))
    fault = marking.fault(made.kind, made.options)
    if fault:
        raise InvalidError("options", _fault_words()[fault])


def _fault_words() -> dict[str, str]:
    most = {"most": marking.MOST_OPTIONS}
    return {
        "few": _("Write at least two answers to choose from."),
        "many": _("Write at most %(most)s answers to choose from.") % most,
        "blank": _("Write the text of every answer."),
        "twice": _("Two answers are the same."),
        "one_right": _("Mark exactly one answer as right."),
        "some_right": _("Mark at least one answer as right."),
        "partner": _("Write what belongs to each answer, at least two different ones."),
    }


# ---- whether the bank suffices ------------------------------------------------------------------
def shortage(course: Course, draws: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each draw that the bank has too few questions for. Runs one query."""
    rows = Question.objects.for_course(course).values("area", "difficulty").annotate(n=Count("pk"))
    counts = {(row["area"], row["difficulty"]): row["n"] for row in rows.order_by()}
    return sentences(draws, counts)


def sentences(
    draws: Sequence[Mapping[str, Any]], counts: Mapping[tuple[str, str], int]
) -> list[str]:
    """The same for a bank that has `counts`: (area, difficulty) -> questions."""
    return [words_of(short) for short in drawing.lacks(drawing.read(draws), counts)]


def words_of(short: drawing.Short) -> str:
    """One shortage, for the author."""
    draw = short.draw
    names = {"area": Area(draw.area).label, "n": draw.n, "has": short.has}
    if draw.difficulty == drawing.ANY:
        said = _("%(area)s: the test draws %(n)s questions, the bank has %(has)s.")
        return said % names
    said = _("%(area)s, %(difficulty)s: the test draws %(n)s questions, the bank has %(has)s.")
    return said % {**names, "difficulty": Difficulty(draw.difficulty).label}


def _still_drawn(question: Question) -> None:
    """Raises RefusedError when a course on offer could no longer draw its test.

    Called with the question retired, in the transaction that would do it.
    """
    versions = CourseVersion.objects.filter(
        pk__in=Course.objects.on_offer().values("current")
    ).select_related("course")
    if question.course_id is not None:
        versions = versions.filter(course=question.course_id)
    for version in versions:
        if not any(draw.get("area") == question.area for draw in version.draws):
            continue
        said = shortage(version.course, version.draws)
        if said:
            names = {"course": version.course, "short": " ".join(said)}
            raise RefusedError(_("The test of “%(course)s” needs it. %(short)s") % names)
