"""What the demo tells of, read from data/: matters with their wording, filled with drawn values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
HOLE = re.compile(r"\{(\w+)\}")


@cache
def read(name: str) -> dict[str, Any]:
    """The content of data/`name`.toml."""
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing customers come with, in both languages; texts hold places for values."""

    category: str
    segment: str
    products: tuple[str, ...]
    weight: int
    amounts: tuple[int, ...]
    priority: str
    complaint: bool
    expert: bool
    answers: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]]

    def say(self, part: str, language: str, values: Mapping[str, str]) -> str:
        """`part`: subject contact reply need solution summary; `language`: en or zh-hans."""
        return fill(self.texts[language[:2]][part], values)

    def told(self, values: Mapping[str, str]) -> dict[str, Any]:
        """The answers to the category's questions."""
        return {key: _deep(answer, values) for key, answer in self.answers.items()}

    def recognise(self, text: str, language: str) -> dict[str, str] | None:
        """The values with which `text` is this matter's first message; None: it is another's."""
        pattern, seen = "", set()
        for place, part in enumerate(HOLE.split(self.texts[language[:2]]["contact"])):
            if place % 2 == 0:
                pattern += re.escape(part)
            else:
                pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
                seen.add(part)
        found = re.fullmatch(pattern, text)
        return found.groupdict() if found else None


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its places filled; a value that is not known is told as 0."""
    return HOLE.sub(lambda hole: values.get(hole[1], "0"), text)


def _deep(answer: Any, values: Mapping[str, str]) -> Any:
    if isinstance(answer, str):
        return fill(answer, values)
    if isinstance(answer, Mapping):
        return {key: _deep(part, values) for key, part in answer.items()}
    return answer


@cache
def matters(segment: str) -> tuple[Matter, ...]:
    """What customers of a segment come with."""
    return tuple(
        Matter(
            category=category["code"],
            segment=segment,
            products=tuple(category["products"]),
            weight=category["weight"],
            amounts=tuple(category.get("amounts", [0])),
            priority=matter.get("priority", "normal"),
            complaint=category.get("complaint", False),
            expert=matter.get("expert", False),
            answers=matter["answers"],
            texts={"en": matter["en"], "zh": matter["zh"]},
        )
        for category in read("categories")["categories"]
        for matter in category["matters"]
        if segment == matter.get("segment", category.get("segment", segment))
    )


def draw(segment: str, random: Random) -> Matter:
    """A matter, the usual ones more often."""
    known = matters(segment)
    return random.choices(known, [matter.weight for matter in known])[0]


def values(matter: Matter, random: Random, today: date) -> dict[str, str]:
    """Values for the places of the matter's texts; `date` lies in the week before `today`."""
    return {
        "amount": str(random.choice(matter.amounts)),
        "date": str(today - timedelta(days=random.randint(1, 7))),
        "last4": f"{random.randint(0, 9999):04d}",
        "hours": str(random.randint(4, 9)),
        "people": str(random.randint(24, 640)),
    }
