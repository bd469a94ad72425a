"""The OpenAPI document of the API."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class ProblemSchema(AutoSchema):
    """Every operation documents the problem answers it can give."""
