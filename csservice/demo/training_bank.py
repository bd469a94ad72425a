"""The question bank of the demo, two courses with a test, and the tests that people took."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from csservice.demo.people import Team
from csservice.demo.stories import read
from teams.models import User
from training import actions
from training.models import Attempt, AttemptItem, Course, Enrolment, Kind, Purpose

DAY = timedelta(days=1)
TEXT = "I would say that I am sorry, keep the case, and name the time at which I call back."


def make_bank(team: Team, *, made: datetime) -> None:
    """Write the questions in the director's name."""
    by = team.people["director"]
    for known in read("questions")["questions"]:
        kind = known["kind"]
        actions.save_question(
            None,
            by=by,
            now=made,
            kind=kind,
            area=known["area"],
            difficulty=known["difficulty"],
            text=known["text"][0],
            text_zh=known["text"][1],
            options=[_option(kind, one) for one in known.get("options", [])],
            why=known["why"][0],
            why_zh=known["why"][1],
            points=known.get("points", 1),
        )


def _option(kind: str, told: list[Any]) -> dict[str, Any]:
    text, chinese, *rest = told
    if kind == Kind.MATCHING:
        rest = [rest[0], rest[1]]
        return {"text": text, "text_zh": chinese, "partner": rest[0], "partner_zh": rest[1]}
    return {"text": text, "text_zh": chinese, "right": bool(rest and rest[0])}


def make_tests(team: Team, *, random: Random, since: datetime, now: datetime) -> None:
    """The refreshers: everybody has taken the one of service twice, the other one once.

    What visitors find: a test to begin, one failed with attempts left, texts that wait.
    """
    service, emergency = (
        _course(team, told, made=since) for told in deepcopy(read("questions")["courses"])
    )
    people = list(User.objects.filter(role__in=("specialist", "support")).in_name_order())
    skill = {user.pk: random.uniform(0.55, 0.95) for user in people}
    manager = team.people["manager"]
    for days in (75, 45):
        for user in people:
            at = now - timedelta(days=days - random.randint(0, 20))
            _take(user, service, skill[user.pk], manager, random=random, at=max(since + DAY, at))
    for user in people:
        at = now - timedelta(days=random.randint(3, 30))
        _take(user, emergency, skill[user.pk], manager, random=random, at=at)
    _waiting(team, service, emergency, random=random, now=now)


def _course(team: Team, told: dict[str, Any], *, made: datetime) -> Course:
    by = team.people["manager"]
    lesson, test = told.pop("lesson"), told.pop("test")
    course = actions.save_course(None, by=by, now=made, **told)
    actions.save_lesson(course.pk, None, by=by, now=made, **lesson)
    actions.save_test(course.pk, by=by, now=made, **test)
    return actions.publish_course(course.pk, by=by, now=made)


def _take(
    user: User, course: Course, skill: float, trainer: User, *, random: Random, at: datetime
) -> None:
    """The whole course: the test before, where there is one, the lessons, tests until passed."""
    enrolment = actions.enrol(course.pk, user_id=user.pk, by=user, now=at)
    if enrolment.version.pretest:
        _test(enrolment, skill - 0.25, random=random, at=at, purpose=Purpose.BEFORE)
    _read(enrolment, at=at + timedelta(minutes=20))
    for day in range(3):
        enrolment.refresh_from_db()
        if not enrolment.is_open:
            return
        attempt = _test(enrolment, skill + day * 0.2, random=random, at=at + (day + 1) * DAY)
        for item in attempt.items.filter(waits_since__isnull=False):
            points = Decimal(random.choice((2, 3, 3, 4)))
            actions.mark_answer(item.pk, by=trainer, now=at + (day + 1.5) * DAY, points=points)


def _read(enrolment: Enrolment, *, at: datetime) -> None:
    for lesson in enrolment.version.lessons.all():
        actions.read_lesson(enrolment.pk, by=enrolment.user, now=at, lesson_id=lesson.pk)


def _test(
    enrolment: Enrolment, skill: float, *, random: Random, at: datetime, purpose: str = "after"
) -> Attempt:
    """One test, answered as well as `skill`; answers are written in one go: they are many."""
    user = enrolment.user
    attempt = actions.start_test(enrolment.pk, by=user, now=at, purpose=purpose)
    items = list(attempt.items.select_related("question"))
    for item in items:
        knows = (
            random.random()
            < skill - {"easy": -0.1, "medium": 0, "hard": 0.15}[item.question.difficulty]
        )
        item.given, item.saved_at, item.revision = _given(item, random, knows=knows), at, 1
    AttemptItem.objects.bulk_update(items, ["given", "saved_at", "revision"])
    return actions.hand_in(attempt.pk, by=user, now=at + timedelta(minutes=random.randint(3, 9)))


def _given(item: AttemptItem, random: Random, *, knows: bool) -> dict[str, Any]:
    """An answer as the page would send it: right, or one that comes close."""
    options, shown = item.question.options, item.mix
    place = {number: at for at, number in enumerate(shown.options, 1)}
    kind, n = item.question.kind, len(options)
    if kind == Kind.TEXT:
        return {"text": TEXT}
    if kind in {Kind.SINGLE, Kind.MULTIPLE}:
        rights = [number for number in range(n) if options[number]["right"]]
        others = [number for number in range(n) if not options[number]["right"]]
        chosen = rights if knows else [*rights[1:], random.choice(others)]
        return {"chosen": sorted(place[number] for number in chosen)}
    order = list(range(n)) if knows else random.sample(range(n), n)
    if kind == Kind.ORDERING:
        return {"places": {str(place[number]): rank for rank, number in enumerate(order, 1)}}
    ends = {options[number]["partner"]: at for at, number in enumerate(shown.partners, 1)}
    sides = [ends[options[number]["partner"]] for number in order]
    return {"pairs": {str(place[number]): end for number, end in enumerate(sides)}}


def _waiting(
    team: Team, service: Course, emergency: Course, *, random: Random, now: datetime
) -> None:
    """A test failed yesterday, one to begin, and three that a trainer has to mark."""
    at = now - DAY
    failed = team.people["specialist"]
    enrolment = actions.enrol(service.pk, user_id=failed.pk, by=failed, now=at)
    _read(enrolment, at=at)
    _test(enrolment, 0.1, random=random, at=at)
    fresh = team.people["specialist.corporate"]
    actions.enrol(service.pk, user_id=fresh.pk, by=fresh, now=at)
    for user in [team.people["support"], *User.objects.filter(role="specialist")[2:4]]:
        enrolment = actions.enrol(emergency.pk, user_id=user.pk, by=user, now=at)
        _read(enrolment, at=at)
        _test(enrolment, 0.9, random=random, at=at)
