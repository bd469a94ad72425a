"""The sweep that flags first responses which ran out (W1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from csservice.ledger.models import Entry, entry
from tickets.models import Ticket


@transaction.atomic
def flag_breaches(*, now: datetime, limit: int) -> int:
    """Flag, once each, up to `limit` tickets unanswered past their deadline. Returns how many.

    Rows held by a specialist answering right now are skipped: the answer flags them, or the next
    sweep does. The truth of a breach does not depend on this: it is `responded_at > respond_by`.
    """
    late = Ticket.objects.to_flag(now).select_for_update(of=("self",), skip_locked=True)
    found = list(late.values_list("pk", "respond_by")[:limit])
    Ticket.objects.filter(pk__in=[pk for pk, _due in found]).update(
        breached_at=now, changed_at=now, version=F("version") + 1
    )
    Entry.objects.bulk_create(
        entry(
            "clock.breached",
            "ticket",
            pk,
            by=None,
            now=now,
            metric="first_response",
            due=due.isoformat(),
        )
        for pk, due in found
    )
    return len(found)
