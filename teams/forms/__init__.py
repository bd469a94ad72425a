"""Forms of people, groups and settings. Actions decide what is right; forms only read."""

from __future__ import annotations

from teams.forms.absences import AbsenceForm, WithdrawForm
from teams.forms.action import ActionForm, ReasonForm
from teams.forms.countries import country_name
from teams.forms.hours import DAYS, CalendarForm, DueForm, ImportForm, write_windows
from teams.forms.people import (
    DetailsForm,
    GroupForm,
    GroupsForm,
    PersonForm,
    PolicyForm,
    PreferencesForm,
    RoleForm,
    SkillForm,
    TokenForm,
)

__all__ = [
    "DAYS",
    "AbsenceForm",
    "ActionForm",
    "CalendarForm",
    "DetailsForm",
    "DueForm",
    "GroupForm",
    "GroupsForm",
    "ImportForm",
    "PersonForm",
    "PolicyForm",
    "PreferencesForm",
    "ReasonForm",
    "RoleForm",
    "SkillForm",
    "TokenForm",
    "WithdrawForm",
    "country_name",
    "write_windows",
]
