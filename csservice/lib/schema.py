"""The OpenAPI document of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiParameter

from csservice.lib.problems import MEDIA_TYPE, Problem

EVERY = {
    400: "The input is not valid; `errors` names the fields.",
    401: "No valid sign-in.",
    403: "Not for this role.",
    404: "Nothing there, or not yours to see.",
    406: "Only application/json is spoken.",
    429: "Too many calls; `Retry-After` says when to go on.",
    503: "Not available for the moment; repeat after `Retry-After` seconds.",
}
WRITES = {
    409: "Not possible now. On a ticket's verb, `moves` says what is.",
    412: "Changed since the version in `If-Match`.",
    413: "The body is too large.",
    415: "Only application/json is read.",
}
POSTS = {422: "The `Idempotency-Key` was used for another request."}

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[\x21-\x7e]+$"},
    OpenApiParameter.HEADER,
    description="The same key and body within 24 hours get the same answer; the deed is done once.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The `ETag` that you read, for example `"3"`: 412 when somebody changed it since.',
)


class ProblemSchema(AutoSchema):
    """Documents every problem that an operation can answer with, and the headers we read.

    A view with `conditional = True` reads If-Match on its writes.
    """

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if self.method == "POST":
            found.append(IDEMPOTENCY_KEY)
        if self.method in {"PATCH", "PUT", "POST"} and self._conditional():
            found.append(IF_MATCH)
        return found

    def _conditional(self) -> bool:
        detail = "{" in self.path
        return detail and bool(getattr(self.view, "conditional", False))

    def get_tags(self) -> list[str]:
        """The resource: the first part of the address."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        statuses = dict(EVERY)
        if self.method != "GET":
            statuses |= WRITES
        if self.method == "POST":
            statuses |= POSTS
        ref = self.resolve_serializer(Problem, "response").ref
        for status, said in sorted(statuses.items()):
            bodies.setdefault(
                str(status), {"description": said, "content": {MEDIA_TYPE: {"schema": ref}}}
            )
        return bodies


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer <token>` in the document."""

    target_class = "teams.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
