"""Drafts tried on the past: what would have been kept (rivals.md, rule 20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.htmx import page
from teams.http import Request
from teams.roles import Can
from tickets import actions
from tickets.actions import METRIC_WORDS
from tickets.clock import COMPLAINTS
from tickets.forms.tried import TryHoursForm
from tickets.models import Simulation
from tickets.simulation import shares

PERIODS = (30, 90, 180, 365)  # days back from now that a draft is tried on
MOST = 50


class Line(NamedTuple):
    """One metric of a result. Shares are 0 to 100, or None; `change` in points."""

    metric: str
    before: float | None
    after: float | None
    change: float | None
    tally: dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
def tried(request: Request) -> HttpResponse:
    """The runs, the newest first; other opening hours can be tried from here."""
    request.user.must(Can.MANAGE_PROMISES)
    form = TryHoursForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return ask(request, **form.cleaned_data)
    rows = Simulation.objects.visible_to(request.user).newest()
    rows = rows.select_related("policy", "calendar", "made_by")[:MOST]
    context, status = {"rows": rows, "form": form}, 422 if form.errors else 200
    return page(request, "tickets/simulations.html", context, partial="section", status=status)


@require_safe
def tried_one(request: Request, pk: int) -> HttpResponse:
    """One run: its progress while it runs, then before and after."""
    request.user.must(Can.MANAGE_PROMISES)
    rows = Simulation.objects.visible_to(request.user).select_related("policy", "made_by")
    row = get_object_or_404(rows, pk=pk)
    context = {"run": row, "lines": lines(row), "moving": row.state in {"queued", "running"}}
    return page(request, "tickets/simulation.html", context, partial="run")


def lines(row: Simulation) -> list[Line]:
    """The result, a line a metric, in the order of the promises."""
    found = []
    for metric, words in METRIC_WORDS.items():
        if metric in COMPLAINTS:  # a regulator's promise: no draft of ours moves it
            continue
        tally = row.result.get(metric) if row.state == Simulation.State.DONE else None
        if tally:
            before, after = (None if s is None else s * 100 for s in shares(tally))
            change = None if before is None or after is None else after - before
            found.append(Line(str(words), before, after, change, tally))
    return found


def ask(request: Request, *, days: str, **draft: Any) -> HttpResponse:
    """Queue a run over the last `days` days and go to its page. Raises what `simulate` raises."""
    now = timezone.now()
    back = int(days) if days.isdecimal() and int(days) in PERIODS else PERIODS[1]
    start = now - timedelta(days=back)
    row = actions.simulate(by=request.user, now=now, start=start, end=now, **draft)
    answer = redirect("settings-tried-one", row.pk)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer
