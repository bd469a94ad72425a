"""Secrets at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from csservice.lib import crypto


def test_what_is_sealed_opens_and_looks_different_each_time() -> None:
    one, other = crypto.encrypt("6222 0000"), crypto.encrypt("6222 0000")
    assert one != other
    assert crypto.decrypt(one) == crypto.decrypt(other) == "6222 0000"


def test_a_new_first_key_writes_and_the_old_one_still_reads(settings: Settings) -> None:
    old = crypto.encrypt("6222")
    new_key = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new_key, *settings.FIELD_KEYS]
    assert crypto.decrypt(old) == "6222"
    sealed = crypto.encrypt("6222")
    settings.FIELD_KEYS = [new_key]
    assert crypto.decrypt(sealed) == "6222"
    with pytest.raises(ValueError, match="No key of FIELD_KEYS opens this value"):
        crypto.decrypt(old)


def test_a_blind_index_finds_equals_and_depends_on_the_secret(settings: Settings) -> None:
    before = crypto.blind_index("6222")
    assert before == crypto.blind_index("6222") != crypto.blind_index("6223")
    assert len(before) == 64
    settings.SECRET_KEY = "another-another-another-another-another"
    assert crypto.blind_index("6222") != before


def test_tokens_are_long_and_stored_as_their_digest() -> None:
    one, other = crypto.new_token(), crypto.new_token()
    assert one != other
    assert len(one) >= 43
    assert crypto.digest(one) == crypto.digest(one) != crypto.digest(other)
