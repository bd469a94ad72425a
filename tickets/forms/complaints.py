"""The forms of complaints: what is done about a case, and which packs apply."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.forms import ActionForm
from teams.models import Calendar, Group
from tickets import complaints
from tickets.models import Cause, Product

LETTER = forms.Textarea(attrs={"rows": 6})
LINES = forms.Textarea(attrs={"rows": 2})


def _text(label: Any, missing: Any, widget: forms.Widget = LINES) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20_000, widget=widget, error_messages={"required": missing}
    )


class NothingForm(ActionForm):
    """A verb that needs no words."""


class AcknowledgeForm(ActionForm):
    text = _text(_("Acknowledgement"), _("Write what the customer is sent."), LETTER)


class OfferedForm(ActionForm):
    """`offers`: what may be chosen for `key` now, as (key, words)."""

    def __init__(self, *args: Any, offers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = offers  # type: ignore[attr-defined]


class ExtendForm(OfferedForm):
    """A later deadline that a pack still allows."""

    key = forms.ChoiceField(label=_("Extension"), error_messages={"required": _("Choose one.")})
    until = forms.DateField(
        label=_("Final answer on"),
        required=False,
        help_text=_("Only where the pack names no number of days."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = _text(_("Reason"), _("Enter why more time is needed."))
    notice = _text(_("Notice to the customer"), _("Write what the customer is told."), LETTER)


class StopForm(OfferedForm):
    """Time that the final deadline leaves out."""

    key = forms.ChoiceField(label=_("Left out"), error_messages={"required": _("Choose one.")})
    reason = _text(_("Reason"), _("Enter why the time is to be left out."))
    evidence = _text(_("Evidence"), _("Enter what shows it: the order and its number."))
    notice = _text(_("Notice to the customer"), _("Write what the customer is told."), LETTER)


class GoOnForm(ActionForm):
    found = _text(_("What came of it"), _("Enter what came of it."))


class LetterForm(ActionForm):
    text = _text(_("Final letter"), _("Write the final letter."), LETTER)


class ReleaseForm(ActionForm):
    letter = forms.IntegerField(widget=forms.HiddenInput)


class CauseForm(ActionForm):
    kind = forms.ChoiceField(label=_("Root cause"), choices=Cause.choices)
    detail = _text(_("What happened"), _("Enter what happened."))
    step = _text(_("Corrective step"), _("Enter what is done so that it does not happen again."))


# ---- settings ---------------------------------------------------------------------------------
def _days() -> forms.ModelChoiceField[Calendar]:
    return forms.ModelChoiceField(
        label=_("Working days"),
        queryset=Calendar.objects.order_by("name"),
        required=False,
        empty_label=_("Those of the ticket's group"),
    )


class RuleForm(ActionForm):
    """Which pack applies to the customers of one segment. `offers`: the packs as (code, words)."""

    pack = forms.ChoiceField(label=_("Pack"), required=False)
    calendar = _days()

    def __init__(self, *args: Any, offers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].choices = [("", _("None: the mark alone")), *offers]  # type: ignore[attr-defined]


class LayerForm(ActionForm):
    """A pack for a group or a product. `offers`: the packs as (code, words)."""

    pack = forms.ChoiceField(label=_("Pack"), error_messages={"required": _("Choose one.")})
    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=Group.objects.order_by("name"),
        required=False,
        empty_label=_("All groups"),
        help_text=_("Where a group works for one country, it stands for its jurisdiction."),
    )
    product = forms.ModelChoiceField(
        label=_("Product"),
        queryset=Product.objects.order_by("name"),
        required=False,
        empty_label=_("All products"),
    )
    calendar = _days()
    instead = forms.BooleanField(label=_("In place of the pack of the customer"), required=False)

    def __init__(self, *args: Any, offers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].choices = offers  # type: ignore[attr-defined]


class LiftForm(ActionForm):
    layer = forms.IntegerField(widget=forms.HiddenInput)


class ConfirmForm(ActionForm):
    pack = forms.ChoiceField(
        choices=lambda: [(code, code) for code in complaints.packs()], widget=forms.HiddenInput
    )
    person = forms.CharField(
        label=_("Confirmed by"),
        max_length=120,
        help_text=_("The person in compliance who answers for it."),
        error_messages={"required": _("Enter who in compliance confirmed it.")},
    )
    on = forms.DateField(
        label=_("Confirmed on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Enter the day it was confirmed.")},
    )


class WordsForm(ActionForm):
    words = forms.CharField(
        label=_("Words, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "lang": ""}),
        help_text=_("With * at its end, an entry is the beginning of a word."),
    )
