"""Forms of people, groups and settings. Actions decide what is right; forms only read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from csservice.lib.errors import InvalidError, RefusedError
from teams import hours
from teams.models import Calendar, Group, Skill, User
from teams.models.access import Scope
from teams.models.groups import Segment
from teams.models.people import Density, Language, Role, Shortcuts, Theme
from teams.roles import ROLES, Can, may_give

T = TypeVar("T")


class ActionForm(forms.Form):
    """A form whose fields are the keywords of one action."""

    def tried(self, action: Callable[..., T], *args: Any, **more: Any) -> T | None:
        """What `action` returns for the cleaned data; None when refused, or a field is wrong.

        A refusal becomes an error of its field, or of the form as a whole.
        """
        if not self.is_valid():
            return None
        try:
            return action(*args, **more, **self.cleaned_data)
        except InvalidError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        except RefusedError as error:
            self.add_error(None, str(error))
        return None


class ReasonForm(ActionForm):
    """What says why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Enter the reason.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def givable_roles(by: User) -> list[tuple[str, Any]]:
    """The roles that `by` may give, with their names."""
    return [(role.value, role.label) for role in Role if may_give(by.role, role.value)]


def pills(choices: Any, label: Any, *, required: bool = False) -> forms.MultipleChoiceField:
    """Several of a few, shown as pills."""
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=required, widget=forms.CheckboxSelectMultiple
    )


class RoleForm(ReasonForm):
    """Keywords of `change_role`."""

    field_order = ("role", "reason")
    role = forms.ChoiceField(
        label=_("Role"), choices=(), error_messages={"required": _("Choose a role.")}
    )

    def __init__(self, *args: Any, by: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["role"].choices = givable_roles(by)  # type: ignore[attr-defined]


class GroupsForm(ReasonForm):
    """Keywords of `set_groups`: what is ticked of `by`'s, the rest as it is."""

    field_order = ("groups", "reason")
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=_("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, by: User, person: User | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.run = Group.objects.run_by(by).in_name_order()
        self.person = person
        self.fields["groups"].queryset = self.run  # type: ignore[attr-defined]

    def clean_groups(self) -> list[Group]:
        """What is ticked, and the groups that somebody else runs, which stay."""
        ticked = list(self.cleaned_data["groups"])
        if self.person is None:
            return ticked
        served = Group.objects.filter(memberships__user=self.person)
        return ticked + list(served.exclude(pk__in=self.run.values("pk")))


class DetailsForm(ActionForm):
    """Keywords of `change_person`."""

    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=120,
        error_messages={"required": _("Enter the person's name.")},
    )
    email = forms.EmailField(
        label=_("Work e-mail"),
        error_messages={
            "required": _("Enter the work e-mail address."),
            "invalid": _("Enter a whole e-mail address, like name@bank.example."),
        },
    )
    speaks = pills(Language.choices, _("Speaks"))
    skills = forms.ModelMultipleChoiceField(
        Skill.objects.all(), label=_("Skills"), required=False, widget=forms.CheckboxSelectMultiple
    )


class PersonForm(DetailsForm):
    """Keywords of `add_person`."""

    field_order = ("name", "email", "username", "role", "groups", "speaks", "skills")
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("To sign in with. Letters, digits and . @ + - _"),
        error_messages={"required": _("Enter a user name.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=(), initial=Role.SPECIALIST)
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=_("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, by: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["role"].choices = givable_roles(by)  # type: ignore[attr-defined]
        run = Group.objects.run_by(by).in_name_order()
        self.fields["groups"].queryset = run  # type: ignore[attr-defined]


class GroupForm(ReasonForm):
    """Keywords of `save_group`: no reason for a new group, no fields that are not `by`'s."""

    field_order = ("name", "name_zh", "segment", "manager", "calendar", "reason")
    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Enter the group's name.")}
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    segment = forms.ChoiceField(label=_("Customers"), choices=Segment.choices)
    manager = forms.ModelChoiceField(
        User.objects.none(), label=_("Manager"), required=False, empty_label=_("Nobody yet")
    )
    calendar = forms.ModelChoiceField(
        Calendar.objects.in_name_order(),
        label=_("Opening hours"),
        error_messages={"required": _("Choose opening hours.")},
    )

    def __init__(self, *args: Any, by: User, new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if new:
            del self.fields["reason"]
        if not by.can(Can.MANAGE_ALL_PEOPLE):
            del self.fields["segment"], self.fields["manager"]
            return
        leading = [role for role, can in ROLES.items() if Can.MANAGE_PEOPLE in can]
        people = User.objects.at_work().filter(role__in=leading).in_name_order()
        self.fields["manager"].queryset = people  # type: ignore[attr-defined]


class SkillForm(ActionForm):
    """Keywords of `save_skill`."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Enter the skill's name.")}
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)


# Languages by the names they give themselves.
OWN_NAMES = [(Language.ENGLISH, "English"), (Language.CHINESE, "中文")]


class PreferencesForm(ActionForm):
    """Keywords of `save_preferences`."""

    language = forms.ChoiceField(label=_("Language"), choices=OWN_NAMES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Rows"), choices=Density.choices, widget=forms.RadioSelect)
    shortcuts = forms.ChoiceField(
        label=_("Keyboard shortcuts"), choices=Shortcuts.choices, widget=forms.RadioSelect
    )
    announce = forms.BooleanField(
        label=_("Warn me aloud"),
        required=False,
        help_text=_("A screen reader says when a reply of mine becomes due."),
    )


class TokenForm(ActionForm):
    """Keywords of `make_token`."""

    label = forms.CharField(
        label=_("What the token is for"),
        max_length=80,
        error_messages={"required": _("Enter what the token is for.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the token may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("Good for"),
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("A year"))],
        coerce=int,
        initial=90,
    )


class PolicyForm(ActionForm):
    """Keywords of `set_policy`."""

    second_factor = forms.BooleanField(label=_("Second factor required"), required=False)


# ---- opening hours --------------------------------------------------------------------------
WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~]\s*(\d{1,2}):(\d{2})")
BETWEEN = re.compile(r"[,;，；、]")
DAYS: tuple[Any, ...] = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
    _("Sunday"),
)  # fmt: skip


def read_windows(text: str) -> list[list[int]]:
    """`09:00–12:00, 13:30–18:00` as seconds after midnight. Raises ValidationError."""
    windows = []
    for part in filter(None, (part.strip() for part in BETWEEN.split(text))):
        match = WINDOW.fullmatch(part)
        if match is None or int(match[2]) > 59 or int(match[4]) > 59:
            raise forms.ValidationError(_("Write times as 09:00–18:00, several with commas."))
        start, end = (int(match[i]) * 3600 + int(match[i + 1]) * 60 for i in (1, 3))
        if not start < end <= hours.DAY_S:
            raise forms.ValidationError(_("Let the closing time be after the opening time."))
        windows.append([start, end])
    return windows


def write_windows(windows: Sequence[Sequence[int]]) -> str:
    """Seconds after midnight as people write them."""
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in windows)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


class CalendarForm(ActionForm):
    """Keywords of `save_calendar`: a line of times for each weekday, a line for each single day."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Enter a name for the opening hours.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone],
    )
    always = forms.BooleanField(label=_("Always open"), required=False)
    single = forms.CharField(
        label=_("Single days"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One a line: 2026-10-01 is closed all day, 2026-10-02 09:00–12:00 is open then."
        ),
    )

    def __init__(self, data: Any, *, calendar: Calendar | None = None) -> None:
        super().__init__(data, initial=self._known(calendar))
        for day, label in enumerate(DAYS):
            self.fields[f"day_{day}"] = forms.CharField(label=label, required=False, max_length=200)

    @staticmethod
    def _known(calendar: Calendar | None) -> dict[str, Any]:
        if calendar is None:
            week = {str(day): [[9 * 3600, 18 * 3600]] for day in range(5)}
            known: dict[str, Any] = {"time_zone": settings.TIME_ZONE}
        else:
            week = calendar.week
            lines = (
                f"{day} {write_windows(w)}".strip() for day, w in sorted(calendar.days.items())
            )
            known = {
                "name": calendar.name,
                "time_zone": calendar.time_zone,
                "always": not week,
                "single": "\n".join(lines),
            }
        return known | {f"day_{day}": write_windows(w) for day, w in week.items()}

    @property
    def weekdays(self) -> list[forms.BoundField]:
        return [self[f"day_{day}"] for day in range(7)]

    def clean(self) -> dict[str, Any]:
        """The fields as the action's keywords."""
        given = super().clean() or {}
        days: dict[str, list[list[int]]] = {}
        for line in filter(None, map(str.strip, given.get("single", "").splitlines())):
            day, _blank, times = line.partition(" ")
            days[day] = self._windows("single", times)
        week = {
            str(day): windows
            for day in range(7)
            if (windows := self._windows(f"day_{day}", given.get(f"day_{day}", "")))
        }
        return {
            "name": given.get("name", ""),
            "time_zone": given.get("time_zone", ""),
            "week": None if given.get("always") else week,
            "days": days,
        }

    def _windows(self, field: str, text: str) -> list[list[int]]:
        try:
            return read_windows(text)
        except forms.ValidationError as error:
            self.add_error(field, error)
            return []
