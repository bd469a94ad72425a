"""Who gets a new ticket (T5): the right segment, language, skill; the least open work. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who is available now. `load`: open tickets in work."""

    user_id: int
    group_id: int
    speaks: tuple[str, ...]
    skilled: bool
    load: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom the rule chose and why. `missed`: wishes nobody available could meet."""

    user_id: int
    group_id: int
    load: int
    among: int
    missed: tuple[str, ...]


def choose(candidates: Iterable[Candidate], *, language: str, skill_wanted: bool) -> Choice | None:
    """The candidate who meets most wishes, with the least open work; the lower key on a tie.

    The language outweighs the skill: a customer must be understood first. None: nobody is
    available, and the ticket waits in its group's queue.
    """
    pool = list(candidates)
    if not pool:
        return None

    def misses(person: Candidate) -> tuple[str, ...]:
        missing = []
        if language and language not in person.speaks:
            missing.append("language")
        if skill_wanted and not person.skilled:
            missing.append("skill")
        return tuple(missing)

    weight = {"language": 2, "skill": 1}

    def rank(person: Candidate) -> int:
        return sum(weight[wish] for wish in misses(person))

    best = min(rank(person) for person in pool)
    fit = [person for person in pool if rank(person) == best]
    chosen = min(fit, key=lambda person: (person.load, person.user_id, person.group_id))
    among = len({person.user_id for person in fit})
    return Choice(chosen.user_id, chosen.group_id, chosen.load, among, misses(chosen))
