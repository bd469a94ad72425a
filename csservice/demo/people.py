"""The team of the demo: groups with their hours, people with skills and languages (T1-T5)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from csservice.demo.stories import read
from teams import actions
from teams.hours import Hours
from teams.models import Group, Membership, Skill, User
from teams.models.people import Presence, Role

PASSWORD = "demo"  # noqa: S105 - printed at every start
ACCOUNTS = (
    *("director", "manager", "manager.corporate"),
    *("specialist", "specialist.corporate", "support"),
)


@dataclass
class Team:
    """The rows of the team by their keys in data/people.toml."""

    skills: dict[str, Skill] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    staff: dict[str, list[User]] = field(default_factory=lambda: defaultdict(list))
    skilled: dict[str, list[User]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def hours(self) -> dict[str, Hours]:
        """The opening hours of each group."""
        return {key: group.calendar.hours() for key, group in self.groups.items()}

    def open(self, group: str, at: datetime) -> bool:
        moment = timedelta(seconds=1)
        return any(True for _part in self.hours[group].intervals(at, at + moment))

    def on_duty(self, segment: str, at: datetime) -> list[str]:
        """The groups of a segment that are open at `at`; the first one where none is."""
        known = [key for key, group in self.groups.items() if group.segment == segment]
        return [key for key in known if self.open(key, at)] or known[:1]


def make_team(now: datetime) -> Team:
    """Write the team. Everybody's password is PASSWORD; who serves an open group is available."""
    data, team = read("people"), Team()
    for key, name, chinese in data["skills"]:
        team.skills[key] = Skill.objects.create(name=name, name_zh=chinese)
    password = make_password(PASSWORD)
    for known in data["people"]:
        _make_person(known["username"], known, team, password)
    calendars = {
        key: actions.save_calendar(
            None,
            by=team.people["director"],
            now=now,
            time_zone=settings.TIME_ZONE,
            **known | {"week": known["week"] or None},
        )
        for key, known in data["calendars"].items()
    }
    for key, known in data["groups"].items():
        fields = {name: known[name] for name in ("name", "name_zh", "segment")}
        manager, calendar = team.people[known["manager"]], calendars[known["calendar"]]
        team.groups[key] = Group.objects.create(manager=manager, calendar=calendar, **fields)
    for known in data["people"]:
        _join(team.people[known["username"]], known.get("groups", []), team)
    for person in team.people.values():
        person.presence, person.presence_at = presence(person, team, now), now
    User.objects.bulk_update(team.people.values(), ["presence", "presence_at"])
    return team


def _make_person(username: str, known: dict[str, Any], team: Team, password: str) -> None:
    person = User(
        username=username,
        name=known["name"],
        role=known["role"],
        email=f"{username}@csservice.example",
        speaks=known.get("speaks", []),
        language=known.get("language", "en"),
        password=password,
        is_staff=known["role"] == Role.DIRECTOR,
    )
    person.save()
    skills = known.get("skills", [])
    person.skills.set(team.skills[key] for key in skills)
    team.people[username] = person
    for key in skills:
        team.skilled[key].append(person)


def _join(person: User, groups: list[str], team: Team) -> None:
    for key in groups:
        Membership.objects.create(user=person, group=team.groups[key])
        team.staff[key].append(person)


def presence(person: User, team: Team, now: datetime) -> str:
    """Away while all groups that a specialist serves are closed; available else."""
    mine = [key for key, staff in team.staff.items() if person in staff]
    closed = mine and not any(team.open(key, now) for key in mine)
    return Presence.AWAY if closed else Presence.AVAILABLE


def load_team() -> Team:
    """The team as it is now. Raises KeyError where the database holds another than the demo's."""
    data, team = read("people"), Team()
    groups = {group.name: group for group in Group.objects.select_related("calendar")}
    people = {person.username: person for person in User.objects.at_work()}
    team.groups = {key: groups[known["name"]] for key, known in data["groups"].items()}
    for known in data["people"]:
        person = team.people[known["username"]] = people[known["username"]]
        for key in known.get("groups", []):
            team.staff[key].append(person)
        for key in known.get("skills", []):
            team.skilled[key].append(person)
    return team
