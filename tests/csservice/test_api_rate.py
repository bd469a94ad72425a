"""How often a program may call, and how it is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from csservice.lib.throttle import parse
from teams.models import User

pytestmark = pytest.mark.django_db
URL = "/api/v1/tickets/"


@pytest.fixture
def rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two calls a minute, and the minute stands."""
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "user", "2/min")
    monkeypatch.setattr(time, "time", lambda: 1_800_000_015.5)


def test_every_answer_says_what_is_left(rate: None, api: APIClient) -> None:
    first = api.get(URL)
    assert first["X-RateLimit-Limit"] == "2"
    assert first["X-RateLimit-Remaining"] == "1"
    assert first["X-RateLimit-Reset"] == "45"
    assert api.get(f"{URL}0/")["X-RateLimit-Remaining"] == "0"


def test_a_call_too_many_is_429_and_says_when_to_go_on(rate: None, api: APIClient) -> None:
    answers = [api.get(URL) for _n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "45"
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert answers[-1].json()["status"] == 429


def test_the_next_window_is_whole_again(
    rate: None, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [api.get(URL).status_code for _n in range(3)][-1] == 429
    monkeypatch.setattr(time, "time", lambda: 1_800_000_060.0)
    assert api.get(URL).status_code == 200


def test_each_person_has_their_own(
    rate: None, api: APIClient, colleague: User, api_of: Callable[[User], APIClient]
) -> None:
    assert [api.get(URL).status_code for _n in range(3)][-1] == 429
    assert api_of(colleague).get(URL).status_code == 200


def test_the_api_goes_on_without_its_cache(
    rate: None, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_more: Any) -> None:
        """As Redis answers when it is away (IGNORE_EXCEPTIONS)."""

    monkeypatch.setattr(cache, "add", away)
    monkeypatch.setattr(cache, "incr", away)
    assert [api.get(URL).status_code for _n in range(4)] == [200] * 4


@pytest.mark.parametrize(
    ("rate", "meant"), [("6000/min", (6000, 60)), ("5/s", (5, 1)), ("9/hour", (9, 3600))]
)
def test_a_rate_is_calls_in_seconds(rate: str, meant: tuple[int, int]) -> None:
    assert parse(rate) == meant
