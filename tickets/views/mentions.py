"""What the bell counts: notes that name the reader (N4), and clocks they were told of (W1)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from csservice.lib.htmx import page
from teams.http import Request
from tickets import actions
from tickets.actions import METRIC_WORDS
from tickets.actions.held import may_release
from tickets.clock import Metric
from tickets.models import Alert, Mention, Message

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def mentions(request: Request) -> HttpResponse:
    """Unread first. Opening the ticket is reading; what clocks told can be ticked off here too."""
    if request.method == "POST":
        actions.see_alerts(None, by=request.user, now=timezone.now())
        return redirect("mentions")
    rows = Mention.objects.visible_to(request.user).newest()[:SHOWN]
    alerts = Alert.objects.visible_to(request.user).newest()[:SHOWN]
    told = [(alert, METRIC_WORDS[Metric(alert.clock.metric)]) for alert in alerts]
    now = timezone.now()
    waits = Message.objects.to_release(request.user).select_related("ticket__group", "author")
    held = [row for row in waits[:SHOWN] if may_release(request.user, row.ticket, now)]
    context = {"rows": rows, "told": told, "held": held}
    return page(request, "tickets/mentions.html", context, partial="list")
