"""What a ticket waits for: the customer, a third party, the regulator (rivals.md 2.10, rule 10)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tickets.forms.desk import ReasonForm
from tickets.models import Waiting


class WaitForm(ReasonForm):
    """Whom and what it waits for; nothing chosen is the customer."""

    field_order = ("seen", "for_", "reason")
    for_ = forms.ChoiceField(
        label=gettext_lazy("Who is waited for?"),
        choices=[
            (Waiting.CUSTOMER, gettext_lazy("The customer")),
            (Waiting.THIRD, gettext_lazy("A third party")),
            (Waiting.HOLD, gettext_lazy("The regulator")),
        ],
        initial=Waiting.CUSTOMER,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_for_(self) -> Any:
        return self.cleaned_data["for_"] or Waiting.CUSTOMER
