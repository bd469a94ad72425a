"""One ticket: its page, what it holds to download, and who else looks at it (W1-W4, ux.md S3)."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from csservice.lib.htmx import page
from csservice.lib.prepared import Prepared
from teams.http import Request
from teams.models import User
from tickets import actions
from tickets.models import Attachment, Ticket
from tickets.views.customer_page import panel
from tickets.views.ticket_page import Bound, workspace
from tickets.views.ticket_thread import Seen, news

# Four joins and no more: PostgreSQL plans a dozen longer than it runs them. The rest is rare.
JOINED = ("customer", "owner", "group", "category")


def _seen(user: int, groups: list[int], number: int, **who: Any) -> QuerySet[Ticket]:
    seen = Ticket.objects.visible_to(User.standing_in(user, groups, **who))
    return seen.select_related(*JOINED).filter(pk=number)


_SEEN = Prepared(_seen)


def found_by(user: User, number: int) -> Ticket | None:
    """The ticket with all that its page names; None unless `user` may see it."""
    return next(iter(_SEEN(user.pk, user.group_ids, number, **user.shape)), None)


def ticket_of(user: User, number: int) -> Ticket:
    """As `found_by`. Raises Http404."""
    found = found_by(user, number)
    if found is None:
        raise Http404
    return found


@require_safe
def ticket(request: Request, number: int) -> HttpResponse:
    """The whole workspace; to a swap the middle and the customer panel, for beside the queue."""
    found = ticket_of(request.user, number)
    return page(request, "tickets/ticket.html", whole(request, found), partial="work")


def whole(request: Request, found: Ticket, bound: Bound | None = None) -> dict[str, Any]:
    """The context of the page: the workspace and the customer beside it."""
    return {
        **workspace(found, request.user, now=timezone.now(), bound=bound),
        **panel(found.customer, user=request.user, ticket=found),
        "queue_url": reverse("queue"),
        "beside": bool(request.htmx),
        "opened": request.method == "GET" and bool(request.htmx),
    }


@require_POST
def ticket_look(request: Request, number: int) -> HttpResponse:
    """The tick of an open ticket: who else has it open, and what others wrote since. 404: not seen.

    What is new comes under the conversation; the composer still knows what the page had shown.
    """
    found = ticket_of(request.user, number)
    now, writing = timezone.now(), request.POST.get("writing") == "1"
    others = actions.look(number, by=request.user, now=now, writing=writing)
    actions.see_mentions(number, by=request.user, now=now)
    actions.see_alerts(number, by=request.user, now=now)
    shown = Seen.read(request.POST.get("shown", ""))
    fresh = news(found, request.user, shown) if shown and shown.version != found.version else None
    context = {
        "ticket": found,
        "viewers": others,
        "fresh": fresh,
        "shown": str(fresh.seen) if fresh else request.POST.get("shown", ""),
    }
    answer = render(request, "tickets/_look.html", context)
    if fresh and fresh.items:
        answer["HX-Trigger"] = _triggers(_heard(fresh.items))
    return answer


def _heard(items: list[Any]) -> str:
    """What is said aloud about new entries: by name for one, by number for several."""
    if len(items) == 1 and items[0].who:
        return _("New from %(name)s") % {"name": items[0].who}
    return ngettext("%(n)s new entry", "%(n)s new entries", len(items)) % {"n": len(items)}


def _triggers(announce: str) -> str:
    return json.dumps({"announce": announce, "queue:changed": ""})


@require_safe
def attachment(request: Request, pk: int) -> HttpResponse:
    """A file of a message that the person may see: always a download, never a page of ours."""
    seen = Ticket.objects.visible_to(request.user).values("pk")
    row = get_object_or_404(Attachment.objects.filter(message__ticket__in=seen), pk=pk)
    try:
        with row.file.open("rb") as stored:
            content = stored.read()
    except FileNotFoundError:
        raise Http404 from None
    answer = HttpResponse(content, content_type=row.type)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=row.name
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
