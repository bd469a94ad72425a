"""One reply that waits for release: send it, corrected where need be, or give it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from teams.forms import ActionForm, ReasonForm
from teams.http import Request
from teams.roles import Can
from tickets import actions
from tickets.actions.held import may_release
from tickets.models import Message
from tickets.views.ticket import ticket_of


class ReleaseForm(ActionForm):
    """The reply as it is to be sent."""

    text = forms.CharField(
        label=gettext_lazy("Reply"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": gettext_lazy("Write the answer.")},
    )


@require_http_methods(["GET", "POST"])
def held(request: Request, number: int, pk: int) -> HttpResponse:
    """Look at one and decide. 404: not theirs to see, or no such reply; 422: refused."""
    user, now = request.user, timezone.now()
    user.must(Can.WORK_TICKETS)
    ticket = ticket_of(user, number)
    found = get_object_or_404(ticket.messages.select_related("author"), pk=pk)
    back = request.POST.get("do") == "return"
    sent = request.POST or None
    release = ReleaseForm(None if back else sent, initial={"text": found.text})
    give_back = ReasonForm(sent if back else None, auto_id="id_back_%s")
    chosen, act = (give_back, actions.return_reply) if back else (release, actions.release_reply)
    told: dict[str, Any] = {"by": user, "message": pk, "now": now}
    if chosen.tried(act, number, **told) is not None:
        messages.success(request, _("Given back") if back else _("Reply sent"))
        return redirect("ticket", number)
    waits = found.kind == Message.Kind.HELD
    context = {
        "ticket": ticket,
        "message": found,
        "release": release,
        "give_back": give_back,
        "waits": waits,
        "may": waits and found.author_id != user.pk and may_release(user, ticket, now),
    }
    return render(request, "tickets/held.html", context, status=422 if chosen.errors else 200)
