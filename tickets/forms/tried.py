"""What the page of drafts takes: opening hours to try in the place of others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.forms import ActionForm
from teams.models import Calendar


class TryHoursForm(ActionForm):
    """As if the groups of `calendar` had kept the hours of `instead`."""

    calendar = forms.ModelChoiceField(
        label=_("Opening hours of today"),
        queryset=Calendar.objects.in_name_order(),
        error_messages={"required": _("Choose opening hours.")},
    )
    instead = forms.ModelChoiceField(
        label=_("As if they had been"),
        queryset=Calendar.objects.in_name_order(),
        help_text=_("Add the hours you think of as new opening hours first; no group keeps them."),
        error_messages={"required": _("Choose opening hours.")},
    )
    days = forms.TypedChoiceField(
        label=_("Tickets of"),
        choices=[
            (30, _("the last 30 days")),
            (90, _("the last 90 days")),
            (180, _("the last 180 days")),
            (365, _("the last 365 days")),
        ],
        coerce=int,
        initial=90,
    )

    def clean(self) -> dict[str, Any]:
        """The fields as the action's keywords."""
        found = super().clean() or {}
        calendar, instead = found.get("calendar"), found.get("instead")
        if not calendar or not instead:
            return found
        return {"calendar_id": calendar.pk, "hours": instead.text(), "days": str(found["days"])}
