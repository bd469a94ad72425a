"""The code on the wall: six digits that change every 30 s, so that only who is there knows them.

RFC 6238 with SHA-256, by `cryptography`. Pure: keys and instants come in, the edge knows the clock.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S = 30
DIGITS = 6
EARLIER = 1  # steps before the present one that are still taken: for whoever types slowly


def code_at(key: bytes, at: datetime) -> str:
    """The six digits that `key` (16 bytes or more) shows at `at` (aware)."""
    return _totp(key).generate(_second(at)).decode()


def matches(key: bytes, code: str, *, at: datetime) -> bool:
    """Whether `code` is what was shown at `at` or in the step before it. Compares in even time."""
    digits = code.strip().replace(" ", "")
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return False
    totp, sent = _totp(key), digits.encode()
    for steps in range(EARLIER + 1):
        with suppress(InvalidToken):
            totp.verify(sent, _second(at) - steps * STEP_S)
            return True
    return False


def seconds_left(at: datetime) -> int:
    """How long the code shown at `at` stays, 1 to STEP_S."""
    return STEP_S - _second(at) % STEP_S


def _totp(key: bytes) -> TOTP:
    return TOTP(key, DIGITS, SHA256(), STEP_S)


def _second(at: datetime) -> int:
    return int(at.timestamp())
