"""Writes of people: who they are, their role, their groups, coming and leaving (T1-T5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.actions._row import (
    checked_email,
    checked_languages,
    checked_reason,
    checked_role,
    given,
    locked,
    refuse_a_managers_leave,
    refuse_own,
    write,
)
from teams.models import ApiToken, Group, Membership, Skill, User
from teams.roles import Can


@transaction.atomic
def add_person(
    *,
    by: User,
    username: str,
    name: str,
    email: str,
    role: str,
    now: datetime,
    groups: Iterable[Group] = (),
    speaks: Iterable[str] = (),
    skills: Iterable[Skill] = (),
) -> User:
    """A new member without a password: they set one through the link that the edge mails.

    A manager adds specialists and support to groups of their own, one at least (T2).
    Raises PermissionDenied, InvalidError (field); then nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    wanted = list(groups)
    if not by.can(Can.MANAGE_ALL_PEOPLE) and not wanted:
        raise InvalidError("groups", _("Choose at least one of your groups."))
    _must_run({group.pk for group in wanted}, by=by)
    person = User(
        username=checked_username(username),
        name=given("name", name, _("Enter the person's name.")),
        email=checked_email(email),
        role=checked_role(role, by=by),
        speaks=checked_languages(speaks),
        date_joined=now,
    )
    person.set_unusable_password()
    write(person)
    person.skills.set(skills)
    Membership.objects.bulk_create(Membership(user=person, group=group) for group in wanted)
    said = {"role": role, "groups": sorted(group.pk for group in wanted)}
    record("person.added", "user", person.pk, by=by, now=now, **said)
    return person


def checked_username(username: str) -> str:
    """A name to sign in with. Raises InvalidError when it is malformed or taken."""
    username = given("username", username, _("Enter a user name."))
    try:
        for check in AbstractUser._meta.get_field("username").validators:
            check(username)
    except ValidationError as error:
        raise InvalidError("username", error.messages[0]) from None
    if User.objects.filter(username__iexact=username).exists():
        raise InvalidError("username", _("This user name is taken. Enter another."))
    return username


@transaction.atomic
def change_person(
    user_id: int,
    *,
    by: User,
    now: datetime,
    skills: Iterable[Skill] | None = None,
    **fields: Any,
) -> User:
    """Change what is given of `fields` (name, email, speaks) and `skills`.

    Raises PermissionDenied, User.DoesNotExist, InvalidError (field); then nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    if "name" in fields:
        fields["name"] = given("name", fields["name"], _("Enter the person's name."))
    if "email" in fields:
        fields["email"] = checked_email(fields["email"], person=person)
    if "speaks" in fields:
        fields["speaks"] = checked_languages(fields["speaks"])
    changed = sorted(field for field, value in fields.items() if getattr(person, field) != value)
    for field in changed:
        setattr(person, field, fields[field])
    if changed:
        write(person, changed)
    if skills is not None and {skill.pk for skill in person.skills.all()} != _keys(skills):
        person.skills.set(skills)
        changed.append("skills")
    if changed:
        record("person.changed", "user", person.pk, by=by, now=now, fields=changed)
    return person


@transaction.atomic
def change_role(user_id: int, *, by: User, role: str, reason: str, now: datetime) -> User:
    """Give a person another role; sessions and tokens made in the old one end.

    Nobody changes their own, so there is always a director; a manager gives and takes only
    what a manager may (T1, T2).
    Raises PermissionDenied, User.DoesNotExist, InvalidError, RefusedError; nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    refuse_own(person, by=by, said=_("Nobody changes their own role. Ask another director."))
    reason, role = checked_reason(reason), checked_role(role, by=by)
    if role == person.role:
        raise InvalidError("role", _("This is the person's role already. Choose another."))
    before = person.role
    person.become(role)
    if not person.can(Can.MANAGE_PEOPLE):
        refuse_a_managers_leave(person)
    person.save(update_fields=User.ROLE_FIELDS)
    ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=now)
    said = {"before": before, "after": role, "reason": reason}
    record("person.role_changed", "user", person.pk, by=by, now=now, **said)
    return person


@transaction.atomic
def set_groups(
    user_id: int, *, by: User, groups: Iterable[Group], reason: str, now: datetime
) -> User:
    """Let a person serve exactly `groups`. A manager adds and takes only groups of their own.

    Raises PermissionDenied, User.DoesNotExist, InvalidError (reason); then nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    reason = checked_reason(reason)
    before = set(person.memberships.values_list("group", flat=True))
    after = _keys(groups)
    _must_run(before ^ after, by=by)
    if before == after:
        return person
    person.memberships.exclude(group__in=after).delete()
    Membership.objects.bulk_create(
        Membership(user=person, group_id=pk) for pk in sorted(after - before)
    )
    said = {"before": sorted(before), "after": sorted(after), "reason": reason}
    record("person.groups_changed", "user", person.pk, by=by, now=now, **said)
    return person


@transaction.atomic
def deactivate(user_id: int, *, by: User, reason: str, now: datetime) -> User:
    """A person leaves: no sign-in, no session, no token; away, so a beat moves their open work.

    The row stays, and what it did (contract.md: rows outlive the people).
    Raises PermissionDenied, User.DoesNotExist, InvalidError, RefusedError; nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    refuse_own(person, by=by, said=_("Nobody deactivates themselves. Ask another director."))
    reason = checked_reason(reason)
    if not person.is_active:
        raise RefusedError(_("This account was deactivated before."))
    refuse_a_managers_leave(person)
    person.leave(now)
    person.save(update_fields=User.LEAVE_FIELDS)
    ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=now)
    record("person.deactivated", "user", person.pk, by=by, now=now, reason=reason)
    return person


@transaction.atomic
def activate(user_id: int, *, by: User, reason: str, now: datetime) -> User:
    """A person comes back, away until they say otherwise; old tokens stay revoked.

    Raises PermissionDenied, User.DoesNotExist, InvalidError, RefusedError; nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    reason = checked_reason(reason)
    if person.is_active:
        raise RefusedError(_("This account is active."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    record("person.activated", "user", person.pk, by=by, now=now, reason=reason)
    return person


def _must_run(group_ids: set[int], *, by: User) -> None:
    """Raises PermissionDenied unless `by` runs every one of these groups."""
    if Group.objects.run_by(by).filter(pk__in=group_ids).count() != len(group_ids):
        raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)


def _keys(rows: Iterable[Group] | Iterable[Skill]) -> set[int]:
    return {row.pk for row in rows}
