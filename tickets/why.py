"""Why a clock says what it says: its ledger and opening hours read, explained, and put in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from teams.hours import Hours
from teams.models import CalendarVersion, Group, User
from tickets.actions.adopt import adopted
from tickets.clock_words import sentences
from tickets.explained import ALWAYS, ALWAYS_SAID, EVERY_SECOND, Explanation, explain
from tickets.models import Clock, ClockEvent, Ticket

Versions = Mapping[int, CalendarVersion]


@dataclass
class Why:
    """One clock (with what `ClockQuerySet.told` brings), explained at `now`; reads as it is asked.

    `versions`: every version of opening hours that its ledger names, by key.
    """

    clock: Clock
    now: datetime
    events: list[ClockEvent] = field(default_factory=list)
    versions: Versions = field(default_factory=dict)

    @classmethod
    def of(cls, clock: Clock, *, now: datetime) -> Why:
        """Two queries: the events, the opening hours."""
        return cls._with(clock, list(clock.events.select_related("by").order_by("pk")), now)

    @classmethod
    def before_clocks(cls, ticket: Ticket, metric: str, cycle: int, *, now: datetime) -> Why | None:
        """What the clock would be of a ticket that came before there were clocks, by the promises
        in its columns; None: it promised no such thing. Reads only, nothing is kept."""
        clocks = adopted(ticket, now=now)
        for row in clocks.rows:
            if (row.metric, row.cycle) == (metric, cycle):
                return cls._with(row, [e for e in clocks.events if e.clock is row], now)
        return None

    @property
    def recorded(self) -> bool:
        """Whether the clock is on record; else it is reckoned from the ticket's columns."""
        return self.clock.pk is not None

    @property
    def split_from(self) -> int | None:
        """The ticket whose conversation the clock's ticket was split off from, where the clock
        began with the split (rule 18)."""
        ticket = self.clock.ticket
        began = self.clock.started_at == ticket.received_at
        return ticket.split_from_id if began else None

    @classmethod
    def _with(cls, clock: Clock, events: list[ClockEvent], now: datetime) -> Why:
        keys = {clock.first_calendar_id, clock.calendar_id}
        keys |= {event.data.get("calendar") for event in events}
        keys -= {None, ALWAYS}
        rows = CalendarVersion.objects.select_related("calendar__current").in_bulk(keys)
        return cls(clock, now, events, rows)

    @cached_property
    def told(self) -> Explanation:
        """By the opening hours that the clock is counted in."""
        return self._explained(self.versions)

    def by_todays_hours(self) -> Explanation:
        """As if each version were what its opening hours are now; no query."""
        current = {key: row.calendar.current or row for key, row in self.versions.items()}
        return self._explained(current)

    def _explained(self, versions: Versions) -> Explanation:
        def hours_of(key: int) -> Hours:
            return versions[key].hours() if key else EVERY_SECOND

        def said_of(key: int) -> Mapping[str, Any]:
            return versions[key].known() if key else ALWAYS_SAID

        return explain(
            self.clock.start,
            (event.event for event in self.events),
            hours_of,
            said_of,
            self.now,
            metric=self.clock.metric,
            cycle=self.clock.cycle,
        )

    def sentences(self, zone: str = "") -> list[str]:
        """In the reader's language; `zone` is theirs."""
        found = sentences(self.told, now=self.now, zone=zone)
        if self.split_from is not None:
            said = _("Split off from #%(number)s; it counts from the split.")
            found.insert(0, said % {"number": self.split_from})
        if not self.recorded:
            found.append(
                _(
                    "This ticket is from before the clocks: this is reckoned from its own "
                    "deadlines. The next step on it, or the command adopt_clocks, puts it on "
                    "record."
                )
            )
        return found

    @cached_property
    def people(self) -> dict[int, str]:
        """The names of those whose it was. One query."""
        rows = User.objects.filter(pk__in=self._keys("owner", self.clock.first_owner_id))
        return dict(rows.values_list("pk", "name"))

    @cached_property
    def groups(self) -> dict[int, str]:
        """The names of their groups in the reader's language. One query."""
        rows = Group.objects.filter(pk__in=self._keys("group", self.clock.first_group_id))
        return {group.pk: str(group) for group in rows}

    def _keys(self, name: str, first: int | None) -> list[int]:
        """The keys of `name` at the start and in all events."""
        said = {first} | {event.data.get(name) for event in self.events}
        return [key for key in said if key is not None]
