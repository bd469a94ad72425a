"""Learning needs come from what happened, or a manager; a pass of the course closes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from csservice.ledger.models import Entry, record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.models import Category, Ticket
from training.models import Area, Course, Evidence, Need, Record, Review
from training.models.needs import SUBJECTS, answerable, told_since

OVERLAP = timedelta(minutes=10)  # a transaction may commit later than its entries say
FIRST = timedelta(days=1)  # what a new installation looks back on
CHUNK = 500


class Seen(NamedTuple):
    """One thing by which a need is seen."""

    user: int
    area: str
    why: str
    source: str
    at: datetime
    ticket: Ticket
    review: int | None = None
    item: str = ""


def find_needs(*, now: datetime, limit: int, since: datetime | None = None) -> int:
    """Make needs of what the ledger tells: broken promises, poor ratings, failed review items.

    Each thing is evidence once (`source` is unique), so running it again, or twice beside each
    other, makes nothing twice. Drills, inherited and waived breaches, and tickets that nobody
    owned are nobody's need. It goes on where it stopped, or looks back to `since`.
    Returns how many were new.
    """
    made, since = 0, since or _where_it_stopped(now)
    for entries in _chunks(told_since(since).iterator(CHUNK)):
        for one in _new(_seen(entries)):
            _keep(one, now=now)
            made += 1
            if made == limit:
                return made
    return made


def _where_it_stopped(now: datetime) -> datetime:
    last = Evidence.objects.order_by("-at").values_list("at", flat=True).first()
    return min(last, now) - OVERLAP if last else now - FIRST


def _chunks(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


def _new(seen: Iterator[Seen]) -> list[Seen]:
    found = {one.source: one for one in seen}
    known = Evidence.objects.filter(source__in=found).values_list("source", flat=True)
    return [found[source] for source in found.keys() - set(known)]


def _seen(entries: list[Entry]) -> Iterator[Seen]:
    """What entries say about people; their tickets read in one query, their reviews in one."""
    keys = {subject: [int(e.key) for e in entries if e.subject == subject] for subject in SUBJECTS}
    reviews = Review.objects.select_related("form", "ticket").in_bulk(keys["review"])
    tickets = answerable().in_bulk(keys["ticket"])
    for entry in entries:
        if entry.subject == "review":
            yield from _of_review(entry, reviews.get(int(entry.key)))
        elif ticket := tickets.get(int(entry.key)):
            yield from _of_ticket(entry, ticket)


def _of_ticket(entry: Entry, ticket: Ticket) -> Iterator[Seen]:
    owner = ticket.owner_id or 0
    if entry.kind == "clock.breached":
        if not ticket.excused:  # type: ignore[attr-defined]
            source = f"breach:{ticket.pk}"
            yield Seen(owner, Area.SERVICE, Need.Why.BREACH, source, entry.at, ticket)
    else:
        source = f"rating:{ticket.pk}.{ticket.reopens}"
        yield Seen(owner, Area.COMMUNICATION, Need.Why.RATING, source, entry.at, ticket)


def _of_review(entry: Entry, review: Review | None) -> Iterator[Seen]:
    if review is None or review.first_id is not None:
        return
    areas = {item.key: item.area for item in review.form.lines()}
    for key in review.failed:
        if areas.get(key):
            source = f"review:{review.pk}.{key}"
            yield Seen(
                *(review.person_id, areas[key], Need.Why.REVIEW, source, entry.at),
                *(review.ticket, review.pk, key),
            )


@transaction.atomic
def _keep(seen: Seen, *, now: datetime) -> None:
    """The evidence, on the open need of its kind or on a new one. Waits for who does the same."""
    User.objects.select_for_update(of=("self",)).get(pk=seen.user)
    if Evidence.objects.filter(source=seen.source).exists():
        return
    need = Need.objects.open().filter(user=seen.user, area=seen.area, why=seen.why).first()
    if need is None:
        need = Need.objects.create(
            user_id=seen.user,
            area=seen.area,
            why=seen.why,
            category_id=seen.ticket.category_id,
            course=propose(seen.user, seen.area, now=now, product=seen.ticket.product_id),
            at=now,
        )
        record("need.found", "need", need.pk, by=None, now=now, person=seen.user, why=seen.why)
    need.evidence.create(
        ticket=seen.ticket,
        review_id=seen.review,
        item=seen.item,
        source=seen.source,
        at=seen.at,
    )


def propose(user: int, area: str, *, now: datetime, product: int | None = None) -> Course | None:
    """The course of the area that fits best: about the product, else the shortest not passed."""
    passed = Record.objects.valid(now).filter(user=user, course__isnull=False).values("course")
    offers = Course.objects.on_offer().filter(area=area)
    about = offers.filter(products=product) if product else offers.none()
    for rows in (about.exclude(pk__in=passed), offers.exclude(pk__in=passed), about, offers):
        if found := rows.order_by("minutes", "pk").first():
            return found
    return None


# ---- by hand ------------------------------------------------------------------------------------
@transaction.atomic
def ask_need(
    *,
    by: User,
    now: datetime,
    user: User,
    area: str,
    note: str,
    course: Course | None = None,
    category: Category | None = None,
) -> Need:
    """A manager says what somebody should learn, and why.

    Raises PermissionDenied, InvalidError (not one of theirs, no reason, open already).
    """
    by.must(Can.RUN_TRAINING)
    if not User.objects.at_work().run_by(by).filter(pk=user.pk).exists():
        raise InvalidError("user", _("Choose somebody that you run."))
    if area not in Area.values:
        raise InvalidError("area", _("Choose one of the four areas."))
    note = note.strip()[:2000]
    if not note:
        raise InvalidError("note", _("Say what should be learnt and why."))
    why = Need.Why.MANAGER
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if Need.objects.open().filter(user=user, area=area, why=why).exists():
        raise InvalidError("area", _("There is an open need in this area already."))
    course = course or propose(user.pk, area, now=now)
    told = {"user": user, "area": area, "why": why, "note": note, "course": course}
    need = Need.objects.create(**told, category=category, at=now, by=by)
    record("need.asked", "need", need.pk, by=by, now=now, person=user.pk, why=why)
    return need


@transaction.atomic
def dismiss_need(need_id: int, *, by: User, now: datetime, reason: str) -> Need:
    """End a need without a course, with a reason. Nobody dismisses their own.

    Raises PermissionDenied, Need.DoesNotExist, RefusedError (ended), InvalidError (`reason`).
    """
    by.must(Can.RUN_TRAINING)
    need = Need.objects.visible_to(by).select_for_update(of=("self",)).get(pk=need_id)
    if need.ended_at is not None:
        raise RefusedError(_("This need has ended already."))
    if need.user_id == by.pk:
        raise RefusedError(_("Your own need is for your manager to dismiss."))
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidError("reason", _("Enter the reason."))
    need.dismissed_because, need.ended_at = reason, now
    need.save(update_fields=["dismissed_because", "ended_at"])
    record("need.dismissed", "need", need.pk, by=by, now=now, person=need.user_id)
    return need


def close_needs(passed: Record, *, now: datetime) -> int:
    """End the open needs that a pass meets: the proposed course, or any of the area where none was.

    A step of booking, in its transaction. Returns how many.
    """
    if not passed.passed or passed.course_id is None:
        return 0
    meets = Q(course=passed.course_id) | Q(course=None, area=passed.area)
    rows = Need.objects.open().filter(meets, user=passed.user_id, at__lte=passed.at)
    needs = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for need in needs:
        need.record, need.ended_at = passed, now
        need.save(update_fields=["record", "ended_at"])
        record("need.met", "need", need.pk, by=None, now=now, person=need.user_id)
    return len(needs)
