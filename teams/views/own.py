"""What people set for themselves: preferences, and how they sign in (ux.md S16)."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.htmx import page
from teams import actions
from teams.forms import PreferencesForm
from teams.http import Request
from teams.models import RolePolicy
from teams.models.access import SECOND_FACTORS


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: Request) -> HttpResponse:
    """Language, theme, rows, shortcuts, warnings: the frame shows them, so a change reloads it.

    Each saves on change; without JavaScript there is a button.
    """
    user = request.user
    before = {name: getattr(user, name) for name in PreferencesForm.base_fields}
    form = PreferencesForm(request.POST or None, initial=before)
    saved = form.tried(actions.save_preferences, user.pk, by=user, now=timezone.now())
    if saved is None:
        status = 422 if form.errors else 200
        return page(
            request, "teams/preferences.html", {"form": form}, partial="form", status=status
        )
    if request.htmx and all(getattr(saved, name) == was for name, was in before.items()):
        return HttpResponse(status=204)
    with translation.override(saved.language):
        messages.success(request, _("Saved"))
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect("preferences")


@require_safe
def keys(request: Request) -> HttpResponse:
    """The keyboard shortcuts; the browser fills the list from what it binds (keys.js)."""
    return page(request, "teams/keys.html", {}, partial="keys")


@require_safe
def security(request: Request) -> HttpResponse:
    """My password, second factors and tokens, and what my role requires."""
    user = request.user
    factors = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS)
    context = {
        "has_factor": factors.exists(),
        "required": RolePolicy.objects.filter(role=user.role, second_factor=True).exists(),
        "tokens": user.tokens.live(timezone.now()).count(),
    }
    return page(request, "teams/security.html", context, partial="cards")
