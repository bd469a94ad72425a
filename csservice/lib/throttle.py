"""How often a program may call."""

from __future__ import annotations

from rest_framework.throttling import UserRateThrottle


class Throttle(UserRateThrottle):
    """Calls a minute for each signed-in person."""
