"""Courses as a learner meets them: the catalogue, one course, its lessons (L1-L4)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from csservice.lib.markdown import rendered
from teams.http import Request
from teams.models import User
from teams.roles import Can
from tickets.models import Product
from tickets.models.catalogue import in_language
from training import actions
from training.actions.enrolments import comes_first, standings
from training.forms.courses import GiveForm
from training.learning import Standing
from training.models import Area, Course, CourseVersion, Enrolment, Lesson, LessonFile

WORDS = {
    Standing.LEARNING: (gettext_lazy("You are taking it"), "info", "clock"),
    Standing.PASSED: (gettext_lazy("Passed"), "ok", "check"),
    Standing.ENDING: (gettext_lazy("Passed, runs out soon"), "soon", "alert-triangle"),
    Standing.ENDED: (gettext_lazy("Ran out, take it again"), "late", "alert-triangle"),
    Standing.LOCKED: (gettext_lazy("Another course comes first"), "idle", "lock"),
    Standing.FREE: (gettext_lazy("Not taken yet"), "idle", "school"),
}


class Line(NamedTuple):
    """One course of the catalogue as one person meets it."""

    course: Course
    standing: Standing
    words: str
    css: str
    icon: str
    required: bool


def serves(user: User) -> list[str]:
    """The segments of the groups that `user` serves."""
    return list(user.memberships.values_list("group__segment", flat=True))


def lines(user: User, courses: list[Course]) -> list[Line]:
    """`courses`, which hold `needs_first`, with how `user` stands to each."""
    stands = standings(user, courses, timezone.now())
    segments = serves(user)
    return [
        Line(
            course,
            stands[course.pk],
            str(WORDS[stands[course.pk]][0]),
            WORDS[stands[course.pk]][1],
            WORDS[stands[course.pk]][2],
            required=course.is_for(user.role, segments),
        )
        for course in courses
    ]


@require_safe
def catalogue(request: Request) -> HttpResponse:
    """What can be taken, by area; authors see drafts and retired courses too."""
    user = request.user
    area = request.GET.get("area", "")
    rows = Course.objects.visible_to(user).select_related("current").prefetch_related("needs_first")
    if area in Area.values:
        rows = rows.filter(area=area)
    found = lines(user, list(rows.in_order()))
    context = {
        "areas": [
            (value, label, [line for line in found if line.course.area == value])
            for value, label in Area.choices
        ],
        "any": bool(found),
        "wanted": area,
        "shows": [("", _("All")), *Area.choices],
        "authors": user.can(Can.AUTHOR_COURSES),
    }
    return page(request, "training/courses.html", context, partial="results")


# ---- one course ---------------------------------------------------------------------------------
@require_safe
def course(request: Request, pk: int) -> HttpResponse:
    """What the course is about, what is in it, and how far one is."""
    found = _found(request, pk)
    return _course(request, found)


def _found(request: Request, pk: int) -> Course:
    """The course; who takes a retired one still sees it."""
    mine = Course.objects.filter(enrolments__user=request.user).values("pk")
    seen = Course.objects.visible_to(request.user) | Course.objects.filter(pk__in=mine)
    return get_object_or_404(seen.select_related("current"), pk=pk)


def _enrolment(user: User, course: Course) -> Enrolment | None:
    """The open one, else the last."""
    rows = Enrolment.objects.filter(user=user, course=course).select_related("version", "course")
    return rows.open().first() or rows.order_by("-pk").first()


def _version(enrolment: Enrolment | None, course: Course) -> CourseVersion | None:
    """What is read: the version that one takes or took, else the published one."""
    if enrolment is not None and enrolment.is_open:
        return enrolment.version
    return course.current


def _course(
    request: Request, found: Course, *, give: GiveForm | None = None, status: int = 200
) -> HttpResponse:
    user = request.user
    enrolment = _enrolment(user, found)
    version = _version(enrolment, found)
    lessons = list(version.lessons.order_by("position")) if version else []
    taking = enrolment if enrolment and enrolment.is_open else None
    unread = taking.unread(lessons) if taking else []
    context = {
        "course": found,
        "line": lines(user, [found])[0],
        "version": version,
        "lessons": [(lesson, bool(taking) and lesson not in unread) for lesson in lessons],
        "taking": taking,
        "last": enrolment,
        "share": taking.share_read(lessons) if taking else 0,
        "following": unread[0] if unread else None,
        "late": taking.is_late(timezone.now()) if taking else False,
        "first": comes_first(found, user),
        "authors": user.can(Can.AUTHOR_COURSES),
        "give": give or (GiveForm(user=user) if user.can(Can.RUN_TRAINING) else None),
        **_tests(taking),
    }
    return render(request, "training/course.html", context, status=status)


def _tests(taking: Enrolment | None) -> dict[str, Any]:
    """Which tests stand before who takes the course: one before the lessons, one after."""
    if taking is None or not taking.is_tested:
        return {"pretest": False, "tested": False}
    before = taking.version.pretest and not taking.read
    done = taking.tests.filter(purpose="before").exists() if before else True
    return {"pretest": before and not done, "tested": True}


@require_POST
def course_begin(request: Request, pk: int) -> HttpResponse:
    """Begin a course, and read its first lesson."""
    found = _found(request, pk)
    try:
        enrolment = actions.enrol(pk, user_id=request.user.pk, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _course(request, found, status=422)
    if enrolment.version.pretest:
        return redirect("course", pk)
    first = enrolment.version.lessons.order_by("position").first()
    return redirect("course-lesson", pk, first.pk) if first else redirect("course", pk)


@require_POST
def course_leave(request: Request, pk: int) -> HttpResponse:
    """Give up a course that one chose oneself."""
    found = _found(request, pk)
    taking = get_object_or_404(Enrolment.objects.filter(user=request.user, course=found).open())
    try:
        actions.leave_course(taking.pk, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _course(request, found, status=422)
    messages.success(request, _("You have left the course."))
    return redirect("training")


@require_POST
def course_give(request: Request, pk: int) -> HttpResponse:
    """A manager has a person take the course."""
    request.user.must(Can.RUN_TRAINING)
    found = _found(request, pk)
    form = GiveForm(request.POST, user=request.user)
    extra: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    made = form.tried(actions.enrol, pk, why=Enrolment.Why.MANAGER, **extra)
    if made is None:
        return _course(request, found, give=form, status=422)
    messages.success(request, _("%(name)s takes the course now.") % {"name": made.user})
    return redirect("course", pk)


# ---- lessons ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def course_lesson(request: Request, pk: int, lesson: int) -> HttpResponse:
    """Read a lesson; POST: it is read, and the next one opens."""
    found = _found(request, pk)
    enrolment = _enrolment(request.user, found)
    one = get_object_or_404(
        _readable(request.user, found, enrolment).select_related("product", "version"), pk=lesson
    )
    lessons = list(one.version.lessons.order_by("position"))
    taking = enrolment if enrolment and enrolment.is_open else None
    reads = taking if taking and taking.version_id == one.version_id else None
    if request.method == "POST":
        return _read(request, reads, one, lessons)
    where = [row.pk for row in lessons].index(one.pk)
    read = reads.read if reads else []
    context = {
        "course": found,
        "lesson": one,
        "html": rendered(one.said()),
        "facts": facts(one.product),
        "files": list(one.files.order_by("pk")),
        "number": where + 1,
        "lessons": [(row, row.pk in read) for row in lessons],
        "before": lessons[where - 1] if where else None,
        "after": lessons[where + 1] if where + 1 < len(lessons) else None,
        "taking": reads,
        "share": reads.share_read(lessons) if reads else 0,
        "is_read": one.pk in read,
        "finishes": all(row.pk in read or row == one for row in lessons),
    }
    return render(request, "training/lesson.html", context)


def _readable(user: User, course: Course, enrolment: Enrolment | None) -> Any:
    """Lessons that `user` may open: of what they take or took, of what is published; all for
    authors."""
    rows = Lesson.objects.filter(version__course=course)
    if user.can(Can.AUTHOR_COURSES):
        return rows
    known = {course.current_id, enrolment.version_id if enrolment else None} - {None}
    return rows.filter(version__in=known)


def _read(
    request: Request, reads: Enrolment | None, one: Lesson, lessons: list[Lesson]
) -> HttpResponse:
    pk = one.version.course_id
    if reads is None:
        raise Http404
    enrolment = actions.read_lesson(reads.pk, by=request.user, now=timezone.now(), lesson_id=one.pk)
    if enrolment.passed_at:
        messages.success(request, _("You have passed this course."))
        return redirect("course", pk)
    later = [row for row in enrolment.unread(lessons) if row.position > one.position]
    following = later or enrolment.unread(lessons)
    if not following:
        return redirect("course", pk)
    return redirect("course-lesson", pk, following[0].pk)


def facts(product: Product | None) -> dict[str, Any]:
    """What the catalogue says of the product today; empty without one."""
    if product is None:
        return {}
    texts = [
        (_("Features"), in_language(product.features, product.features_zh)),
        (_("Risks"), in_language(product.risks, product.risks_zh)),
        (_("Suitable scenarios"), in_language(product.suitable, product.suitable_zh)),
    ]
    return {
        "product": product,
        "texts": texts,
        "bears": [f"C{n}" for n in range(int(product.risk_level[1]), 6)],
    }


@require_safe
def lesson_file(request: Request, pk: int, file: int) -> HttpResponse:
    """A file of a lesson: always a download, never a page of ours."""
    found = _found(request, pk)
    seen = _readable(request.user, found, _enrolment(request.user, found))
    row = get_object_or_404(LessonFile.objects.filter(lesson__in=seen.values("pk")), pk=file)
    try:
        with row.file.open("rb") as stored:
            content = stored.read()
    except FileNotFoundError:
        raise Http404 from None
    answer = HttpResponse(content, content_type=row.type)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=row.name
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
