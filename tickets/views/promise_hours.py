"""After a change of opening hours: the open tickets that are counted in the hours of before."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from csservice.lib.errors import InvalidError
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import Calendar
from teams.roles import Can
from tickets import actions
from tickets.clock import Mode
from tickets.views import promise_words


@require_http_methods(["GET", "HEAD", "POST"])
def hours_open(request: Request, pk: int) -> HttpResponse:
    """Which open tickets an edit of the hours left as they were promised, and what to do: keep
    them so, count from now, or as if the hours had held from the start."""
    request.user.must(Can.MANAGE_PROMISES)
    calendar = get_object_or_404(Calendar, pk=pk)
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        if request.POST.get("apply") == "keep":
            messages.success(request, _("The open tickets keep what was promised."))
            return redirect("settings-hours")
        try:
            mode = request.POST.get("apply", "")
            changed = actions.carry_hours(pk, by=request.user, mode=mode, now=now)
        except InvalidError as error:
            refusal = str(error)
        else:
            said = ngettext(
                "%(n)s open ticket is counted by the new hours.",
                "%(n)s open tickets are counted by the new hours.",
                changed,
            )
            messages.success(request, said % {"n": changed})
            return redirect("settings-hours")
    headings = {Mode.FRESH: _("From now"), Mode.RECOMPUTE: _("From the start")}
    found = actions.touched_by_hours(pk, by=request.user, now=now)
    context = {
        "calendar": calendar,
        "found": found,
        "lines": promise_words.preview(found.clocks, headings),
        "headings": headings.values(),
        "more": found.count - len(found.tickets),
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return page(request, "tickets/hours_open.html", context, partial="section", status=status)
