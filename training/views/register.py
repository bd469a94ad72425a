"""The trainer's side of a session: who is here, the code on the wall, the end; calendar files."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import InvalidError, RefusedError
from csservice.lib.htmx import page
from teams.forms import ReasonForm
from teams.http import Request
from teams.roles import Can
from training import actions, ics
from training.actions import Mark
from training.models import Seat, Session
from training.views.session_page import reactions, register_of, shown_code

FIELDS = ("here", "score", "reason")


def marks_of(sent: Mapping[str, str]) -> dict[int, Mark]:
    """What a register says: here-7, score-7, reason-7 are of seat 7. The rest is not read."""
    found: dict[int, dict[str, str]] = {}
    for name, value in sent.items():
        field, _dash, key = name.partition("-")
        if field in FIELDS and key.isascii() and key.isdecimal() and len(key) < 19:
            found.setdefault(int(key), {})[field] = value
    return {key: Mark(**fields) for key, fields in found.items()}


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: Request, pk: int) -> HttpResponse:
    """Who is here, and scores. Each mark saves itself; without JavaScript one button saves all.

    What is right is saved; 422 with the faults of the rest.
    """
    session = _led(request, pk)
    if request.method != "POST":
        return _register(request, session)
    marks = marks_of(request.POST.dict())
    try:
        faults = actions.take_register(
            pk,
            by=request.user,
            marks=marks,
            now=timezone.now(),
            rest_present=request.POST.get("do") == "all",
        )
    except RefusedError as refusal:
        return _register(request, _led(request, pk), refusal=str(refusal))
    if faults or request.htmx:
        return _register(request, session, faults=faults, marks=marks)
    messages.success(request, _("Saved."))
    return redirect("session-register", pk)


@require_POST
def session_end(request: Request, pk: int, verb: str) -> HttpResponse:
    """Close the session, or reopen it with a reason. Done: the register. Refused: 422 with why."""
    session = _led(request, pk)
    form = ReasonForm(request.POST) if verb == "reopen" else None
    now = timezone.now()
    if form is None:
        try:
            actions.close_session(pk, by=request.user, now=now)
        except RefusedError as refusal:
            return _register(request, session, refusal=str(refusal))
        messages.success(request, _("Closed. It stands in everybody's training history."))
        return redirect("session-register", pk)
    request.user.must(Can.RUN_TRAINING)
    if form.tried(actions.reopen_session, pk, by=request.user, now=now) is None:
        return _register(request, session, form=form)
    messages.success(request, _("Reopened. Correct it, then close it again."))
    return redirect("session-register", pk)


def _led(request: Request, pk: int) -> Session:
    """The session, for who leads it. Raises Http404, PermissionDenied."""
    rows = Session.objects.visible_to(request.user).select_related("trainer")
    session = get_object_or_404(rows, pk=pk)
    if not Session.objects.led_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(Can.RUN_TRAINING)
    return session


def _register(
    request: Request,
    session: Session,
    *,
    refusal: str = "",
    faults: dict[int, InvalidError] | None = None,
    marks: dict[int, Mark] | None = None,
    form: ReasonForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    runs = request.user.can(Can.RUN_TRAINING)
    context = {
        "session": session,
        "refusal": refusal,
        "is_on": session.is_on(now),
        "shows_code": session.shows_code(now),
        "may_close": session.is_on(now) and now >= session.starts_at,
        "reopen": (form or ReasonForm()) if session.closed_at and runs else None,
        "runs": runs,
        "reactions": reactions(session),
        **register_of(session, faults or {}, marks or {}),
    }
    status = 422 if refusal or faults or (form and form.errors) else 200
    return page(request, "training/register.html", context, partial="register", status=status)


@never_cache
@require_safe
def session_code(request: Request, pk: int) -> HttpResponse:
    """The code for the wall, made anew every 30 s; the part asks again by itself."""
    session, now = _led(request, pk), timezone.now()
    context: dict[str, object] = {"session": session, "shows": session.shows_code(now)}
    if session.shows_code(now):
        context |= shown_code(session, now)
    return page(request, "training/session_code.html", context, partial="code")


# ---- calendar files ---------------------------------------------------------------------------
@require_safe
def session_calendar(request: Request, pk: int) -> HttpResponse:
    """The calendar file of a session one has a seat in, or leads. 404: neither."""
    rows = Session.objects.visible_to(request.user).filter(cancelled_at=None)
    session = get_object_or_404(rows.select_related("trainer"), pk=pk)
    seat = Seat.objects.held().filter(session=session, user=request.user).first()
    if seat is None:
        get_object_or_404(Session.objects.led_by(request.user), pk=pk)
    number = max(0, seat.sequence - 1) if seat else 0
    meeting = actions.calendar_entry(session, request.user, sequence=number, stamp=timezone.now())
    return _file(ics.file_of([meeting], method=ics.PUBLISH), f"session-{pk}.ics")


@require_safe
def sessions_calendar(request: Request) -> HttpResponse:
    """The calendar file of every session to come that one is booked into."""
    now = timezone.now()
    seats = Seat.objects.to_come(now).filter(user=request.user, step=Seat.Step.BOOKED)
    meetings = [
        actions.calendar_entry(
            seat.session, request.user, sequence=max(0, seat.sequence - 1), stamp=now
        )
        for seat in seats.select_related("session__trainer")
    ]
    return _file(ics.file_of(meetings, method=ics.PUBLISH), "training.ics")


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
