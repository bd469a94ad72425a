"""The debriefing of a drill: timeline, clocks, the rubric of two raters; and its scenarios."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from teams.http import Request
from teams.models import User
from teams.models.groups import in_language
from teams.roles import Can
from tickets.clock_words import METRICS, length
from training import actions, scripts
from training.forms.drills import LessonsForm, RubricForm, ScenarioForm
from training.models import Drill, DrillStep, Scenario, ScenarioKind
from training.models.debriefing import Debriefing, Line, Rated, debriefing

MOST = 400
WORDS = {
    "almost_perfect": lambda: _("almost perfect"),
    "substantial": lambda: _("substantial"),
    "moderate": lambda: _("moderate"),
    "fair": lambda: _("fair"),
    "slight": lambda: _("slight"),
    "poor": lambda: _("poor"),
}


@require_http_methods(["GET", "POST"])
def drill_debriefing(request: Request, pk: int) -> HttpResponse:
    """What the drill showed; a rater fills in the rubric here, once."""
    if request.method == "POST":
        request.user.must(Can.RUN_TRAINING)
    found = _ended(request, pk)
    form = RubricForm(request.POST or None, drill=found) if _may_rate(request, found) else None
    if request.method == "POST":
        if form is None:
            messages.error(request, _("You have rated this drill, or it is not yours to rate."))
            return redirect("drill-debriefing", pk)
        if form.tried(actions.rate_drill, pk, by=request.user, now=timezone.now()) is not None:
            messages.success(request, _("Your rating is in."))
            return redirect("drill-debriefing", pk)
    return _shown(request, found, form=form)


@require_POST
def drill_debrief(request: Request, pk: int) -> HttpResponse:
    """Close the debriefing: the training of everybody is booked."""
    request.user.must(Can.RUN_TRAINING)
    found = _ended(request, pk)
    form = LessonsForm(request.POST)
    if form.tried(actions.debrief_drill, pk, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("The debriefing is closed and everybody's training is booked."))
        return redirect("drill-debriefing", pk)
    return _shown(request, found, lessons=form)


def _ended(request: Request, pk: int) -> Drill:
    over = [DrillStep.ENDED, DrillStep.DEBRIEFED]
    rows = Drill.objects.visible_to(request.user).filter(step__in=over)
    return get_object_or_404(rows.select_related("trainer", "second"), pk=pk)


def _may_rate(request: Request, found: Drill) -> bool:
    mine = "rate" in found.moves and request.user.pk in found.raters
    return mine and not found.ratings.filter(rater=request.user).exists()


def _shown(
    request: Request,
    found: Drill,
    *,
    form: RubricForm | None = None,
    lessons: LessonsForm | None = None,
) -> HttpResponse:
    told = debriefing(found, now=timezone.now())
    cues = found.cues.filter(done_at__isnull=False, skipped=False).select_related("ticket")
    leads = found.trainer_id == request.user.pk and "debrief" in found.moves
    context = {
        "drill": found,
        "told": told,
        "median": length(told.first.median_s) if told.first.median_s is not None else "",
        "cues": cues.order_by("done_at", "pk")[:MOST],
        "clocks": [(line, *_clock_words(line)) for line in told.clocks],
        "rated": [_rated_words(one, told.raters) for one in told.rated],
        "agreement": _agreement(told),
        "missing": len(found.raters) - found.ratings.count(),
        "remarks": found.ratings.select_related("rater").order_by("pk") if told.rated else [],
        "seats": found.seats.select_related("user").order_by("user__name", "user"),
        "form": form,
        "lessons": (lessons or LessonsForm()) if leads and told.rated else None,
    }
    wrong = any(one is not None and one.errors for one in (form, lessons))
    return render(request, "training/debriefing.html", context, status=422 if wrong else 200)


def _clock_words(line: Line) -> tuple[str, str, str]:
    """(what is promised, within what, in how long it was done; empty where it was not)."""
    spent = length(line.seconds) if line.seconds is not None else ""
    return str(METRICS[line.metric]), length(line.target_s), spent


def _rated_words(one: Rated, raters: list[User]) -> dict[str, Any]:
    said = [one.criterion.levels[level] for level in one.levels]
    return {
        "person": one.person,
        "criterion": in_language(one.criterion.name.en, one.criterion.name.zh),
        "levels": [
            (rater, level, in_language(words.en, words.zh))
            for rater, level, words in zip(raters, one.levels, said, strict=True)
        ],
        "same": len(set(one.levels)) == 1,
    }


def _agreement(told: Debriefing) -> list[dict[str, Any]]:
    """κ and weighted κ for the table; empty until both raters are in."""
    named = ((_("Cohen's κ"), told.agreement), (_("Weighted κ (squares)"), told.weighted))
    return [
        {"name": name, "of": one, "words": WORDS[one.words]() if one.words else ""}
        for name, one in named
        if one is not None
    ]


# ---- scenarios --------------------------------------------------------------------------------
@require_safe
def scenarios(request: Request) -> HttpResponse:
    """One's own scenarios, and those that come with the product, to plan or to copy."""
    request.user.must(Can.AUTHOR_COURSES)
    context = {
        "own": Scenario.objects.select_related("changed_by").order_by("name"),
        "shipped": [
            (code, script, str(ScenarioKind(script.kind).label), *_names(script))
            for code, text in scripts.shipped().items()
            for script in [scripts.read(text)]
        ],
        "runs": request.user.can(Can.RUN_TRAINING),
    }
    return render(request, "training/scenarios.html", context)


def _names(script: scripts.Script) -> tuple[str, str]:
    both = (script.name, script.brief)
    name, brief = (in_language(one.en, one.zh) for one in both)
    return name, brief


@require_http_methods(["GET", "POST"])
def scenario(request: Request, pk: int | None = None) -> HttpResponse:
    """Write a scenario: a new one, a copy of a shipped one (`?from=`), or change one's own."""
    user = request.user
    user.must(Can.AUTHOR_COURSES)
    row = get_object_or_404(Scenario, pk=pk) if pk else None
    text = row.text if row else scripts.shipped().get(request.GET.get("from", ""), "")
    first = {"text": text, "active": row.active if row else True, "seen": row and row.version}
    form = ScenarioForm(request.POST or None, initial=first)
    saved = form.tried(actions.save_scenario, pk, by=user, now=timezone.now())
    if saved is not None:
        messages.success(request, _("The scenario is saved."))
        return redirect("scenario", saved.pk)
    context = {"form": form, "scenario": row, "script": timeline(row)}
    return render(request, "training/scenario.html", context, status=422 if form.errors else 200)


def timeline(row: Scenario | None) -> list[tuple[float, str, str]]:
    """The timeline of a saved script: (seconds, who or what, words), in order."""
    if row is None:
        return []
    script = scripts.read(row.text)
    told = [
        (one.at, one.name.of(one.language), one.subject.of(one.language)) for one in script.visitors
    ]
    told += [
        (one.at, _("Announcement"), in_language(one.text.en, one.text.zh))
        for one in script.happenings
    ]
    return sorted(told)
