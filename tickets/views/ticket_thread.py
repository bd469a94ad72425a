"""The conversation: messages and what happened, on one line of time, and what is new in it (N4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.utils.translation import gettext as _

from csservice.ledger.models import Entry
from csservice.lib.prepared import Prepared
from csservice.lib.templatetags.ui import initials
from teams.models import User
from tickets.models import Message, Ticket
from tickets.views.ticket_words import event, names_of, names_of_groups, person_ids

ICONS: dict[str, str] = {
    "phone": "phone",
    "email": "mail",
    "web": "world",
    "chat": "message",
    "branch": "building-bank",
    "api": "api",
}
EVENT_ICONS: dict[str, str] = {
    "": "point",
    "ticket.handed_over": "user-star",
    "ticket.accepted": "user-star",
    "ticket.returned": "user-star",
    "clock.breached": "alert-triangle",
    "ticket.complaint_marked": "flag",
    "ticket.merged": "git-merge",
    "ticket.absorbed": "git-merge",
    "ticket.split": "arrows-split-2",
    "ticket.split_off": "arrows-split-2",
    "ticket.unsplit": "git-merge",
    "ticket.rejoined": "git-merge",
    "feedback.received": "star",
}


class Seen(NamedTuple):
    """How much of a ticket a page has shown; travels through its forms as 7:12:40."""

    version: int
    message: int
    entry: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        parts = text.split(":")
        whole = len(parts) == 3 and all(part.isdecimal() and len(part) < 19 for part in parts)
        return cls(*map(int, parts)) if whole else None

    def __str__(self) -> str:
        return ":".join(map(str, self))


class Item(NamedTuple):
    """One entry, ready to print. `kind`: a message's, or `event`."""

    kind: str
    at: datetime
    key: str
    who: str
    initials: str
    text: str
    icon: str
    first: bool
    delivery: str
    files: Sequence[Any]
    automatic: bool
    message: int = 0


class Thread(NamedTuple):
    items: list[Item]
    entries: int
    seen: Seen


def thread(ticket: Ticket, reader: User, *, since: Seen | None = None) -> Thread:
    """All of the ticket's conversation in order; with `since`, only what came after it."""
    after = since or Seen(0, 0, 0)
    messages: list[Message] = _MESSAGES(ticket.pk, after.message)
    entries: list[Entry] = _ENTRIES(ticket.pk, after.entry)
    ids = {e.by_id for e in entries if e.by_id}.union(*(person_ids(e.data) for e in entries))
    known = {person.pk: person.name for person in (reader, ticket.owner) if person}
    names = known | names_of(ids - set(known))
    groups = names_of_groups(
        {e.data["to_group"] for e in entries if isinstance(e.data.get("to_group"), int)}
    )
    items = [] if since else _opening(ticket, messages)
    items += [_said(message, ticket, reader) for message in messages]
    for entry in entries:
        who = names.get(entry.by_id, entry.by_name) if entry.by_id else ""
        text = event(entry.kind, entry.data, who, names, groups)
        if text:
            items.append(_happened(entry, text))
    items.sort(key=lambda item: item.at)
    seen = Seen(
        ticket.version,
        max((m.pk for m in messages), default=after.message),
        max((e.pk for e in entries), default=after.entry),
    )
    return Thread(items, sum(item.kind != "event" for item in items), seen)


def news(ticket: Ticket, reader: User, seen: Seen) -> Thread:
    """What others did on the ticket since `seen`; the reader's own steps are no news to them."""
    since = thread(ticket, reader, since=seen)
    mine = f"-by-{reader.pk}"
    items = [
        item
        for item in since.items
        if not item.key.endswith(mine) and not (item.kind == "event" and item.automatic)
    ]
    return Thread(items, since.entries, since.seen)


_MESSAGES = Prepared(
    lambda ticket, after: Message.objects.filter(ticket=ticket, pk__gt=after).in_order()
)
_ENTRIES = Prepared(
    lambda ticket, after: Entry.objects.about("ticket", ticket).filter(pk__gt=after)
)


def _said(message: Message, ticket: Ticket, reader: User) -> Item:
    author = message.author
    if author is not None:
        who = _("You") if author.pk == reader.pk else author.name
        letters = initials(author.name)
    elif message.kind == Message.Kind.CONTACT:
        who, letters = ticket.customer.name, initials(ticket.customer.name)
    else:
        who, letters = _("Service desk"), ""
    return Item(
        kind=message.kind,
        at=message.at,
        key=f"m{message.pk}-by-{author.pk if author else 0}",
        who=who,
        initials=letters,
        text=message.text,
        icon=ICONS[message.channel],
        first=message.first_response,
        delivery=message.delivery,
        files=list(message.attachments.all()),
        automatic=message.kind == Message.Kind.AUTOMATIC,
        message=message.pk,
    )


def _happened(entry: Entry, text: str) -> Item:
    return Item(
        kind="event",
        at=entry.at,
        key=f"e{entry.pk}-by-{entry.by_id or 0}",
        who="",
        initials="",
        text=text,
        icon=EVENT_ICONS.get(entry.kind, EVENT_ICONS[""]),
        first=False,
        delivery="",
        files=(),
        automatic=entry.by_id is None,
    )


def _opening(ticket: Ticket, messages: Sequence[Message]) -> list[Item]:
    """The words that the contact began with, unless the thread begins with them itself."""
    if not ticket.description or any(m.text == ticket.description for m in messages[:1]):
        return []
    name = ticket.customer.name
    return [
        Item(
            kind=Message.Kind.CONTACT,
            at=ticket.received_at,
            key="opening",
            who=name,
            initials=initials(name),
            text=ticket.description,
            icon=ICONS[ticket.channel],
            first=False,
            delivery="",
            files=(),
            automatic=False,
        )
    ]
