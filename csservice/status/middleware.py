"""The outermost layer: probes, the count of requests, and honest words while the database is away.

It stands before everything else, since what it tells must be true while that is broken.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from csservice.status import views
from csservice.status.metrics import observe
from csservice.status.parts import database

STATUS = "/status/"


class StatusMiddleware:
    """Answers /healthz and /readyz before sessions, hosts and redirects; counts every request.

    A failed page (500) becomes 503 with Retry-After when the reason is a database that is away:
    nothing was written, and a repeat is right.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.probes = {"/healthz": views.healthz, "/readyz": views.readyz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.probes.get(request.path)
        if probe is not None:
            return probe(request)
        clock = time.perf_counter()
        # support without a session must see it too: signing in needs the database
        away = request.path == STATUS and not database().ok
        response = views.unavailable(request) if away else self.get_response(request)
        if response.status_code == 500:
            response = self._explained(request, response)
        observe(request, response.status_code, time.perf_counter() - clock)
        return response

    def _explained(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return response if database().ok else views.unavailable(request)
