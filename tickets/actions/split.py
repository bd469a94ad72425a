"""A second matter in one ticket becomes a ticket of its own, and back (rule 18; W1).

The child is a new promise: its clocks start at the instant of the split, and it says where it came
from. The customer's words are copied, so the parent's conversation stays whole, and the parent's
clocks run on untouched: nobody gains time by splitting, and no child is born late. See
docs/decisions/0018-a-split-copies-and-counts-anew.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from csservice.lib.rows import insert
from teams.models import Group, User
from teams.roles import Can
from tickets.actions._clocks import promised
from tickets.actions._row import given, locked, save, theirs
from tickets.actions.assign import Placed, place
from tickets.actions.outcome import FIELDS, end_as_duplicate
from tickets.actions.receive import index
from tickets.models import Attachment, Category, Message, Step, Ticket

UNDO_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Words:
    """What of the parent's conversation is about the other matter, the earliest first."""

    opening: str  # the words that the contact began with; empty: they stay
    messages: list[Message]

    @property
    def first(self) -> str:
        return self.opening or self.messages[0].text


@transaction.atomic
def split(
    ticket_id: int,
    *,
    by: User,
    subject: str,
    now: datetime,
    messages: Sequence[int] = (),
    opening: bool = False,
    group: Group | None = None,
    category: Category | None = None,
    seen: int | None = None,
) -> Ticket:
    """Make a ticket of the same customer from `messages` of this one (keys), or from the `opening`.

    The new ticket is who splits it off's; with a `group`, that of whoever is free there. Each
    message goes once. Returns the new ticket; `split_from` is the old one.
    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError (`subject`, `messages`:
    none, not the customer's, or gone already), RefusedError (closed, or somebody else's).
    """
    by.must(Can.WORK_TICKETS)
    parent = locked(ticket_id, by=by, seen=seen)
    if parent.owner_id is not None:
        theirs(parent, by=by)
    parent.move("split")
    subject = given("subject", subject, _("Enter what it is about."))
    words = _words(parent, messages, opening=opening)
    child = _born(parent, words, subject, _whose(parent, group, category, by), now)
    child.category = category
    clocks = promised(child, by=by, now=now)
    insert(child)
    clocks.write()
    _copy(words, child)
    index(child, more=[message.text for message in words.messages])
    save(parent, by=by, now=now)
    keys = [message.pk for message in words.messages]
    record("ticket.received", "ticket", child.pk, by=by, now=now, channel=child.channel,
           owner=child.owner_id, because=child.assigned_because, live=False)  # fmt: skip
    record("ticket.split_off", "ticket", child.pk, by=by, now=now, parent=parent.pk)
    record("ticket.split", "ticket", parent.pk, by=by, now=now, into=child.pk, messages=keys,
           opening=opening)  # fmt: skip
    return child


def _words(parent: Ticket, keys: Sequence[int], *, opening: bool) -> Words:
    """Raises InvalidError (`messages`)."""
    wanted = set(keys)
    rows = Message.objects.filter(ticket=parent, kind=Message.Kind.CONTACT, pk__in=wanted)
    found = list(rows.order_by("at", "pk"))
    if len(found) < len(wanted) or (opening and not parent.description):
        raise InvalidError("messages", _("Choose words of the customer in this ticket."))
    if not found and not opening:
        raise InvalidError("messages", _("Choose what is about the other matter."))
    gone = [message for message in found if message.split_to_id is not None]
    if gone or (opening and parent.split_off.filter(split_opening=True).exists()):
        raise InvalidError("messages", _("These words have been split off already."))
    return Words(parent.description if opening else "", found)


def _whose(parent: Ticket, group: Group | None, category: Category | None, by: User) -> Placed:
    """Another group's: whoever is free there. Else who reads both matters goes on with both."""
    if group is not None and group.pk != parent.group_id:
        return place(customer=parent.customer, category=category, group=group)
    return Placed(parent.group, by.pk, {"rule": "split", "by": by.pk})


def _born(parent: Ticket, words: Words, subject: str, placed: Placed, now: datetime) -> Ticket:
    channel = parent.channel if words.opening else words.messages[0].channel
    return Ticket(
        channel=channel,
        subject=subject[:200],
        description=words.first,
        customer=parent.customer,
        priority=parent.priority,
        group=placed.group,
        owner_id=placed.owner_id,
        assigned_because=placed.because,
        reach_at=parent.reach_at,
        is_drill=parent.is_drill,
        split_from=parent,
        split_opening=bool(words.opening),
        received_at=now,
        changed_at=now,
    )


def _copy(words: Words, child: Ticket) -> None:
    """The messages with their files, as they came and when; the originals know where they went."""
    for message in words.messages:
        files = list(message.attachments.all())
        twin = Message.objects.create(
            ticket=child,
            kind=message.kind,
            channel=message.channel,
            text=message.text,
            at=message.at,
        )
        for file in files:
            Attachment.objects.create(
                message=twin,
                name=file.name,
                type=file.type,
                size=file.size,
                digest=file.digest,
                file=file.file.name,
            )
    keys = [message.pk for message in words.messages]
    Message.objects.filter(pk__in=keys).update(split_to=child)


@transaction.atomic
def unsplit(ticket_id: int, *, by: User, now: datetime) -> Ticket:
    """Undo a split within 24 hours, while nobody has gone on with the child: it ends there, its
    clocks are cancelled and unmeasured, and its words may be split off again.

    The parent's clocks never stopped, so they stand as if there had been no split. Returns the
    child. Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (no split, too late, answered
    or gone on with, the parent closed).
    """
    by.must(Can.WORK_TICKETS)
    known = locked(ticket_id, by=by)
    if known.split_from_id is None:
        raise RefusedError(_("This ticket was not split off, so there is nothing to undo."))
    if known.owner_id is not None:
        theirs(known, by=by)
    parent = locked(known.split_from_id, by=None)
    _must_be_untouched(known, parent, now)
    known.owner = known.owner or by
    end_as_duplicate(known, parent, verb="unsplit", now=now)
    known.split_opening = False
    save(known, *FIELDS, "split_opening", by=by, now=now)
    Message.objects.filter(ticket=parent, split_to=known).update(split_to=None)
    save(parent, by=by, now=now)
    record("ticket.unsplit", "ticket", known.pk, by=by, now=now, into=parent.pk)
    record("ticket.rejoined", "ticket", parent.pk, by=by, now=now, was=known.pk)
    return known


def _must_be_untouched(child: Ticket, parent: Ticket, now: datetime) -> None:
    """Raises RefusedError with what is in the way."""
    if parent.step == Step.CLOSED:
        raise RefusedError(_("The ticket it was split from is closed. Go on with this one."))
    if now > child.received_at + UNDO_FOR:
        raise RefusedError(_("It was split off more than 24 hours ago. Merge the two instead."))
    copies = Message.objects.filter(ticket=parent, split_to=child).count()
    if child.responded_at or Message.objects.filter(ticket=child).count() > copies:
        raise RefusedError(
            _("Somebody has gone on with this ticket. Merge the two instead of undoing the split.")
        )
