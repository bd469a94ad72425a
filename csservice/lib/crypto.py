"""Secrets at rest: identifiers encrypted with FIELD_KEYS, blind indexes, token digests."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """`text` under the first of FIELD_KEYS; url-safe base64."""
    return _box(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """What `encrypt` was given. Raises ValueError when no key of FIELD_KEYS opens it."""
    try:
        return _box(tuple(settings.FIELD_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("No key of FIELD_KEYS opens this value.") from error


def blind_index(text: str) -> str:
    """A keyed hash (HMAC-SHA-256) that finds equal values without storing them. 64 hex digits."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """A bearer token of 256 random bits, url-safe."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token of full entropy: its SHA-256, 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()
