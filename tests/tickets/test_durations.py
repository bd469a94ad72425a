"""Lengths of time as people write them: read, written, refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.durations import DurationError, read, read_marks, write, write_marks

CHINESE = {"d": "天", "h": "小时", "min": "分钟", "s": "秒"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5:00", 300),
        ("4:15", 255),
        ("1:10:30", 4230),
        ("30 min", 1800),
        ("30min", 1800),
        ("4 h", 14_400),
        ("10 h", 36_000),
        ("1.5 h", 5400),
        ("1 h 30 min", 5400),
        ("2 d", 172_800),
        ("2 days", 172_800),
        ("45 s", 45),
        ("５：００", 300),
        ("30 分钟", 1800),
        ("4小时30分", 16_200),
        ("2天", 172_800),
    ],
)
def test_a_length_is_read_as_people_write_it(text: str, seconds: int) -> None:
    assert read(text) == seconds


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("5", "unit"),
        ("5.5", "unit"),
        ("5:0", "unread"),
        ("5:60", "unread"),
        ("1:60:00", "unread"),
        ("soon", "unread"),
        ("-5 min", "unread"),
        ("5 parsecs", "unread"),
        ("0.3333 s", "unread"),
        ("0.5 s", "unread"),
        ("五分钟", "unread"),
    ],
)
def test_what_is_no_length_says_why(text: str, code: str) -> None:
    with pytest.raises(DurationError) as refused:
        read(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (300, "5:00"),
        (45, "0:45"),
        (600, "10 min"),
        (1800, "30 min"),
        (14_400, "4 h"),
        (5400, "1 h 30 min"),
        (172_800, "2 d"),
        (4230, "1:10:30"),
        (129_600, "36 h"),
    ],
)
def test_a_length_is_written_as_short_as_it_allows(seconds: int, text: str) -> None:
    assert write(seconds) == text


@given(st.integers(min_value=0, max_value=400 * 86_400))
def test_what_is_written_is_read_again(seconds: int) -> None:
    assert read(write(seconds)) == seconds
    assert read(write(seconds, CHINESE)) == seconds


@given(
    st.sets(st.integers(min_value=1, max_value=10**6), max_size=5),
    st.sets(st.integers(min_value=1, max_value=9999), max_size=5),
)
def test_marks_are_read_as_they_are_written(seconds: set[int], shares: set[int]) -> None:
    parts = [share / 10_000 for share in sorted(shares)]
    assert read_marks(write_marks(seconds, parts)) == (sorted(seconds), parts)
    assert read_marks(write_marks(seconds, parts, CHINESE)) == (sorted(seconds), parts)


def test_marks_may_stand_in_any_order_and_punctuation() -> None:
    assert read_marks("75%；4:15、3:00，3:00") == ([180, 255], [0.75])
    assert read_marks("") == ([], [])


@given(st.text(max_size=20))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    with suppress(DurationError):
        assert read(text) >= 0
