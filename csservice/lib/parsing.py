"""Bodies of the API: JSON that the database can hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from csservice.lib.problems import TooLargeError


class JSONParser(BaseParser):
    """UTF-8 JSON up to DATA_UPLOAD_MAX_MEMORY_SIZE bytes.

    Refuses what PostgreSQL cannot store or Python cannot read safely: NUL and lone surrogates in
    text (400 with the field), NaN, Infinity, numbers of thousands of digits, endless nesting.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLargeError
        try:
            data = json.loads(raw.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        # both can only enter by an escape
        if b"\\u" in raw and (path := next(_unstorable(data), None)) is not None:
            said = _("Take out the characters that are no text (NUL, half a surrogate pair).")
            raise ValidationError({path: [said]}, "no_text")
        return data


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _unstorable(data: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of texts that hold NUL or a lone surrogate."""
    if isinstance(data, str):
        if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in data):
            yield path or "non_field_errors"
    elif isinstance(data, list):
        for place, item in enumerate(data):
            yield from _unstorable(item, f"{path}.{place}".lstrip("."))
    elif isinstance(data, dict):
        for key, item in data.items():
            yield from _unstorable(key, path)
            yield from _unstorable(item, f"{path}.{key}".lstrip("."))
