"""One shape for every error of the API: RFC 9457 `application/problem+json`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from csservice.lib.errors import ChangedError, InvalidError, RefusedError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPE = "urn:csservice:problem:"

# status -> (the end of `type`, `title`)
KINDS: dict[int, tuple[str, str | Promise]] = {
    400: ("invalid", gettext_lazy("The input is not valid")),
    401: ("sign-in", gettext_lazy("Sign in first")),
    403: ("forbidden", gettext_lazy("Not for your role")),
    404: ("not-found", gettext_lazy("Not found")),
    405: ("method", gettext_lazy("Method not allowed")),
    406: ("media-type-wanted", gettext_lazy("No such format")),
    409: ("refused", gettext_lazy("Not possible now")),
    412: ("changed", gettext_lazy("Changed since you read it")),
    413: ("too-large", gettext_lazy("Too large")),
    415: ("media-type-sent", gettext_lazy("Unknown format of the body")),
    422: ("key-used", gettext_lazy("The key was used for another request")),
    429: ("too-many", gettext_lazy("Too many requests")),
    500: ("fault", gettext_lazy("Something went wrong on our side")),
    503: ("unavailable", gettext_lazy("Not available for the moment")),
}


class ProblemError(serializers.Serializer[Any]):
    """What is wrong with one field of the input; `field` is empty for the input as a whole."""

    field = serializers.CharField(allow_blank=True, help_text="Dotted path of the field.")
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Why the request was not carried out (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]
    moves = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="On 409 of a ticket's verb: the verbs that are open now, with their labels.",
    )


class KeyUsedError(exceptions.APIException):
    """The Idempotency-Key belongs to another request."""

    status_code = 422
    default_detail = gettext_lazy("This Idempotency-Key was used for another request.")
    default_code = "key_used"


class TooLargeError(exceptions.APIException):
    status_code = 413
    default_detail = gettext_lazy("The body is larger than we take.")
    default_code = "too_large"


def problem(
    status: int, detail: str, *, errors: list[dict[str, str]] | None = None, **more: Any
) -> dict[str, Any]:
    """The body of an error answer in the caller's language."""
    slug, title = KINDS.get(status, KINDS[400])
    body: dict[str, Any] = {
        "type": TYPE + slug,
        "title": str(title),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return body | more


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to any error that a request can cause; None for a fault of ours (Django: 500)."""
    known = _known(error)
    if known is None:
        return None
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if (wait := getattr(known, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    errors = list(flat(known.get_full_details())) if known.status_code == 400 else []
    more: dict[str, Any] = {}
    if known.status_code == 409 and (moves := getattr(context.get("view"), "moves_now", None)):
        more["moves"] = moves()
    if (request := context.get("request")) is not None:
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = MEDIA_TYPE
    body = problem(known.status_code, _detail(known, errors), errors=errors, **more)
    return Response(body, known.status_code, headers=headers, content_type=MEDIA_TYPE)


def _detail(known: exceptions.APIException, errors: list[dict[str, str]]) -> str:
    if isinstance(known.detail, str):
        return str(known.detail)
    return errors[0]["message"] if errors else str(KINDS[400][1])


def _known(error: Exception) -> exceptions.APIException | None:
    """The error as an APIException with its status; None: not one that a request can cause."""
    if isinstance(error, exceptions.APIException):
        if isinstance(error, exceptions.NotAuthenticated):
            error.detail = exceptions.ErrorDetail(_("Sign in first."), error.default_code)
        return error
    return _domain(error) or _stored(error)


def _domain(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, InvalidError):
        return exceptions.ValidationError({error.field: [str(error)]})
    if isinstance(error, ModelError):
        return exceptions.ValidationError(serializers.as_serializer_error(error))
    if isinstance(error, RefusedError):
        return _answer(412 if isinstance(error, ChangedError) else 409, str(error))
    if isinstance(error, PermissionDenied):
        return _answer(403, _("Your role may not do this."))
    if isinstance(error, (Http404, ObjectDoesNotExist)):
        return _answer(404, _("There is no such thing here, or it is not yours to see."))
    if isinstance(error, RequestDataTooBig):
        return TooLargeError()
    return None


def _stored(error: Exception) -> exceptions.APIException | None:
    """Errors of the database that come from the input, or from its absence for the moment."""
    if isinstance(error, (DataError, OverflowError)):
        return exceptions.ValidationError(_("A value is out of range."), "out_of_range")
    if isinstance(error, IntegrityError):
        logger.warning("The database refused a write: %s", _constraint(error))
        return _answer(409, _("This contradicts what is stored. Read it again, then repeat."))
    if isinstance(error, (OperationalError, InterfaceError)):
        logger.error("The database is away", exc_info=error)
        answer = _answer(503, _("Repeat in a moment."))
        answer.wait = 2  # type: ignore[attr-defined]
        return answer
    return None


def _constraint(error: IntegrityError) -> str:
    """What was broken, without the row's values, which PostgreSQL tells in its message."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return name or str(error).partition("\n")[0]


def _answer(status: int, detail: str) -> exceptions.APIException:
    answer = exceptions.APIException(detail, KINDS[status][0])
    answer.status_code = status
    return answer


def flat(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each error of DRF's nested details with the dotted path of its field."""
    if isinstance(details, list):
        for place, item in enumerate(details):
            deeper = isinstance(item, Mapping) and not _leaf(item)
            yield from flat(item, f"{path}.{place}".lstrip(".") if deeper else path)
    elif _leaf(details):
        yield {"field": path, "code": str(details["code"]), "message": str(details["message"])}
    else:
        for key, value in details.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from flat(value, f"{path}.{name}".strip("."))


def _leaf(details: Mapping[str, Any]) -> bool:
    return set(details) == {"code", "message"} and isinstance(details["message"], str)


def plain(request: HttpRequest, status: int) -> JsonResponse:
    """A problem from outside DRF: a middleware's refusal, or a fault of ours."""
    return JsonResponse(
        problem(status, str(KINDS[status][1])), status=status, content_type=MEDIA_TYPE
    )
