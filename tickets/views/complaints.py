"""Complaints: one case, the register, the check for what is not marked, and which packs apply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.forms import ActionForm, ReasonForm
from teams.http import Request
from teams.roles import Can
from tickets import actions, complaints
from tickets.clock import Metric
from tickets.forms.complaints import (
    AcknowledgeForm,
    CauseForm,
    ExtendForm,
    GoOnForm,
    LetterForm,
    NothingForm,
    ReleaseForm,
    StopForm,
)
from tickets.models import Cause, Complaint, ComplaintCause, ComplaintStep
from tickets.views.complaint_card import Card, card_of, milestone_words, name_of, names_of
from tickets.views.ticket import ticket_of

ROWS = 25
SUSPECTS = 50


class Verb(NamedTuple):
    """One step: its form, its action, what is said when it is done, what the role must have."""

    form: type[ActionForm]
    act: Callable[..., Any]
    told: str | Promise
    needs: Can = Can.WORK_TICKETS


def _unmark(number: int, **said: Any) -> Any:
    return actions.mark_complaint(number, marked=False, **said)


VERBS: dict[str, Verb] = {
    "acknowledge": Verb(AcknowledgeForm, actions.acknowledge, _("Acknowledgement sent")),
    "extend": Verb(ExtendForm, actions.ask_extension, _("Extension asked for")),
    "approve_extension": Verb(
        NothingForm,
        actions.approve_extension,
        _("Extension approved, notice sent"),
        Can.ASSIGN_TICKETS,
    ),
    "stop": Verb(StopForm, actions.ask_stop, _("Stop of the clock asked for")),
    "approve_stop": Verb(
        NothingForm, actions.approve_stop, _("The clock stands, notice sent"), Can.ASSIGN_TICKETS
    ),
    "go_on": Verb(GoOnForm, actions.go_on, _("The clock runs")),
    "draft": Verb(LetterForm, actions.draft_letter, _("Draft saved")),
    "release": Verb(
        ReleaseForm, actions.release_letter, _("Final letter sent"), Can.ASSIGN_TICKETS
    ),
    "causes": Verb(CauseForm, actions.record_cause, _("Root cause recorded")),
    "finish": Verb(NothingForm, actions.finish_complaint, _("Complaint closed")),
    "unmark": Verb(ReasonForm, _unmark, _("The mark is off")),
}


# ---- one case ---------------------------------------------------------------------------------
@require_safe
def complaint(request: Request, number: int) -> HttpResponse:
    """The case of one ticket: deadlines, letters, causes, and what may be done now."""
    return _case(request, number)


@require_POST
def complaint_verb(request: Request, number: int, verb: str) -> HttpResponse:
    """Do one step of a case. 404: unseen, no complaint, or no such step; 422: refused."""
    known = VERBS.get(verb)
    if known is None:
        raise Http404(verb)
    request.user.must(known.needs)
    card = _card(request, number)
    form = _form(verb, card, request.POST)
    done = form.tried(known.act, number, by=request.user, now=timezone.now())
    if done is None:
        return _case(request, number, {verb: form}, refused=verb)
    messages.success(request, str(known.told))
    if verb == "unmark":
        return _to_ticket(request, number)
    return _case(request, number) if request.htmx else redirect("complaint", number)


def _to_ticket(request: Request, number: int) -> HttpResponse:
    answer = redirect("ticket", number)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


def _card(request: Request, number: int) -> Card:
    card = card_of(ticket_of(request.user, number), request.user, now=timezone.now())
    if card is None:
        raise Http404(number)
    return card


def _form(verb: str, card: Card, data: Any = None) -> ActionForm:
    kind, auto_id = VERBS[verb].form, f"id_{verb}_%s"
    if verb == "extend":
        return ExtendForm(data, offers=list(card.offers), auto_id=auto_id)
    if verb == "stop":
        return StopForm(data, offers=list(card.stand_for), auto_id=auto_id)
    initial: dict[str, dict[str, Any]] = {}
    if card.letter is not None:
        initial = {"draft": {"text": card.letter.text}, "release": {"letter": card.letter.pk}}
    return kind(data, initial=initial.get(verb), auto_id=auto_id)


def _case(
    request: Request, number: int, forms: dict[str, ActionForm] | None = None, *, refused: str = ""
) -> HttpResponse:
    card = _card(request, number)
    shown = {verb: _form(verb, card) for verb in VERBS if verb in card.may} | (forms or {})
    context = {"card": card, "ticket": card.case.ticket, "forms": shown, "refused": refused}
    status = 422 if refused else 200
    return page(request, "tickets/complaint.html", context, partial="case", status=status)


# ---- the register -----------------------------------------------------------------------------
@require_safe
def register(request: Request) -> HttpResponse:
    """The open cases by their next deadline, those that are late first; and what they came from."""
    request.user.must(Can.ASSIGN_TICKETS)
    now = timezone.now()
    seen = Complaint.objects.visible_to(request.user).real()
    step, pack = request.GET.get("step", ""), request.GET.get("pack", "")
    rows = seen.filter(step=step).order_by("-pk") if step in ComplaintStep else seen.to_do()
    if pack in complaints.packs():
        rows = rows.of_pack(pack)
    rows = rows.select_related("ticket__customer", "ticket__owner", "ticket__group")
    rows = rows.prefetch_related("milestones", "stops")
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "lines": [(row, names_of(row.rules), _due(row, now)) for row in shown],
        "shown": shown,
        "steps": ComplaintStep.choices,
        "packs": [(code, name_of(known)) for code, known in complaints.packs().items()],
        "wanted": {"step": step, "pack": pack},
        "causes": _causes(request),
        "now": now,
    }
    return page(request, "tickets/complaints.html", context, partial="results")


def _due(row: Complaint, now: datetime) -> tuple[str, bool, bool]:
    """The name of the next deadline, whether it has passed, and whether the clock stands."""
    stands = any(stop.approved_at and not stop.ended_at for stop in row.stops.all())
    owed = [one for one in row.milestones.all() if one.met_at is None and not one.optional]
    if stands:
        owed = [one for one in owed if one.metric != Metric.COMPLAINT_FINAL]
    first = min(owed, key=lambda one: one.due_at, default=None)
    if row.next_by is None or first is None:
        return "", False, stands
    return milestone_words(first.key), row.next_by < now, stands


def _causes(request: Request) -> list[tuple[str, int]]:
    """How many complaints name each cause, the most first."""
    seen = Complaint.objects.visible_to(request.user).real().values("pk")
    rows = ComplaintCause.objects.filter(complaint__in=seen).values_list("kind")
    counted = rows.annotate(n=Count("complaint", distinct=True)).order_by("-n", "kind")
    return [(str(Cause(kind).label), n) for kind, n in counted]


# ---- the check --------------------------------------------------------------------------------
@require_safe
def check(request: Request) -> HttpResponse:
    """Tickets of the last 30 days that read like complaints and are not marked."""
    return _check(request)


@require_POST
def check_one(request: Request, number: int) -> HttpResponse:
    """Mark one of them as a complaint, or say that it is none."""
    request.user.must(Can.WORK_TICKETS)
    ticket_of(request.user, number)
    mark = request.POST.get("do") == "mark"
    act = actions.mark_complaint if mark else actions.dismiss_suspect
    try:
        act(number, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        return _check(request, refusal=str(refusal))
    return _check(request) if request.htmx else redirect("complaint-check")


def _check(request: Request, *, refusal: str = "") -> HttpResponse:
    found = list(actions.suspects(request.user, timezone.now()))
    context = {
        "found": found[:SUSPECTS],
        "n": len(found),
        "refusal": refusal,
        "works": request.user.can(Can.WORK_TICKETS),
    }
    status = 422 if refusal else 200
    return page(request, "tickets/complaint_check.html", context, partial="found", status=status)
