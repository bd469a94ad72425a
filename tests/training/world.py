"""What stands in the addresses of training and what is sent there (tests/world.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.factories import make_manager
from tests.training.bank import OPTIONS, make_attempt, make_enrolment, make_question, waiting
from tests.training.drills_support import begun, make_drill
from tests.training.factories import (
    make_begun,
    make_certificate,
    make_course,
    make_draft,
    make_lesson,
    make_lesson_file,
    make_member,
    make_need,
    make_review,
    make_review_form,
    make_seat,
    make_session,
)
from training.models import Enrolment, Lesson

if TYPE_CHECKING:
    from tests.world import World

Place = Callable[["World"], dict[str, Any]]


def _pk(make: Callable[[World], Any]) -> Place:
    return lambda world: {"pk": make(world).pk}


def _review(world: World) -> Any:
    return make_review(ticket=world.rated)


def _taken(world: World) -> Any:
    """An enrolment of the owner in a course of one lesson."""
    found = Enrolment.objects.filter(user=world.owner, passed_at=None, left_at=None).first()
    if found is None:
        found = make_begun(user=world.owner)
        make_lesson(course=found.course)
    return found


def _lesson(world: World) -> dict[str, Any]:
    taken = _taken(world)
    return {"pk": taken.course_id, "lesson": taken.version.lessons.all()[0].pk}


def _file(world: World) -> dict[str, Any]:
    place = _lesson(world)
    made = make_lesson_file(lesson=Lesson.objects.get(pk=place["lesson"]))
    return {"pk": place["pk"], "file": made.pk}


def _drafted(world: World) -> dict[str, Any]:
    """A course with a draft of one lesson with a file."""
    course = make_course()
    lesson = make_lesson(course=course, version=make_draft(course=course))
    return {"pk": course.pk, "lesson": lesson.pk, "file": make_lesson_file(lesson=lesson).pk}


def _of_draft(*names: str) -> Place:
    def place(world: World) -> dict[str, Any]:
        return {name: value for name, value in _drafted(world).items() if name in names}

    return place


def _session(world: World) -> Any:
    """Led by the manager; the owner has a seat."""
    session = make_session(trainer=world.manager)
    make_seat(session=session, user=world.owner)
    return session


PLACES: dict[str, Place] = {
    **dict.fromkeys(
        (
            *("session", "session-register", "session-code", "session-calendar", "session-edit"),
            *("session-book", "session-give-up", "session-sign-in", "session-react"),
            *("session-cancel", "session-close", "session-reopen", "api-session-detail"),
            *("api-session-seats", "api-session-book", "api-session-give-up"),
            *("api-session-register", "api-session-sign-in", "api-session-react"),
            *("api-session-cancel", "api-session-close", "api-session-reopen"),
        ),
        _pk(_session),
    ),
    **dict.fromkeys(
        (
            *("course-edit", "course-write", "course-test", "lesson-new", "api-course-detail"),
            *("api-course-versions", "api-course-lessons", "api-course-test", "api-course-publish"),
            *("api-course-draft", "api-course-retire", "api-course-restore"),
        ),
        _of_draft("pk"),
    ),
    "course-do": lambda w: _of_draft("pk")(w) | {"verb": "publish"},
    "lesson-edit": _of_draft("pk", "lesson"),
    "lesson-do": lambda w: _of_draft("pk", "lesson")(w) | {"verb": "up"},
    "lesson-file-remove": _of_draft("pk", "file"),
    **dict.fromkeys(
        ("course", "course-begin", "course-leave", "course-give"),
        lambda w: {"pk": _taken(w).course_id},
    ),
    "course-lesson": _lesson,
    "lesson-file": _file,
    **dict.fromkeys(
        ("api-enrolment-detail", "api-enrolment-read", "api-enrolment-leave"), _pk(_taken)
    ),
    **dict.fromkeys(
        (
            *("question", "question-retire"),
            *("api-question-detail", "api-question-revise", "api-question-retire"),
        ),
        _pk(lambda w: make_question()),
    ),
    **dict.fromkeys(("test-results", "test-start"), _pk(lambda w: make_enrolment(w.owner))),
    **dict.fromkeys(
        (
            *("test", "test-hand-in", "test-result"),
            *("api-attempt-detail", "api-attempt-answer", "api-attempt-hand-in"),
        ),
        _pk(lambda w: make_attempt(w.owner)),
    ),
    "test-answer": lambda w: {"pk": make_attempt(w.owner).pk, "position": 1},
    "marking-one": _pk(lambda w: waiting(w.owner)),
    **dict.fromkeys(
        (
            *("certificate-pdf", "certificate-revoke"),
            *("api-certificate-detail", "api-certificate-revoke"),
        ),
        _pk(lambda w: make_certificate(user=w.owner)),
    ),
    "certificate-verify": lambda w: {"code": make_certificate(user=w.owner).code},
    **dict.fromkeys(
        (
            *("api-cycle-detail", "api-cycle-members"),
            *("api-cycle-excuse", "api-cycle-revoke"),
        ),
        _pk(lambda w: make_member(user=w.owner).cycle),
    ),
    "training-quarter": lambda w: {"quarter": str(make_member(user=w.owner).cycle.quarter)},
    "training-member": _pk(lambda w: make_member(user=w.owner)),
    "training-person": _pk(lambda w: make_member(user=w.owner).user),
    **dict.fromkeys(
        ("need", "need-dismiss", "api-need-detail", "api-need-dismiss"),
        _pk(lambda w: make_need(user=w.owner)),
    ),
    "scenario": _pk(lambda w: make_drill(w.manager, [w.owner], make_manager()).scenario),
    **dict.fromkeys(
        (
            *("drill-debriefing", "drill-debrief"),
            *("api-drill-debriefing", "api-drill-rate", "api-drill-debrief"),
        ),
        _pk(lambda w: begun(w.manager, [w.owner], ended=True)),
    ),
    **dict.fromkeys(
        (
            *("drill", "drill-start", "drill-pause", "drill-resume", "drill-end"),
            *("drill-cancel", "drill-announce", "drill-customer"),
            *("api-drill-detail", "api-drill-timeline", "api-drill-start", "api-drill-pause"),
            *("api-drill-resume", "api-drill-end", "api-drill-cancel"),
            *("api-drill-announce", "api-drill-customer"),
        ),
        _pk(lambda w: begun(w.manager, [w.owner])),
    ),
    "review-form": _pk(lambda w: make_review_form()),
    **dict.fromkeys(
        (
            *("review", "review-dispute", "review-answer"),
            *("api-review-detail", "api-review-rate", "api-review-dispute", "api-review-answer"),
        ),
        _pk(_review),
    ),
}
QUESTION = {"kind": "single", "area": "product", "difficulty": "easy", "text": "What is it?"}
BODIES: dict[str, Place] = {
    "api-session-list": lambda w: {
        "area": "product",
        "name": "Funds",
        "place": "Room 2",
        "trainer": w.manager.pk,
        "starts_at": "2026-01-08T06:00:00Z",
        "ends_at": "2026-01-08T07:30:00Z",
        "capacity": 10,
    },
    "api-session-detail": lambda w: {"capacity": 3},
    "api-session-sign-in": lambda w: {"code": "123456"},
    "api-session-react": lambda w: {"score": 5},
    **dict.fromkeys(("api-session-cancel", "api-session-reopen"), lambda w: {"reason": "A reason"}),
    **dict.fromkeys(("session-give-up", "api-session-give-up"), lambda w: {"user": w.owner.pk}),
    "api-course-list": lambda w: {"name": "New", "area": "service"},
    "api-course-lessons": lambda w: {"title": "New"},
    "api-enrolment-list": lambda w: {"course": make_course().pk},
    "api-enrolment-read": lambda w: {"lesson": _lesson(w)["lesson"]},
    **dict.fromkeys(
        ("api-question-list", "api-question-revise"),
        lambda w: QUESTION | {"options": OPTIONS["single"]},
    ),
    "api-attempt-list": lambda w: {"enrolment": make_enrolment(w.owner).pk},
    "api-attempt-answer": lambda w: {"position": 1, "given": {"chosen": [1]}},
    "api-certificate-revoke": lambda w: {"reason": "Passed with help"},
    "api-cycle-list": lambda w: {"quarter": "2026-Q1"},
    **dict.fromkeys(
        ("api-cycle-excuse", "api-cycle-revoke"),
        lambda w: {"user": w.owner.pk, "reason": "A reason"},
    ),
    "api-drill-list": lambda w: {
        "code": "data-leak",
        "people": [w.owner.pk],
        "second": make_manager().pk,
        "planned_for": "2026-01-08T06:00:00Z",
    },
    "api-drill-announce": lambda w: {"text": "System X is down"},
    "api-drill-customer": lambda w: {"name": "Lin", "subject": "Late", "text": "Where is it?"},
    "api-drill-rate": lambda w: {"levels": {}},
    "api-drill-debrief": lambda w: {"lessons": "Block first"},
    "api-need-dismiss": lambda w: {"reason": "Learnt at the desk"},
    "api-need-list": lambda w: {"user": w.owner.pk, "area": "product", "note": "New fund"},
    "api-review-rate": lambda w: {"answers": {"greets": "met", "identity": "met"}},
    "api-review-dispute": lambda w: {"text": "I did greet"},
    "api-review-answer": lambda w: {"answer": "You did"},
}
