"""What the frame of every page asks for: the way home, presence, language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from csservice.lib.errors import InvalidError
from teams import actions
from teams.http import Request
from teams.models import User
from teams.roles import Can


@require_safe
def home(request: Request) -> HttpResponse:
    """Each role's own start (ux.md 1.4): whoever leads watches the day, the others have a queue."""
    return redirect("live" if request.user.can(Can.SEE_LIVE) else "queue")


@require_POST
def presence(request: Request) -> HttpResponseBase:
    """Say that I am available, busy or away; then back to where I was."""
    wanted = request.POST.get("presence", "")
    try:
        actions.set_presence(request.user.pk, by=request.user, presence=wanted, now=timezone.now())
    except InvalidError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return redirect(back(request))


@login_not_required
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Read on in another language: kept in a cookie, and with the person once signed in."""
    wanted = request.POST.get("language", "")
    answer = redirect(back(request))
    if wanted not in dict(settings.LANGUAGES):
        return answer
    if isinstance(request.user, User):
        now = timezone.now()
        actions.save_preferences(request.user.pk, by=request.user, now=now, language=wanted)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def back(request: HttpRequest) -> str:
    """The page of ours that the form stood on, `/` when it names none or another site's."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/"
