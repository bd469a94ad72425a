"""Until when a person is certified: told by training, read where replies go out (K4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from csservice.ledger.models import record
from teams.models import User


@transaction.atomic
def certify(user_id: int, *, until: datetime | None, now: datetime) -> User:
    """Keep until when `user_id` holds every certificate; None: some is missing."""
    user: User = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if user.certified_until != until:
        user.certified_until = until
        user.save(update_fields=["certified_until"])
        said = until.isoformat() if until else None
        record("person.certified", "person", user.pk, by=None, now=now, until=said)
    return user
