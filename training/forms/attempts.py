"""Forms of tests: one question as it is answered, one free text as it is marked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from teams.forms import ActionForm
from training import marking
from training.models import AttemptItem, Kind


class AnswerForm(ActionForm):
    """One question of a test. Its fields speak of places on the page (training/marking.py)."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    window = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, item: AttemptItem, window: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.item = item
        self.fields["seen"].initial = item.revision
        self.fields["window"].initial = window
        self.fields.update(_FIELDS[Kind(item.question.kind)](item))

    @property
    def parts(self) -> list[BoundField]:
        """The fields that one answers in."""
        return [self[name] for name in self.fields if name not in {"seen", "window"}]

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        part = marking.PARTS[self.item.question.kind]
        if part in {"places", "pairs"}:
            ranks = {name[2:]: value for name, value in sent.items() if name.startswith("p.")}
            given: Any = {place: rank for place, rank in ranks.items() if rank}
        else:
            given = sent.get("answer")
            given = [given] if self.item.question.kind == Kind.SINGLE and given else given
        kept = {name: sent.get(name) for name in ("seen", "window")}
        return {**kept, "given": {part: given} if given else {}}


def _choices(item: AttemptItem) -> list[tuple[str, str]]:
    question, shown = item.question, item.mix.options
    return [(str(place), question.option(number)) for place, number in enumerate(shown, 1)]


def _choice(item: AttemptItem) -> dict[str, forms.Field]:
    several = item.question.kind == Kind.MULTIPLE
    chosen = [str(place) for place in item.given.get("chosen", [])]
    made: type[forms.ChoiceField] = forms.MultipleChoiceField if several else forms.ChoiceField
    widget = forms.CheckboxSelectMultiple if several else forms.RadioSelect
    return {
        "answer": made(
            label=str(item.question),
            choices=_choices(item),
            widget=widget,
            required=False,
            initial=chosen if several else "".join(chosen),
            help_text=_("Choose every right answer.") if several else "",
        )
    }


def _order(item: AttemptItem) -> dict[str, forms.Field]:
    ranks = [("", "–"), *((str(rank), str(rank)) for rank in range(1, len(item.mix.options) + 1))]
    return _selects(item, ranks, "places")


def _pairs(item: AttemptItem) -> dict[str, forms.Field]:
    question, shown = item.question, item.mix.partners
    ends = [(str(place), question.partner(number)) for place, number in enumerate(shown, 1)]
    return _selects(item, [("", "–"), *ends], "pairs")


def _selects(
    item: AttemptItem, choices: list[tuple[str, str]], part: str
) -> dict[str, forms.Field]:
    given = item.given.get(part, {})
    return {
        f"p.{place}": forms.ChoiceField(
            label=label, choices=choices, required=False, initial=str(given.get(place, ""))
        )
        for place, label in _choices(item)
    }


def _text(item: AttemptItem) -> dict[str, forms.Field]:
    return {
        "answer": forms.CharField(
            label=_("Your answer"),
            max_length=marking.LONGEST,
            required=False,
            initial=item.given.get("text", ""),
            widget=forms.Textarea(attrs={"rows": 8}),
        )
    }


_FIELDS = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.ORDERING: _order,
    Kind.MATCHING: _pairs,
    Kind.TEXT: _text,
}


class MarkForm(ActionForm):
    """What a trainer gives for a free text."""

    points = forms.DecimalField(
        label=_("Points"),
        max_digits=4,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"step": "0.5", "min": "0"}),
    )
    remark = forms.CharField(
        label=_("Remark for the learner"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
