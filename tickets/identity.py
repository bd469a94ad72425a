"""Names, numbers and addresses of customers: normal form, masked form, search words (N1). Pure."""

from __future__ import annotations

import re

import phonenumbers
from pypinyin import Style, lazy_pinyin

MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
HAN = re.compile(r"[\u3400-\u9fff]")
LONGEST = 254
COUNTRIES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def phone(text: str, *, region: str = "CN") -> str:
    """The number in E.164 (+8613800138000). Raises ValueError when it is no possible number."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueError(text) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal(kind: str, text: str) -> str:
    """A contact as it is stored and compared. Raises ValueError with the text that is wrong."""
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError(text)
    if kind == "phone":
        return phone(text)
    if kind == "email":
        if not MAIL.fullmatch(text):
            raise ValueError(text)
        return text.lower()
    if not text:
        raise ValueError(text)
    return text


def masked(value: str, *, kind: str) -> str:
    """What may be shown without a reason: `+86 •••• 8000`, `l••••@bank.example`, `•••• 7730`."""
    if kind == "phone":
        codes = (value[1:n] for n in (2, 3, 4) if value.startswith("+"))
        code = next((c for c in codes if c.isdigit() and int(c) in COUNTRIES), "")
        return f"+{code} •••• {value[-4:]}" if code else f"•••• {value[-4:]}"
    if kind == "email":
        name, _at, host = value.partition("@")
        return f"{name[:1]}••••@{host}"
    return f"•••• {value[-4:]}" if len(value) > 4 else "••••"


def masked_reach(value: str) -> str:
    """`masked` of a number or address whose kind nobody named; empty stays empty."""
    return masked(value, kind="email" if "@" in value else "phone") if value else ""


def words(name: str) -> str:
    """A name with what people type to find it: as written, pinyin in full and its initials.

    `刘敏` is found by 刘敏, liumin, liu min and lm.
    """
    if not HAN.search(name):
        return name
    syllables = lazy_pinyin(name, errors="ignore")
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore"))
    return " ".join([name, *syllables, "".join(syllables), initials])
