"""The customer's pages, without sign-in, and what a specialist sees of the question (W4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.request import Request as ApiRequest

from csservice.lib.htmx import page
from csservice.lib.throttle import Throttle
from feedback import actions
from feedback.actions import ClosedLinkError
from feedback.forms import SurveyForm
from feedback.models import Invitation
from feedback.words import FACE_ICONS, SCORES, matter
from teams.http import Request
from tickets.models import Ticket

View = Callable[[HttpRequest, str], HttpResponse]
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


class SurveyThrottle(Throttle):
    """Calls of one address on the customers' pages."""

    scope = "survey"

    def who(self, request: ApiRequest) -> str:
        return self.get_ident(request) or ""


def outside(view: View) -> View:
    """A customer's page: rated by address, never cached, its address told to nobody.

    No CSRF token: the page uses no session, the signature in its address is the whole right, and
    under `no-referrer` browsers send `Origin: null`, which the check would refuse.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        limit = SurveyThrottle()
        with translation.override(language_of(request, token)):
            if limit.allow_request(request, None):  # type: ignore[arg-type]
                response = view(request, token)
            else:
                response = ended(request, "too_many", status=429)
                response.headers["Retry-After"] = str(int(limit.wait()))
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return login_not_required(csrf_exempt(guarded))


def language_of(request: HttpRequest, token: str) -> str:
    """What the page speaks: the link's `lang`, else the customer's language, else the browser's."""
    known = dict(settings.LANGUAGES)
    said = request.POST.get("lang") or request.GET.get("lang")
    if said in known:
        return str(said)
    own = Invitation.objects.signed(token).values_list("language", flat=True).first()
    return own or translation.get_language() or "en"


@outside
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The question. Mail scanners open every link, so nothing but a pressed button writes."""
    now = timezone.now()
    rows = Invitation.objects.signed(token).select_related("ticket__category", "ticket__owner")
    invitation = rows.first()
    if invitation is None:
        return ended(request, "unknown", status=404)
    how = invitation.ending(invitation.ticket, now=now)
    if how:
        return ended(request, how, status=410, invitation=invitation)
    if request.method != "POST":
        form = SurveyForm(initial={"r": request.GET.get("r", "")})
        return question(request, invitation, form)
    return receive(request, token, invitation)


def receive(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    """A button on the question was pressed; the one for the language keeps all, writes nothing."""
    if request.POST.get("do", "").startswith("language:"):
        with translation.override(other_language()):
            return question(request, invitation, SurveyForm(initial=request.POST.dict()))
    form = SurveyForm(request.POST)
    try:
        done = write(request, token, form)
    except ClosedLinkError as closed:
        return ended(request, closed.ending, status=410, invitation=closed.invitation)
    if not done:
        return question(request, invitation, form, status=422)
    answer = redirect("survey-thanks", token)
    answer["Location"] += f"?lang={translation.get_language()}"
    return answer


def write(request: HttpRequest, token: str, form: SurveyForm) -> bool:
    """Send or refuse; False when the form has errors. Raises ClosedLinkError."""
    now = timezone.now()
    if request.POST.get("do") == "refuse":
        actions.refuse(token, now=now)
        return True
    if form.is_valid():
        given = form.cleaned_data
        actions.answer(
            token,
            score=given["r"],
            comment=given["comment"],
            wants_reply=given["wants_reply"],
            now=now,
        )
    return form.is_valid()


@outside
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """After the answer; before one, the question."""
    invitation = Invitation.objects.signed(token).first()
    done = {Invitation.End.ANSWERED, Invitation.End.REFUSED}
    if invitation is None or invitation.end not in done:
        return redirect("survey", token)
    return ended(request, f"thanks_{invitation.end}", status=200, invitation=invitation)


def question(
    request: HttpRequest, invitation: Invitation, form: SurveyForm, *, status: int = 200
) -> HttpResponse:
    chosen = str(form["r"].value() or "")
    choices = [
        {"score": n, "word": word, "face": FACE_ICONS[n], "chosen": str(n) == chosen}
        for n, word in SCORES.items()
    ]
    context = {
        "form": form,
        "choices": choices,
        "token": invitation.token,
        "matter": matter(invitation.ticket),
        "expires_at": invitation.expires_at,
        "other_language": other_language(),
    }
    return shown(request, "feedback/survey.html", context, status=status)


def ended(
    request: HttpRequest, why: str, *, status: int, invitation: Invitation | None = None
) -> HttpResponse:
    """A page that only says how it stands: thanks, used, run out, withdrawn, unknown, too many."""
    context: dict[str, Any] = {
        "why": why,
        "invitation": invitation,
        "other_language": other_language(),
    }
    return shown(request, "feedback/survey_ended.html", context, status=status)


def shown(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response.headers["Content-Language"] = translation.get_language() or "en"
    return response


def other_language() -> str:
    return "en" if (translation.get_language() or "").startswith("zh") else "zh-hans"


@require_safe
def ticket_invitation(request: Request, number: int) -> HttpResponse:
    """The latest question of a ticket: how it stands, until when, and its link to copy.

    The ticket page loads it by htmx; without JavaScript it is a page of its own.
    """
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=number)
    invitation = Invitation.objects.filter(ticket=ticket).order_by("-round").first()
    ending = invitation.ending(ticket, now=timezone.now()) if invitation else ""
    context = {
        "ticket": ticket,
        "invitation": invitation,
        "ending": ending,
        "ending_words": dict(Invitation.End.choices).get(ending, ""),
    }
    return page(request, "feedback/invitation.html", context, partial="invitation")
