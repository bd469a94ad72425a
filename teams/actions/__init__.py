"""Writes of people, groups and how one signs in (plan T1-T5)."""

from __future__ import annotations

from teams.actions._row import freeze
from teams.actions.absences import note_absence, withdraw_absence
from teams.actions.access import (
    USED_EVERY,
    forget_factors,
    forget_keys,
    forget_tokens,
    make_token,
    mark_used,
    revoke_token,
    set_policy,
)
from teams.actions.calendars import (
    extend_calendars,
    import_public_days,
    preview_public_days,
    save_calendar,
)
from teams.actions.certify import certify
from teams.actions.groups import save_group, save_skill
from teams.actions.own import save_preferences, set_presence
from teams.actions.people import (
    activate,
    add_person,
    change_person,
    change_role,
    deactivate,
    set_groups,
)

__all__ = [
    "USED_EVERY",
    "activate",
    "add_person",
    "certify",
    "change_person",
    "change_role",
    "deactivate",
    "extend_calendars",
    "forget_factors",
    "forget_keys",
    "forget_tokens",
    "freeze",
    "import_public_days",
    "make_token",
    "mark_used",
    "note_absence",
    "preview_public_days",
    "revoke_token",
    "save_calendar",
    "save_group",
    "save_preferences",
    "save_skill",
    "set_groups",
    "set_policy",
    "set_presence",
    "withdraw_absence",
]
