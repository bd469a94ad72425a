"""Words joined as the reader's language joins them. In a rule, an action and a page alike."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def listed(things: Iterable[object]) -> str:
    """`things` in a row: "a, b" in English, "a、b" in Chinese. Empty for none."""
    return _(", ").join(map(str, things))
