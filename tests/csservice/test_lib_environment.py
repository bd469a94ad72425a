"""A wrong value of the environment stops the start with a sentence."""

from __future__ import annotations

from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from csservice.lib import environment

KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> environ.Env:
    for name in ("SECRET_KEY", "FIELD_KEYS", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)
    return environ.Env()


def test_right_values_are_taken(env: environ.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    monkeypatch.setenv("FIELD_KEYS", f"{KEY},{KEY}")
    monkeypatch.setenv("TIME_ZONE", "Europe/London")
    assert environment.secret_key(env) == "x" * 32
    assert environment.field_keys(env) == [KEY, KEY]
    assert environment.zone(env) == "Europe/London"


def test_the_zone_is_shanghai_unless_told(env: environ.Env) -> None:
    assert environment.zone(env) == "Asia/Shanghai"


def test_the_number_of_proxies_is_a_number(
    env: environ.Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRUSTED_PROXIES", raising=False)
    assert environment.proxies(env) == 0
    monkeypatch.setenv("TRUSTED_PROXIES", "2")
    assert environment.proxies(env) == 2
    for wrong in ("-1", "one", "10.0.0.1"):
        monkeypatch.setenv("TRUSTED_PROXIES", wrong)
        with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
            environment.proxies(env)


@pytest.mark.parametrize("given", [None, "", "short"])
def test_no_deployment_runs_on_a_missing_or_short_secret(
    given: str | None, env: environ.Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("SECRET_KEY", given)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be set"):
        environment.secret_key(env)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "must hold one key at least"),
        ("abc", "must be 32 bytes"),
        (f"{KEY},äöü", "must be 32 bytes"),
        (f"{KEY},c2hvcnQ=", "must be 32 bytes"),
    ],
)
def test_keys_of_fields_are_keys(
    given: str, said: str, env: environ.Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", given)
    with pytest.raises(ImproperlyConfigured, match=said):
        environment.field_keys(env)


@pytest.mark.parametrize("given", ["Beijing Time", "/etc/passwd", "../UTC"])
def test_a_zone_is_one_that_is_known(
    given: str, env: environ.Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIME_ZONE", given)
    with pytest.raises(ImproperlyConfigured, match="no IANA time zone"):
        environment.zone(env)


def test_the_embedded_queue_is_two_folders(tmp_path: Path) -> None:
    options = environment.broker_options("", tmp_path)
    assert options["data_folder_in"] == options["data_folder_out"] == str(tmp_path / "queue")
    assert (tmp_path / "queue").is_dir()
    assert (tmp_path / "control").is_dir()


def test_with_redis_a_killed_workers_tasks_come_back_soon(tmp_path: Path) -> None:
    options = environment.broker_options("redis://127.0.0.1/0", tmp_path)
    assert options["unacked_restore_interval"] <= 20
    assert list(tmp_path.iterdir()) == []
