"""A small client of the API that keeps trying: the same key, so nothing is done twice."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from typing import Any
from urllib.parse import urlsplit


class Client:
    """Bearer-token calls over one kept connection. Not for several threads."""

    def __init__(self, base: str, token: str) -> None:
        self.host = urlsplit(base).netloc
        self.token = token
        self.line: http.client.HTTPConnection | None = None

    def call(
        self, method: str, path: str, body: Any = None, *, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """(status, JSON). Raises OSError and its like when the line breaks."""
        if self.line is None:
            self.line = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.line.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self.line.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.line.close()
            self.line = None
            raise
        try:
            return answer.status, json.loads(text or b"{}")
        except ValueError:
            return answer.status, {}

    def surely(
        self, method: str, path: str, body: Any = None, *, key: str = "", patience_s: float = 120
    ) -> dict[str, Any]:
        """Until it is acknowledged: again with the same key after a broken line, a 5xx, 409 or 429.

        Raises RuntimeError when it is refused, or not acknowledged within `patience_s`.
        """
        key = key or (str(uuid.uuid4()) if method == "POST" else "")
        end = time.monotonic() + patience_s
        status, answer = 0, dict[str, Any]()
        while time.monotonic() < end:
            try:
                status, answer = self.call(method, path, body, key=key)
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)
                continue
            if status < 300:
                return answer
            if status < 500 and status not in {409, 429}:
                raise RuntimeError(f"{method} {path}: {status} {answer}")
            time.sleep(0.2)
        raise RuntimeError(f"{method} {path}: not acknowledged ({status} {answer})")
