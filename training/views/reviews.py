"""Quality reviews: what waits for me, one rating, drawing, forms, how far raters agree (K1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.htmx import page
from teams.http import Request
from teams.roles import Can
from training import actions, quality
from training.agreement import Agreement
from training.forms.reviews import (
    AnswerForm,
    DisputeForm,
    DrawForm,
    Items,
    RatingForm,
    ReviewFormForm,
    counted,
    lines_of,
)
from training.models import Review, ReviewForm, ReviewRound

ROWS = 25


@require_safe
def reviews(request: Request) -> HttpResponse:
    """What waits to be rated, what was rated, what is disputed; for the rest their own results."""
    user = request.user
    rates = user.can(Can.REVIEW_QUALITY)
    wanted = request.GET.get("show", "to_rate" if rates else "done")
    seen = Review.objects.visible_to(user).select_related("person", "rater", "ticket", "form__form")
    chosen = {
        "to_rate": seen.to_rate(user) if rates else seen.none(),
        "done": seen.finished().first_ratings().newest_first(),
        "disputed": seen.filter(dispute__answered_at=None, dispute__isnull=False).newest_first(),
    }
    rows = chosen.get(wanted, chosen["done"])
    context = {
        "tab": "reviews",
        "rates": rates,
        "wanted": wanted,
        "shown": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "shows": [
            *([("to_rate", _("To rate"))] if rates else []),
            ("done", _("Rated")),
            ("disputed", _("Disputed")),
        ],
    }
    return page(request, "training/reviews.html", context, partial="results")


# ---- one review ---------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def review(request: Request, pk: int) -> HttpResponse:
    """One drawn ticket beside the form; rated once. Then the result, and what was disputed."""
    found = _found(request, pk)
    rating = found.done_at is None and found.rater_id == request.user.pk
    form = None
    if rating:
        form = RatingForm(request.POST or None, review=found, messages=_thread(found))
        done = form.tried(actions.rate, pk, by=request.user, now=timezone.now())
        if done is not None:
            messages.success(request, _("Rating saved."))
            following = Review.objects.to_rate(request.user).first()
            return redirect("review", following.pk) if following else redirect("reviews")
    return _shown(request, found, form=form)


@require_POST
def review_dispute(request: Request, pk: int) -> HttpResponse:
    """The rated person does not agree."""
    found = _found(request, pk)
    form = DisputeForm(request.POST)
    if form.tried(actions.dispute, pk, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("Your objection is on record. Somebody else will answer it."))
        return redirect("review", pk)
    return _shown(request, found, dispute=form)


@require_POST
def review_answer(request: Request, pk: int) -> HttpResponse:
    """Somebody who did not rate it answers the dispute."""
    request.user.must(Can.REVIEW_QUALITY)
    found = _found(request, pk)
    form = AnswerForm(request.POST, review=found)
    if form.tried(actions.answer_dispute, pk, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("Answered."))
        return redirect("review", pk)
    return _shown(request, found, answer=form)


def _found(request: Request, pk: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related(
        *("person", "rater", "ticket__customer", "form__form", "first", "round")
    )
    return get_object_or_404(rows, pk=pk)


def _thread(found: Review) -> list[Any]:
    return list(found.ticket.messages.in_order())


def _shown(request: Request, found: Review, **forms: Any) -> HttpResponse:
    """The page of one review; `forms` that were refused are shown with what is wrong."""
    user = request.user
    objection = found.objection
    is_open = objection is not None and objection.answered_at is None
    judges = user.can(Can.REVIEW_QUALITY) and user.pk not in {found.rater_id, found.person_id}
    form: RatingForm | None = forms.get("form")
    remarks = {row.message_id: row.text for row in found.on_timeline.all()}
    thread = [
        (message, remarks.get(message.pk, ""), form.at(message.pk) if form else None)
        for message in _thread(found)
    ]
    result = RatingForm(review=found) if found.done_at else None
    objects = user.pk == found.person_id and found.done_at and objection is None
    context = {
        "tab": "reviews",
        "review": found,
        "thread": thread,
        "rating": form,
        "result": result,
        "objection": objection,
        "dispute": forms.get("dispute") or (DisputeForm() if objects else None),
        "answer": forms.get("answer") or (AnswerForm(review=found) if is_open and judges else None),
    }
    wrong = any(one is not None and one.errors for one in forms.values())
    return render(request, "training/review.html", context, status=422 if wrong else 200)


# ---- drawing ---------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def review_draw(request: Request) -> HttpResponse:
    """Draw tickets for everybody in a group; the rounds that were drawn."""
    user = request.user
    user.must(Can.REVIEW_QUALITY)
    today = timezone.localdate()
    first = {"since": today - timedelta(days=30), "until": today - timedelta(days=1)}
    form = DrawForm(request.POST or None, user=user, initial=first)
    made = form.tried(actions.draw_reviews, by=user, now=timezone.now())
    if made is not None:
        messages.success(request, counted(made.reviews.filter(first=None).count()))
        return redirect("reviews")
    done = Count("reviews", filter=Q(reviews__done_at__isnull=False))
    rounds = ReviewRound.objects.visible_to(user).select_related("group", "form__form", "made_by")
    shown = list(rounds.annotate(n=Count("reviews"), done=done).order_by("-pk")[:ROWS])
    context = {"tab": "reviews", "form": form, "rounds": _with_agreement(shown)}
    context["enough"] = quality.ENOUGH
    return render(request, "training/review_draw.html", context, status=422 if form.errors else 200)


def _with_agreement(rounds: list[ReviewRound]) -> list[tuple[ReviewRound, Agreement | None]]:
    """Each round with how far its raters agree: one query for all."""
    both = Review.objects.finished().filter(first__done_at__isnull=False, round__in=rounds)
    pairs: dict[int, list[Any]] = {}
    for key, first, second in both.values_list("round", "first__answers", "answers"):
        pairs.setdefault(key, []).append((first, second))
    return [(row, quality.agreed(pairs.get(row.pk, []))) for row in rounds]


# ---- forms -----------------------------------------------------------------------------------
@require_safe
def review_forms(request: Request) -> HttpResponse:
    """What tickets are looked at for."""
    request.user.must(Can.REVIEW_QUALITY)
    rows = ReviewForm.objects.select_related("current").order_by("-active", "name")
    return render(request, "training/review_forms.html", {"tab": "reviews", "rows": rows})


@require_http_methods(["GET", "POST"])
def review_form(request: Request, pk: int | None = None) -> HttpResponse:
    """A new review form, or one that is changed: other lines make its next version."""
    user = request.user
    user.must(Can.REVIEW_QUALITY)
    found = get_object_or_404(ReviewForm.objects.select_related("current"), pk=pk) if pk else None
    known = (
        {"name": found.name, "name_zh": found.name_zh, "active": found.active} if found else None
    )
    form = ReviewFormForm(request.POST or None, initial=known)
    lines = Items(
        request.POST or None,
        prefix="items",
        initial=found.current.items if found and found.current else [],
    )
    if request.method == "POST" and lines.is_valid():
        extra: dict[str, Any] = {"by": user, "now": timezone.now(), "items": lines_of(lines)}
        if form.tried(actions.save_review_form, pk, **extra) is not None:
            messages.success(request, _("Saved."))
            return redirect("review-forms")
    wrong = bool(form.errors) or not (not lines.is_bound or lines.is_valid())
    context = {"tab": "reviews", "form": form, "lines": lines, "found": found}
    return render(request, "training/review_form.html", context, status=422 if wrong else 200)
