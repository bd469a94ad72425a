"""Names, numbers and addresses: normal form, masked form, what finds them (N1)."""

from __future__ import annotations

import pytest

from tickets.identity import masked, normal, words


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("phone", "138 0013 8000", "+8613800138000"),
        ("phone", "+372 5555 4410", "+37255554410"),
        ("email", " Li.Na@Bank.Example ", "li.na@bank.example"),
        ("wechat", " lina88 ", "lina88"),
    ],
)
def test_what_is_typed_becomes_one_form(kind: str, typed: str, kept: str) -> None:
    assert normal(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [("phone", "12"), ("phone", "nobody"), ("email", "li.na"), ("email", "a@b"), ("wechat", " ")],
)
def test_what_cannot_be_reached_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        normal(kind, typed)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613800138000", "+86 •••• 8000"),
        ("email", "lina@bank.example", "l••••@bank.example"),
        ("wechat", "lina8877", "•••• 8877"),
        ("wechat", "lina", "••••"),
    ],
)
def test_a_mask_shows_enough_to_tell_two_apart_and_no_more(
    kind: str, value: str, shown: str
) -> None:
    assert masked(value, kind=kind) == shown


def test_a_chinese_name_is_found_as_written_in_pinyin_and_by_initials() -> None:
    assert {"刘敏", "liu", "min", "liumin", "lm"} <= set(words("刘敏").split())


def test_a_latin_name_stands_as_it_is() -> None:
    assert words("Anna Kask") == "Anna Kask"
