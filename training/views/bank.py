"""The question bank for authors: what it has, how good each question is, the editor (L1-L4)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.roles import Can
from training import actions, items
from training.forms.bank import BankFilter, QuestionForm, option_forms, options_of
from training.models import AttemptItem, Kind, Question
from training.views.bank_reports import course_results, short_courses

ROWS = 25


class Line(NamedTuple):
    """One question of the list and how good it is."""

    question: Question
    worth: items.Worth


@require_safe
def bank(request: Request) -> HttpResponse:
    """The bank, narrowed by filters; above it the courses whose test it cannot draw."""
    user = request.user
    user.must(Can.AUTHOR_COURSES)
    wanted = BankFilter(request.GET)
    rows = _narrowed(wanted).select_related("course").newest_first()
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "tab": "bank",
        "wanted": wanted,
        "shown": shown,
        "lines": _lines(list(shown.object_list)),
        "narrowed": any(kept.values()),
        "query": kept.urlencode(),
        "short": short_courses(),
        "kinds": Kind.choices,
        "fewest": items.FEWEST,
        "to_mark": AttemptItem.objects.to_mark(user).count(),
    }
    return page(request, "training/bank.html", context, partial="results")


def _narrowed(form: BankFilter) -> Any:
    form.is_valid()
    said = form.cleaned_data
    rows = Question.objects.found_by(said.get("q", ""))
    rows = rows.filter(retired_at__isnull=False) if said.get("state") else rows.in_bank()
    exact = {name: said.get(name) for name in ("area", "difficulty", "kind", "course")}
    return rows.filter(**{name: value for name, value in exact.items() if value})


def _lines(questions: list[Question]) -> list[Line]:
    sums = AttemptItem.objects.sums([question.pk for question in questions])
    none = items.Moments()
    return [Line(one, items.worth(sums.get(one.pk, none))) for one in questions]


@require_safe
def bank_courses(request: Request) -> HttpResponse:
    """How the tests of each course went: passed at first, mean score, gain."""
    request.user.must(Can.AUTHOR_COURSES)
    context = {"tab": "bank", "rows": course_results(), "fewest": items.FEWEST}
    return render(request, "training/bank_courses.html", context)


@require_http_methods(["GET", "POST"])
def question(request: Request, pk: int | None = None) -> HttpResponse:
    """A new question, or one whose next wording takes its place."""
    request.user.must(Can.AUTHOR_COURSES)
    rows = Question.objects.visible_to(request.user).select_related("course", "replaced_by")
    found = get_object_or_404(rows, pk=pk) if pk else None
    kind = found.kind if found else _kind(request)
    form = QuestionForm(request.POST or None, initial=_known(found) or {"kind": kind})
    lines = option_forms(kind, request.POST or None, found.options if found else [])
    if request.method == "POST" and lines.is_valid():
        said: dict[str, Any] = {"by": request.user, "now": timezone.now()}
        made = form.tried(actions.save_question, pk, options=options_of(lines), **said)
        if made is not None:
            messages.success(request, _("Saved."))
            return redirect("bank")
    wrong = bool(form.errors) or (lines.is_bound and not lines.is_valid())
    context = {
        "tab": "bank",
        "form": form,
        "lines": lines,
        "found": found,
        "kind": kind,
        "kind_name": Kind(kind).label,
        "worth": _lines([found])[0].worth if found else None,
        "fewest": items.FEWEST,
    }
    return render(request, "training/question.html", context, status=422 if wrong else 200)


def _kind(request: Request) -> str:
    wanted = request.POST.get("kind") or request.GET.get("kind", "")
    return wanted if wanted in Kind.values else str(Kind.SINGLE)


def _known(found: Question | None) -> dict[str, Any]:
    names = (
        *("kind", "area", "difficulty", "course", "text", "text_zh"),
        *("why", "why_zh", "points"),
    )
    return {name: getattr(found, name) for name in names} if found else {}


@require_POST
def question_retire(request: Request, pk: int) -> HttpResponse:
    """Take a question out of the bank."""
    request.user.must(Can.AUTHOR_COURSES)
    get_object_or_404(Question.objects.visible_to(request.user), pk=pk)
    try:
        actions.retire_question(pk, by=request.user, now=timezone.now())
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("question", pk)
    messages.success(request, _("Retired: no test draws it any more."))
    return redirect("bank")
