"""Who may do what (plan T1-T4). Pure: no Django, no database."""

from __future__ import annotations

from enum import StrEnum, auto


class Can(StrEnum):
    """A capability that code checks; a role is a set of them."""

    WORK_TICKETS = auto()
    SEE_ALL_TICKETS = auto()
    ASSIGN_TICKETS = auto()
    SEE_LIVE = auto()
    KEEP_CUSTOMERS = auto()
    UNMASK = auto()
    ERASE = auto()
    KEEP_CATALOGUE = auto()
    MANAGE_PROMISES = auto()
    SET_COMPLAINTS = auto()  # which pack of complaint rules applies, and that it is confirmed
    SEE_TEAM = auto()
    MANAGE_PEOPLE = auto()
    MANAGE_ALL_PEOPLE = auto()
    SEE_STATUS = auto()
    SEE_LEDGER = auto()
    SET_SECURITY = auto()
    KEEP_OWN = auto()  # one's own presence, preferences, tokens and training
    AUTHOR_COURSES = auto()  # courses, the question bank, drill scenarios, scorecards
    RUN_TRAINING = auto()  # sessions, cycles, drills, needs, certificates of the people one runs
    REVIEW_QUALITY = auto()  # rate tickets of the people one runs by a scorecard


_ALL = frozenset({Can.SEE_TEAM, Can.KEEP_OWN})
_WORK = _ALL | {Can.WORK_TICKETS, Can.KEEP_CUSTOMERS, Can.UNMASK}

ROLES: dict[str, frozenset[Can]] = {
    "director": frozenset(Can) - {Can.WORK_TICKETS},
    "manager": _WORK
    | {Can.ASSIGN_TICKETS, Can.SEE_LIVE, Can.KEEP_CATALOGUE, Can.MANAGE_PROMISES}
    | {Can.MANAGE_PEOPLE, Can.SEE_LEDGER}
    | {Can.AUTHOR_COURSES, Can.RUN_TRAINING, Can.REVIEW_QUALITY},
    "specialist": _WORK,
    "support": _ALL | {Can.WORK_TICKETS, Can.SEE_STATUS},
}

# A manager may give only these; directors and managers are made by a director (T1, T2).
MANAGER_MAY_GIVE = frozenset({"specialist", "support"})


def may_give(giver: str, role: str) -> bool:
    """Whether a person of role `giver` may give or take away `role`."""
    can = ROLES[giver]
    return Can.MANAGE_ALL_PEOPLE in can or (Can.MANAGE_PEOPLE in can and role in MANAGER_MAY_GIVE)
