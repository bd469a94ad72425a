"""Which training counts for which quarter: one record for one member, one member by one record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from training import quarters
from training.models import CycleMember, Record
from training.models.cycles import CycleMemberQuerySet

STANDING = ["record", "attended_at", "remind_on"]


def settle(row: Record, *, now: datetime) -> None:
    """Let a record that was just kept or corrected count where it belongs (K4).

    It counts for the quarter it took place in, or for an earlier one that was still due to that
    person. Where it no longer fits, as after a correction, another record takes its place, if one
    fits; else the member is asked again.
    """
    held = CycleMember.objects.select_for_update(of=("self",)).select_related("cycle")
    member = held.filter(record=row).first()
    if member is not None and _fits(member, row):
        _attend(member, row)
        return
    if member is not None:
        _free(member, now=now)
    if row.passed:
        found = _waiting(row).select_related("cycle").select_for_update(of=("self",)).first()
        if found is not None:
            _attend(found, row)


def settle_members(members: Iterable[CycleMember]) -> None:
    """Let what was booked before the cycle took these members in count for them.

    `members` hold their cycle. Two queries, whatever their number.
    """
    waiting = [member for member in members if member.record_id is None]
    if not waiting:
        return
    first = min(member.cycle.starts_on for member in waiting)
    users = {member.user_id for member in waiting}
    free: dict[tuple[int, str], list[Record]] = defaultdict(list)
    known = Record.objects.filter(user__in=users, passed=True, counts_for=None)
    for row in known.filter(at__gte=_midnight(first)).order_by("at", "pk"):
        free[row.user_id, row.area].append(row)
    settled = []
    for member in sorted(waiting, key=lambda one: one.due_on):
        rows = free[member.user_id, member.cycle.area]
        found = next((row for row in rows if _fits(member, row)), None)
        if found is not None:
            rows.remove(found)
            _mark(member, found)
            settled.append(member)
    CycleMember.objects.bulk_update(settled, STANDING, batch_size=500)


def _waiting(row: Record) -> CycleMemberQuerySet:
    day = timezone.localdate(row.at)
    inside = Q(cycle__ends_on__gte=day) | Q(due_on__gte=day)
    members = CycleMember.objects.filter(inside, user=row.user_id, record=None)
    return members.filter(cycle__area=row.area, cycle__starts_on__lte=day).order_by("due_on", "pk")


def _fits(member: CycleMember, row: Record) -> bool:
    day = timezone.localdate(row.at)
    same = row.passed and row.area == member.cycle.area and row.user_id == member.user_id
    return same and quarters.counts_on(member.cycle.quarter, member.due_on, day)


def _mark(member: CycleMember, row: Record) -> None:
    member.record, member.attended_at, member.remind_on = row, row.at, None


def _attend(member: CycleMember, row: Record) -> None:
    _mark(member, row)
    member.save(update_fields=STANDING)


def _free(member: CycleMember, *, now: datetime) -> None:
    member.record, member.attended_at = None, None
    member.remind_on = timezone.localdate(now) if member.is_asked else None
    member.save(update_fields=STANDING)
    settle_members([member])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
