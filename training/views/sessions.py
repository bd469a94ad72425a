"""Sessions: what is on, one of them, planning it, booking, the code, how it was (S10, S11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.request import Request as ApiRequest

from csservice.lib.htmx import page
from teams.forms import ActionForm, ReasonForm
from teams.http import Request
from teams.models import User
from teams.roles import Can
from training import actions
from training.forms.sessions import BookForm, CodeForm, GiveUpForm, ReactionForm, SessionForm
from training.http import CodeThrottle
from training.models import Area, Seat, Session
from training.views.session_page import rows_of, whole

ROWS = 25


class Verb(NamedTuple):
    """What one posts to a session: its form, its action, what is said when it is done."""

    form: Callable[..., ActionForm]
    action: Callable[..., Any]
    done: str | Promise
    needs: Can = Can.KEEP_OWN


VERBS: dict[str, Verb] = {
    "book": Verb(BookForm, actions.book_seats, ""),
    "give-up": Verb(GiveUpForm, actions.give_up, gettext_lazy("The seat is given up.")),
    "cancel": Verb(
        ReasonForm,
        actions.cancel_session,
        gettext_lazy("Cancelled. Whoever was booked is told by mail."),
        needs=Can.RUN_TRAINING,
    ),
    "sign-in": Verb(CodeForm, actions.sign_in, gettext_lazy("You are noted as present.")),
    "react": Verb(ReactionForm, actions.react, gettext_lazy("Thank you. It is kept without name.")),
}


@require_safe
def sessions(request: Request) -> HttpResponse:
    """What is on, soonest first (`?show=past`: what was), of one `?area=`; one's own seats."""
    now, reader = timezone.now(), request.user
    past = request.GET.get("show") == "past"
    area = request.GET.get("area", "")
    area = area if area in Area.values else ""
    seen = Session.objects.visible_to(reader).counted().select_related("trainer")
    rows = seen.past(now) if past else seen.to_come(now)
    if area:
        rows = rows.filter(area=area)
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "past": past,
        "area": area,
        "areas": Area.choices,
        "shown": shown,
        "rows": rows_of(shown, reader, now),
        "runs": reader.can(Can.RUN_TRAINING),
    }
    return page(request, "training/sessions.html", context, partial="results")


@require_safe
def session(request: Request, pk: int) -> HttpResponse:
    """One session: when and where, one's own seat; who sits in it for who leads it or runs them."""
    return _shown(request, _found(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def session_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """Plan a session (`?for=` one that was missed), or change one that one leads."""
    by = request.user
    by.must(Can.RUN_TRAINING)
    found = get_object_or_404(Session.objects.led_by(by), pk=pk) if pk else None
    missed = None if found else _missed(request)
    n = missed.seats.filter(step__in=["absent", "excused"]).count() if missed else 0
    old = found or missed
    initial = SessionForm.of(old) if old else {"trainer": by, "capacity": 15}
    if missed:
        initial |= {"starts_at": None, "ends_at": None}
    form = SessionForm(request.POST or None, initial=initial, missed=n)
    more = {} if found else {"makes_up_for": missed}
    made = form.tried(actions.save_session, pk, by=by, now=timezone.now(), **more)
    if made is not None:
        messages.success(request, _("Saved."))
        return redirect("session", made.pk)
    context = {"form": form, "session": found, "missed": missed, "n_missed": n}
    status = 422 if form.errors else 200
    return render(request, "training/session_edit.html", context, status=status)


def _missed(request: Request) -> Session | None:
    key = request.GET.get("for", "")
    if not key:
        return None
    if not key.isascii() or not key.isdecimal() or len(key) > 18:
        raise Http404(key)
    return get_object_or_404(Session.objects.led_by(request.user), pk=int(key))


@require_POST
def session_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Book, give up, cancel, sign in, say how it was. Done: back to it. Refused: 422 with why."""
    request.user.must(VERBS[verb].needs)
    found = _found(request, pk)
    form = _form(verb, request)
    if verb == "sign-in" and not _may_guess(request):
        form.add_error(None, _("Too many tries. Wait a minute, then enter the code shown now."))
        return _shown(request, found, {verb: form}, status=429)
    try:
        done = form.tried(VERBS[verb].action, pk, by=request.user, now=timezone.now())
    except ObjectDoesNotExist:
        raise Http404(pk) from None
    if done is None:
        return _shown(request, found, {verb: form}, status=422)
    messages.success(request, _said(verb, done, request.user))
    return redirect("session", pk)


def _form(verb: str, request: Request) -> ActionForm:
    if verb in {"book", "give-up"}:
        return VERBS[verb].form(request.POST, by=request.user)
    prefix = verb if verb == "cancel" else None
    return VERBS[verb].form(request.POST, prefix=prefix)


def _may_guess(request: Request) -> bool:
    as_asked: ApiRequest = request  # type: ignore[assignment]  # all it reads is `user`
    return CodeThrottle().allow_request(as_asked, None)


def _said(verb: str, done: Any, by: User) -> str:
    if verb != "book":
        return str(VERBS[verb].done)
    booked = [seat for seat in done if seat.step == Seat.Step.BOOKED]
    waiting = len(done) - len(booked)
    if [seat.user_id for seat in done] == [by.pk]:
        if waiting:
            return _("All places are taken. You are on the waiting list.")
        return _("You are booked. The calendar entry comes by mail.")
    said = _("Booked: %(booked)d. On the waiting list: %(waiting)d.")
    return said % {"booked": len(booked), "waiting": waiting}


def _found(request: Request, pk: int) -> Session:
    rows = Session.objects.visible_to(request.user).counted()
    full = rows.select_related("trainer", "course", "makes_up_for", "made_by")
    found: Session = get_object_or_404(full, pk=pk)
    return found


def _shown(
    request: Request,
    found: Session,
    bound: dict[str, ActionForm] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = whole(found, request.user, timezone.now())
    for verb, form in (bound or {}).items():
        context["forms"][verb.replace("-", "_")] = form
    context["forms"] = {verb.replace("-", "_"): f for verb, f in context["forms"].items()}
    context["failed"] = bool(bound)
    return render(request, "training/session.html", context, status=status)
