"""What reads like a complaint, in English and Chinese."""

from __future__ import annotations

import pytest

from tickets.complaint_words import LONGEST, MOST, WORDS, WordsError, found, listed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I want to complain about my card", ["complain"]),
        ("This is UNACCEPTABLE. I am fed  up", ["UNACCEPTABLE", "fed  up"]),
        ("Dissatisfied, dissatisfied", ["Dissatisfied"]),
        ("我要投诉，打12378", ["投诉", "12378"]),
        ("非常不满意", ["不满意"]),
        ("向FCA反映", ["FCA"]),
        ("Christmas card, master data", []),
        ("Account 612378001", []),
        ("", []),
    ],
)
def test_words_are_found_as_whole_words_or_beginnings(text: str, words: list[str]) -> None:
    assert found([text]) == words


def test_several_texts_are_one_list_and_no_words_find_nothing() -> None:
    assert found(["unhappy", "Unhappy about it", "投诉"]) == ["unhappy", "投诉"]
    assert found(["投诉"], ()) == []


def test_a_list_is_read_a_line_an_entry_each_once() -> None:
    assert listed(" slow \n\n投诉\nslow\n*\n") == ("slow", "投诉")
    assert listed("\n".join(WORDS)) == WORDS
    for text in ("x" * (LONGEST + 1), "\n".join(str(n) for n in range(MOST + 1))):
        with pytest.raises(WordsError):
            listed(text)
