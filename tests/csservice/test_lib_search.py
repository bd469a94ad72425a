"""Text becomes tokens; a query finds any part of a number, any two signs of a name."""

from __future__ import annotations

import pytest

from csservice.lib import search
from csservice.lib.search import index_sql, merged, terms, tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Card LOST, card!", "card lost"),
        ("退款", "退款 款"),
        ("客服系统", "客服 服系 系统 统"),
        ("刘", "刘"),
        ("Größe café naïve", "größe café naïve"),
        ("138-0013", "138 0013"),
        ("123456", "123456 23456 3456"),
        ("1234", "1234"),
        ("a1b2", "a1b2"),
        ("li.na@bank.example", "li na bank example"),
        ("Visa卡8000", "visa 卡 8000"),
        ("'; DROP TABLE --", "drop table"),
        ("", ""),
    ],
)
def test_what_a_text_is_found_by(text: str, found: str) -> None:
    assert tokens(text) == found


def test_a_flood_of_digits_does_not_grow_with_its_square() -> None:
    assert len(tokens("1234567890" * 2000)) < 20_000 * 34


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("card", [("card", True)]),
        ("刘", [("刘", True)]),
        ("退款", [("退款", False)]),
        ("客服系统", [("客服", False), ("服系", False), ("系统", False)]),
        ("lost 80", [("lost", True), ("80", True)]),
        ("***", []),
    ],
)
def test_what_a_query_asks_for(text: str, asked: list[tuple[str, bool]]) -> None:
    assert list(terms(text)) == asked


def test_a_row_grows_by_new_words_only_and_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert merged("card lost", "Lost in Berlin") == "card lost in berlin"
    assert merged("", "card") == "card"
    monkeypatch.setattr(search, "MOST", 12)
    assert merged("card lost", "in berlin") == "card lost in"
    monkeypatch.setattr(search, "MOST", 11)
    assert merged("card", "lost in berlin") == "card lost"


def test_each_statement_has_its_way_back() -> None:
    for statements in index_sql("tickets_ticketsearch", "ticket_id").values():
        assert all(forward and backward for forward, backward in statements)
