"""Courses that were written, and people who took them."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from csservice.demo.catalogue import Catalogue
from csservice.demo.people import Team
from csservice.demo.stories import read
from teams.models import User
from training import actions, quarters
from training.actions.enrolments import comes_first
from training.models import Course, Enrolment

DAY = timedelta(days=1)
# The people that visitors sign in as have something begun, something late and something to begin.
NAMED = ("specialist", "specialist.corporate", "support")


def make_courses(team: Team, catalogue: Catalogue, *, made: datetime) -> dict[str, Course]:
    """Write the courses in the manager's name and publish all but the draft. By English name."""
    by = team.people["manager"]
    known: dict[str, Course] = {}
    for told in deepcopy(read("courses")["courses"]):  # it is read once and kept
        lessons, is_draft = told.pop("lessons"), told.pop("draft", False)
        told["needs_first"] = [known[name] for name in told.pop("needs_first", [])]
        told["products"] = [catalogue.products[code] for code in told.pop("products", [])]
        course = actions.save_course(None, by=by, now=made, **told)
        for lesson in lessons:
            product = catalogue.products.get(lesson.pop("product", ""))
            actions.save_lesson(course.pk, None, by=by, now=made, product=product, **lesson)
        if not is_draft:
            course = actions.publish_course(course.pk, by=by, now=made)
        known[course.name] = course
    return known


def make_learners(
    team: Team, courses: dict[str, Course], *, random: Random, since: datetime, now: datetime
) -> None:
    """Most people took what is required of them, before the quarter that is going on."""
    first = quarters.bounds(quarters.Quarter.of(timezone.localdate(now))).first
    until = timezone.make_aware(datetime.combine(first, time(9)))
    named = {team.people[name].pk for name in NAMED}
    people = User.objects.filter(role__in=("specialist", "support")).in_name_order()
    for user in people.prefetch_related("memberships__group"):
        segments = [one.group.segment for one in user.memberships.all()]
        share = 0.5 if user.pk in named else 0.85
        for course in courses.values():
            required = course.on_offer and course.is_for(user.role, segments)
            if required and random.random() < share and not comes_first(course, user):
                at = since + random.random() * (until - since - DAY)
                _take(user, course, at=at)
    _named(team, courses, now=now)


def _take(user: User, course: Course, *, at: datetime, most: int = 99) -> Enrolment:
    """Begin `course` at `at` and read up to `most` lessons, twenty minutes each."""
    taken = actions.enrol(course.pk, user_id=user.pk, by=user, now=at)
    lessons = taken.version.lessons.order_by("position")[:most]
    for place, lesson in enumerate(lessons, 1):
        if taken.is_open:
            now = at + place * timedelta(minutes=20)
            taken = actions.read_lesson(taken.pk, by=user, now=now, lesson_id=lesson.pk)
    return taken


def _named(team: Team, courses: dict[str, Course], *, now: datetime) -> None:
    """Something begun, and something that the manager gave."""
    today = timezone.localdate(now)
    for name, group in (("specialist", "manager"), ("specialist.corporate", "manager.corporate")):
        user, manager = team.people[name], team.people[group]
        begun, given = courses["Replies that are understood"], courses["How we serve"]
        _take(user, begun, at=now - 2 * DAY, most=0)
        actions.enrol(
            given.pk,
            user_id=user.pk,
            by=manager,
            now=now - 12 * DAY,
            why=Enrolment.Why.MANAGER,
            due_on=today + (9 if name == "specialist" else -2) * DAY,
        )
