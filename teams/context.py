"""What the frame of every page needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from teams import navigation
from teams.models import User
from teams.models.people import Presence
from teams.roles import Can


def frame(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `sections` (of the settings), `mentions`, `presences`, `may_receive`, `demo`.

    The numbers run their queries only when they are shown.
    """
    plain: dict[str, Any] = {"demo": settings.DEMO}
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {**plain, "nav": [], "mentions": 0, "presences": [], "may_receive": False}
    waiting: Any = SimpleLazyObject(lambda: navigation.numbers(user))
    return {
        **plain,
        "nav": SimpleLazyObject(lambda: places(user, request.path, waiting)),
        "mentions": SimpleLazyObject(lambda: waiting.get("mentions", 0)),
        "sections": SimpleLazyObject(lambda: settings_list(user, request.path)),
        "presences": Presence.choices,
        "may_receive": user.can(Can.WORK_TICKETS) and user.can(Can.KEEP_CUSTOMERS),
    }


def places(user: User, path: str, waiting: Mapping[str, int]) -> list[dict[str, Any]]:
    """The rail for templates: name, label, icon, url, current, count, bottom."""
    return [
        {
            "name": item.url,
            "label": item.label,
            "icon": item.icon,
            "url": reverse(item.url),
            "current": path.startswith(item.covers),
            "count": waiting.get(item.url, 0),
            "bottom": item.bottom,
        }
        for item in navigation.rail(user)
    ]


def settings_list(user: User, path: str) -> list[dict[str, Any]]:
    """The sections of the settings for templates: label, icon, url, current."""
    return [
        {
            "label": section.label,
            "icon": section.icon,
            "url": (url := reverse(section.url)),
            "current": path.startswith(url),
        }
        for section in navigation.sections(user)
    ]
