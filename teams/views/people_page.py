"""What the team's pages show: the tree, the list, one person with their record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csservice.ledger.models import Entry
from csservice.lib.wording import listed
from teams import navigation
from teams.models import Absence, Group, Membership, User
from teams.models.people import Language, Role
from teams.roles import Can

HISTORY = 30
AWAY_SINCE = timedelta(days=31)
SAID: dict[str, str | Promise] = {
    "person.added": gettext_lazy("Added"),
    "person.changed": gettext_lazy("Details changed"),
    "person.role_changed": gettext_lazy("Role changed"),
    "person.groups_changed": gettext_lazy("Groups changed"),
    "person.presence_changed": gettext_lazy("Presence"),
    "person.preferences_changed": gettext_lazy("Preferences changed"),
    "person.deactivated": gettext_lazy("Deactivated"),
    "person.factors_forgotten": gettext_lazy("Second factor removed"),
    "person.away": gettext_lazy("Days away noted"),
    "person.not_away": gettext_lazy("Days away taken back"),
    "person.activated": gettext_lazy("Activated"),
    "group.added": gettext_lazy("Added"),
    "group.changed": gettext_lazy("Changed"),
}


class Person(NamedTuple):
    """One line of the team."""

    user: User
    groups: list[Group]
    skills: str
    speaks: str
    open: int


class Branch(NamedTuple):
    """A group with its people."""

    group: Group
    people: list[Person]
    mine: bool


class Deed(NamedTuple):
    """One line of a person's or a group's own record."""

    at: datetime
    by: str
    what: str
    detail: str
    reason: str


def people(users: Iterable[User]) -> list[Person]:
    """The lines of `users`, which come with their skills. Two queries more, however many."""
    users = list(users)
    ids = [user.pk for user in users]
    groups = defaultdict(list)
    served = Membership.objects.filter(user__in=ids).select_related("group")
    for membership in served.order_by("group__name"):
        groups[membership.user_id].append(membership.group)
    work = navigation.open_work(ids)
    return [
        Person(
            user=user,
            groups=groups[user.pk],
            skills=_("; ").join(str(skill) for skill in user.skills.all()),
            speaks=listed(Language(code).label for code in user.speaks),
            open=work.get(user.pk, 0),
        )
        for user in users
    ]


def tree(everybody: list[Person], *, reader: User) -> dict[str, Any]:
    """Directors, then groups with their people, the reader's own first, then who serves none."""
    groups = Group.objects.visible_to(reader).select_related("manager", "calendar")
    served: dict[int, list[Person]] = defaultdict(list)
    for person in everybody:
        for group in person.groups:
            served[group.pk].append(person)
    mine = set(reader.group_ids)
    branches = [
        Branch(group, served[group.pk], group.pk in mine) for group in groups.in_name_order()
    ]
    leading = {branch.group.manager_id for branch in branches}
    return {
        "directors": [p for p in everybody if p.user.role == Role.DIRECTOR],
        "branches": sorted(branches, key=lambda branch: not branch.mine),
        "loose": [
            p
            for p in everybody
            if not p.groups and p.user.role != Role.DIRECTOR and p.user.pk not in leading
        ],
    }


def matching(lines: Iterable[Person], words: str) -> list[Person]:
    """The lines in which every word of `words` occurs: in a name, role, group or skill."""
    wanted = words.casefold().split()
    return [line for line in lines if all(word in _text(line) for word in wanted)]


def _text(line: Person) -> str:
    user = line.user
    names = [part for group in line.groups for part in (group.name, group.name_zh)]
    parts = [user.name, user.username, str(user.get_role_display()), line.skills, *names]
    return " ".join(parts).casefold()


def deeds(subject: str, key: int) -> list[Deed]:
    """The newest lines of a person's or group's record in the ledger, names put in for keys."""
    rows = list(Entry.objects.about(subject, key).reverse()[:HISTORY])
    who = dict(User.objects.filter(pk__in={row.by_id for row in rows}).values_list("pk", "name"))
    ids = {pk for row in rows for side in ("before", "after") for pk in _ids(row.data.get(side))}
    names = {group.pk: str(group) for group in Group.objects.filter(pk__in=ids)} if ids else {}
    return [
        Deed(
            at=row.at,
            by=who.get(row.by_id, row.by_name) if row.by_id else "",
            what=str(SAID.get(row.kind, row.kind)),
            detail=_detail(row, names),
            reason=str(row.data.get("reason", "")),
        )
        for row in rows
    ]


def _ids(value: Any) -> Collection[int]:
    return value if isinstance(value, list) else ()


def _detail(row: Entry, names: dict[int, str]) -> str:
    data = row.data
    if row.kind in {"person.changed", "person.preferences_changed"}:
        return listed(_field(name) for name in data.get("fields", []))
    if isinstance(data.get("before"), dict):
        return listed(_field(name) for name in sorted(data.get("after", {})))
    if "before" not in data:
        return ""
    before, after = (_words(data.get(side), names) for side in ("before", "after"))
    return _("%(before)s → %(after)s") % {"before": before, "after": after}


def _field(name: str) -> str:
    """What a form calls the field `name` of a person or a group."""
    for model in (User, Group):
        for field in (*model._meta.fields, *model._meta.many_to_many):
            if field.name == name:
                return str(field.verbose_name)
    return name


def _words(value: Any, names: dict[int, str]) -> str:
    if isinstance(value, list):
        said = [names.get(pk, f"#{pk}") for pk in value]
        return listed(said) if said else _("none")
    if value in Role.values:
        return str(Role(value).label)
    return str(value)


def whole(person: User, *, reader: User, today: date) -> dict[str, Any]:
    """One person's page, without its forms; days away of the last weeks and to come."""
    (line,) = people([person])
    runs = User.objects.run_by(reader).filter(pk=person.pk).exists()
    away = Absence.objects.visible_to(reader).filter(user=person).select_related("noted_by")
    return {
        "person": person,
        "line": line,
        "manages": list(person.manages.in_name_order()),
        "runs": runs,
        "own": person.pk == reader.pk,
        "absences": list(away.ended_since(today - AWAY_SINCE).in_order()),
        "deeds": deeds("user", person.pk) if runs and reader.can(Can.SEE_LEDGER) else None,
    }
