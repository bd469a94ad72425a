"""What the rail and the settings list offer to whom: two tables that pages and tests read.

Apps above `teams` add what they alone know, a number beside an item or each person's open work,
by `counted` and `tallied`, called once from their `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.roles import Can

if TYPE_CHECKING:
    from teams.models import User

Counter = Callable[["User"], Mapping[str, int]]
Tally = Callable[[Collection[int]], Mapping[int, int]]


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
        icon="ticket",
        covers=("/queue/", "/t/"),
        needs=frozenset({Can.WORK_TICKETS, Can.SEE_ALL_TICKETS}),
    ),
    Item(
        "live",
        _("Live"),
        icon="activity",
        covers=("/live/",),
        needs=frozenset({Can.SEE_LIVE}),
    ),
    Item(
        "complaints",
        _("Complaints"),
        icon="flag",
        covers=("/complaints/",),
        needs=frozenset({Can.ASSIGN_TICKETS}),
    ),
    Item(
        "customers",
        _("Customers"),
        icon="users",
        covers=("/customers/",),
        needs=frozenset({Can.KEEP_CUSTOMERS}),
    ),
    Item(
        "training",
        _("Training"),
        icon="school",
        covers=("/training/",),
        needs=frozenset({Can.KEEP_OWN}),
    ),
    Item(
        "team",
        _("Team"),
        icon="sitemap",
        covers=("/team/",),
        needs=frozenset({Can.SEE_TEAM}),
    ),
    Item(
        "status",
        _("Status"),
        icon="heartbeat",
        covers=("/status/",),
        needs=frozenset({Can.SEE_STATUS}),
    ),
    Item(
        "settings",
        _("Settings"),
        icon="settings",
        covers=("/settings/",),
        needs=frozenset(
            {
                *(Can.MANAGE_PEOPLE, Can.KEEP_CATALOGUE, Can.MANAGE_PROMISES),
                *(Can.SET_SECURITY, Can.SEE_LEDGER),
            }
        ),
        bottom=True,
    ),
)

SECTIONS: tuple[Section, ...] = (
    Section("settings-skills", _("Skills"), icon="star", needs=Can.MANAGE_PEOPLE),
    Section("settings-hours", _("Opening hours"), icon="clock", needs=Can.MANAGE_PEOPLE),
    Section("settings-promises", _("SLA policies"), icon="target", needs=Can.MANAGE_PROMISES),
    Section("settings-complaints", _("Complaint rules"), icon="flag", needs=Can.SET_COMPLAINTS),
    Section("settings-access", _("Access"), icon="lock", needs=Can.MANAGE_PEOPLE),
    Section("settings-products", _("Products"), icon="package", needs=Can.KEEP_CATALOGUE),
    Section("settings-guides", _("Question guides"), icon="list-check", needs=Can.KEEP_CATALOGUE),
    Section("settings-macros", _("Quick replies"), icon="bolt", needs=Can.KEEP_OWN),
    Section("settings-api", _("API"), icon="key", needs=Can.KEEP_OWN),
    Section("settings-audit", _("Audit"), icon="history", needs=Can.SEE_LEDGER),
)

_COUNTERS: list[Counter] = []
_TALLIES: list[Tally] = []


def counted(counter: Counter) -> None:
    """Let `counter` say the numbers beside names of the rail, and the bell's as "mentions"."""
    _COUNTERS.append(counter)


def numbers(user: User) -> dict[str, int]:
    """What waits for `user` behind each place that has anything. One query for each counter."""
    return {name: n for counter in _COUNTERS for name, n in counter(user).items() if n}


def rail(user: User) -> list[Item]:
    """The rail's items for `user`, in order."""
    return [item for item in RAIL if any(user.can(need) for need in item.needs)]


def sections(user: User) -> list[Section]:
    """The settings sections `user` may open, in order."""
    return [section for section in SECTIONS if user.can(section.needs)]


def tallied(tally: Tally) -> None:
    """Let `tally` say how many tickets each of some people has open, for the team's pages."""
    _TALLIES.append(tally)


def open_work(user_ids: Collection[int]) -> dict[int, int]:
    """Open tickets by person, of those who have any. One query for each tally."""
    found: dict[int, int] = {}
    for tally in _TALLIES:
        for user_id, n in tally(user_ids).items():
            found[user_id] = found.get(user_id, 0) + n
    return found
