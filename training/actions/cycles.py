"""A quarter is opened, its people are followed, some are excused (L5, K4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, Membership, User
from teams.roles import Can
from training import quarters
from training.actions._leave import leaves, on_leave
from training.actions._settle import settle_members
from training.models import Area, Cycle, CycleMember
from training.models.cycles import CycleQuerySet
from training.quarters import Quarter

REASON_LENGTH = 500
EXCUSE = ["excused_at", "excused_by", "excused_because", "remind_on"]


# ---- opening ----------------------------------------------------------------------------------
@transaction.atomic
def open_quarter(quarter: Quarter, *, by: User, now: datetime) -> int:
    """Open the cycles of a quarter, this one or the next, for everybody. Returns how many were new.

    What is open already is left as it is. Raises PermissionDenied, RefusedError (another quarter).
    """
    by.must(Can.RUN_TRAINING)
    present = Quarter.of(timezone.localdate(now))
    if quarter not in {present, present.after()}:
        raise RefusedError(_("Only this quarter and the next one can be opened."))
    return _open(quarter, by=by, now=now)


@transaction.atomic
def open_due(*, now: datetime) -> int:
    """Open the cycles of the present quarter, unless they are. Returns how many were new.

    Called at every beat: after an outage the first one catches up.
    """
    return _open(Quarter.of(timezone.localdate(now)), by=None, now=now)


def _open(quarter: Quarter, *, by: User | None, now: datetime) -> int:
    days, new = quarters.bounds(quarter), []
    known = set(Cycle.objects.of(quarter).values_list("area", flat=True))
    for area in (area for area in Area if area not in known):
        cycle, made = Cycle.objects.get_or_create(
            area=area,
            starts_on=days.first,
            defaults={"ends_on": days.last, "opened_at": now, "opened_by": by},
        )
        if made:
            new.append(cycle)
    taken = _enlist(new, now=now, opening=True)
    for cycle in new:
        record(
            "training.opened",
            "cycle",
            cycle.pk,
            by=by,
            now=now,
            area=cycle.area,
            quarter=str(quarter),
            people=len(taken[cycle.pk]),
        )
    return len(new)


def _enlist(
    cycles: Collection[Cycle], *, now: datetime, opening: bool = False
) -> dict[int, list[int]]:
    """Take everybody at work who is not in these cycles into them. The people by cycle.

    Who is missing from a cycle that is open already has joined since, or came back.
    """
    found: dict[int, list[int]] = defaultdict(list)
    made: list[CycleMember] = []
    known = set(CycleMember.objects.filter(cycle__in=cycles).values_list("cycle", "user"))
    people = dict(User.objects.at_work().values_list("pk", "date_joined")) if cycles else {}
    for cycle in cycles:
        missing = [pk for pk in people if (cycle.pk, pk) not in known]
        for pk in missing:
            joined = timezone.localdate(people[pk])
            if not opening and joined < cycle.starts_on:
                joined = timezone.localdate(now)
            if joined <= cycle.ends_on:
                made.append(_member(cycle, pk, joined))
                found[cycle.pk].append(pk)
    if made:
        _write(made)
    return found


def _member(cycle: Cycle, user_id: int, joined: date) -> CycleMember:
    opened = timezone.localdate(cycle.opened_at)
    since = quarters.begins(cycle.quarter, joined=joined, opened=opened)
    return CycleMember(cycle=cycle, user_id=user_id, since=since)


def _write(made: list[CycleMember]) -> None:
    """Insert members with their group, due day and first reminder; what was attended counts."""
    users = {member.user_id for member in made}
    groups, away = _groups(users), leaves(made)
    for member in made:
        member.group_id = groups.get(member.user_id)
        member.due_on = quarters.due_day(
            member.cycle.quarter, begin=member.since, away=away.get(member.user_id, ())
        )
        owed = quarters.reminders(member.due_on, since=member.since)
        member.remind_on = owed[0].day if owed else None
    CycleMember.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)
    cycles = {member.cycle_id for member in made}
    rows = CycleMember.objects.filter(cycle__in=cycles, user__in=users, record=None)
    settle_members(rows.select_related("cycle"))


def _groups(users: Collection[int]) -> dict[int, int]:
    """The group that each counts in: the first by name that they serve, else that they manage."""
    managed = Group.objects.filter(manager__in=users).order_by("-name", "-pk")
    found = {pk: group for group, pk in managed.values_list("pk", "manager")}
    served = Membership.objects.filter(user__in=users).order_by("-group__name", "-pk")
    return found | dict(served.values_list("user", "group"))


# ---- following --------------------------------------------------------------------------------
@transaction.atomic
def follow_people(*, now: datetime) -> int:
    """Take in who joined, take out who left, move the due day of who is on leave.

    Of the cycles that are still followed; as often as one likes. Returns how many members changed.
    """
    today = timezone.localdate(now)
    cycles = Cycle.objects.followed(today)
    joined = _enlist(list(cycles.filter(ends_on__gte=today)), now=now)
    changed = {
        "training.joined": joined,
        "training.left": _take_out(cycles, today),
        "training.returned": _take_back(cycles, today),
        "training.moved": _move(cycles, today),
    }
    for kind, of in changed.items():
        for cycle, people in of.items():
            record(kind, "cycle", cycle, by=None, now=now, people=sorted(people))
    return sum(len(people) for of in changed.values() for people in of.values())


def _take_out(cycles: CycleQuerySet, today: date) -> dict[int, list[int]]:
    """Who left the team is no longer required from that day; the row stays."""
    gone = CycleMember.objects.filter(cycle__in=cycles, user__is_active=False, left_on=None)
    rows = list(gone.select_related("user").select_for_update(of=("self",)))
    for member in rows:
        at = member.user.presence_at  # set by leaving, and nothing sets it after
        member.left_on, member.remind_on = timezone.localdate(at) if at else today, None
    return _changed(rows, ["left_on", "remind_on"])


def _take_back(cycles: CycleQuerySet, today: date) -> dict[int, list[int]]:
    """Who came back within the quarter is required again, from today on, with time as a joiner."""
    back = CycleMember.objects.filter(cycle__in=cycles, user__is_active=True, left_on__lte=today)
    back = back.filter(cycle__ends_on__gte=today)
    rows = list(back.select_related("cycle").select_for_update(of=("self",)))
    for member in rows:
        member.left_on = None
        member.since = max(member.since, today)
        later = quarters.due_day(member.cycle.quarter, begin=member.since)
        member.due_on = max(member.due_on, later)
        member.remind_on = today if member.is_asked else None
    return _changed(rows, ["left_on", "since", "due_on", "remind_on"])


def _move(cycles: CycleQuerySet, today: date) -> dict[int, list[int]]:
    """Who is on leave is due when back. A day once given is not taken back when a leave ends."""
    people = on_leave(today - quarters.FOLLOW * quarters.DAY)
    asked = CycleMember.objects.filter(cycle__in=cycles, user__in=people).asked()
    rows = list(asked.select_related("cycle").select_for_update(of=("self",)))
    away, moved = leaves(rows), []
    for member in rows:
        spans = away.get(member.user_id, ())
        due = quarters.due_day(member.cycle.quarter, begin=member.since, away=spans)
        if due > member.due_on:
            member.due_on, member.remind_on = due, today
            moved.append(member)
    return _changed(moved, ["due_on", "remind_on"])


def _changed(rows: list[CycleMember], fields: list[str]) -> dict[int, list[int]]:
    """Save the fields of these rows. The people by cycle."""
    CycleMember.objects.bulk_update(rows, fields, batch_size=500)
    found: dict[int, list[int]] = defaultdict(list)
    for member in rows:
        found[member.cycle_id].append(member.user_id)
    return found


# ---- excusing ---------------------------------------------------------------------------------
@transaction.atomic
def excuse(member_id: int, *, by: User, reason: str, now: datetime) -> CycleMember:
    """Take a person out of what is required of a quarter, for a reason that is shown with them.

    Raises PermissionDenied, CycleMember.DoesNotExist (not of the people `by` runs), InvalidError
    (`reason`), RefusedError (attended, excused or gone); then nothing is written.
    """
    by.must(Can.RUN_TRAINING)
    member = _locked(member_id, by=by)
    reason = _checked(reason)
    if member.attended_at is not None:
        raise RefusedError(_("Already attended: there is nothing to excuse."))
    if member.excused_at is not None:
        raise RefusedError(_("Already excused."))
    if member.left_on is not None:
        raise RefusedError(_("Left the team: no longer required."))
    member.excused_at, member.excused_by, member.excused_because = now, by, reason
    member.remind_on = None
    member.save(update_fields=EXCUSE)
    record("training.excused", "member", member.pk, by=by, now=now, **_about(member, reason))
    return member


@transaction.atomic
def revoke_excuse(member_id: int, *, by: User, reason: str, now: datetime) -> CycleMember:
    """Require an excused person again; reminders that fell due meanwhile go out at the next beat.

    Raises PermissionDenied, CycleMember.DoesNotExist (not of the people `by` runs), InvalidError
    (`reason`), RefusedError (not excused); then nothing is written.
    """
    by.must(Can.RUN_TRAINING)
    member = _locked(member_id, by=by)
    reason = _checked(reason)
    if member.excused_at is None:
        raise RefusedError(_("Not excused."))
    member.excused_at, member.excused_by, member.excused_because = None, None, ""
    member.remind_on = timezone.localdate(now) if member.is_asked else None
    member.save(update_fields=EXCUSE)
    record("training.required", "member", member.pk, by=by, now=now, **_about(member, reason))
    return member


def _locked(member_id: int, *, by: User) -> CycleMember:
    rows = CycleMember.objects.run_by(by).select_related("cycle")
    return rows.select_for_update(of=("self",)).get(pk=member_id)


def _checked(reason: str) -> str:
    reason = reason.strip()[:REASON_LENGTH]
    if not reason:
        raise InvalidError("reason", _("Enter the reason."))
    return reason


def _about(member: CycleMember, reason: str) -> dict[str, object]:
    cycle = member.cycle
    return {
        "person": member.user_id,
        "quarter": str(cycle.quarter),
        "area": cycle.area,
        "reason": reason,
    }
