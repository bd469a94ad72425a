"""People and groups (plan T1-T5), and how programs sign in."""

from __future__ import annotations

from teams.models.absences import Absence
from teams.models.access import ApiToken, IdempotencyKey, RolePolicy
from teams.models.groups import Calendar, CalendarVersion, Group, Membership, Skill
from teams.models.people import User

__all__ = [
    "Absence",
    "ApiToken",
    "Calendar",
    "CalendarVersion",
    "Group",
    "IdempotencyKey",
    "Membership",
    "RolePolicy",
    "Skill",
    "User",
]
