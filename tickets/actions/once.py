"""A contact from a form: taken in once, however often the button was pressed (W1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from teams.models import IdempotencyKey, User
from teams.roles import Can
from tickets.actions.assign import assign
from tickets.actions.receive import receive
from tickets.models import Channel, Ticket

LIVE = frozenset({Channel.PHONE, Channel.BRANCH, Channel.CHAT})


@transaction.atomic
def receive_once(
    key: str, *, by: User, channel: str, start: bool, now: datetime, **contact: Any
) -> Ticket:
    """`receive`, done once for each `key` of a person: a second press gets the first one's ticket.

    `start`: the person serves it now; a call, a visit or a chat is then answered at pick-up, and
    anything else becomes theirs. The unique key makes a simultaneous second press wait for it.
    Raises as `receive`; then nothing is written and the key is free again.
    """
    by.must(Can.WORK_TICKETS)
    row, first = IdempotencyKey.objects.get_or_create(
        user=by, key=f"form:{key}", defaults={"request": "", "status": 201, "made_at": now}
    )
    if not first:
        return Ticket.objects.get(pk=(row.body or {})["ticket"])
    live = start and channel in LIVE
    ticket = receive(by=by, channel=channel, now=now, live=live, **contact)
    if start and ticket.owner_id is None:
        ticket = assign(ticket.pk, by=by, to=by, now=now)
    row.body = {"ticket": ticket.pk}
    row.save(update_fields=["body"])
    return ticket
