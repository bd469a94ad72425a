"""The team: who is where, doing what, covering what (T1-T5, ux.md S14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from allauth.account.forms import ResetPasswordForm
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.htmx import page
from teams import actions
from teams.forms import (
    AbsenceForm,
    ActionForm,
    DetailsForm,
    GroupsForm,
    PersonForm,
    ReasonForm,
    RoleForm,
    WithdrawForm,
)
from teams.http import Request
from teams.models import Absence, User
from teams.roles import Can, may_give
from teams.views.people_page import matching, people, tree, whole


class Verb(NamedTuple):
    """One card of a person's page: its form, its action, what is said when it is done."""

    form: Callable[..., ActionForm]
    action: Callable[..., User | Absence]
    done: str | Promise


VERBS: dict[str, Verb] = {
    "details": Verb(DetailsForm, actions.change_person, gettext_lazy("Details saved.")),
    "role": Verb(
        RoleForm,
        actions.change_role,
        gettext_lazy("Role changed. The person has to sign in again."),
    ),
    "groups": Verb(GroupsForm, actions.set_groups, gettext_lazy("Groups changed.")),
    "factors": Verb(
        ReasonForm,
        actions.forget_factors,
        gettext_lazy("Second factor removed. The person has to sign in again."),
    ),
    "deactivate": Verb(
        ReasonForm,
        actions.deactivate,
        gettext_lazy("Deactivated. Their open tickets go back to their groups."),
    ),
    "absence": Verb(AbsenceForm, actions.note_absence, gettext_lazy("Days away noted.")),
    "withdraw": Verb(WithdrawForm, actions.withdraw_absence, gettext_lazy("Days away taken back.")),
    "activate": Verb(ReasonForm, actions.activate, gettext_lazy("Activated.")),
}


@require_safe
def team(request: Request) -> HttpResponse:
    """Everybody by group (`?view=tree`) or in one list, narrowed by `?q=` and `?show=left`."""
    reader = request.user
    reader.must(Can.SEE_TEAM)
    view = "list" if request.GET.get("view") == "list" else "tree"
    left = request.GET.get("show") == "left"
    words = request.GET.get("q", "").strip()[:100]
    rows = User.objects.visible_to(reader).filter(is_active=not left)
    lines = people(rows.prefetch_related("skills").in_name_order())
    shown = matching(lines, words)
    said = ngettext("%(n)s person", "%(n)s people", len(shown)) % {"n": len(shown)}
    context = {
        "view": "list" if words or left else view,
        "asked": view,
        "words": words,
        "left": left,
        "lines": shown,
        "said": said,
        "may_add": reader.can(Can.MANAGE_PEOPLE),
        "may_add_groups": reader.can(Can.MANAGE_ALL_PEOPLE),
        **tree(lines, reader=reader),
    }
    return page(request, "teams/team.html", context, partial="results")


@require_http_methods(["GET", "HEAD", "POST"])
def member_new(request: Request) -> HttpResponse:
    """Add a person; they get a mail with a link to set their password."""
    request.user.must(Can.MANAGE_PEOPLE)
    form = PersonForm(request.POST or None, by=request.user)
    person = form.tried(actions.add_person, by=request.user, now=timezone.now())
    if person is None:
        status = 422 if form.errors else 200
        return page(request, "teams/member_new.html", {"form": form}, partial="form", status=status)
    invite(request, person)
    said = _("%(name)s is added. A link to set a password was mailed to %(email)s.")
    messages.success(request, said % {"name": person.name, "email": person.email})
    return _moved(request, person)


def _moved(request: Request, person: User) -> HttpResponse:
    answer = redirect("member", person.pk)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


def invite(request: Request, person: User) -> None:
    """Mail the person a link to set a password."""
    form = ResetPasswordForm({"email": person.email})
    if form.is_valid():
        form.save(request)


@require_safe
def member(request: Request, pk: int) -> HttpResponse:
    """One person: who they are for all; what may be changed for whoever runs them."""
    return _card(request, pk)


@require_POST
def member_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Change one thing of a person. Done: the page anew. Refused: 422 with the form."""
    if verb not in VERBS:
        raise Http404(verb)
    person = _run(request, pk)
    form = _form(verb, person, request)
    done = form.tried(VERBS[verb].action, pk, by=request.user, now=timezone.now())
    if done is None:
        return _card(request, pk, bound={verb: form})
    messages.success(request, str(VERBS[verb].done))
    return _moved(request, person)


@require_POST
def member_invite(request: Request, pk: int) -> HttpResponse:
    """Mail the link to set a password once more."""
    person = _run(request, pk)
    if not person.is_active:
        raise Http404(pk)
    invite(request, person)
    said = _("A link to set a password was mailed to %(email)s.")
    messages.success(request, said % {"email": person.email})
    return _moved(request, person)


def _run(request: Request, pk: int) -> User:
    """The person, for whoever runs them. Raises Http404 (unseen), PermissionDenied."""
    person: User = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if not User.objects.run_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(Can.MANAGE_PEOPLE)
    return person


def _card(request: Request, pk: int, bound: dict[str, ActionForm] | None = None) -> HttpResponse:
    rows = User.objects.visible_to(request.user).prefetch_related("skills")
    person = get_object_or_404(rows, pk=pk)
    context = whole(person, reader=request.user, today=timezone.localdate())
    forms: dict[str, Any] = {}
    if context["runs"]:
        forms = {verb: _form(verb, person, request, blank=True) for verb in _open(person, request)}
    forms.update(bound or {})
    context |= {"forms": forms, "failed": bool(bound)}
    status = 422 if bound else 200
    return page(request, "teams/member.html", context, partial="person", status=status)


def _open(person: User, request: Request) -> list[str]:
    """The cards that make sense for this person and reader, in order."""
    if not person.is_active:
        return ["activate"]
    own = person.pk == request.user.pk
    may_role = may_give(request.user.role, person.role) and not own
    factors = not own and Authenticator.objects.filter(user=person).exists()
    verbs = {
        "details": True,
        "role": may_role,
        "groups": True,
        "absence": True,
        "factors": factors,
        "deactivate": not own,
    }
    return [verb for verb, sensible in verbs.items() if sensible]


def _form(verb: str, person: User, request: Request, *, blank: bool = False) -> ActionForm:
    """The form of a verb: with what is, or (not `blank`) with what was sent."""
    given: dict[str, Any] = {"data": None if blank else request.POST, "prefix": verb}
    if verb == "details":
        given["initial"] = {
            "name": person.name,
            "email": person.email,
            "speaks": person.speaks,
            "skills": [skill.pk for skill in person.skills.all()],
        }
    if verb == "role":
        given |= {"by": request.user, "initial": {"role": person.role}}
    if verb == "groups":
        served = list(person.memberships.values_list("group", flat=True))
        given |= {"by": request.user, "person": person, "initial": {"groups": served}}
    return VERBS[verb].form(**given)
