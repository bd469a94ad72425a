"""What people set for themselves: presence and preferences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams.models import User
from teams.models.people import Density, Language, Presence, Shortcuts, Theme
from teams.roles import Can

CHOICES: dict[str, Any] = {
    "language": Language,
    "theme": Theme,
    "density": Density,
    "shortcuts": Shortcuts,
}


@transaction.atomic
def set_presence(user_id: int, *, by: User, presence: str, now: datetime) -> User:
    """Say whether a person can be given work now (T5): one's own, or that of people one runs.

    Setting what already holds writes nothing.
    Raises PermissionDenied, User.DoesNotExist, InvalidError (presence).
    """
    by.must(Can.KEEP_OWN)
    if presence not in Presence.values:
        raise InvalidError("presence", _("Choose available, busy or away."))
    people = User.objects.filter(pk=by.pk) if user_id == by.pk else User.objects.run_by(by)
    person: User = people.at_work().select_for_update().get(pk=user_id)
    if person.presence == presence:
        return person
    before, person.presence, person.presence_at = person.presence, presence, now
    person.save(update_fields=["presence", "presence_at"])
    said = {"before": before, "after": presence}
    record("person.presence_changed", "user", person.pk, by=by, now=now, **said)
    return person


@transaction.atomic
def save_preferences(user_id: int, *, by: User, now: datetime, **chosen: str | bool) -> User:
    """Keep `chosen` of language, theme, density, shortcuts, announce; what is not given stays.

    Raises PermissionDenied, User.DoesNotExist (somebody else's), InvalidError (field).
    """
    by.must(Can.KEEP_OWN)
    for field, value in chosen.items():
        if field != "announce" and value not in CHOICES[field].values:
            raise InvalidError(field, _("Choose one of the options."))
    person: User = User.objects.filter(pk=by.pk).select_for_update().get(pk=user_id)
    changed = sorted(field for field, value in chosen.items() if getattr(person, field) != value)
    if changed:
        for field in changed:
            setattr(person, field, chosen[field])
        person.save(update_fields=changed)
        record("person.preferences_changed", "user", person.pk, by=by, now=now, fields=changed)
    return person
