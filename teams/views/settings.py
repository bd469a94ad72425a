"""Settings: how the work runs (ux.md S15). Section list left, form right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.htmx import page
from teams import actions, navigation
from teams.forms import PolicyForm, SkillForm
from teams.http import Request
from teams.models import RolePolicy, Skill
from teams.models.people import Role
from teams.roles import ROLES, Can
from teams.views.words import CAPABILITIES


@require_safe
def settings(request: Request) -> HttpResponse:
    """The first section that the reader may open."""
    return redirect(navigation.sections(request.user)[0].url)


# ---- access ---------------------------------------------------------------------------------
@require_safe
def access(request: Request) -> HttpResponse:
    """What each role may do, and which roles must bring a second factor."""
    request.user.must(Can.MANAGE_PEOPLE)
    return _access(request)


@require_POST
def policy(request: Request, role: str) -> HttpResponse:
    """Require a second factor of a role, or no longer; whoever saves stays signed in."""
    request.user.must(Can.SET_SECURITY)
    form = PolicyForm(request.POST)
    saved = form.tried(actions.set_policy, role, by=request.user, now=timezone.now())
    if saved is None:
        return _access(request, status=422, errors=form.errors)
    if saved.role == request.user.role:
        request.user.refresh_from_db(fields=["session_epoch"])
        update_session_auth_hash(request, request.user)
        request.session.pop("second_factor_due", None)
    messages.success(request, _("Saved. It holds from the next sign-in on."))
    return redirect("settings-access")


def _access(request: Request, *, status: int = 200, errors: Any = None) -> HttpResponse:
    required = set(RolePolicy.objects.filter(second_factor=True).values_list("role", flat=True))
    context = {
        "roles": Role.choices,
        "rows": [
            (label, [(Role(role).label, can in ROLES[role]) for role in Role.values])
            for can, label in CAPABILITIES.items()
        ],
        "policies": [(role, label, role in required) for role, label in Role.choices],
        "may_set": request.user.can(Can.SET_SECURITY),
        "errors": errors,
    }
    return page(request, "teams/settings_access.html", context, partial="section", status=status)


# ---- skills ---------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def skills(request: Request) -> HttpResponse:
    """What people may know more of; the form adds one."""
    request.user.must(Can.MANAGE_PEOPLE)
    return _skills(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def skill(request: Request, pk: int) -> HttpResponse:
    """Another name for a skill."""
    request.user.must(Can.MANAGE_PEOPLE)
    return _skills(request, get_object_or_404(Skill, pk=pk))


def _skills(request: Request, row: Skill | None) -> HttpResponse:
    known = {"name": row.name, "name_zh": row.name_zh} if row else None
    form = SkillForm(request.POST or None, initial=known)
    key = row.pk if row else None
    if form.tried(actions.save_skill, key, by=request.user, now=timezone.now()) is not None:
        messages.success(request, _("Saved"))
        answer = redirect("settings-skills")
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": answer["Location"]})
        return answer
    context = {"form": form, "skill": row, "skills": Skill.objects.counted()}
    status = 422 if form.errors else 200
    return page(request, "teams/settings_skills.html", context, partial="section", status=status)
