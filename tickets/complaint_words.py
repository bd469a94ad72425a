"""Does it read like a complaint? A list of words in English and Chinese, looked for in texts. Pure.

A help for people and no judge: what it finds is shown with the words, and a person decides. An
entry that ends in * is the beginning of a word; Chinese entries are looked for anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

WORDS = (
    *("complain*", "grievance*", "dissatisf*", "unsatisf*", "unhappy", "disappoint*"),
    *("unacceptable", "outrag*", "disgrac*", "appalling", "terrible", "furious", "fed up"),
    *("ombudsman", "regulator*", "FCA", "CFPB", "HKMA", "MAS", "lawyer*", "compensat*", "misled"),
    *("投诉", "举报", "不满", "不满意", "抱怨", "太差", "不能接受", "无法接受"),
    *("态度恶劣", "欺骗", "误导", "银保监", "金融监管总局", "金融监管局", "人民银行"),
    *("12378", "12363", "12345", "消协", "律师", "赔偿"),
)  # fmt: skip
LONGEST, MOST = 40, 400  # characters of an entry, entries


class WordsError(ValueError):
    """A list that cannot be used: an entry is too long, or there are too many."""


def listed(text: str) -> tuple[str, ...]:
    """The entries of a text with one a line, each once and in order. Raises WordsError."""
    found = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip(" *\t")))
    if len(found) > MOST or any(len(entry) > LONGEST for entry in found):
        raise WordsError(text[:LONGEST])
    return found


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    # the longest first, so that 不满意 is found and not only 不满
    parts = [_part(entry) for entry in sorted(words, key=len, reverse=True)]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def _part(entry: str) -> str:
    if not entry.isascii():
        return re.escape(entry)
    word = r"\s+".join(re.escape(part) for part in entry.rstrip("*").split())
    # digits and letters on either side make another word; Chinese on either side does not
    return rf"(?<![A-Za-z0-9]){word}" + ("[A-Za-z]*" if entry.endswith("*") else "(?![A-Za-z0-9])")


def found(texts: Iterable[str], words: tuple[str, ...] = WORDS) -> list[str]:
    """What of `words` occurs in `texts`, as it is written there, each once, in order."""
    pattern = _pattern(words)
    if pattern is None:
        return []
    hits = (match.group() for text in texts for match in pattern.finditer(text))
    once: dict[str, str] = {}
    for hit in hits:
        once.setdefault(hit.casefold(), hit)
    return list(once.values())
