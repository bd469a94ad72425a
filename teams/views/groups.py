"""Groups and the customers they serve (T3, T5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from csservice.lib.htmx import page
from teams import actions
from teams.forms import GroupForm
from teams.http import Request
from teams.models import Group, User
from teams.roles import Can
from teams.views.people_page import deeds, people


@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: Request) -> HttpResponse:
    """Add a group: its customers, manager and opening hours."""
    request.user.must(Can.MANAGE_ALL_PEOPLE)
    form = GroupForm(request.POST or None, by=request.user, new=True)
    group = form.tried(actions.save_group, None, by=request.user, now=timezone.now())
    if group is None:
        status = 422 if form.errors else 200
        context = {"form": form, "group": None}
        return page(request, "teams/group.html", context, partial="card", status=status)
    messages.success(request, _("The group is added. Give it people next."))
    return _moved(request, group)


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: Request, pk: int) -> HttpResponse:
    """One group: its people and hours for all, the form and record for whoever runs it."""
    row = get_object_or_404(
        Group.objects.visible_to(request.user).select_related("manager", "calendar"), pk=pk
    )
    runs = Group.objects.run_by(request.user).filter(pk=pk).exists()
    if request.method == "POST" and not runs:
        raise PermissionDenied(Can.MANAGE_PEOPLE)
    form = _form(request, row) if runs else None
    if form is not None:
        done = form.tried(actions.save_group, pk, by=request.user, now=timezone.now())
        if done is not None:
            messages.success(request, _("The group is saved."))
            return _moved(request, done)
    context = _context(request, row, form)
    status = 422 if form is not None and form.errors else 200
    return page(request, "teams/group.html", context, partial="card", status=status)


def _form(request: Request, row: Group) -> GroupForm:
    known = {
        name: getattr(row, name) for name in ("name", "name_zh", "segment", "manager", "calendar")
    }
    return GroupForm(request.POST or None, by=request.user, new=False, initial=known)


def _context(request: Request, row: Group, form: GroupForm | None) -> dict[str, Any]:
    staff = User.objects.at_work().filter(memberships__group=row)
    return {
        "group": row,
        "form": form,
        "lines": people(staff.prefetch_related("skills").in_name_order()),
        "deeds": deeds("group", row.pk) if form and request.user.can(Can.SEE_LEDGER) else None,
    }


def _moved(request: Request, row: Group) -> HttpResponse:
    answer = redirect("group", row.pk)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer
