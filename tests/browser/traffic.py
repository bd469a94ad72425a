"""What the live server is still answering: the next test's tables must not be emptied under it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Any

from django.core.signals import request_finished, request_started

LONGEST_S = 20


class Traffic:
    """Counts the requests under way in this process."""

    def __init__(self) -> None:
        self._under_way = 0
        self._changed = Condition()

    def _began(self, **_sent: Any) -> None:
        with self._changed:
            self._under_way += 1

    def _ended(self, **_sent: Any) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    @contextmanager
    def counted(self) -> Iterator[Traffic]:
        request_started.connect(self._began)
        request_finished.connect(self._ended)
        try:
            yield self
        finally:
            request_started.disconnect(self._began)
            request_finished.disconnect(self._ended)

    def settle(self) -> None:
        """Until nothing is under way. Fails when something never ends."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._under_way <= 0, timeout=LONGEST_S)
