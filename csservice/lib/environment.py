"""Values of the environment that need more than a cast. Each refuses with a sentence."""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured


def secret_key(env: environ.Env) -> str:
    """SECRET_KEY: at least 32 characters; no default, so no deployment runs on a known one."""
    key = env.str("SECRET_KEY", default="")
    if len(key) < 32:
        raise ImproperlyConfigured(
            "SECRET_KEY must be set to a random text of 32 characters or more; "
            "`make demo` and `make test` set their own."
        )
    return str(key)


def field_keys(env: environ.Env) -> list[str]:
    """FIELD_KEYS: Fernet keys for identifiers, comma-separated; the first one writes.

    Raises ImproperlyConfigured for a missing key or one that is not 32 bytes in url-safe base64.
    """
    keys = [str(key) for key in env.list("FIELD_KEYS", default=[])]
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_KEYS must hold one key at least: `python -c 'from cryptography.fernet import "
            "Fernet; print(Fernet.generate_key().decode())'` makes one."
        )
    for key in keys:
        try:
            raw = base64.urlsafe_b64decode(key)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32:
            raise ImproperlyConfigured("Each of FIELD_KEYS must be 32 bytes in url-safe base64.")
    return keys


def zone(env: environ.Env) -> str:
    """TIME_ZONE: the institution's zone, an IANA name."""
    name = str(env.str("TIME_ZONE", default="Asia/Shanghai"))
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ImproperlyConfigured(f"TIME_ZONE {name!r} is no IANA time zone.") from None
    return name


def networks(env: environ.Env) -> list[str]:
    """METRICS_ALLOW: networks that may read /metrics without sign-in; this machine by default."""
    names = [str(n) for n in env.list("METRICS_ALLOW", default=["127.0.0.0/8", "::1/128"])]
    for name in names:
        try:
            ip_network(name)
        except ValueError:
            raise ImproperlyConfigured(
                f"METRICS_ALLOW {name!r} is no network; write 10.0.0.0/8 or the like."
            ) from None
    return names


def proxies(env: environ.Env) -> int:
    """TRUSTED_PROXIES: how many proxies append to X-Forwarded-For; the rest of it is hearsay."""
    given = str(env.str("TRUSTED_PROXIES", default="0"))
    if not given.isdecimal():
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES {given!r} is no number; write how many proxies stand before the web."
        )
    return int(given)


def broker_options(redis_url: str, folder: Path) -> dict[str, Any]:
    """Celery's transport options: Redis when there is one, else folders under var/ (stack.md 4).

    The Redis numbers bring a killed worker's tasks back within 20 s.
    """
    if redis_url:
        return {
            "visibility_timeout": 900,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        }
    queue, control = folder / "queue", folder / "control"
    for path in (queue, control):
        path.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "polling_interval": 0.1,
    }
