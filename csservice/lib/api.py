"""What every view of the API stands on.

    class TicketViewSet(Api, GenericViewSet): ...     # Api first

gives: errors as problems (problems.py), Idempotency-Key on POST (once.py), headers of the throttle.
`seen(request)` is the version of If-Match for an action; `versioned(data, version)` answers with
the ETag.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from csservice.lib import throttle
from csservice.lib.errors import ChangedError
from csservice.lib.once import key_of, once
from csservice.lib.problems import exception_handler, plain

__all__ = [
    "Api",
    "asked",
    "exception_handler",
    "given",
    "seen",
    "tagged",
    "unless_changed",
    "versioned",
]
ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
UNKNOWN = -1  # no row has this version


class Api(APIView):
    """The base of every view and viewset of the API."""

    needs: Any = None
    """What a write asks of the role: refused before the body is read. The action asks again."""
    reads_need: Any = None
    """What a read asks of the role, where the rows themselves do not know (`visible_to`)."""
    place_key = "pk"
    """What stands for `pk` in the orders; a search names an expression instead (paging.py)."""
    conditional = False
    """Whether writes on one row read If-Match (schema.py)."""
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]  # noqa: RUF012 (as Django types it)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before the handler: sign-in, role, rate; a POST with a key is wrapped to be done once."""
        key = key_of(request) if request.method == "POST" else None
        if key is not None:
            _body = request.body  # kept for the fingerprint; 413 when too large
        super().initial(request, *args, **kwargs)
        needed = self.reads_need if request.method in SAFE_METHODS else self.needs
        if needed is not None:
            request.user.must(needed)  # type: ignore[union-attr]
        if key is not None and request.user.is_authenticated and hasattr(self, "post"):
            handler = getattr(self, "post")  # noqa: B009 (a viewset gets it by setattr)
            setattr(self, "post", partial(self._once, handler, key))  # noqa: B010

    def _once(
        self, handler: Any, key: str, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        deed = partial(handler, request, *args, **kwargs)
        return once(deed, request=request, key=key, now=timezone.now())

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """After the handler: what is left of the rate; nothing is for caches between us."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        rate = getattr(request, "rate", None)
        if rate is not None:
            for name, value in throttle.headers(rate).items():
                answer[name] = value
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer


def given(
    serializer: type[Serializer[Any]], request: Request, *, partial: bool = False
) -> dict[str, Any]:
    """The body in the types of `serializer`. Raises ValidationError, a 400 with its fields."""
    return _read(serializer, request.data, partial=partial)


def asked(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters sent, in the types of `serializer`. Raises ValidationError."""
    return _read(serializer, request.query_params, partial=True)


@cache
def _shape(serializer: type[Serializer[Any]], *, partial: bool) -> Serializer[Any]:
    """One for all requests: to copy its fields for each takes ten times as long as to read by them,
    and reading changes nothing in it."""
    return serializer(partial=partial)


def _read(serializer: type[Serializer[Any]], data: Any, *, partial: bool) -> dict[str, Any]:
    try:
        return dict(_shape(serializer, partial=partial).run_validation(data))
    except ValidationError:  # once more, for the words of a serializer that is asked as usual
        sent = serializer(data=data, partial=partial)
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)


def seen(request: Request) -> int | None:
    """The version that the caller read, from If-Match; None: no condition.

    A tag that we never gave matches no version, so the action answers 412.
    """
    tag = request.headers.get("If-Match", "*").strip()
    if tag == "*":
        return None
    match = ETAG.fullmatch(tag)
    return int(match[1]) if match else UNKNOWN


def versioned(data: Mapping[str, Any], version: int, status: int = 200) -> Response:
    """An answer with the row's version as its ETag."""
    return Response(data, status, headers={"ETag": f'"{version}"'})


def tag_of(data: Mapping[str, Any]) -> str:
    """The ETag of a row without a version: a digest of what we show of it."""
    return hashlib.sha256(json.dumps(data, cls=JSONEncoder).encode()).hexdigest()[:16]


def tagged(data: Mapping[str, Any], status: int = 200) -> Response:
    """An answer whose ETag is the digest of its content."""
    return Response(data, status, headers={"ETag": f'"{tag_of(data)}"'})


def _must_match(request: Request, data: Mapping[str, Any]) -> None:
    """Raises ChangedError unless If-Match, when sent, is the tag of the row as it is now.

    Call with the row locked.
    """
    wanted = request.headers.get("If-Match", "*").strip()
    if wanted not in {"*", f'"{tag_of(data)}"'}:
        raise ChangedError(_("This has changed since you read it. Read it again, then repeat."))


@contextmanager
def unless_changed(request: Request, read: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """One transaction around a change of a row without a version.

    With If-Match `read` comes first: it locks the row and shows it as a GET would.
    Raises ChangedError when the row is not as the caller read it.
    """
    if "If-Match" not in request.headers:
        yield
        return
    with transaction.atomic():
        _must_match(request, read())
        yield


# ---- errors outside DRF: middleware, unknown addresses, our own faults -----------------------
def handler400(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return plain(request, 400) if _api(request) else defaults.bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return plain(request, 403) if _api(request) else defaults.permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return plain(request, 404) if _api(request) else defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponseBase:
    return plain(request, 500) if _api(request) else defaults.server_error(request)


def _api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
