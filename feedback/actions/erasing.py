"""What goes with an erased ticket: the customer's comment and address; the score stays (K1)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from feedback.models import Invitation, Response
from tickets.models import GONE, Ticket


@transaction.atomic
def follow_erased() -> int:
    """Forget comments and addresses of tickets that were erased. Returns how many rows had any."""
    erased = Ticket.objects.filter(subject=GONE).values("pk")
    words = ~Q(address="") | ~Q(delivery_error="")
    sent = Invitation.objects.filter(words, ticket__in=erased)
    said = Response.objects.filter(ticket__in=erased).exclude(comment="")
    return sent.update(address="", delivery_error="") + said.update(comment="")
