"""Erasing a customer, and holding them against it: a director's, with a reason (contract.md)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from csservice.lib.errors import RefusedError
from teams.http import Request
from teams.roles import Can
from tickets import actions
from tickets.models import Customer
from tickets.views.customer_page import whole

DEEDS: dict[str, tuple[Callable[..., Customer], str | Promise]] = {
    "hold": (actions.hold, gettext_lazy("Held. Nothing of this customer is erased.")),
    "release": (actions.release, gettext_lazy("The hold is ended.")),
    "erase": (actions.erase, gettext_lazy("Erased. What counts for the statistics is kept.")),
}


@require_POST
def customer_erasure(request: Request, pk: int, deed: str) -> HttpResponse:
    """Hold, release or erase; then the customer's page. 422: refused, with what to do."""
    request.user.must(Can.ERASE)
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    action, done = DEEDS[deed]
    refused = ""
    if deed == "erase" and "sure" not in request.POST:
        refused = _("Tick that you are sure: what is erased cannot be brought back.")
    else:
        try:
            reason = request.POST.get("reason", "")
            action(pk, by=request.user, reason=reason, now=timezone.now())
        except RefusedError as refusal:
            refused = str(refusal)
    if refused:
        context = whole(customer, user=request.user) | {"deed": deed, "not_done": refused}
        return render(request, "tickets/customer.html", context, status=422)
    messages.success(request, str(done))
    return redirect("customer", pk)
