"""Quick replies: what their texts may hold, what they set, which come first. Pure: no clock.

A text is plain words with {placeholders}; nothing in it is read as HTML. Steps are what a reply
does besides: {"do": "priority", "value": "high"} · {"do": "complaint"} · {"do": "note", "text": …,
"text_zh": …} · {"do": "wait", "for": "customer", "reason": …, "reason_zh": …}, each at most once;
words in one language at least.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

Step = dict[str, str]

PLACEHOLDERS = ("customer", "specialist", "number", "subject", "due")
HOLE = re.compile(r"\{([^{}\n]{0,60})\}")
SHORTCUT = re.compile(r"[\w-]{1,24}")
# In the order in which they are done: the reply first, and what ends the work on it last.
STEPS: Mapping[str, tuple[str, ...]] = {
    "priority": ("value",),
    "complaint": (),
    "note": ("text",),
    "wait": ("for", "reason"),
}
LONGEST = {"text": 2000, "reason": 200}  # each in Chinese too, under its name with _zh
HALF_LIFE_DAYS = 14
LOOK_BACK_DAYS = 90


def unknown(text: str) -> list[str]:
    """The names in braces that nothing is known for, in their order."""
    return [name for name in HOLE.findall(text) if name not in PLACEHOLDERS]


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled in, in one pass: what a value holds is not read again."""
    return HOLE.sub(lambda hole: values.get(hole[1], hole[0]), text)


def in_language(language: str, english: str, chinese: str) -> tuple[str, bool]:
    """The text for a customer who reads `language`, and whether it is written in it."""
    chosen, other = (chinese, english) if language.startswith("zh") else (english, chinese)
    return (chosen, True) if chosen else (other, False)


def shortcut_of(text: str) -> str:
    """The shortcut as it is kept: lower case, without the slash. Empty when it is none."""
    text = text.strip().removeprefix("/").lower()
    return text if SHORTCUT.fullmatch(text) else ""


def steps_of(steps: Iterable[Mapping[str, Any]], choices: Mapping[str, set[str]]) -> list[Step]:
    """The steps as they are kept, in the order in which they are done.

    `choices`: what `value` and `for` may be. Raises ValueError with the fault: `unknown`, `twice`,
    or the name of what is missing, too long or not to be chosen.
    """
    found: dict[str, Step] = {}
    for step in steps:
        do = str(step.get("do", ""))
        if do not in STEPS:
            raise ValueError("unknown")
        if do in found:
            raise ValueError("twice")
        found[do] = {"do": do}
        for name in STEPS[do]:
            found[do] |= _chosen(step, name, choices) if name in choices else _words(step, name)
    return [found[do] for do in STEPS if do in found]


def words(step: Step, name: str, language: str) -> str:
    """What a step says to who reads `language`, else in the language that it has."""
    return in_language(language, step.get(name, ""), step.get(f"{name}_zh", ""))[0]


def _chosen(step: Mapping[str, Any], name: str, choices: Mapping[str, set[str]]) -> Step:
    if _text(step, name) not in choices[name]:
        raise ValueError(name)
    return {name: _text(step, name)}


def _words(step: Mapping[str, Any], name: str) -> Step:
    """In one language at least; what is not written is not kept, but `name` always is."""
    said, chinese = _text(step, name), _text(step, f"{name}_zh")
    if not (said or chinese) or max(len(said), len(chinese)) > LONGEST[name]:
        raise ValueError(name)
    return {name: said} | ({f"{name}_zh": chinese} if chinese else {})


def _text(step: Mapping[str, Any], name: str) -> str:
    value = step.get(name)
    return value.strip() if isinstance(value, str) else ""


def weights(uses: Iterable[tuple[int, date, int]], today: date) -> dict[int, float]:
    """How near at hand each quick reply should be, from (key, day, times): what was used often,
    and half as much for every two weeks that it lies back."""
    found: dict[int, float] = {}
    for key, day, n in uses:
        age = max(0, (today - day).days)
        found[key] = found.get(key, 0.0) + n * 0.5 ** (age / HALF_LIFE_DAYS)
    return found


def lines(english: str, chinese: str) -> list[tuple[str, str]]:
    """A checklist as it is typed, one point a line in each language; a missing side is empty."""
    left, right = _clean(english), _clean(chinese)
    long = max(len(left), len(right))
    return list(zip(_padded(left, long), _padded(right, long), strict=True))


def _clean(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _padded(found: Sequence[str], long: int) -> list[str]:
    return [*found, *[""] * (long - len(found))]
