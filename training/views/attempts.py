"""A learner's test: begun, answered question by question, handed in; its result (L1-L4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from csservice.lib.errors import RefusedError
from teams.http import Request
from training import actions
from training.forms.attempts import AnswerForm
from training.models import Attempt, AttemptItem, Enrolment, Purpose
from training.views.attempt_words import gain_of, lines_of

END = "end"


@require_POST
def test_start(request: Request, pk: int) -> HttpResponse:
    """Begin the test of one's own enrolment, or go on with the one begun."""
    user = request.user
    get_object_or_404(Enrolment.objects.filter(user=user), pk=pk)
    purpose = request.POST.get("purpose", Purpose.AFTER)
    try:
        attempt = actions.start_test(pk, by=user, now=timezone.now(), purpose=purpose)
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("test-results", pk)
    return redirect("test", attempt.pk)


@require_safe
def test(request: Request, pk: int) -> HttpResponse:
    """One question of a test that is going on, or the page from which it is handed in."""
    attempt = _found(request, pk)
    if attempt.closed_at is not None:
        return redirect("test-result", pk)
    items = list(attempt.items.select_related("question").order_by("position"))
    wanted = request.GET.get("q", "")
    if wanted == END:
        return _shown(request, attempt, items, None)
    place = int(wanted) if wanted.isdecimal() and 0 < int(wanted) <= len(items) else _next(items)
    item = items[place - 1]
    return _shown(request, attempt, items, AnswerForm(item=item, window=get_random_string(12)))


@require_POST
def test_answer(request: Request, pk: int, position: int) -> HttpResponse:
    """Keep one answer: silently as it is given, or with the button that leads on."""
    attempt = _found(request, pk)
    if attempt.closed_at is not None:
        return _to_result(request, attempt)
    item = get_object_or_404(attempt.items.select_related("question"), position=position)
    form = AnswerForm(request.POST, item=item)
    kept = form.tried(actions.save_answer, pk, position, by=request.user, now=timezone.now())
    attempt = _found(request, pk)
    if attempt.closed_at is not None:  # its time went by meanwhile
        return _to_result(request, attempt)
    if kept is not None and not request.htmx:
        where = request.POST.get("then") or str(position + 1)
        return redirect(f"{reverse('test', args=[pk])}?q={where}")
    items = list(attempt.items.select_related("question").order_by("position"))
    return _shown(request, attempt, items, form, kept=kept)


@require_POST
def test_hand_in(request: Request, pk: int) -> HttpResponse:
    """End one's own test."""
    attempt = _found(request, pk)
    if attempt.closed_at is None:
        actions.hand_in(pk, by=request.user, now=timezone.now())
    return redirect("test-result", pk)


@require_safe
def test_result(request: Request, pk: int) -> HttpResponse:
    """What was right. The key is shown once the course has ended for the learner.

    Until then the same questions may be drawn again: one sees which were right, and the trainers'
    remarks; of a test before the lessons only the score.
    """
    attempt = _found(request, pk)
    if attempt.closed_at is None:
        return redirect("test", pk)
    enrolment = attempt.enrolment
    ended = not enrolment.is_open
    items = list(attempt.items.select_related("question").order_by("position"))
    tried = list(enrolment.tests.order_by("pk"))
    context = {
        "tab": "training",
        "attempt": attempt,
        "enrolment": enrolment,
        "waits": sum(item.points is None for item in items),
        "lines": lines_of(items, key=ended) if ended or _counts(attempt) else [],
        "key": ended,
        "left": _left(enrolment, tried),
        "gain": gain_of(tried),
        "tried": tried,
    }
    return render(request, "training/test_result.html", context)


@require_safe
def test_results(request: Request, pk: int) -> HttpResponse:
    """All tests of one's own enrolment, and the buttons to begin one."""
    rows = Enrolment.objects.filter(user=request.user).select_related("course", "version")
    enrolment = get_object_or_404(rows, pk=pk)
    for attempt in enrolment.tests.run_out(timezone.now()):
        actions.close_if_run_out(attempt.pk, now=timezone.now())
    enrolment.refresh_from_db()
    tried = list(enrolment.tests.order_by("pk"))
    context = {
        "tab": "training",
        "enrolment": enrolment,
        "version": enrolment.version,
        "tried": tried,
        "left": _left(enrolment, tried),
        "gain": gain_of(tried),
        "before": enrolment.version.pretest and not tried and not enrolment.read,
        "unread": len(enrolment.unread(list(enrolment.version.lessons.order_by("position")))),
    }
    return render(request, "training/test_results.html", context)


# ---- parts --------------------------------------------------------------------------------------
def _found(request: Request, pk: int) -> Attempt:
    """One's own test as it is now: closed, if its time is over."""
    rows = Attempt.objects.visible_to(request.user).select_related(
        "enrolment__course", "enrolment__version"
    )
    attempt = get_object_or_404(rows, pk=pk)
    now = timezone.now()
    if attempt.closed_at is None and attempt.is_over(now):
        actions.close_if_run_out(pk, now=now)
        attempt = get_object_or_404(rows.all(), pk=pk)
    return attempt


def _counts(attempt: Attempt) -> bool:
    return attempt.purpose == Purpose.AFTER


def _next(items: list[AttemptItem]) -> int:
    """The first question without an answer; where all have one, the first."""
    return next((item.position for item in items if not item.is_answered), 1)


def _left(enrolment: Enrolment, tried: list[Attempt]) -> int | None:
    """Attempts left; None: as many as one needs."""
    most = enrolment.version.attempts
    return None if most is None else max(0, most - sum(_counts(one) for one in tried))


def _to_result(request: Request, attempt: Attempt) -> HttpResponse:
    url = reverse("test-result", args=[attempt.pk])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _shown(
    request: Request,
    attempt: Attempt,
    items: list[AttemptItem],
    form: AnswerForm | None,
    *,
    kept: AttemptItem | None = None,
) -> HttpResponse:
    """The page of a test that is going on; for a silent save only what has changed on it."""
    now = timezone.now()
    wrong = form is not None and bool(form.errors)
    context: dict[str, Any] = {
        "attempt": attempt,
        "course": attempt.enrolment.course,
        "items": items,
        "item": form.item if form else None,
        "form": form,
        "kept": kept,
        "n": len(items),
        "answered": sum(item.is_answered for item in items),
        "left_s": int((attempt.deadline_at - now).total_seconds()) if attempt.deadline_at else None,
        "last": form is not None and form.item.position == len(items),
        "refused": " ".join(str(e) for e in form.non_field_errors()) if form and wrong else "",
    }
    saved = request.method == "POST" and bool(request.htmx)
    template = "training/test.html#saved" if saved else "training/test.html"
    return render(request, template, context, status=422 if wrong else 200)
