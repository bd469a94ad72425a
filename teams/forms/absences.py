"""Forms of absences."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.forms.action import ActionForm
from teams.models import Absence


def day(label: object, said: object) -> forms.DateField:
    """A day, asked for with the browser's calendar."""
    return forms.DateField(
        label=label,  # type: ignore[arg-type]
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": said, "invalid": said},  # type: ignore[dict-item]
    )


class AbsenceForm(ActionForm):
    """Keywords of `note_absence`."""

    starts_on = day(_("First day"), _("Enter the first day away."))
    ends_on = day(_("Last day"), _("Enter the last day away."))
    kind = forms.ChoiceField(label=_("Why"), choices=Absence.Kind.choices)


class WithdrawForm(ActionForm):
    """Keywords of `withdraw_absence`."""

    absence = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
