"""Whom a course is for, what comes first, how long a pass holds (L1-L4). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=30)
MOST_LESSONS = 40


class Standing(StrEnum):
    """How a person stands to a course."""

    LEARNING = "learning"  # enrolled
    PASSED = "passed"  # and it still holds
    ENDING = "ending"  # passed, runs out within SOON
    ENDED = "ended"  # passed once, run out
    LOCKED = "locked"  # another course comes first
    FREE = "free"  # can be begun


def required(
    roles: Collection[str], segments: Collection[str], *, role: str, serves: Collection[str]
) -> bool:
    """Whether a course for `roles` in `segments` is required of who has `role` and `serves` those.

    No roles: of nobody. No segments: of everybody with such a role.
    """
    return role in roles and (not segments or not set(segments).isdisjoint(serves))


def valid_until(at: datetime, days: int | None) -> datetime | None:
    """When a pass of `at` runs out; None: never."""
    return None if days is None else at + timedelta(days=days)


def standing(
    *,
    now: datetime,
    enrolled: bool,
    passed: bool,
    until: datetime | None,
    locked: bool,
) -> Standing:
    """The standing at `now`; `until` is the latest end of the person's passes, None: for good."""
    if enrolled:
        return Standing.LEARNING
    if passed and (until is None or until > now):
        near = until is not None and until - now <= SOON
        return Standing.ENDING if near else Standing.PASSED
    if locked:
        return Standing.LOCKED
    return Standing.ENDED if passed else Standing.FREE


def missing(first: Collection[int], passed: Collection[int]) -> list[int]:
    """Which of the courses that come `first` are not passed, in their order."""
    return [pk for pk in first if pk not in passed]


def goes_round(course: int, first: Collection[int], known: Mapping[int, Collection[int]]) -> bool:
    """Whether `course` would, through what comes first, come before itself.

    `known`: course -> the courses that come first, as they stand for all others.
    """
    seen: set[int] = set()
    ahead = list(first)
    while ahead:
        one = ahead.pop()
        if one == course:
            return True
        if one not in seen:
            seen.add(one)
            ahead.extend(known.get(one, ()))
    return False


def days_left(due_on: date, today: date) -> int:
    """Days to `due_on`; negative after it."""
    return (due_on - today).days
