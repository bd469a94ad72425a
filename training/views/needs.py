"""Learning needs: whose, seen by what, met by which course, and whether that helped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.htmx import page
from csservice.lib.proportions import Estimate, Share
from teams.forms import ReasonForm
from teams.http import Request
from teams.roles import Can
from training import actions, effect
from training.forms.needs import NeedForm
from training.models import Need

ROWS = 25


@require_safe
def needs(request: Request) -> HttpResponse:
    """One's own needs and those of the people one runs: open ones, or all."""
    user = request.user
    wanted = "all" if request.GET.get("show") == "all" else "open"
    rows = Need.objects.visible_to(user).select_related("user", "course", "category")
    rows = rows.annotate(seen_by=Count("evidence")).newest_first()
    context = {
        "tab": "needs",
        "runs": user.can(Can.RUN_TRAINING),
        "wanted": wanted,
        "shown": Paginator(rows if wanted == "all" else rows.open(), ROWS).get_page(
            request.GET.get("page")
        ),
    }
    return page(request, "training/needs.html", context, partial="results")


@require_safe
def need(request: Request, pk: int) -> HttpResponse:
    """One need with its evidence, the course, and what it changed."""
    return _shown(request, _found(request, pk))


@require_http_methods(["GET", "POST"])
def need_new(request: Request) -> HttpResponse:
    """A manager says what somebody should learn."""
    user = request.user
    user.must(Can.RUN_TRAINING)
    form = NeedForm(request.POST or None, by=user, initial={"user": request.GET.get("user")})
    made = form.tried(actions.ask_need, by=user, now=timezone.now())
    if made is not None:
        messages.success(request, _("The need is on record."))
        return redirect("need", made.pk)
    context = {"tab": "needs", "form": form}
    return render(request, "training/need_new.html", context, status=422 if form.errors else 200)


@require_POST
def need_dismiss(request: Request, pk: int) -> HttpResponse:
    """End it without a course, with a reason."""
    request.user.must(Can.RUN_TRAINING)
    found = _found(request, pk)
    form = ReasonForm(request.POST)
    if form.tried(actions.dismiss_need, pk, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("The need is dismissed."))
        return redirect("need", pk)
    return _shown(request, found, form)


def _found(request: Request, pk: int) -> Need:
    rows = Need.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("user", "course", "category", "by", "record"), pk=pk
    )


def _shown(request: Request, found: Need, form: ReasonForm | None = None) -> HttpResponse:
    runs = request.user.can(Can.RUN_TRAINING) and found.user_id != request.user.pk
    changed = found.effect()
    context: dict[str, Any] = {
        "tab": "needs",
        "need": found,
        "evidence": found.evidence.select_related("ticket", "review__form").order_by("-at")[:ROWS],
        "effect": changed,
        "shares": _shares(changed) if changed else [],
        "points": _points(changed.estimate) if changed and changed.estimate else None,
        "least": effect.LEAST,
        "dismiss": (form or ReasonForm()) if runs and found.ended_at is None else None,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "training/need.html", context, status=status)


def _shares(changed: effect.Effect) -> list[tuple[str, Any, Any]]:
    """Rows of the table: who, before, after; a share is (hits, n, per cent)."""
    return [
        (_("This person"), _words(changed.before), _words(changed.after)),
        (_("Colleagues without it"), _words(changed.others_before), _words(changed.others_after)),
    ]


def _words(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "n": share.n, "rate": share.value * 100 if share.n else None}


def _points(found: Estimate) -> dict[str, float]:
    """The estimate in percentage points."""
    return {"value": found.value * 100, "low": found.low * 100, "high": found.high * 100}
