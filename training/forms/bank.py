"""Forms of the question bank: one question and the answers to choose from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.forms import ActionForm
from training import marking
from training.models import Area, Course, Difficulty, Kind

ANY = [("", _("All"))]
TEXT = {"rows": 2}
LINES = 6


class QuestionForm(ActionForm):
    """What is asked; its answers are OptionForm. `kind` stands in the address of a new one."""

    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Question"), max_length=2000, widget=forms.Textarea(attrs=TEXT))
    text_zh = forms.CharField(
        label=_("Question in Chinese"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs=TEXT),
    )
    area = forms.ChoiceField(label=_("Training area"), choices=Area.choices)
    difficulty = forms.ChoiceField(
        label=_("Difficulty"), choices=Difficulty.choices, initial=Difficulty.MEDIUM
    )
    course = forms.ModelChoiceField(
        Course.objects.none(), label=_("Only for the course"), required=False, empty_label=_("All")
    )
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10, initial=1)
    why = forms.CharField(
        label=_("Explanation"), max_length=2000, required=False, widget=forms.Textarea(attrs=TEXT)
    )
    why_zh = forms.CharField(
        label=_("Explanation in Chinese"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs=TEXT),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["course"].queryset = Course.objects.filter(retired_at=None).in_order()


class OptionForm(forms.Form):
    """One answer to choose from; empty ones are left out."""

    text = forms.CharField(label=_("Answer"), max_length=300, required=False)
    text_zh = forms.CharField(label=_("In Chinese"), max_length=300, required=False)
    right = forms.BooleanField(label=_("Right"), required=False)
    partner = forms.CharField(label=_("Belongs to"), max_length=300, required=False)
    partner_zh = forms.CharField(label=_("Belongs to, in Chinese"), max_length=300, required=False)


def option_forms(kind: str, data: Any, kept: list[dict[str, Any]]) -> Any:
    """The formset of a question's answers: at least LINES, two more than it has, and not too many.

    Free text has none.
    """
    most = marking.MOST_OPTIONS if kind != Kind.TEXT else 0
    lines = min(most, max(LINES, len(kept) + 2))
    made = forms.formset_factory(OptionForm, extra=lines - len(kept), max_num=most)
    return made(data, prefix="options", initial=kept)


def options_of(formset: Any) -> list[dict[str, Any]]:
    """The lines that were filled in, as `save_question` takes them."""
    found: list[dict[str, Any]] = [form.cleaned_data for form in formset]
    return [one for one in found if one.get("text") or one.get("partner")]


class BankFilter(forms.Form):
    """What of the bank is listed."""

    q = forms.CharField(label=_("Words of the question"), required=False)
    area = forms.ChoiceField(label=_("Area"), choices=[*ANY, *Area.choices], required=False)
    difficulty = forms.ChoiceField(
        label=_("Difficulty"), choices=[*ANY, *Difficulty.choices], required=False
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[*ANY, *Kind.choices], required=False)
    course = forms.ModelChoiceField(
        Course.objects.none(), label=_("Course"), required=False, empty_label=_("All")
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("In the bank")), ("retired", _("Retired"))],
        required=False,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["course"].queryset = Course.objects.in_order()
