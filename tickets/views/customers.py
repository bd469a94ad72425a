"""Customers: found in one box, kept, and seen whole while they are served (plan N1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import ChangedError, RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import User
from teams.models.groups import Segment
from teams.roles import Can
from tickets import actions
from tickets.forms.customers import CustomerEditor, ShowForm
from tickets.models import Contact, Customer, Ticket
from tickets.views.customer_hits import Found, below, best
from tickets.views.customer_page import whole

PAGE = 25
OFFERED = 6


class Line(NamedTuple):
    """One customer of a list: the row, the masked way to reach them, their open tickets."""

    customer: Customer
    contact: Contact | None
    open: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of the list asks for; anything unknown is as if it were not there."""

    q: str = ""
    segment: str = ""
    before: int | None = None

    @classmethod
    def read(cls, request: Request) -> Wanted:
        before, segment = request.GET.get("before", ""), request.GET.get("segment", "")
        return cls(
            q=request.GET.get("q", "").strip()[:200],
            segment=segment if segment in (Segment.PERSONAL, Segment.CORPORATE) else "",
            before=int(before) if before.isdecimal() and len(before) < 19 else None,
        )

    def query(self, **changed: Any) -> str:
        mine = {"q": self.q, "segment": self.segment} | changed
        return urlencode({name: value for name, value in mine.items() if value})


@require_safe
def customers(request: Request) -> HttpResponse:
    """Find a customer by name, phone, e-mail or the end of a number; newest first, page by page."""
    request.user.must(Can.KEEP_CUSTOMERS)
    wanted = Wanted.read(request)
    found, crowded = _found(request.user, wanted)
    shown = lines(found[:PAGE])
    more = f"?{wanted.query(before=found[PAGE - 1].pk)}" if len(found) > PAGE else ""
    context = {
        "wanted": wanted,
        "lines": shown,
        "segments": [Segment.PERSONAL, Segment.CORPORATE],
        "older": more,
        "newest": f"?{wanted.query()}" if wanted.before else "",
        "narrowed": bool(wanted.q or wanted.segment),
        "crowded": crowded,
    }
    return page(request, "tickets/customers.html", context, partial="results")


def _found(user: User, wanted: Wanted) -> Found:
    """The customers of one page, and one more where there are more."""
    if wanted.q:
        return below(user, wanted.q, high=wanted.before, most=PAGE + 1, segment=wanted.segment)
    found = Customer.objects.visible_to(user).real().order_by("-pk")
    if wanted.segment:
        found = found.filter(segment=wanted.segment)
    if wanted.before:
        found = found.filter(pk__lt=wanted.before)
    return Found(list(found[: PAGE + 1]))


def lines(found: list[Customer]) -> list[Line]:
    """The customers with contact and number of open tickets: two queries for all of them."""
    contacts: dict[int, Contact] = {}
    for contact in Contact.objects.filter(customer__in=found).order_by("-preferred", "pk"):
        contacts.setdefault(contact.customer_id, contact)
    counted = Ticket.objects.open().filter(customer__in=found).order_by()
    counts = dict(counted.values_list("customer").annotate(n=Count("pk")))
    return [Line(c, contacts.get(c.pk), counts.get(c.pk, 0)) for c in found]


@require_safe
def customer_search(request: Request) -> HttpResponse:
    """Options of the customer box of a new contact: at most six, and adding a new one."""
    request.user.must(Can.KEEP_CUSTOMERS)
    words = request.GET.get("q", "").strip()[:200]
    found = best(request.user, words, most=OFFERED + 1) if words else []
    context = {"lines": lines(found[:OFFERED]), "more": len(found) > OFFERED, "words": words}
    return render(request, "tickets/customer_search.html", context)


@require_safe
def customer(request: Request, pk: int) -> HttpResponse:
    """All that is known of one customer, numbers masked."""
    return render(request, "tickets/customer.html", whole(_one(request, pk), user=request.user))


@require_POST
def customer_unmask(request: Request, pk: int) -> HttpResponse:
    """Show one number or address, once, to whoever gives a reason; the read is on record.

    The answer is the only place where it stands: never cached, never in an address.
    """
    seen = _one(request, pk)
    asked = ShowForm(request.POST)
    context = whole(seen, user=request.user)
    of = f"{request.POST.get('what')}-{request.POST.get('key')}"
    row = next((secret for secret in context["secrets"] if secret.id == of), None)
    if row is None:
        raise Http404
    context |= {"row": row, "of": of}
    try:
        context["shown"] = actions.unmask(
            pk,
            by=request.user,
            what=row.what,
            key=row.key,
            reason=asked.cleaned_data["reason"] if asked.is_valid() else "",
            now=timezone.now(),
        )
    except RefusedError as refusal:
        context["refused"] = str(refusal)
    status = 422 if "refused" in context else 200
    answer = page(request, "tickets/customer.html", context, partial="secret", status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
def customer_new(request: Request) -> HttpResponse:
    """A new customer; who may be the same is named first, and both ways stay open."""
    request.user.must(Can.KEEP_CUSTOMERS)
    editor = CustomerEditor(request.POST if request.method == "POST" else _known(request))
    if not editor.is_valid():
        return _edited(request, editor)
    given = editor.given()
    same = actions.doubles(name=given["name"], contacts=given["contacts"])
    if same and "anyway" not in request.POST:
        return _edited(request, editor, same=lines(same), status=422)
    try:
        made = actions.make_customer(by=request.user, now=timezone.now(), **given)
    except RefusedError as refusal:
        return _edited(request, editor, refused=str(refusal), status=422)
    messages.success(request, _("%(name)s was added.") % {"name": made.name})
    return _to(request, made)


@require_http_methods(["GET", "POST"])
def customer_edit(request: Request, pk: int) -> HttpResponse:
    """Change a customer. What somebody else saved meanwhile is not overwritten: 409."""
    editor = CustomerEditor(request.POST or None, customer=_one(request, pk))
    if not editor.is_valid():
        return _edited(request, editor)
    seen = editor.form.cleaned_data["seen"]
    try:
        saved = actions.change_customer(
            pk, by=request.user, now=timezone.now(), seen=seen, **editor.given()
        )
    except ChangedError as changed:
        return _edited(request, editor, refused=str(changed), status=409)
    except RefusedError as refusal:
        return _edited(request, editor, refused=str(refusal), status=422)
    messages.success(request, _("Saved."))
    return _to(request, saved)


def _known(request: Request) -> Any:
    """What a search already knows of a new customer: `?name=`; None where it knows nothing."""
    if "name" not in request.GET:
        return None
    known = request.GET.copy()
    known.update({"more": "", "segment": Segment.PERSONAL, "language": request.LANGUAGE_CODE})
    return known


def _edited(
    request: Request,
    editor: CustomerEditor,
    *,
    same: list[Line] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    errors = [("", refused)] if refused else editor.errors if editor.judged else []
    context = {
        "editor": editor,
        "customer": editor.customer,
        "errors": errors,
        "same": same or [],
        "same_words": ngettext(
            "This may be a customer that is here already",
            "This may be one of %(n)s customers that are here already",
            len(same or []),
        )
        % {"n": len(same or [])},
    }
    status = 422 if errors and status == 200 else status
    return page(request, "tickets/customer_edit.html", context, partial="form", status=status)


def _one(request: Request, pk: int) -> Customer:
    request.user.must(Can.KEEP_CUSTOMERS)
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


def _to(request: Request, saved: Customer) -> HttpResponse:
    url = reverse("customer", args=[saved.pk])
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)
