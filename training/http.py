"""How often one may guess the code on the wall."""

from __future__ import annotations

from rest_framework.request import Request

from csservice.lib.throttle import Throttle


class CodeThrottle(Throttle):
    """Tries of one person in all sessions, on the page and over the API together."""

    scope = "code"

    def who(self, request: Request) -> str:
        return str(request.user.pk)
