"""The signed-in person's own settings for one request, and what their role must bring."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from csservice.lib.problems import MEDIA_TYPE, problem
from teams.models import RolePolicy, User

DUE = "second_factor_due"
FACTORS = "/accounts/2fa/"
# Where a person without the second factor may go: to set it up, to read on, to leave.
FREE = ("/accounts/", "/language/", "/static/", "/s/", "/healthz", "/readyz", "/metrics")


class PersonMiddleware:
    """Pages speak the signed-in person's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not request.path.startswith("/api/"):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
        return self.get_response(request)


class SecondFactorMiddleware:
    """Whoever's role requires a second factor and has none is led to set one up (RolePolicy).

    Asked once a session, and again while it is due: policies and roles end sessions when they
    change, and a POST to the pages of factors asks anew. Programs with a session get a 403;
    bearer tokens do not pass here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(FACTORS) and request.method == "POST":
            request.session.pop(DUE, None)
        if request.path.startswith(FREE) or not request.user.is_authenticated:
            return self.get_response(request)
        if not self._due(request, request.user):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            said = _("Your role requires a second factor. Set one up in your profile first.")
            return JsonResponse(problem(403, said), status=403, content_type=MEDIA_TYPE)
        if "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": reverse("mfa_activate_totp")})
        return redirect("mfa_activate_totp")

    @staticmethod
    def _due(request: HttpRequest, user: User) -> bool:
        if request.session.get(DUE) is False:
            return False
        due = RolePolicy.objects.unmet_by(user).exists()
        request.session[DUE] = due
        return due
