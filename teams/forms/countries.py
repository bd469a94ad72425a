"""Countries whose public holidays are known, by their names in the reader's language."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from teams import public_days

# What our users choose; the three parts of the United Kingdom keep different holidays.
FIRST = ("CN", "HK", "SG", "GB-ENG", "GB-SCT", "GB-NIR", "US")
PARTS: dict[str, Any] = {
    "GB-ENG": _("England and Wales"),
    "GB-SCT": _("Scotland"),
    "GB-NIR": _("Northern Ireland"),
}


def country_name(code: str) -> str:
    """The name of a code of `public_days.countries` in the reader's language; "" for none."""
    if code in PARTS:
        return str(PARTS[code])
    country, _dash, part = code.partition("-")
    name = str(_locale(get_language()).territories.get(country, country))
    return f"{name} – {part}" if part else name


def country_choices(kept: str = "") -> list[tuple[Any, Any]]:
    """None, those our users choose, then all others; also `kept`, a part that we do not offer."""
    first = [(code, country_name(code)) for code in FIRST]
    others = _others(get_language())
    if kept and kept not in {code for code, _name in (*first, *others)}:
        first.append((kept, country_name(kept)))
    return [("", _("No public holidays")), (_("Often chosen"), first), (_("All others"), others)]


@lru_cache(maxsize=4)
def _others(language: str | None) -> list[tuple[str, str]]:
    """All countries but the first ones, as a list of names is sorted in `language`."""
    codes = {code for code in public_days.countries() if "-" not in code} - {*FIRST, "GB"}
    named = [(code, country_name(code)) for code in codes]
    chinese = (language or "").startswith("zh")
    return sorted(named, key=lambda pair: lazy_pinyin(pair[1]) if chinese else [pair[1]])


@lru_cache(maxsize=4)
def _locale(language: str | None) -> Locale:
    return Locale.parse(to_locale(language or "en"))
