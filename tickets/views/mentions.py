"""The notes that name the reader (N4)."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from teams.http import Request
from tickets.models import Mention

SHOWN = 50


@require_safe
def mentions(request: Request) -> HttpResponse:
    """Unread first. Opening the ticket is reading: nothing has to be ticked off here."""
    rows = Mention.objects.visible_to(request.user).newest()[:SHOWN]
    return page(request, "tickets/mentions.html", {"rows": rows}, partial="list")
