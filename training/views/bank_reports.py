"""What the bank's pages tell of courses: tests it cannot draw, and how tests went."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Count

from training import items
from training.actions.bank import sentences
from training.models import Attempt, Course, Purpose, Question


class Short(NamedTuple):
    """A course on offer whose test cannot be drawn, and why."""

    course: Course
    said: list[str]


class Results(NamedTuple):
    """How the first tests of a course's present version went; shares and scores of marked ones.

    `n` people, `passed` of them at the first attempt, `mean` score 0-100; `gain` over `pairs`
    people with a test before and after, None below items.FEWEST.
    """

    course: Course
    n: int
    passed: int
    mean: float | None
    pairs: int
    gain: float | None


def short_courses() -> list[Short]:
    """The courses on offer whose test cannot be drawn. Two queries."""
    tallies: dict[int | None, dict[tuple[str, str], int]] = defaultdict(dict)
    rows = Question.objects.in_bank().values("course", "area", "difficulty").order_by()
    for row in rows.annotate(n=Count("pk")):
        tallies[row["course"]][row["area"], row["difficulty"]] = row["n"]
    courses = Course.objects.on_offer().select_related("current").in_order()
    found = [(course, _short(course, tallies[None], tallies[course.pk])) for course in courses]
    return [Short(course, said) for course, said in found if said]


def _short(
    course: Course, common: dict[tuple[str, str], int], own: dict[tuple[str, str], int]
) -> list[str]:
    counts = {place: common.get(place, 0) + own.get(place, 0) for place in {*common, *own}}
    return sentences(course.current.draws if course.current else [], counts)


def course_results() -> list[Results]:
    """Of every course on offer that has a test. Two queries."""
    courses = [
        course
        for course in Course.objects.on_offer().select_related("current").in_order()
        if course.current and course.current.draws
    ]
    versions = {course.current_id: course for course in courses}
    scores: dict[int, dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    passes: dict[int, int] = defaultdict(int)
    rows = Attempt.objects.filter(
        number=1, marked_at__isnull=False, enrolment__version__in=list(versions)
    ).values_list("enrolment__version", "enrolment", "purpose", "score", "passed")
    for version, enrolment, purpose, score, passed in rows:
        scores[version][enrolment][purpose] = float(score or 0)
        passes[version] += bool(passed)
    return [
        _results(course, scores[version], passes[version])
        for version, course in versions.items()
        if version is not None
    ]


def _results(course: Course, scores: dict[int, dict[str, float]], passed: int) -> Results:
    after = [one[Purpose.AFTER] for one in scores.values() if Purpose.AFTER in one]
    pairs = [
        (one[Purpose.BEFORE], one[Purpose.AFTER])
        for one in scores.values()
        if set(one) == set(Purpose.values)
    ]
    n = len(after)
    enough = len(pairs) >= items.FEWEST
    return Results(
        course,
        n,
        passed,
        sum(after) / n if n else None,
        len(pairs),
        items.class_gain(pairs) if enough else None,
    )
