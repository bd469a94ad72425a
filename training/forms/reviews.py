"""Forms of quality reviews: what is looked for, what is drawn, one rating, disputes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teams.forms import ActionForm
from teams.models import Group, User
from teams.models.groups import in_language
from tickets.models import Message
from training import quality
from training.actions.reviews import MOST_EACH
from training.models import Area, Review, ReviewForm

ANSWERS = (
    (quality.MET, _("Met")),
    (quality.PARTLY, _("Partly met")),
    (quality.NOT_MET, _("Not met")),
    (quality.DOES_NOT_APPLY, _("Does not apply")),
)
BLANK_LINES = 3


class ReviewFormForm(ActionForm):
    """The name of a review form; its lines are ItemForm."""

    name = forms.CharField(label=_("Name"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class ItemForm(forms.Form):
    """One line; empty ones are left out."""

    key = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    name = forms.CharField(label=_("What is looked for"), max_length=160, required=False)
    name_zh = forms.CharField(label=_("In Chinese"), max_length=160, required=False)
    weight = forms.IntegerField(
        label=_("Weight"), min_value=1, max_value=100, required=False, initial=1
    )
    area = forms.ChoiceField(
        label=_("Training area"), choices=[("", "–"), *Area.choices], required=False
    )
    critical = forms.BooleanField(label=_("Critical error when it fails"), required=False)


Items = forms.formset_factory(ItemForm, extra=BLANK_LINES, max_num=quality.MOST_ITEMS)


def lines_of(formset: Any) -> list[dict[str, Any]]:
    """The lines that were filled in, as `save_review_form` takes them."""
    found: list[dict[str, Any]] = [form.cleaned_data for form in formset]
    return [one for one in found if one.get("name")]


class DrawForm(ActionForm):
    """Which tickets are drawn for review: days are whole days of the reader's time zone."""

    group = forms.ModelChoiceField(Group.objects.none(), label=_("Group"), empty_label=None)
    form = forms.ModelChoiceField(
        ReviewForm.objects.none(), label=_("Review form"), empty_label=None
    )
    since = forms.DateField(
        label=_("Resolved from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(label=_("to"), widget=forms.DateInput(attrs={"type": "date"}))
    each = forms.IntegerField(
        label=_("Tickets a person"), min_value=1, max_value=MOST_EACH, initial=3
    )
    twice = forms.IntegerField(
        label=_("Per cent rated by a second person too"),
        min_value=0,
        max_value=100,
        initial=20,
        help_text=_("Blind: neither sees the other's rating before both are in."),
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["group"].queryset = Group.objects.run_by(user)
        fields["form"].queryset = ReviewForm.objects.filter(active=True, current__isnull=False)

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        if "since" in sent:
            sent["since"] = _midnight(sent["since"])
        if "until" in sent:
            sent["until"] = min(_midnight(sent["until"] + timedelta(days=1)), timezone.now())
        return sent


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


class Line(NamedTuple):
    """One item of a rating as the page draws it."""

    item: quality.Item
    name: str
    help: str
    answer: BoundField
    comment: BoundField


class RatingForm(ActionForm):
    """Answers to every item of the review's form, comments, remarks at messages."""

    remark = forms.CharField(
        label=_("Remark"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, review: Review, messages: Sequence[Message] = (), **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.items = review.form.lines()
        self.messages = [message.pk for message in messages]
        for item in self.items:
            self.fields[f"answers.{item.key}"] = _answer(item, review)
            self.fields[f"comments.{item.key}"] = _comment(item, review)
        for pk in self.messages:
            self.fields[f"timeline.{pk}"] = _at_message(pk)
        self.fields["remark"].initial = review.remark
        self.fields["seen"].initial = review.version

    def lines(self) -> Iterator[Line]:
        """The items with their two fields, in order."""
        for item in self.items:
            yield Line(
                item,
                in_language(item.name, item.name_zh),
                in_language(item.help, item.help_zh),
                self[f"answers.{item.key}"],
                self[f"comments.{item.key}"],
            )

    def at(self, message: int) -> BoundField:
        """The remark's field beside a message."""
        return self[f"timeline.{message}"]

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        parts: dict[str, dict[str, str]] = {"answers": {}, "comments": {}, "timeline": {}}
        for name in list(sent):
            part, dot, key = name.partition(".")
            if dot:
                parts[part][key] = sent.pop(name)
        on_timeline = {int(key): text for key, text in parts["timeline"].items()}
        more = {"on_timeline": on_timeline} if self.messages else {}
        return {**sent, "answers": parts["answers"], "comments": parts["comments"], **more}


def _answer(item: quality.Item, review: Review) -> forms.ChoiceField:
    label = in_language(item.name, item.name_zh)
    return forms.ChoiceField(
        label=label,
        choices=ANSWERS,
        widget=forms.RadioSelect,
        initial=review.answers.get(item.key),
        required=False,  # the action says what is missing, in its own words
    )


def _comment(item: quality.Item, review: Review) -> forms.CharField:
    label = _("Comment on “%(item)s”") % {"item": in_language(item.name, item.name_zh)}
    return forms.CharField(
        label=label,
        max_length=2000,
        required=False,
        initial=review.comments.get(item.key, ""),
    )


def _at_message(pk: int) -> forms.CharField:
    return forms.CharField(
        label=_("Remark on this entry"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DisputeForm(ActionForm):
    """Why the rated person does not agree."""

    text = forms.CharField(
        label=_("What do you not agree with?"),
        max_length=2000,
        error_messages={"required": _("Say what you do not agree with.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(RatingForm):
    """The answer to a dispute: the rating stands, or these answers take its place."""

    answer = forms.CharField(
        label=_("Answer"),
        max_length=2000,
        error_messages={"required": _("Give the reason: the person will read it.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    change = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("", _("The rating stands")), ("on", _("The rating is changed"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        del self.fields["remark"], self.fields["seen"]

    def clean(self) -> dict[str, Any]:
        sent = super().clean()
        if not sent.pop("change", ""):
            sent.pop("answers"), sent.pop("comments")
        return sent


def counted(n: int) -> str:
    """How many tickets were drawn, in words."""
    said = ngettext("%(n)s ticket drawn", "%(n)s tickets drawn", n)
    return said % {"n": n}
