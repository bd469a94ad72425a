"""The errors an edge must translate."""

from __future__ import annotations


class RefusedError(Exception):
    """A domain rule refused the write; the message is fit for a person. HTML: 422. API: 409."""


class ChangedError(RefusedError):
    """Somebody else changed the row since the caller read it. HTML: 409. API: 412."""


class InvalidError(RefusedError):
    """The input of one field is wrong; the message says what to do. HTML: 422. API: 400."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
