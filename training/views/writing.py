"""Courses as an author writes them: what is said, lessons, the test, publish and retire (L1-L4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.markdown import rendered
from teams.http import Request
from teams.roles import Can
from training import actions, drawing
from training.actions.courses import bank_of
from training.forms.courses import CourseForm, LessonForm, TestForm, place, said_of
from training.models import Area, Course, CourseVersion, Difficulty, Lesson

VERBS: dict[str, tuple[Callable[..., Any], dict[str, Any], Any]] = {
    "publish": (actions.publish_course, {}, gettext_lazy("Published.")),
    "draft": (actions.begin_draft, {}, gettext_lazy("Write the new version, then publish it.")),
    "retire": (actions.retire_course, {}, gettext_lazy("Retired. Who has begun may finish.")),
    "restore": (actions.retire_course, {"retired": False}, gettext_lazy("On offer again.")),
}


def _authored(request: Request, pk: int) -> Course:
    request.user.must(Can.AUTHOR_COURSES)
    rows = Course.objects.visible_to(request.user).select_related("current")
    return get_object_or_404(rows, pk=pk)


def _draft(course: Course) -> CourseVersion | None:
    return course.versions.filter(published_at=None).first()


@require_http_methods(["GET", "POST"])
def course_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """A new course, or what is said of one."""
    request.user.must(Can.AUTHOR_COURSES)
    found = _authored(request, pk) if pk else None
    initial = said_of(found) if found else None
    form = CourseForm(request.POST or None, course=found, initial=initial)
    saved = form.tried(actions.save_course, pk, by=request.user, now=timezone.now())
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("course-write", saved.pk)
    context = {"form": form, "course": found}
    status = 422 if form.errors else 200
    return render(request, "training/course_edit.html", context, status=status)


@require_safe
def course_write(request: Request, pk: int) -> HttpResponse:
    """The author's page of one course: its draft, its test, what was published."""
    return _written(request, _authored(request, pk))


def _written(request: Request, found: Course, status: int = 200) -> HttpResponse:
    draft = _draft(found)
    shown = draft or found.current
    lessons = list(shown.lessons.prefetch_related("files").order_by("position")) if shown else []
    context = {
        "course": found,
        "draft": draft,
        "shown": shown,
        "lessons": lessons,
        "draws": [
            (Area(one["area"]).label, _difficulty(one["difficulty"]), one["n"])
            for one in (shown.draws if shown else [])
        ],
        "versions": found.versions.select_related("published_by").order_by("-number"),
        "first": list(found.needs_first.in_order()),
        "products": list(found.products.all()),
    }
    return render(request, "training/course_write.html", context, status=status)


def _difficulty(value: str) -> str:
    return str(Difficulty(value).label) if value else _("Any")


@require_POST
def course_do(request: Request, pk: int, verb: str) -> HttpResponse:
    """Publish the draft, begin a new one, retire the course, or offer it again."""
    request.user.must(Can.AUTHOR_COURSES)
    if verb not in VERBS:
        raise Http404
    found = _authored(request, pk)
    action, more, said = VERBS[verb]
    try:
        action(pk, by=request.user, now=timezone.now(), **more)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _written(request, found, status=422)
    messages.success(request, str(said))
    return redirect("course-write", pk)


@require_http_methods(["GET", "POST"])
def course_test(request: Request, pk: int) -> HttpResponse:
    """How the draft is tested: what is drawn from the bank, pass mark, time and attempts."""
    found = _authored(request, pk)
    draft = _draft(found)
    if draft is None:
        messages.error(request, _("Begin a new version first: a published one is never changed."))
        return _written(request, found, status=422)
    form = TestForm(request.POST or None, version=draft)
    if form.tried(actions.save_test, pk, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("Saved."))
        return redirect("course-write", pk)
    bank = bank_of(found)
    lines = [
        (label, [(form[place(area, d)], bank.get((area, d), 0)) for d in Difficulty.values])
        for area, label in Area.choices
    ]
    context = {
        "form": form,
        "course": found,
        "lines": lines,
        "levels": [label for _value, label in Difficulty.choices],
        "most": drawing.MOST_QUESTIONS,
    }
    status = 422 if form.errors else 200
    return render(request, "training/course_test.html", context, status=status)


# ---- lessons ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def lesson_edit(request: Request, pk: int, lesson: int | None = None) -> HttpResponse:
    """A new lesson of the draft, or one of it. `do` = preview shows it and writes nothing."""
    found = _authored(request, pk)
    draft = _draft(found)
    if draft is None:
        messages.error(request, _("Begin a new version first: a published one is never changed."))
        return _written(request, found, status=422)
    one = get_object_or_404(Lesson.objects.filter(version=draft), pk=lesson) if lesson else None
    form = LessonForm(request.POST or None, request.FILES or None, initial=_typed(one))
    preview = request.POST.get("do") == "preview"
    if request.method == "POST" and not preview:
        extra: dict[str, Any] = {"by": request.user, "now": timezone.now()}
        if form.tried(actions.save_lesson, pk, lesson, **extra) is not None:
            messages.success(request, _("Saved."))
            return redirect("course-write", pk)
    context = {
        "form": form,
        "course": found,
        "lesson": one,
        "files": list(one.files.order_by("pk")) if one else [],
        "previews": _previews(form) if preview else [],
    }
    status = 422 if form.errors and not preview else 200
    return render(request, "training/lesson_edit.html", context, status=status)


def _typed(lesson: Lesson | None) -> dict[str, Any] | None:
    if lesson is None:
        return None
    plain = ("title", "title_zh", "text", "text_zh", "video")
    return {name: getattr(lesson, name) for name in plain} | {"product": lesson.product_id}


def _previews(form: LessonForm) -> list[tuple[str, str, str]]:
    """Both texts as a learner would read them: language, its name, HTML."""
    return [
        (lang, str(label), rendered(str(form[name].value() or "")))
        for name, lang, label in (
            ("text", "en", _("English")),
            ("text_zh", "zh-Hans", _("Chinese")),
        )
    ]


@require_POST
def lesson_do(request: Request, pk: int, lesson: int, verb: str) -> HttpResponse:
    """Move a lesson of the draft up or down, or take it out."""
    found = _authored(request, pk)
    if verb not in {"up", "down", "remove"}:
        raise Http404
    extra: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    try:
        if verb == "remove":
            actions.remove_lesson(pk, lesson, **extra)
        else:
            actions.move_lesson(pk, lesson, up=verb == "up", **extra)
    except Lesson.DoesNotExist:
        raise Http404 from None
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _written(request, found, status=422)
    return redirect("course-write", pk)


@require_POST
def lesson_file_remove(request: Request, pk: int, file: int) -> HttpResponse:
    """Take a file from a lesson of the draft."""
    found = _authored(request, pk)
    try:
        lesson = actions.remove_file(pk, file, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _written(request, found, status=422)
    messages.success(request, _("File removed."))
    return redirect("lesson-edit", pk, lesson.pk)
