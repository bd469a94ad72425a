"""How often a program may call."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Throttle(BaseThrottle):
    """So many calls in a fixed window for each person, or for each address without sign-in.

    One counter in the cache; API_RATE is `6000/min` or the like. The answer says what is left
    (X-RateLimit-*). Without its cache the API goes on, uncounted.
    """

    scope = "user"
    _wait = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this call; whether it is within the rate."""
        rate = api_settings.DEFAULT_THROTTLE_RATES[self.scope]
        if not rate:
            return True
        limit, seconds = parse(str(rate))
        now = int(time.time())
        window = now // seconds
        self._wait = (window + 1) * seconds - now
        used = self._count(f"rate:{self.scope}:{self.who(request)}:{window}", seconds)
        request.rate = (limit, max(0, limit - used), self._wait)  # type: ignore[attr-defined]
        return used <= limit

    def who(self, request: Request) -> str:
        """Whose calls are counted together."""
        user = request.user
        return str(user.pk) if user.is_authenticated else self.get_ident(request) or ""

    def wait(self) -> float:
        """Seconds until the next window."""
        return self._wait

    @staticmethod
    def _count(key: str, seconds: int) -> int:
        try:
            # None: the cache is away and the settings bear it
            return int(cache.incr(key) or 0)
        except ValueError:  # the first of the window; two at once count as one
            cache.add(key, 1, seconds + 1)
            return 1


def parse(rate: str) -> tuple[int, int]:
    """`6000/min` as (calls, seconds)."""
    calls, _slash, period = rate.partition("/")
    return int(calls), SECONDS[period[0]]


def headers(rate: tuple[int, int, int]) -> dict[str, str]:
    """What an answer says of the rate: the limit, what is left, seconds until it is whole again."""
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    return dict(zip(names, map(str, rate), strict=True))
