"""The health of the system for technical support (T4), probes, and what Prometheus reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from csservice.lib.htmx import page
from csservice.lib.problems import plain
from csservice.status import backlog, calendars, metrics, parts
from csservice.status.parts import Part
from feedback import actions as feedback
from teams.http import Request
from teams.roles import Can
from tickets import actions as tickets
from training import actions as training

RETRY_AFTER_S = 5


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. Asks nobody."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether requests may be sent here: 200, or 503 with the parts that are not well."""
    found = parts.readiness()
    ready = all(part.ok for part in found)
    said = {part.key: "ok" if part.ok else part.words for part in found}
    return JsonResponse({"ready": ready, "parts": said}, status=200 if ready else 503)


@never_cache
@require_safe
def status(request: Request) -> HttpResponse:
    """Every part, every job's last beat, what waits. Fresh by itself while it is looked at."""
    request.user.must(Can.SEE_STATUS)
    found = look(timezone.now()) | {"may_set": request.user.can(Can.MANAGE_PEOPLE)}
    return page(request, "status/status.html", found, partial="parts")


def look(now: datetime) -> dict[str, Any]:
    """How everything is at `now`. Raises DatabaseError, which becomes the page of `unavailable`."""
    found, jobs = backlog.backlog(now), parts.jobs(now)
    every = [
        *parts.readiness(),
        parts.worker(now),
        parts.schedule(jobs),
        backlog.mail(found),
        backlog.work(found),
        backlog.ledger(found),
        calendars.holidays(now),
    ]
    return {
        "parts": every,
        "wrong": sum(not part.ok for part in every),
        "jobs": jobs,
        "backlog": found,
        "failures": backlog.failures(),
        "now": now,
    }


@require_POST
def mail_again(request: Request) -> HttpResponse:
    """Queue the mails that were given up; the next beat tries them."""
    now = timezone.now()
    tickets.send_replies_again(by=request.user, now=now)
    feedback.send_again(by=request.user, now=now)
    training.send_letters_again(by=request.user, now=now)
    training.send_session_mails_again(by=request.user, now=now)
    return redirect("status")


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 without a session or a row: what is wrong at /status/, plain words elsewhere."""
    shown: Sequence[Part] = parts.readiness() if request.path == "/status/" else ()
    if request.path.startswith("/api/"):
        response: HttpResponse = plain(request, 503)
    else:
        body = render_to_string("status/unavailable.html", {"parts": shown})
        response = HttpResponse(body, status=503)
        response.headers["Content-Security-Policy"] = build_policy()
    if "HX-Request" in request.headers:  # no part of a page is replaced by this one
        response.headers["HX-Refresh" if shown else "HX-Reswap"] = "true" if shown else "none"
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    response.headers["Cache-Control"] = "no-store"
    return response


@login_not_required
@never_cache
@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """Metrics for an address of METRICS_ALLOW, or for whoever may see the status."""
    user = request.user
    if not allowed(request) and not (user.is_authenticated and user.can(Can.SEE_STATUS)):
        raise PermissionDenied(Can.SEE_STATUS)
    return HttpResponse(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def allowed(request: HttpRequest) -> bool:
    """Whether the caller's own address is allowed. A proxy's address says nothing of who asks."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ip_network(network) for network in settings.METRICS_ALLOW)
