"""Quick replies and the checklist while a ticket is served (W1, W3; ux.md S3)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import User
from teams.roles import Can
from tickets import actions, macros
from tickets.forms.macros import ReplyForm, step_words
from tickets.models import Macro, MacroUse, Step, Ticket, Waiting
from tickets.models.choices import SERVED
from tickets.models.macros import Filled
from tickets.views.ticket import ticket_of, whole
from tickets.views.ticket_checklist import checklist


class Offer(NamedTuple):
    """One macro as the list offers it: filled in for the ticket."""

    macro: Macro
    filled: Filled
    shortcut: str
    besides: str
    blocked: bool
    search: str


def offers(ticket: Ticket, user: User) -> list[Offer]:
    """The macros that fit the ticket; what `user` used often and lately first. Two queries."""
    found = list(Macro.objects.at_hand(user).in_use().fitting(ticket).nearest_first())
    today = timezone.localdate()
    rows = MacroUse.objects.filter(
        user=user, on__gt=today - timedelta(days=macros.LOOK_BACK_DAYS)
    ).values_list("macro", "on", "n")
    weight = macros.weights(rows, today)
    taken: set[str] = set()
    told = [_offer(one, ticket, user, taken) for one in found]
    return sorted(
        told, key=lambda one: (-weight.get(one.macro.pk, 0), -one.macro.uses, str(one.macro))
    )


def _offer(macro: Macro, ticket: Ticket, user: User, taken: set[str]) -> Offer:
    """With its shortcut, unless that means a nearer one."""
    shortcut = "" if macro.shortcut in taken else macro.shortcut
    taken.add(macro.shortcut)
    filled = macro.filled(ticket, user)
    names = (macro.name, macro.name_zh, macro.shortcut, macro.text_en, macro.text_zh)
    told = step_words(macro.steps)
    blocked = any(step["do"] == "wait" for step in macro.steps) and not _may_wait(ticket, user)
    besides = " · ".join([*told, _("not possible now")] if blocked else told)
    return Offer(macro, filled, shortcut, besides, blocked, " ".join(names).lower())


def _may_wait(ticket: Ticket, user: User) -> bool:
    """Whether the ticket may be made to wait once the reply is sent: its service has begun, nobody
    is waited for, and it is theirs."""
    begun = ticket.step == Step.RECEPTION and ticket.basics_at is not None
    theirs = ticket.owner_id in {None, user.pk} or user.can(Can.ASSIGN_TICKETS)
    return (begun or ticket.step in SERVED) and ticket.waiting_on == Waiting.NOBODY and theirs


@require_http_methods(["GET", "POST"])
def ticket_macros(request: Request, number: int) -> HttpResponse:
    """The quick replies for a ticket: the list that the composer opens. Without script a page with
    a choice; its POST puts the text into the composer, and nothing is written yet.

    403: no work here; 404: unseen.
    """
    request.user.must(Can.WORK_TICKETS)
    found = ticket_of(request.user, number)
    told = offers(found, request.user)
    typed = request.POST.get("text", "")
    chosen = request.POST.get("macro", "")
    one = next((one for one in told if str(one.macro.pk) == chosen), None)
    if one is not None:
        return _inserted(request, found, one, typed)
    context = {"ticket": found, "offers": told, "typed": typed}
    return page(request, "tickets/macros.html", context, partial="list")


def _inserted(request: Request, ticket: Ticket, one: Offer, typed: str) -> HttpResponse:
    """The ticket's page with the text in its composer."""
    text = f"{typed.rstrip()}\n\n{one.filled.text}" if typed.strip() else one.filled.text
    form = ReplyForm(
        ticket=ticket,
        user=request.user,
        initial={"text": text, "macro": one.macro.pk, "steps": not one.blocked},
    )
    context = whole(request, ticket) | {"say": form, "composer_too": True}
    return render(request, "tickets/ticket.html", context)


# ---- the checklist --------------------------------------------------------------------------
@require_POST
def ticket_checklist(request: Request, number: int) -> HttpResponse:
    """Tick a point (`tick`) or take its tick off (`untick`). 403: no work here; 404: unseen."""
    request.user.must(Can.WORK_TICKETS)
    found = ticket_of(request.user, number)
    ticked = "tick" in request.POST
    point = request.POST.get("tick" if ticked else "untick", "")
    refusal = ""
    try:
        actions.tick(
            found.pk,
            by=request.user,
            item=int(point) if point.isdecimal() and len(point) < 19 else 0,
            ticked=ticked,
            now=timezone.now(),
        )
    except RefusedError as refused:
        refusal = str(refused)
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        return redirect("ticket", number)
    context = {
        "ticket": found,
        "verbs": {"note": True},
        "checklist": checklist(found),
        "checklist_refusal": refusal,
    }
    answer = render(request, "tickets/_checklist.html", context, status=422 if refusal else 200)
    answer["HX-Trigger"] = _said(refusal, ticked=ticked)
    return answer


def _said(refusal: str, *, ticked: bool) -> str:
    words = refusal or (_("Ticked") if ticked else _("Not ticked"))
    return json.dumps({"announce": words})
