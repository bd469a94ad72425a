"""Bodies are read by one serializer for all requests, and apart from each other (api.py)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from csservice.lib.api import given


class Shape(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), default=list)


def read(body: Any, *, partial: bool = False) -> dict[str, Any]:
    request: Any = SimpleNamespace(data=body)
    return given(Shape, request, partial=partial)


def test_nothing_of_one_body_is_left_for_the_next() -> None:
    first = read({"name": "one", "tags": ["a"]})
    assert read({"name": "two"}) == {"name": "two", "tags": []}
    assert first == {"name": "one", "tags": ["a"]}
    assert read({}, partial=True) == {}
    with pytest.raises(ValidationError):
        read({})


@pytest.mark.parametrize(
    ("body", "field"), [({"name": "too long"}, "name"), ({}, "name"), ([], "non_field_errors")]
)
def test_a_refusal_names_its_field_in_the_readers_language(body: Any, field: str) -> None:
    for language in ("en", "zh-hans", "en"):
        with translation.override(language), pytest.raises(ValidationError) as refused:
            read(body)
        plain = Shape(data=body)
        with translation.override(language):
            assert not plain.is_valid()
            assert refused.value.detail == plain.errors
        assert list(plain.errors) == [field]
    assert read({"name": "fits"}) == {"name": "fits", "tags": []}


def test_an_absent_list_is_a_new_one_each_time() -> None:
    read({"name": "one"})["tags"].append("kept")
    assert read({"name": "two"})["tags"] == []
