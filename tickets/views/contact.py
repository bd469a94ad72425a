"""A new contact: logged while the customer speaks (W1, ux.md S4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.errors import InvalidError, RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import User
from teams.roles import Can
from tickets.actions.once import LIVE, receive_once
from tickets.forms.contact import ContactForm
from tickets.models import Customer, Ticket
from tickets.views.ticket_page import suggest

SHOWN = 3
FIELDS = {"customer": "q", "phone": "reach", "email": "reach"}


@require_http_methods(["GET", "POST"])
def ticket_new(request: Request) -> HttpResponse:
    """The form in a drawer, or as a page. Saved: to the ticket or the queue. 422: not complete."""
    request.user.must(Can.WORK_TICKETS)
    request.user.must(Can.KEEP_CUSTOMERS)
    if request.method == "GET":
        form = ContactForm(user=request.user, initial=_begun(request))
        return page(request, "tickets/contact.html", _context(form), partial="drawer")
    form = ContactForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            ticket = _receive(form, request.user, start=request.POST.get("then") != "queue")
        except RefusedError as refusal:
            named = refusal.field if isinstance(refusal, InvalidError) else ""
            field = FIELDS.get(named, named)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            return _saved(request, ticket)
    return page(request, "tickets/contact.html", _context(form), partial="drawer", status=422)


def _begun(request: Request) -> dict[str, Any]:
    """The customer that the address names, for “New contact” from a customer's page."""
    key = request.GET.get("customer", "")
    if not key.isdecimal() or len(key) > 18:
        return {}
    found = Customer.objects.visible_to(request.user).filter(pk=int(key)).first()
    return {"customer": found.pk, "q": found.name} if found else {}


def _receive(form: ContactForm, user: User, *, start: bool) -> Ticket:
    given = form.cleaned_data
    return receive_once(
        str(given["key"]),
        by=user,
        channel=given["channel"],
        start=start,
        now=timezone.now(),
        subject=given["subject"],
        customer=given["who"],
        category=given["category"] or suggest(given["subject"]),
        priority=given["priority"],
        description=given["description"],
    )


def _saved(request: Request, ticket: Ticket) -> HttpResponse:
    """To the ticket that is served now; a contact left for others goes to the queue."""
    seen = Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists()
    if request.POST.get("then") == "queue" or not seen:
        messages.success(request, _("#%(number)s is in the queue") % {"number": ticket.pk})
        address = reverse("queue")
    else:
        address = reverse("ticket", args=[ticket.pk])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _context(form: ContactForm) -> dict[str, Any]:
    return {"form": form, "live": " ".join(sorted(LIVE))}


@require_safe
def contact_hint(request: Request) -> HttpResponse:
    """While it is typed: which guide the subject suggests, and what is open for this customer."""
    request.user.must(Can.WORK_TICKETS)
    key, subject = request.GET.get("customer", ""), request.GET.get("subject", "").strip()[:200]
    open_now: list[Ticket] = []
    if key.isdecimal() and len(key) < 19:
        mine = Ticket.objects.visible_to(request.user).open().filter(customer=int(key))
        open_now = list(mine.only("pk", "subject").order_by("-pk")[:SHOWN])
    category = suggest(subject) if subject else None
    return render(
        request, "tickets/_contact_hint.html", {"category": category, "open_now": open_now}
    )
