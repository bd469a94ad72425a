"""Emergency drills: the list, planning, the trainer's board and what those who take part see."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.roles import Can
from tickets import promise
from tickets.models import Ticket
from training import actions
from training.forms.drills import AnnounceForm, GuestForm, PlanForm
from training.models import Drill, DrillCue
from training.models.debriefing import tickets_of

ROWS, TOLD, COMING = 25, 60, 15
MOVES = {
    "start": actions.start_drill,
    "pause": actions.pause_drill,
    "resume": actions.resume_drill,
    "end": actions.end_drill,
    "cancel": actions.cancel_drill,
}
ICONS = {
    "start": "player-play",
    "pause": "player-pause",
    "resume": "player-play",
    "end": "flag",
    "cancel": "x",
}


@require_safe
def drills(request: Request) -> HttpResponse:
    """The drills that one runs, rates or took part in."""
    rows = Drill.objects.visible_to(request.user).select_related("trainer", "second")
    rows = rows.annotate(people=Count("seats")).newest_first()
    context = {
        "runs": request.user.can(Can.RUN_TRAINING),
        "authors": request.user.can(Can.AUTHOR_COURSES),
        "shown": Paginator(rows, ROWS).get_page(request.GET.get("page")),
    }
    return page(request, "training/drills.html", context, partial="results")


@require_http_methods(["GET", "POST"])
def drill_new(request: Request) -> HttpResponse:
    """Plan a drill."""
    user = request.user
    user.must(Can.RUN_TRAINING)
    now = timezone.now()
    first = {"planned_for": timezone.localtime(now), "what": request.GET.get("scenario", "")}
    form = PlanForm(request.POST or None, by=user, initial=first)
    made = form.tried(actions.plan_drill, by=user, now=now)
    if made is not None:
        messages.success(request, _("The drill is planned. Start it when everybody is ready."))
        return redirect("drill", made.pk)
    return render(
        request, "training/drill_new.html", {"form": form}, status=422 if form.errors else 200
    )


@require_safe
def drill(request: Request, pk: int) -> HttpResponse:
    """The board for the trainer; announcements and own customers for who takes part."""
    context = _board(request, _found(request, pk))
    if request.htmx and request.GET.get("seen") == context["tag"]:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    answer = page(request, "training/drill.html", context, partial="board")
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def drill_move(request: Request, pk: int, verb: str) -> HttpResponse:
    """The trainer starts, pauses, goes on, ends or calls off."""
    request.user.must(Can.RUN_TRAINING)
    found = _found(request, pk)
    try:
        MOVES[verb](pk, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        messages.error(request, str(refusal), extra_tags="sticky")
        return redirect("drill", pk)
    return redirect("drill-debriefing" if verb == "end" else "drill", found.pk)


@require_POST
def drill_announce(request: Request, pk: int) -> HttpResponse:
    """Tell everybody something, now."""
    return _inject(request, pk, "announce", AnnounceForm(request.POST))


@require_POST
def drill_customer(request: Request, pk: int) -> HttpResponse:
    """Send another simulated customer."""
    return _inject(request, pk, "guest", GuestForm(request.POST))


def _inject(request: Request, pk: int, name: str, form: AnnounceForm | GuestForm) -> HttpResponse:
    request.user.must(Can.RUN_TRAINING)
    found = _found(request, pk)
    act: Any = actions.announce if name == "announce" else actions.send_customer
    if form.tried(act, pk, by=request.user, now=timezone.now()) is not None:
        said = _("Announced.") if name == "announce" else _("The customer comes in a moment.")
        messages.success(request, said)
        return redirect("drill", pk)
    context = _board(request, found) | {"announce": AnnounceForm(), "guest": GuestForm()}
    context[name] = form
    return render(request, "training/drill.html", context, status=422)


def _found(request: Request, pk: int) -> Drill:
    rows = Drill.objects.visible_to(request.user).select_related("trainer", "second")
    return get_object_or_404(rows, pk=pk)


def _board(request: Request, found: Drill) -> dict[str, Any]:
    """What the page shows, in seven queries whatever the number of customers."""
    user, now = request.user, timezone.now()
    leads = found.trainer_id == user.pk
    seats = list(found.seats.select_related("user").order_by("user__name", "user"))
    plays = any(seat.user_id == user.pk for seat in seats)
    mine = [t for t in tickets_of(found) if not plays or t.owner_id == user.pk]
    done = list(_told(found, plays=plays))
    coming = [] if plays else list(_coming(found))
    state = (found.version, [t.version for t in mine], [c.pk for c in done], get_language())
    moves = found.moves
    return {
        "drill": found,
        "script": found.script(),
        "seats": seats,
        "plays": plays,
        "leads": leads,
        "verbs": [(v, label, ICONS[v]) for v, label in moves.items() if v in MOVES and leads],
        "announce": AnnounceForm() if leads and "announce" in moves else None,
        "guest": GuestForm() if leads and "contact" in moves else None,
        "lines": [(ticket, _clock(ticket, now)) for ticket in reversed(mine)],
        "told": done,
        "coming": coming,
        "runs_on": found.step in {"running", "paused"},
        "tag": hashlib.sha256(repr(state).encode()).hexdigest()[:20],
    }


def _told(found: Drill, *, plays: bool) -> Any:
    """What has happened, the newest first; who takes part reads the announcements only."""
    rows = found.cues.filter(done_at__isnull=False, skipped=False).select_related("ticket")
    if plays:
        rows = rows.filter(kind=DrillCue.Kind.EVENT)
    return rows.order_by("-done_at", "-pk")[:TOLD]


def _coming(found: Drill) -> Any:
    """What the script brings next."""
    rows = found.cues.open().filter(due_at__isnull=False)
    return rows.select_related("ticket").order_by("due_at", "pk")[:COMING]


def _clock(ticket: Ticket, now: Any) -> promise.Chip:
    return promise.first_response(
        received_at=ticket.received_at,
        due=ticket.respond_by,
        responded_at=ticket.responded_at,
        target_s=ticket.respond_s,
        now=now,
    )
