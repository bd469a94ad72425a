"""What the frame of every page needs."""

from __future__ import annotations

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
    """`nav`, `mentions`, `presences`, `may_work`, `languages` and `demo`. The numbers run their queries only when shown."""
    plain = {"demo": settings.DEMO, "languages": settings.LANGUAGES}
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {**plain, "nav": [], "mentions": 0, "presences": [], "may_work": False}
    return {
        **plain,
        "nav": SimpleLazyObject(lambda: places(user, request.path)),
        "mentions": SimpleLazyObject(lambda: navigation.number("mentions", user)),
        "presences": Presence.choices,
        "may_work": user.can(Can.WORK_TICKETS),
    }


def places(user: User, path: str) -> list[dict[str, Any]]:
    """The rail for templates: name, label, icon, url, current, count, bottom."""
    return [
        {
            "name": item.url,
            "label": item.label,
            "icon": item.icon,
            "url": reverse(item.url),
            "current": path.startswith(item.covers),
            "count": navigation.number(item.url, user),
            "bottom": item.bottom,
        }
        for item in navigation.rail(user)
    ]
