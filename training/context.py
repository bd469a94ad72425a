"""What the frame of the pages of training needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from teams.models import User
from training import navigation


def tabs(request: HttpRequest) -> dict[str, Any]:
    """`training_tabs`: label, url, current; reckoned only where they are shown."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"training_tabs": SimpleLazyObject(lambda: _tabs(user, request.path))}


def _tabs(user: User, path: str) -> list[dict[str, Any]]:
    return [
        {
            "label": tab.label,
            "url": (url := reverse(tab.url)),
            "current": path == url or path.startswith(tab.covers),
        }
        for tab in navigation.tabs(user)
    ]
