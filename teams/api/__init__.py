"""People, groups, skills, hours and tokens for programs; csservice.api_urls registers them."""

from __future__ import annotations

from teams.api.absences import AbsenceViewSet
from teams.api.calendars import CalendarViewSet
from teams.api.groups import GroupViewSet, SkillViewSet
from teams.api.tokens import TokenView
from teams.api.users import UserViewSet

__all__ = [
    "AbsenceViewSet",
    "CalendarViewSet",
    "GroupViewSet",
    "SkillViewSet",
    "TokenView",
    "UserViewSet",
]
