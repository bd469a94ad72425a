"""What a ticket waits for: the customer, a third party, the regulator (rivals.md 2.10, rule 10)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tickets.forms.desk import ReasonForm
from tickets.models import Waiting


class Customary(forms.RadioSelect):
    """Nothing chosen is the customer."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return super().value_from_datadict(data, files, name) or Waiting.CUSTOMER


class WaitForm(ReasonForm):
    """Whom and what it waits for."""

    field_order = ("seen", "for_", "reason")
    for_ = forms.ChoiceField(
        label=gettext_lazy("Who is waited for?"),
        choices=[
            (Waiting.CUSTOMER, gettext_lazy("The customer")),
            (Waiting.THIRD, gettext_lazy("A third party")),
            (Waiting.HOLD, gettext_lazy("The regulator")),
        ],
        initial=Waiting.CUSTOMER,
        widget=Customary,
    )
