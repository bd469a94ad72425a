"""The code on the wall: who is there knows it, whoever comes later or guesses does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training import codes

KEY = b"k" * 32
SOME = st.integers(1_577_836_800, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))
STEP = timedelta(seconds=codes.STEP_S)


@given(SOME, st.integers(0, 59), st.binary(min_size=16, max_size=40))
def test_a_code_is_taken_in_its_step_and_the_next(at: datetime, later: int, key: bytes) -> None:
    begin = at.timestamp() // codes.STEP_S * codes.STEP_S
    shown = datetime.fromtimestamp(begin, UTC)
    code = codes.code_at(key, shown)
    assert codes.matches(key, code, at=shown + timedelta(seconds=later))


@given(SOME, st.integers(2, 100_000))
def test_a_code_is_not_taken_two_steps_later(at: datetime, steps: int) -> None:
    code, later = codes.code_at(KEY, at), at + steps * STEP
    near = {codes.code_at(KEY, later), codes.code_at(KEY, later - STEP)}
    assume(code not in near)  # two of a million may be alike
    assert not codes.matches(KEY, code, at=later)


@given(SOME, st.integers(1, 100_000))
def test_a_code_to_come_is_not_taken_yet(at: datetime, steps: int) -> None:
    code = codes.code_at(KEY, at + steps * STEP)
    assume(code not in {codes.code_at(KEY, at), codes.code_at(KEY, at - STEP)})
    assert not codes.matches(KEY, code, at=at)


@given(SOME, st.binary(min_size=16, max_size=40))
def test_another_session_has_another_code(at: datetime, key: bytes) -> None:
    code = codes.code_at(key, at)
    assume(code not in {codes.code_at(KEY, at), codes.code_at(KEY, at - STEP)})
    assert not codes.matches(KEY, code, at=at)


@given(SOME)
def test_a_code_has_six_digits_and_says_how_long_it_stays(at: datetime) -> None:
    code, left = codes.code_at(KEY, at), codes.seconds_left(at)
    assert (len(code), code.isdigit()) == (6, True)
    assert 1 <= left <= 30
    last = at + timedelta(seconds=left - 1)
    assert codes.code_at(KEY, last) == code
    assert codes.seconds_left(last) == 1


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "12 45"]
)
@given(SOME)
def test_what_is_no_code_is_no_code(text: str, at: datetime) -> None:
    assert not codes.matches(KEY, text, at=at)


def test_blanks_in_a_code_do_not_matter() -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    code = codes.code_at(KEY, at)
    assert codes.matches(KEY, f" {code[:3]} {code[3:]} ", at=at)


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, SHA-256: the last six of the eight digits."""
    key = b"12345678901234567890123456789012"
    shown = {59: "119246", 1111111109: "084774", 1234567890: "819424", 2000000000: "698825"}
    for second, code in shown.items():
        assert codes.code_at(key, datetime.fromtimestamp(second, UTC)) == code
