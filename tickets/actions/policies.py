"""Writes of SLA policies: each change is a version; open tickets take it as they are told (W1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions import _offers
from tickets.actions._carried import carry_over
from tickets.actions._promised import checked
from tickets.actions._row import given
from tickets.clock import Mode
from tickets.models import SlaPolicy, SlaPolicyVersion
from tickets.policy import text

KEEP = "keep"
APPLY = (KEEP, Mode.FRESH, Mode.RECOMPUTE, Mode.CARRY)


@transaction.atomic
def save_policy(
    policy_id: int | None,
    *,
    by: User,
    name: str,
    name_zh: str,
    said: Mapping[str, Any],
    now: datetime,
    apply: str = KEEP,
    seen: int | None = None,
) -> SlaPolicy:
    """A new policy (None), or another version of one when `said` (policy.DEFAULT) is another text.

    `apply`: what happens to the open tickets it touches: `keep` what was promised, `fresh` from now
    on, `recompute` as if it had held from the start, `carry` what was spent. `seen`: the number of
    the version that was read. Raises PermissionDenied, SlaPolicy.DoesNotExist, ChangedError,
    InvalidError (name, a metric, when, pauses, ladder), RefusedError (none would be for everybody).
    """
    by.must(Can.MANAGE_PROMISES)
    if apply not in APPLY:
        raise InvalidError("apply", _("Choose what happens to the open tickets."))
    known = checked(said)
    rows = _locked()
    row = SlaPolicy() if policy_id is None else _named(rows, policy_id, seen=seen)
    before = on_record(row)
    row.name = _free_name(rows, row, name)
    row.name_zh = name_zh.strip()
    if known["when"]:
        _keep_one_for_all(row, rows)
    _save(row, rows, known)
    _freeze(row, text(known), by=by, now=now)
    carried = apply != KEEP and row.active
    tickets = carry_over(row.pk, Mode(apply), by=by, now=now) if carried else 0
    after = on_record(row)
    if before != after or tickets:
        kind = "promise.added" if policy_id is None else "promise.changed"
        more = {"before": before, "after": after, "apply": str(apply), "tickets": tickets}
        record(kind, "promise", row.pk, by=by, now=now, **more)
    return row


@transaction.atomic
def move_policy(policy_id: int, *, by: User, up: bool, now: datetime) -> SlaPolicy:
    """Try a policy one place earlier or later. Open tickets keep what was promised to them.

    Raises PermissionDenied, SlaPolicy.DoesNotExist, RefusedError (it is the first or last).
    """
    by.must(Can.MANAGE_PROMISES)
    rows = _locked()
    row = _named(rows, policy_id)
    place = rows.index(row)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        raise RefusedError(
            _("This policy is tried first already.")
            if up
            else _("This policy is tried last already.")
        )
    rows[place], rows[other] = rows[other], rows[place]
    _number(rows)
    names = [one.name for one in rows]
    record("promise.moved", "promise", row.pk, by=by, now=now, to=row.position, order=names)
    return row


@transaction.atomic
def set_policy_active(policy_id: int, *, by: User, active: bool, now: datetime) -> SlaPolicy:
    """Bring a policy into force, or take it out; open tickets keep what was promised to them.

    Raises PermissionDenied, SlaPolicy.DoesNotExist, RefusedError (none would be for everybody).
    """
    by.must(Can.MANAGE_PROMISES)
    rows = _locked()
    row = _named(rows, policy_id)
    if row.active == active:
        return row
    if not active:
        _keep_one_for_all(row, rows)
    row.active = active
    row.save(update_fields=["active"])
    kind = "promise.activated" if active else "promise.deactivated"
    record(kind, "promise", row.pk, by=by, now=now, before=not active, after=active)
    return row


# ---- steps ----------------------------------------------------------------------------------
def _locked() -> list[SlaPolicy]:
    """All policies in order, locked: they are few, and what may be changed depends on the others.

    Locked in key order, so that two callers never wait for each other; the words are read after
    that, and are those of whoever was quicker.
    """
    keys = SlaPolicy.objects.order_by("pk").select_for_update().values_list("pk", flat=True)
    return list(SlaPolicy.objects.filter(pk__in=list(keys)).in_order().select_related("current"))


def _named(rows: Sequence[SlaPolicy], key: int, *, seen: int | None = None) -> SlaPolicy:
    """Raises SlaPolicy.DoesNotExist, ChangedError (it has another version than was read)."""
    row = next((row for row in rows if row.pk == key), None)
    if row is None:
        raise SlaPolicy.DoesNotExist(key)
    if seen is not None and row.current and row.current.number != seen:
        raise ChangedError(
            _(
                "Somebody has changed this policy since you opened it. Open it again, then"
                " change it."
            )
        )
    return row


def _free_name(rows: Sequence[SlaPolicy], row: SlaPolicy, name: str) -> str:
    name = given("name", name, _("Enter the name."))
    taken = {one.name.casefold() for one in rows if one.pk != row.pk}
    if name.casefold() in taken:
        raise InvalidError("name", _("Another policy has this name. Enter another."))
    return name


def _keep_one_for_all(row: SlaPolicy, rows: Sequence[SlaPolicy]) -> None:
    """Raises RefusedError when without `row` none in force is for everybody."""
    known = [(one, one.current.said()) for one in rows if one.active and one.current]
    _offers.keep_one_for_all(
        [said for _one, said in known], [said for one, said in known if one.pk != row.pk]
    )


def _for_all(row: SlaPolicy) -> bool:
    return row.active and row.current is not None and not row.current.said().when


def _save(row: SlaPolicy, rows: list[SlaPolicy], known: Mapping[str, Any]) -> None:
    """Write name and place. Raises RefusedError when the name was taken between check and write."""
    new = row.pk is None
    try:
        with transaction.atomic():
            row.save(force_insert=new, update_fields=None if new else ["name", "name_zh"])
    except IntegrityError:
        raise RefusedError(
            _("Somebody else has just saved the same name. Enter another.")
        ) from None
    if new:
        first = next((n for n, one in enumerate(rows) if _for_all(one)), len(rows))
        rows.insert(first if known["when"] else len(rows), row)
        _number(rows)


def _number(rows: Sequence[SlaPolicy]) -> None:
    """Places 1, 2, 3 … in the order of `rows`."""
    moved = [(n, row) for n, row in enumerate(rows, 1) if row.position != n]
    for n, row in moved:
        row.position = n
    SlaPolicy.objects.bulk_update([row for _n, row in moved], ["position"])


def _freeze(row: SlaPolicy, spec: str, *, by: User, now: datetime) -> None:
    """The next version, if it says something new."""
    before = row.current
    if before is not None and before.spec == spec:
        return
    newest = row.versions.order_by("-number").first()
    row.current = SlaPolicyVersion.objects.create(
        policy=row, number=newest.number + 1 if newest else 1, spec=spec, made_at=now, made_by=by
    )
    row.save(update_fields=["current"])


def on_record(row: SlaPolicy) -> dict[str, Any]:
    """What the ledger keeps of a policy; empty for one that is not saved."""
    if row.current is None:
        return {}
    return {
        "name": row.name,
        "name_zh": row.name_zh,
        "version": row.current.number,
        "said": row.current.spec,
    }
