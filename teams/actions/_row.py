"""What the actions on people and groups begin and end with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError, RefusedError
from csservice.lib.wording import listed
from teams.models import Calendar, CalendarVersion, User
from teams.models.people import Language, Role
from teams.roles import Can, may_give


def locked(user_id: int, *, by: User) -> User:
    """The person, row-locked, for someone who runs them.

    A director's word is taken only while they are one still: their row is locked first, in key
    order with all directors', so of two who demote each other one remains.
    Raises PermissionDenied (a colleague one does not run, or no director any more),
    User.DoesNotExist (not theirs to see).
    """
    if by.can(Can.MANAGE_ALL_PEOPLE):
        directors = User.objects.at_work().filter(role=Role.DIRECTOR).order_by("pk")
        if by.pk not in {director.pk for director in directors.select_for_update()}:
            raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)
    person: User = User.objects.visible_to(by).select_for_update().get(pk=user_id)
    if not User.objects.run_by(by).filter(pk=person.pk).exists():
        raise PermissionDenied(Can.MANAGE_PEOPLE)
    return person


def refuse_own(person: User, *, by: User, said: str) -> None:
    """Raises RefusedError with `said` when `by` would change themselves."""
    if person.pk == by.pk:
        raise RefusedError(said)


def refuse_a_managers_leave(person: User) -> None:
    """Raises RefusedError while groups depend on `person` (T2)."""
    groups = list(person.manages.all())
    if groups:
        names = listed(group.name for group in groups)
        raise RefusedError(
            _("%(name)s manages %(groups)s. Give these groups another manager first.")
            % {"name": person.name, "groups": names}
        )


def checked_role(role: str, *, by: User) -> str:
    """`role` if `by` may give it. Raises InvalidError (unknown), PermissionDenied (T1, T2)."""
    if role not in Role.values:
        raise InvalidError("role", _("Choose a role."))
    if not may_give(by.role, role):
        raise PermissionDenied(Can.MANAGE_ALL_PEOPLE)
    return role


def given(field: str, text: str, said: str) -> str:
    """`text` without blanks around it. Raises InvalidError with `said` when nothing is left."""
    text = text.strip()
    if not text:
        raise InvalidError(field, said)
    return text


def checked_reason(reason: str) -> str:
    """Every change of role, group or standing says why. Raises InvalidError (reason)."""
    return given("reason", reason, _("Enter the reason."))


def checked_languages(speaks: Iterable[str]) -> list[str]:
    """Known languages, each once, in order. Raises InvalidError (speaks)."""
    wanted = set(speaks)
    if wanted - set(Language.values):
        raise InvalidError("speaks", _("Choose languages from the list."))
    return sorted(wanted)


def checked_email(email: str, *, person: User | None = None) -> str:
    """`email` for signing in and for notices. Raises InvalidError when a colleague has it."""
    email = given("email", email, _("Enter the work e-mail address."))
    others = User.objects.filter(email__iexact=email)
    if person is not None:
        others = others.exclude(pk=person.pk)
    if others.exists():
        raise InvalidError("email", _("A colleague has this e-mail address. Enter another."))
    return email


def write(row: models.Model, fields: Iterable[str] | None = None) -> None:
    """Save the row. Raises RefusedError when somebody took its name between check and write."""
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError:
        raise RefusedError(
            _("Somebody else has just saved the same name. Enter another.")
        ) from None


def refuse_double(row: models.Model, field: str, said: str) -> None:
    """Raises InvalidError (field) when another row has the same value."""
    same = type(row)._default_manager.filter(**{f"{field}__iexact": getattr(row, field)})
    if same.exclude(pk=row.pk).exists():
        raise InvalidError(field, said)


def freeze(calendar: Calendar, *, by: User | None, now: datetime) -> CalendarVersion:
    """Freeze what the saved `calendar` says now; the newest version if it says nothing new.

    Step of every write of opening hours. Raises InvalidError (`week`) when no clock can count so.
    """
    spec = calendar.text()
    newest = calendar.versions.order_by("-number").first()
    if newest is None or newest.spec != spec:
        newest = CalendarVersion.objects.create(
            calendar=calendar,
            number=newest.number + 1 if newest else 1,
            spec=spec,
            made_at=now,
            made_by=by,
        )
    calendar.spec, calendar.current = spec, newest
    calendar.save(update_fields=["spec", "current"])
    return newest
