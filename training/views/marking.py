"""Free texts of tests for trainers: without a name, until they are marked (L1-L4)."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from teams.http import Request
from teams.roles import Can
from training import actions
from training.forms.attempts import MarkForm
from training.models import AttemptItem

ROWS = 25


@require_safe
def marking(request: Request) -> HttpResponse:
    """What waits, oldest first."""
    request.user.must(Can.RUN_TRAINING)
    rows = AttemptItem.objects.to_mark(request.user)
    rows = rows.select_related("question", "attempt__enrolment__course")
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "training/marking.html", {"tab": "marking", "shown": shown})


@require_http_methods(["GET", "POST"])
def marking_one(request: Request, pk: int) -> HttpResponse:
    """One free text beside what a good answer has; marked once, then the next one."""
    user = request.user
    user.must(Can.RUN_TRAINING)
    rows = AttemptItem.objects.to_mark(user)
    item = get_object_or_404(rows.select_related("question", "attempt__enrolment__course"), pk=pk)
    form = MarkForm(request.POST or None)
    if form.tried(actions.mark_answer, pk, by=user, now=timezone.now()) is not None:
        messages.success(request, _("Marked."))
        following = rows.first()
        return redirect("marking-one", following.pk) if following else redirect("marking")
    context = {"tab": "marking", "item": item, "form": form, "waiting": rows.count()}
    return render(request, "training/marking_one.html", context, status=422 if form.errors else 200)
