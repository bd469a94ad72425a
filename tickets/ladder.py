"""Who hears that a promise comes near or broke: the ladder of escalation (rule 17). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

RUNGS = ("owner", "group", "manager", "director")


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told, on which rung they stand, and whether somebody else was meant."""

    users: tuple[int, ...]
    rung: str
    fallback: bool


def recipients(
    to: str,
    people: Mapping[str, Sequence[int]],
    on_duty: Iterable[int],
    present: Iterable[int] = (),
) -> Told | None:
    """Whoever stands on rung `to` and is on duty; else the first rung above with somebody there.

    `on_duty`: at work, within the opening hours of a group of theirs; `present`: at work, whatever
    the hour, who are asked when nobody on any rung above is on duty. With none of them either,
    whoever stands on `to` finds it when they come, and where nobody stands on it, on the rungs
    above. None: there is nobody at all.
    """
    above = RUNGS[RUNGS.index(to) :]
    for there in (set(on_duty), set(present)):
        for rung in above:
            found = tuple(user for user in people.get(rung, ()) if user in there)
            if found:
                return Told(found, rung, fallback=rung != to)
    for rung in above:
        if people.get(rung):
            return Told(tuple(people[rung]), rung, fallback=rung != to)
    return None
