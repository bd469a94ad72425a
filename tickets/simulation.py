"""A draft of a promise run on the past: what would have been kept (rivals.md, rule 20). Pure.

Only tickets that the draft would apply to are counted anew; pauses are as they were. A promise that
is neither kept nor broken yet counts on neither side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from teams.hours import Hours, deadline, elapsed

SHOWN = 50  # tickets that flip, each way, named in the result


class Past(NamedTuple):
    """One clock of the past: what the ticket was, how long it ran, how it ended.

    `spans`: when it ran; the last one ends at `ended_at`, or `now` while it runs. `kept`: None:
    undecided then.
    """

    ticket: int
    metric: str
    spans: Iterable[tuple[datetime, datetime]]
    running: bool
    kept: bool | None


def due_in(hours: Hours, spans: Iterable[tuple[datetime, datetime]], target_s: float) -> Any:
    """When `target_s` of open time were spent in `spans`; None when they were not."""
    left = target_s
    for start, end in spans:
        run = elapsed(hours, start, end)
        if run > left:
            return deadline(hours, start, left)
        left -= run
    return None


def kept_under(past: Past, hours: Hours, target_s: float) -> bool | None:
    """Whether the promise would have been kept; None while it would still be running in time."""
    if due_in(hours, past.spans, target_s) is not None:
        return False
    return None if past.running else True


@dataclass(slots=True)
class Tally:
    """One metric, before and after."""

    clocks: int = 0
    before_due: int = 0
    before_kept: int = 0
    after_due: int = 0
    after_kept: int = 0
    to_broken: int = 0
    to_kept: int = 0
    broken: list[int] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)

    def count(self, past: Past, after: bool | None) -> None:  # noqa: FBT001 - the answer itself
        """Add one clock whose outcome would have been `after`."""
        before = past.kept
        self.clocks += 1
        self.before_due += before is not None
        self.before_kept += before is True
        self.after_due += after is not None
        self.after_kept += after is True
        if before is not False and after is False:
            self.to_broken += 1
            if len(self.broken) < SHOWN:
                self.broken.append(past.ticket)
        elif before is False and after is not False:
            self.to_kept += 1
            if len(self.mended) < SHOWN:
                self.mended.append(past.ticket)

    def data(self) -> dict[str, Any]:
        """As kept and sent."""
        return {name: getattr(self, name) for name in self.__slots__}


def shares(tally: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """(before, after): kept of those decided, 0 to 1; None where nothing was."""
    before, after = tally["before_due"], tally["after_due"]
    return (
        tally["before_kept"] / before if before else None,
        tally["after_kept"] / after if after else None,
    )
