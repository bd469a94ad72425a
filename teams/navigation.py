"""What the rail and the settings list offer to whom: two tables that pages and tests read.

Apps above `teams` put a number beside an item by `counted`, called once from their `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.roles import Can

if TYPE_CHECKING:
    from teams.models import User

Count = Callable[["User"], int]


@dataclass(frozen=True, slots=True)
class Item:
    """One place of the rail. `url` is a URL name; `covers` are the paths on which it is current."""

    url: str
    label: str | Promise
    icon: str
    covers: tuple[str, ...]
    needs: frozenset[Can] = frozenset()
    bottom: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the settings. `url` is a URL name; `needs` what a role must have to see it."""

    url: str
    label: str | Promise
    icon: str
    needs: Can


# Whoever has one of `needs` sees the item; the rest do not (ux.md 1.2).
RAIL: tuple[Item, ...] = (
    Item(
        "queue",
        _("Queue"),
        "ticket",
        ("/queue/", "/t/"),
        frozenset({Can.WORK_TICKETS, Can.SEE_ALL_TICKETS}),
    ),
    Item("live", _("Live"), "activity", ("/live/",), frozenset({Can.SEE_LIVE})),
    Item("customers", _("Customers"), "users", ("/customers/",), frozenset({Can.KEEP_CUSTOMERS})),
    Item("team", _("Team"), "sitemap", ("/team/",), frozenset({Can.SEE_TEAM})),
    Item("status", _("Status"), "heartbeat", ("/status/",), frozenset({Can.SEE_STATUS})),
    Item(
        "settings",
        _("Settings"),
        "settings",
        ("/settings/",),
        frozenset({Can.MANAGE_PEOPLE, Can.KEEP_CATALOGUE, Can.SET_SECURITY, Can.SEE_LEDGER}),
        bottom=True,
    ),
)

SECTIONS: tuple[Section, ...] = (
    Section("settings-skills", _("Skills"), "star", Can.MANAGE_PEOPLE),
    Section("settings-hours", _("Opening hours"), "clock", Can.MANAGE_PEOPLE),
    Section("settings-access", _("Access"), "lock", Can.MANAGE_PEOPLE),
    Section("settings-api", _("API"), "key", Can.KEEP_OWN),
    Section("settings-audit", _("Audit"), "history", Can.SEE_LEDGER),
)

_COUNTS: dict[str, Count] = {}


def counted(name: str, count: Count) -> None:
    """Let `count` say the number beside the rail's `name`, or the bell's for "mentions"."""
    _COUNTS[name] = count


def number(name: str, user: User) -> int:
    """What waits for `user` behind `name`; 0 where nobody counts. Runs the counter's query."""
    count = _COUNTS.get(name)
    return count(user) if count else 0


def rail(user: User) -> list[Item]:
    """The rail's items for `user`, in order."""
    return [item for item in RAIL if any(user.can(need) for need in item.needs)]


def sections(user: User) -> list[Section]:
    """The settings sections `user` may open, in order."""
    return [section for section in SECTIONS if user.can(section.needs)]
