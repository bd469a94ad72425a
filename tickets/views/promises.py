"""SLA policies: what is promised to whom, kept by managers without help (W1)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.roles import Can
from tickets import actions
from tickets.actions.policies import KEEP
from tickets.actions.touched import MOST, Touched
from tickets.clock import Mode
from tickets.forms.promises import PolicyForm
from tickets.models import Clock, SlaPolicy, SlaPolicyVersion
from tickets.models.choices import WORK, Priority
from tickets.policy import DEFAULT, PRIORITIES, normal, text
from tickets.views import promise_words, simulations

MOST_VERSIONS = 50


class Shown(NamedTuple):
    """One policy as the list shows it."""

    policy: SlaPolicy
    said: promise_words.Said
    held: int
    first: bool
    last: bool
    never: bool  # one before it takes every ticket


# ---- the list -------------------------------------------------------------------------------
@require_safe
def promises(request: Request) -> HttpResponse:
    """All policies in the order they are tried, with how many open tickets each holds."""
    request.user.must(Can.MANAGE_PROMISES)
    return _list(request)


def _list(request: Request, *, refusal: str = "") -> HttpResponse:
    rows = list(SlaPolicy.objects.select_related("current").in_order())
    known = {row.pk: row.current.said() for row in rows if row.current}
    names = promise_words.Names(known.values())
    held = _held()
    shown, taken = [], False
    for n, row in enumerate(rows):
        said = known.get(row.pk)
        words = promise_words.words(said, names) if said else promise_words.Said()
        never = taken and row.active
        shown.append(Shown(row, words, held.get(row.pk, 0), n == 0, n == len(rows) - 1, never))
        taken = taken or (row.active and said is not None and not said.when)
    context = {"shown": shown, "priorities": _priorities(), "refusal": refusal}
    status = 422 if refusal else 200
    return page(request, "tickets/promises.html", context, partial="section", status=status)


def _held() -> dict[int, int]:
    """Open tickets by the policy that holds them."""
    rows = Clock.objects.open().filter(ticket__step__in=WORK, policy__isnull=False)
    rows = rows.filter(ticket__is_drill=False)
    counted = rows.values_list("policy__policy").annotate(n=Count("ticket", distinct=True))
    return dict(counted.order_by())


def _priorities() -> list[Any]:
    return [Priority(priority).label for priority in PRIORITIES]


@require_POST
def promise_move(request: Request, pk: int) -> HttpResponse:
    """Try a policy one place earlier or later."""
    request.user.must(Can.MANAGE_PROMISES)
    get_object_or_404(SlaPolicy, pk=pk)
    up = request.POST.get("to") == "up"
    try:
        actions.move_policy(pk, by=request.user, up=up, now=timezone.now())
    except RefusedError as refusal:
        return _list(request, refusal=str(refusal))
    return _list(request) if request.htmx else redirect("settings-promises")


@require_POST
def promise_force(request: Request, pk: int) -> HttpResponse:
    """Bring a policy into force, or take it out of it."""
    request.user.must(Can.MANAGE_PROMISES)
    get_object_or_404(SlaPolicy, pk=pk)
    active = request.POST.get("active") == "on"
    try:
        actions.set_policy_active(pk, by=request.user, active=active, now=timezone.now())
    except RefusedError as refusal:
        return _list(request, refusal=str(refusal))
    return _list(request) if request.htmx else redirect("settings-promises")


# ---- the editor -----------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def promise_new(request: Request) -> HttpResponse:
    """Add a policy; it starts from what is promised to everybody."""
    request.user.must(Can.MANAGE_PROMISES)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: Request, pk: int) -> HttpResponse:
    """Change a policy: a change that touches open tickets is shown before it is saved."""
    request.user.must(Can.MANAGE_PROMISES)
    row = get_object_or_404(SlaPolicy.objects.select_related("current"), pk=pk)
    return _edit(request, row)


def _edit(request: Request, row: SlaPolicy | None) -> HttpResponse:
    form = _form(request, row)
    do = request.POST.get("do", "save") if request.method == "POST" else "look"
    if do == "save" and form.is_valid():
        found = _touched(request, row, form)
        if found and found.count:
            return _preview(request, row, form, found)
    if do == "try" and form.is_valid():
        draft = {"policy_id": row.pk if row else None, "said": form.cleaned_data["said"]}
        return simulations.ask(request, days=request.POST.get("days", ""), **draft)
    if do in {"save", "confirm"} and form.is_valid():
        apply = request.POST.get("apply", KEEP) if do == "confirm" else KEEP
        key = row.pk if row else None
        now = timezone.now()
        saved = form.tried(actions.save_policy, key, by=request.user, now=now, apply=apply)
        if saved is not None:
            messages.success(request, _said(saved, apply))
            return _to_list(request)
    context = {"form": form, "policy": row, "priorities": _priorities()}
    if row:
        context["versions"] = _versions(row)
    status = 422 if form.errors and do != "look" else 200
    return page(request, "tickets/promise.html", context, partial="section", status=status)


def _form(request: Request, row: SlaPolicy | None) -> PolicyForm:
    data = request.POST if request.method == "POST" else None
    if row is None or row.current is None:
        return PolicyForm(data, said=normal(DEFAULT))
    said = normal(json.loads(row.current.spec))
    seen = row.current.number
    return PolicyForm(data, said=said, name=row.name, name_zh=row.name_zh, seen=seen)


def _touched(request: Request, row: SlaPolicy | None, form: PolicyForm) -> Touched | None:
    """The open tickets that the change touches; None when there is no change, or it is refused."""
    said = form.cleaned_data["said"]
    try:
        if row and row.current and row.current.spec == text(normal(said)):
            return None
        key = row.pk if row else None
        return actions.touched(key, said, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        form.add_error(None, str(refusal))
    return None


def _preview(
    request: Request, row: SlaPolicy | None, form: PolicyForm, found: Touched
) -> HttpResponse:
    headings = {Mode.FRESH: _("From now"), Mode.RECOMPUTE: _("From the start")}
    context = {
        "policy": row,
        "name": form.cleaned_data["name"],
        "found": found,
        "more": found.count - len(found.tickets),
        "most": MOST,
        "lines": promise_words.preview(found.clocks, headings),
        "headings": headings.values(),
        "typed": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in {"csrfmiddlewaretoken", "do", "apply"}
            for value in values
        ],
    }
    return page(request, "tickets/promise_preview.html", context, partial="section")


def _said(saved: SlaPolicy, apply: str) -> str:
    if apply == KEEP:
        return _("%(name)s is saved. It holds for new tickets.") % {"name": saved}
    return _("%(name)s is saved. The open tickets are counted by it.") % {"name": saved}


def _to_list(request: Request) -> HttpResponse:
    answer = redirect("settings-promises")
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


# ---- versions -------------------------------------------------------------------------------
def _versions(row: SlaPolicy) -> list[tuple[SlaPolicyVersion, str]]:
    newest = row.versions.select_related("made_by").order_by("-number")[: MOST_VERSIONS + 1]
    return promise_words.changes(list(newest))[:MOST_VERSIONS]


@require_safe
def promise_version(request: Request, pk: int, number: int) -> HttpResponse:
    """A policy as it was: what the clocks that name the version are counted by."""
    request.user.must(Can.MANAGE_PROMISES)
    rows = SlaPolicyVersion.objects.select_related("policy", "made_by")
    found = get_object_or_404(rows, policy=pk, number=number)
    after = SlaPolicyVersion.objects.filter(policy=pk, number=number + 1).first()
    said = found.said()
    context = {
        "version": found,
        "policy": found.policy,
        "after": after,
        "said": promise_words.words(said, promise_words.Names([said])),
        "priorities": _priorities(),
    }
    return page(request, "tickets/promise_version.html", context, partial="section")
