"""Tokens for programs: made, shown once, revoked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams import actions
from teams.forms import TokenForm
from teams.http import Request
from teams.models import ApiToken
from teams.roles import Can


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: Request) -> HttpResponse:
    """My tokens, and everybody's for whoever sets security. A POST makes one and shows it once.

    The answer to the POST holds the text, so it is no redirect: reloading asks before it repeats.
    """
    form = TokenForm(request.POST or None)
    made = form.tried(actions.make_token, by=request.user, now=timezone.now())
    if made is None:
        return _section(request, {"form": form}, status=422 if form.errors else 200)
    token, text = made
    return _section(request, {"form": TokenForm(), "made": token, "text": text})


def _section(request: Request, more: dict[str, Any], *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    live = ApiToken.objects.live(now).select_related("user").newest_first()
    context: dict[str, Any] = {"tokens": live.filter(user=request.user), "others": []}
    if request.user.can(Can.SET_SECURITY):
        context["others"] = live.exclude(user=request.user)[:200]
    return page(
        request, "teams/settings_api.html", context | more, partial="section", status=status
    )


@require_POST
def token_revoke(request: Request, pk: int) -> HttpResponse:
    """End a token at once."""
    try:
        actions.revoke_token(pk, by=request.user, now=timezone.now())
    except ApiToken.DoesNotExist:
        raise Http404(pk) from None
    except RefusedError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The token is revoked. Programs that use it are refused."))
    return redirect("settings-api")
