"""Forms of people, groups, skills, preferences, tokens and policies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.forms.action import ActionForm, ReasonForm
from teams.models import Calendar, Group, Skill, User
from teams.models.access import Scope
from teams.models.groups import Segment
from teams.models.people import Density, Language, Role, Shortcuts, Theme
from teams.roles import ROLES, Can, may_give


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

    field_order = (
        *("name", "name_zh", "segment", "manager", "calendar", "certified_only", "reason"),
    )
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
    certified_only = forms.BooleanField(
        label=_("Replies of people without valid certificates wait for release"), required=False
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
