"""Which pack applies to whom, what compliance confirmed, and the check for what is not marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from csservice.ledger.models import Entry, record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Calendar, Group, User
from teams.models.groups import Segment
from teams.roles import Can
from tickets import complaint_words, complaints
from tickets.actions._complaint_mark import covered, open_case
from tickets.actions._row import given, locked
from tickets.models import (
    Complaint,
    ComplaintLayer,
    ComplaintRule,
    ComplaintWords,
    Message,
    NoComplaint,
    PackConfirmation,
    Product,
    Step,
    Ticket,
)

LOOKED_BACK = timedelta(days=30)
MOST = 2000  # tickets that one look reads


@transaction.atomic
def choose_pack(
    *, by: User, segment: str, pack: str, now: datetime, calendar: Calendar | None = None
) -> ComplaintRule:
    """Apply a pack to the complaints of a segment's customers from now on; "" is none.

    Cases that run keep the pack they began with. `calendar` None: the days of the ticket's group.
    Raises PermissionDenied, InvalidError (`segment`, `pack`).
    """
    by.must(Can.SET_COMPLAINTS)
    if segment not in Segment.values:
        raise InvalidError("segment", _("Choose the customers."))
    if pack and pack not in complaints.packs():
        raise InvalidError("pack", _("Choose one of the packs."))
    row, _made = ComplaintRule.objects.update_or_create(
        segment=segment,
        defaults={"pack": pack, "calendar": calendar, "chosen_at": now, "chosen_by": by},
    )
    record(
        "complaint.pack_chosen",
        "complaint_rule",
        segment,
        by=by,
        now=now,
        pack=pack,
        calendar=calendar.pk if calendar else None,
    )
    return row


@transaction.atomic
def lay_pack(
    *,
    by: User,
    pack: str,
    group: Group | None,
    product: Product | None,
    now: datetime,
    instead: bool = False,
    calendar: Calendar | None = None,
) -> ComplaintLayer:
    """Apply a pack to a group's or a product's tickets too, or `instead` of their customer's.

    Where several packs apply, the earlier deadline of each milestone binds. Cases that run keep
    theirs. Raises PermissionDenied, InvalidError (`pack`, `group`), RefusedError (laid already).
    """
    by.must(Can.SET_COMPLAINTS)
    if pack not in complaints.packs():
        raise InvalidError("pack", _("Choose one of the packs."))
    if group is None and product is None:
        raise InvalidError("group", _("Choose a group, a product, or both."))
    chosen = {"calendar": calendar, "instead": instead, "chosen_at": now, "chosen_by": by}
    row, made = ComplaintLayer.objects.get_or_create(
        pack=pack, group=group, product=product, defaults=chosen
    )
    if not made:
        raise RefusedError(_("This pack applies to them already."))
    record("complaint.pack_laid", "complaint_layer", row.pk, by=by, now=now, **_layer(row))
    return row


def _layer(row: ComplaintLayer) -> dict[str, Any]:
    names = ("pack", "group_id", "product_id", "calendar_id", "instead")
    return {name.removesuffix("_id"): getattr(row, name) for name in names}


@transaction.atomic
def lift_pack(layer: int, *, by: User, now: datetime) -> None:
    """A pack no longer applies to a group or product; cases that run keep it.

    Raises PermissionDenied, ComplaintLayer.DoesNotExist.
    """
    by.must(Can.SET_COMPLAINTS)
    row = ComplaintLayer.objects.select_for_update().get(pk=layer)
    record("complaint.pack_lifted", "complaint_layer", row.pk, by=by, now=now, **_layer(row))
    row.delete()


# ---- marked before a pack was chosen ----------------------------------------------------------
def without_case() -> QuerySet[Ticket]:
    """Marked tickets that a pack applies to now and that have no case; closed ones are over."""
    rows = Ticket.objects.filter(is_complaint=True, complaint=None).exclude(step=Step.CLOSED)
    return rows.filter(covered()).order_by("pk")


@transaction.atomic
def open_cases(*, by: User, now: datetime, limit: int) -> int:
    """Open the cases of up to `limit` tickets that were marked before a pack was chosen for them.

    Deadlines are those that the mark would have started then, counted from the receipt that was
    told with it; those that have passed are inherited. Tickets that somebody works on right now
    are skipped. Returns how many were opened. Raises PermissionDenied.
    """
    by.must(Can.SET_COMPLAINTS)
    rows = without_case().select_related("customer", "group__calendar")
    opened = 0
    for ticket in rows.select_for_update(of=("self",), skip_locked=True)[:limit]:
        if not Complaint.objects.filter(ticket=ticket).exists():  # opened since it was read
            opened += _open_case(ticket, by, now)
    return opened


def _open_case(ticket: Ticket, by: User, now: datetime) -> bool:
    entries = Entry.objects.about("ticket", ticket.pk)
    mark = entries.filter(kind="ticket.complaint_marked").last()
    said = mark.data.get("received") if mark else None
    who = User.objects.filter(pk=mark.by_id).first() if mark else None
    began = datetime.fromisoformat(said) if said else ticket.received_at
    marked = (mark.at if mark else ticket.received_at, who or by)
    return open_case(ticket, by, now, began, marked=marked) is not None


@transaction.atomic
def confirm_pack(*, by: User, pack: str, person: str, on: date, now: datetime) -> PackConfirmation:
    """Record that compliance confirmed the pack as it stands; a changed file, again.

    Raises PermissionDenied, InvalidError (`pack`, `person`, `on`), RefusedError (confirmed).
    """
    by.must(Can.SET_COMPLAINTS)
    known = complaints.packs().get(pack)
    if known is None:
        raise InvalidError("pack", _("Choose one of the packs."))
    person = given("person", person, _("Enter who in compliance confirmed it."))[:120]
    if on > now.date():
        raise InvalidError("on", _("Enter the day it was confirmed; it is not in the future."))
    if PackConfirmation.objects.filter(pack=pack, digest=known.digest).exists():
        raise RefusedError(_("This pack is confirmed already."))
    row = PackConfirmation.objects.create(
        pack=pack, digest=known.digest, person=person, on=on, at=now, by=by
    )
    record("complaint.pack_confirmed", "pack", pack, by=by, now=now, digest=known.digest)
    return row


# ---- the check --------------------------------------------------------------------------------
@transaction.atomic
def set_words(*, by: User, words: str, now: datetime) -> ComplaintWords:
    """Change the words that the check looks for, one a line.

    Raises PermissionDenied, InvalidError (`words`).
    """
    by.must(Can.SET_COMPLAINTS)
    try:
        listed = complaint_words.listed(words)
    except complaint_words.WordsError:
        raise InvalidError(
            "words",
            _("Give at most %(most)s lines of at most %(longest)s characters.")
            % {"most": complaint_words.MOST, "longest": complaint_words.LONGEST},
        ) from None
    row = ComplaintWords.objects.create(words="\n".join(listed), at=now, by=by)
    record("complaint.words_changed", "complaint_words", row.pk, by=by, now=now, n=len(listed))
    return row


def words_now() -> tuple[str, ...]:
    """The words that the check looks for: the director's, or those of the release."""
    row = ComplaintWords.objects.order_by("pk").last()
    return complaint_words.listed(row.words) if row else complaint_words.WORDS


@dataclass(frozen=True, slots=True)
class Suspect:
    """A ticket that reads like a complaint and is not marked, with the words found."""

    ticket: Ticket
    words: list[str]


def suspects(user: User, now: datetime) -> Iterator[Suspect]:
    """Of the tickets of the last 30 days that `user` may see, the newest first."""
    rows = Ticket.objects.visible_to(user).received_since(now - LOOKED_BACK)
    rows = rows.filter(is_complaint=False, no_complaint=None, is_drill=False)
    tickets = list(rows.select_related("customer", "group", "owner").order_by("-pk")[:MOST])
    said: dict[int, list[str]] = {ticket.pk: [] for ticket in tickets}
    contacts = Message.objects.filter(ticket__in=tickets, kind=Message.Kind.CONTACT)
    for key, text in contacts.order_by("pk").values_list("ticket", "text"):
        said[key].append(text)
    words = words_now()
    for ticket in tickets:
        texts = [ticket.subject, ticket.description, ticket.comment, *said[ticket.pk]]
        if hits := complaint_words.found(texts, words):
            yield Suspect(ticket, hits)


@transaction.atomic
def dismiss_suspect(ticket_id: int, *, by: User, now: datetime) -> NoComplaint:
    """Say that a ticket that reads like a complaint is none; on record, with the words.

    Raises PermissionDenied, Ticket.DoesNotExist, RefusedError (marked, or said already).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by)
    if ticket.is_complaint:
        raise RefusedError(_("This ticket is marked as a complaint."))
    if NoComplaint.objects.filter(ticket=ticket).exists():
        raise RefusedError(_("Somebody has said already that it is no complaint."))
    texts = [ticket.subject, ticket.description, ticket.comment]
    texts += ticket.messages.filter(kind=Message.Kind.CONTACT).values_list("text", flat=True)
    words = complaint_words.found(texts, words_now())
    row = NoComplaint.objects.create(ticket=ticket, words=", ".join(words)[:300], at=now, by=by)
    record("complaint.dismissed", "ticket", ticket.pk, by=by, now=now, words=words[:20])
    return row
