"""Safe retries: a POST with an Idempotency-Key is done once and answered alike for 24 hours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from csservice.lib import crypto
from csservice.lib.problems import KeyUsedError
from csservice.lib.rows import insert, update

KEPT = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,128}")


def key_of(request: Request) -> str | None:
    """The Idempotency-Key of the request; None without one. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key")
    if key is None or KEY.fullmatch(key):
        return key
    said = _("An Idempotency-Key has 1 to 128 printable ASCII characters without spaces.")
    raise ValidationError({"Idempotency-Key": [said]})


def fingerprint(request: Request) -> str:
    """SHA-256 over method, path with query, type and bytes of the body."""
    head = f"{request.method} {request.get_full_path()} {request.content_type}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()


def once(deed: Callable[[], Response], *, request: Request, key: str, now: datetime) -> Response:
    """Do `deed` and keep its answer under the caller's `key`, or give the answer that is kept.

    The key is claimed by an INSERT in the deed's own transaction, so a crash leaves neither; a
    parallel second waits for the first at the unique index. An error keeps nothing, since nothing
    was done. The answer is encrypted at rest: it may hold what is masked elsewhere.

    Raises KeyUsedError when the key belongs to another request.
    """
    model = apps.get_model(settings.IDEMPOTENCY_MODEL)
    mark, claimed = fingerprint(request), False
    try:
        with transaction.atomic():
            row = model(user=request.user, key=key, request=mark, status=0, made_at=now)
            insert(row)
            claimed = True
            answer = deed()
            if answer.status_code >= 400:
                transaction.set_rollback(True)
                return answer
            _keep(row, answer)
    except IntegrityError:
        if claimed:
            raise
        return _again(model, deed, request=request, key=key, now=now)
    return answer


def _keep(row: Any, answer: Response) -> None:
    row.status = answer.status_code
    row.body = crypto.encrypt(json.dumps(answer.data, cls=JSONEncoder))
    row.headers = {name: answer[name] for name in ("ETag", "Location") if name in answer}
    update(row, "status", "body", "headers")


def _again(
    model: Any, deed: Callable[[], Response], *, request: Request, key: str, now: datetime
) -> Response:
    """The kept answer; a key older than 24 hours is free again."""
    rows = model.objects.filter(user=request.user, key=key)
    row = rows.first()
    if row is None or row.made_at <= now - KEPT:
        rows.filter(made_at__lte=now - KEPT).delete()
        return once(deed, request=request, key=key, now=now)
    if row.request != fingerprint(request):
        raise KeyUsedError
    answer = Response(json.loads(crypto.decrypt(row.body)), row.status)
    for name, value in {**row.headers, "Idempotent-Replayed": "true"}.items():
        answer[name] = value
    return answer
