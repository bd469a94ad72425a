"""Lengths of time as people write them: 5:00, 30 min, 4 h, 2 d, 75%; 30 分钟, 4 小时. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

SECONDS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
ENGLISH = {unit: unit for unit in SECONDS}
_WORDS = {
    **dict.fromkeys(("d", "day", "days", "天", "日"), "d"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "时", "个小时"), "h"),
    **dict.fromkeys(("min", "mins", "m", "minute", "minutes", "分钟", "分"), "min"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), "s"),
}
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})", re.ASCII)
_PART = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([^\W\d_]+)\.?")
_SHARE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*%", re.ASCII)
_BETWEEN = re.compile(r"[,;、\n]+")


class DurationError(ValueError):
    """`text` is no length of time. `code`: empty, unit (a bare number), unread."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(f"{code}: {text}")
        self.text, self.code = text, code


def plain(text: str) -> str:
    """Full-width digits and signs as the usual ones, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def read(text: str) -> int:
    """Seconds. `5:00` is minutes and seconds, `1:10:30` has hours before. Raises DurationError."""
    said = plain(text)
    if not said:
        raise DurationError(text, "empty")
    if re.fullmatch(r"\d+(\.\d+)?", said, re.ASCII):
        raise DurationError(text, "unit")
    if clock := _CLOCK.fullmatch(said):
        return _clock(text, clock)
    total, at = Decimal(0), 0
    while at < len(said):
        part = _PART.match(said, at)
        unit = _WORDS.get(part[2]) if part else None
        if part is None or unit is None:
            raise DurationError(text, "unread")
        total += Decimal(part[1]) * SECONDS[unit]
        at = part.end()
    if total != int(total):
        raise DurationError(text, "unread")
    return int(total)


def _clock(text: str, found: re.Match[str]) -> int:
    hours, minutes, seconds = int(found[1] or 0), int(found[2]), int(found[3])
    if seconds > 59 or (found[1] and minutes > 59):
        raise DurationError(text, "unread")
    return hours * 3600 + minutes * 60 + seconds


def write(seconds: float, units: Mapping[str, str] = ENGLISH) -> str:
    """As `read` reads it, as short as its size allows. `units`: what the reader calls d, h, min."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if whole < 600:
        return f"{minutes}:{rest:02d}"
    if rest:
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
    if whole % SECONDS["d"] == 0:
        return f"{whole // SECONDS['d']} {units['d']}"
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min")]
    return " ".join(f"{n} {units[unit]}" for n, unit in parts if n)


def read_marks(text: str) -> tuple[list[int], list[float]]:
    """(seconds, shares) of "3:00, 4:15, 75%", each in order and once. Raises DurationError."""
    seconds, shares = set(), set()
    for part in filter(None, (one.strip() for one in _BETWEEN.split(plain(text)))):
        if (share := read_share(part)) is not None:
            shares.add(share)
        else:
            seconds.add(read(part))
    return sorted(seconds), sorted(shares)


def write_marks(
    seconds: Iterable[float], shares: Iterable[float], units: Mapping[str, str] = ENGLISH
) -> str:
    """As `read_marks` reads it."""
    said = [write(at, units) for at in sorted(seconds)]
    return ", ".join(said + [write_share(share) for share in sorted(shares)])


def read_share(text: str) -> float | None:
    """75% -> 0.75; None when it is none."""
    share = _SHARE.fullmatch(plain(text))
    return float(Decimal(share[1]) / 100) if share else None


def write_share(share: float) -> str:
    """0.75 -> 75%, 1 -> 100%."""
    return f"{round(share * 100, 4):g}%"
