"""The managers' wall: who waits for a first answer now, who is at work, how today goes (W1, T2)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import User
from teams.roles import Can
from tickets import actions
from tickets.models import Ticket
from tickets.views.live_board import board, staff

MOST = 100


@require_safe
def live(request: Request) -> HttpResponse:
    """A manager's groups, or all for a director. A tick that brings nothing new answers 204."""
    request.user.must(Can.SEE_LIVE)
    shown = board(request.user, now=timezone.now())
    if request.htmx and request.GET.get("seen") == shown.tag:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    context = {
        "board": shown,
        "paused": "pause" in request.GET,
        "may_assign": request.user.can(Can.ASSIGN_TICKETS),
        "may_add_groups": request.user.can(Can.MANAGE_ALL_PEOPLE),
    }
    answer = page(request, "tickets/live.html", context, partial="board")
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def live_assign(request: Request) -> HttpResponse:
    """Give the ticked tickets to one person. What cannot be given is said; the rest is given."""
    request.user.must(Can.ASSIGN_TICKETS)
    asked = [int(number) for number in request.POST.getlist("ticket")[:MOST] if _is_key(number)]
    to = staff(request.user).filter(pk=_key(request.POST.get("to", ""))).first()
    if to is None or not asked:
        said = _("Tick at least one ticket, and choose whom to give them to.")
        messages.error(request, said, extra_tags="sticky")
        return redirect("live")
    given, refused = _give(request.user, asked, to)
    if given:
        said = ngettext(
            "%(n)s ticket given to %(name)s.", "%(n)s tickets given to %(name)s.", given
        )
        messages.success(request, said % {"n": given, "name": to.name})
    for number, why in refused:
        said = _("#%(number)s was not given: %(why)s") % {"number": number, "why": why}
        messages.error(request, said, extra_tags="sticky")
    return redirect("live")


def _give(by: User, asked: list[int], to: User) -> tuple[int, list[tuple[int, str]]]:
    """(how many were given, (number, why) of those that were not). Each in its own transaction."""
    given, refused = 0, []
    for number in asked:
        try:
            actions.assign(number, by=by, to=to, now=timezone.now())
        except Ticket.DoesNotExist:
            refused.append((number, _("It is no longer with your groups.")))
        except RefusedError as refusal:
            refused.append((number, str(refusal)))
        else:
            given += 1
    return given, refused


@require_POST
def live_release(request: Request, pk: int) -> HttpResponse:
    """Somebody is absent: their tickets that wait for a first answer move on (T5)."""
    request.user.must(Can.ASSIGN_TICKETS)
    person = get_object_or_404(staff(request.user), pk=pk)
    moved = actions.release_waiting(person.pk, by=request.user, now=timezone.now())
    said = ngettext(
        "%(n)s waiting ticket of %(name)s moved on.",
        "%(n)s waiting tickets of %(name)s moved on.",
        moved,
    )
    messages.success(request, said % {"n": moved, "name": person.name})
    return redirect("live")


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


def _key(text: str) -> int:
    return int(text) if _is_key(text) else 0
