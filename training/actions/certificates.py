"""Certificates are earned by passing what an area asks for, run out, and can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.actions import certify as teams_certify
from teams.models import User
from teams.roles import Can
from training.learning import required
from training.models import Area, Certificate, Course, Record

TERM = timedelta(days=365)  # where no course says how long a pass is valid


def certify(passed: Record, *, now: datetime) -> Certificate | None:
    """The certificate of the area of a pass, when nothing of it is missing any more.

    Everything that is required of the person's role and segments must be passed and valid; where
    nothing is required, the pass itself is enough. It runs out with the first of them. A step of
    booking, in its transaction; twice the same term is one certificate.
    """
    if not passed.passed or passed.course_id is None:
        return None
    user, area = passed.user, passed.area
    ends = _ends(user, area, passed, now=now)
    if ends is None or ends <= now:
        return None
    told = {"name": str(user), "issued_at": now}
    found, made = Certificate.objects.get_or_create(
        user=user, area=area, valid_until=ends, defaults=told
    )
    if made:
        record("certificate.issued", "person", user.pk, by=None, now=now, area=area)
        _settle(user, now=now)
    return found


def _ends(user: User, area: str, passed: Record, *, now: datetime) -> datetime | None:
    """When the first of what the area asks for runs out; None while something is missing."""
    serves = set(user.groups_served.values_list("segment", flat=True))
    asked = [
        course.pk
        for course in Course.objects.on_offer().filter(area=area)
        if required(course.roles, course.segments, role=user.role, serves=serves)
    ] or [passed.course_id or 0]
    rows = Record.objects.valid(now).filter(user=user, course__in=asked).order_by("at")
    held = {row.course_id: row.valid_until or row.at + TERM for row in rows}
    return min(held.values()) if set(held) >= set(asked) else None


@transaction.atomic
def revoke_certificate(certificate_id: int, *, by: User, now: datetime, reason: str) -> Certificate:
    """Take a certificate back, with a reason; nobody their own.

    Raises PermissionDenied, Certificate.DoesNotExist, RefusedError, InvalidError (`reason`).
    """
    by.must(Can.RUN_TRAINING)
    rows = Certificate.objects.visible_to(by).select_for_update(of=("self",))
    found = rows.select_related("user").get(pk=certificate_id)
    if found.user_id == by.pk:
        raise RefusedError(_("Nobody takes back their own certificate."))
    if not found.holds(now):
        raise RefusedError(_("This certificate is not valid any more."))
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidError("reason", _("Enter the reason."))
    found.revoked_at, found.revoked_by, found.revoked_because = now, by, reason
    found.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
    record(
        *("certificate.revoked", "person", found.user_id),
        by=by,
        now=now,
        area=found.area,
        certificate=found.pk,
    )
    _settle(found.user, now=now)
    return found


def _settle(user: User, *, now: datetime) -> None:
    """Tell `teams` until when every area is certified: what lets replies go out unreleased."""
    ends: dict[str, datetime] = {}
    for row in Certificate.objects.valid(now).filter(user=user):
        ends[row.area] = max(row.valid_until, ends.get(row.area, row.valid_until))
    whole = set(ends) == set(Area.values)
    teams_certify(user.pk, until=min(ends.values()) if whole else None, now=now)
