"""The script of an emergency drill: what happens when, in both languages (plan L4). Pure.

A script is a TOML text. Seconds are counted from the start of the drill at its own speed.

    kind = "fraud"                  # fraud, outage, angry, leak, other
    name = "…"                      # and name_zh; what is practised: brief, brief_zh
    pass_mark = 60                  # of 100
    [[contact]]                     # a simulated customer turns up
    at = 30
    name = "Li Na"
    name_zh = "李娜"
    language = "zh-hans"            # which she speaks: en or zh-hans
    segment = "personal"
    channel = "phone"               # phone, email, web, chat, branch
    subject = "…"                   # and subject_zh, text, text_zh
    [[contact.says]]                # what she says of what happens to her
    when = "answered"               # answered, analysed, resolved, unanswered
    after = 20                      # so many seconds later; of unanswered: after she came
    text = "…"                      # and text_zh
    [[event]]                       # something is announced to everybody who takes part
    at = 0
    text = "…"                      # and text_zh
    [[criterion]]                   # a line of the rubric, with its levels from the worst up
    key = "calm"
    name = "…"                      # and name_zh
    levels = ["…", "…"]             # and levels_zh, as many
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ANSWERED, ANALYSED, RESOLVED, UNANSWERED = "answered", "analysed", "resolved", "unanswered"
WHENS = (ANSWERED, ANALYSED, RESOLVED, UNANSWERED)
KINDS = ("fraud", "outage", "angry", "leak", "other")
HEAD = frozenset({"kind", "name", "name_zh", "brief", "brief_zh", "pass_mark"})
ROWS = frozenset({"contact", "event", "criterion"})
FILES = Path(__file__).with_name("scenarios")
CHANNELS = ("phone", "email", "web", "chat", "branch")
SEGMENTS = ("personal", "corporate")
LANGUAGES = ("en", "zh-hans")
LONGEST_S = 4 * 3600
MOST_CONTACTS, MOST_EVENTS, MOST_CRITERIA, MOST_LEVELS = 200, 100, 20, 7


class ScriptError(ValueError):
    """A script that cannot be played: `where` it is wrong (as "contact 3") and which `field`."""

    def __init__(self, where: str, field: str) -> None:
        super().__init__(f"{where}: {field}")
        self.where, self.field = where, field


@dataclass(frozen=True, slots=True)
class Both:
    """A text in both languages."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """In `language` (en, zh-hans); where it is not written, in the other."""
        zh = language.startswith("zh")
        return (self.zh or self.en) if zh else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a simulated customer says `after` seconds of something happening to them."""

    when: str
    after: float
    text: Both


@dataclass(frozen=True, slots=True)
class Visitor:
    """One simulated customer."""

    at: float
    name: Both
    language: str
    segment: str
    channel: str
    subject: Both
    text: Both
    says: tuple[Saying, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """Something announced to everybody who takes part."""

    at: float
    text: Both


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the rubric; `levels` from the worst up."""

    key: str
    name: Both
    levels: tuple[Both, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A drill as it is written. Passed from `pass_mark` of 100 on."""

    kind: str
    name: Both
    brief: Both
    pass_mark: int
    visitors: tuple[Visitor, ...]
    happenings: tuple[Happening, ...]
    criteria: tuple[Criterion, ...]

    @property
    def seconds(self) -> float:
        """When the last of it begins, from the start."""
        times = [one.at for one in self.visitors] + [one.at for one in self.happenings]
        return max(times, default=0.0)


def read(text: str) -> Script:
    """The script that `text` says. Raises ScriptError where it cannot be played."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScriptError("toml", str(error)) from None
    if unknown := sorted(set(said) - HEAD - ROWS):
        raise ScriptError("toml", unknown[0])
    visitors = [_visitor(f"contact {n}", one) for n, one in _rows(said, "contact", MOST_CONTACTS)]
    events = [_happening(f"event {n}", one) for n, one in _rows(said, "event", MOST_EVENTS)]
    criteria = [
        _criterion(f"criterion {n}", one) for n, one in _rows(said, "criterion", MOST_CRITERIA)
    ]
    if not visitors:
        raise ScriptError("toml", "contact")
    if not criteria:
        raise ScriptError("toml", "criterion")
    if len({one.key for one in criteria}) < len(criteria):
        raise ScriptError("criterion", "key")
    mark = said.get("pass_mark", 60)
    if isinstance(mark, bool) or not isinstance(mark, int) or not 0 <= mark <= 100:
        raise ScriptError("toml", "pass_mark")
    return Script(
        kind=_among("toml", said, "kind", KINDS),
        name=_both("toml", said, "name", most=120),
        brief=_both("toml", said, "brief", most=2000),
        pass_mark=mark,
        visitors=tuple(visitors),
        happenings=tuple(events),
        criteria=tuple(criteria),
    )


@cache
def shipped() -> Mapping[str, str]:
    """The scenarios that come with the product: code -> text, in the order of their codes."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FILES.glob("*.toml"))}


def _rows(said: Mapping[str, Any], name: str, most: int) -> Sequence[tuple[int, Any]]:
    rows = said.get(name, [])
    if not isinstance(rows, list) or len(rows) > most:
        raise ScriptError("toml", name)
    return list(enumerate(rows, 1))


def _visitor(where: str, one: Any) -> Visitor:
    one = _known(
        where,
        one,
        *("at", "language", "segment", "channel", "says"),
        *("name", "name_zh", "subject", "subject_zh", "text", "text_zh"),
    )
    says = one.get("says", [])
    if not isinstance(says, list) or len(says) > MOST_LEVELS:
        raise ScriptError(where, "says")
    return Visitor(
        at=_seconds(where, one, "at"),
        name=_both(where, one, "name", most=60),
        language=_among(where, one, "language", LANGUAGES),
        segment=_among(where, one, "segment", SEGMENTS),
        channel=_among(where, one, "channel", CHANNELS),
        subject=_both(where, one, "subject", most=180),
        text=_both(where, one, "text", most=2000),
        says=tuple(_saying(f"{where}, says {n}", row) for n, row in enumerate(says, 1)),
    )


def _saying(where: str, one: Any) -> Saying:
    one = _known(where, one, "when", "after", "text", "text_zh")
    when = _among(where, one, "when", WHENS)
    return Saying(when, _seconds(where, one, "after"), _both(where, one, "text", most=2000))


def _happening(where: str, one: Any) -> Happening:
    one = _known(where, one, "at", "text", "text_zh")
    return Happening(_seconds(where, one, "at"), _both(where, one, "text", most=2000))


def _criterion(where: str, one: Any) -> Criterion:
    one = _known(where, one, "key", "name", "name_zh", "levels", "levels_zh")
    levels, levels_zh = one.get("levels"), one.get("levels_zh")
    if not isinstance(levels, list) or not 2 <= len(levels) <= MOST_LEVELS:
        raise ScriptError(where, "levels")
    if not isinstance(levels_zh, list) or len(levels_zh) != len(levels):
        raise ScriptError(where, "levels_zh")
    pairs = zip(levels, levels_zh, strict=True)
    written = tuple(
        _both(where, {"levels": en, "levels_zh": zh}, "levels", most=200) for en, zh in pairs
    )
    key = one.get("key")
    if not isinstance(key, str) or not key.isidentifier() or len(key) > 30:
        raise ScriptError(where, "key")
    return Criterion(key, _both(where, one, "name", most=120), written)


def _known(where: str, one: Any, *names: str) -> Mapping[str, Any]:
    if not isinstance(one, dict):
        raise ScriptError("toml", where)
    if unknown := sorted(set(one) - set(names)):
        raise ScriptError(where, unknown[0])
    return one


def _both(where: str, one: Mapping[str, Any], name: str, *, most: int) -> Both:
    """Both languages are asked for: the people who take part read either."""
    found = []
    for field in (name, f"{name}_zh"):
        text = one.get(field)
        if not isinstance(text, str) or not text.strip() or len(text) > most:
            raise ScriptError(where, field)
        found.append(text.strip())
    return Both(*found)


def _seconds(where: str, one: Mapping[str, Any], name: str) -> float:
    found = one.get(name, 0)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= LONGEST_S:
        raise ScriptError(where, name)
    return float(found)


def _among(where: str, one: Mapping[str, Any], name: str, known: Sequence[str]) -> str:
    found = one.get(name, known[0])
    if found not in known:
        raise ScriptError(where, name)
    return str(found)


def dealt(people: Mapping[int, Sequence[str]], served: Mapping[int, int], language: str) -> int:
    """Who gets the next simulated customer: who had the fewest; of equals who speaks the language,
    then the lower key. `people`: key -> languages; `served`: key -> how many they had.

    Raises ValueError when nobody takes part.
    """
    if not people:
        raise ValueError("nobody takes part")
    return min(people, key=lambda one: (served.get(one, 0), language not in people[one], one))


def score(given: Mapping[str, int], criteria: Sequence[Criterion]) -> float:
    """0-100: the mean share of the highest level reached; every criterion counts alike."""
    shares = [given[one.key] / (len(one.levels) - 1) for one in criteria]
    return 100 * sum(shares) / len(shares)
