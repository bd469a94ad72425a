"""Quick replies: the reply that one is in, the form of one, and checklists as they are typed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from teams.forms import ActionForm
from teams.models import Group, User
from teams.models.groups import Segment
from teams.roles import Can
from tickets import macros
from tickets.forms.desk import SayForm
from tickets.models import Category, Channel, Macro, Priority, Waiting
from tickets.models.macros import STAGES

ANY = ("", gettext_lazy("Any"))
NO_CHANGE = ("", gettext_lazy("As it is"))
WAITS = (
    ("", gettext_lazy("Nobody")),
    (Waiting.CUSTOMER.value, gettext_lazy("The customer")),
    (Waiting.THIRD.value, gettext_lazy("A third party")),
    (Waiting.HOLD.value, gettext_lazy("The regulator")),
)


def step_words(steps: Iterable[macros.Step]) -> list[str]:
    """What a quick reply does besides, in short sentences."""
    who = {key: str(label) for key, label in WAITS}
    said = partial(macros.words, language=get_language() or "en")
    told = {
        "priority": lambda s: _("Priority: %(priority)s") % {"priority": _priority(s["value"])},
        "complaint": lambda s: _("Marks it as a complaint"),
        "note": lambda s: _("Leaves a note: %(text)s") % {"text": said(s, "text")},
        "wait": lambda s: (
            _("Waits: %(who)s (%(reason)s)") % {"who": who[s["for"]], "reason": said(s, "reason")}
        ),
    }
    return [told[step["do"]](step) for step in steps]


def _priority(value: str) -> str:
    return str(Priority(value).label)


class ReplyForm(SayForm):
    """A reply, which may have been begun with a quick reply."""

    macro = forms.IntegerField(required=False, min_value=1)
    steps = forms.BooleanField(required=False)

    @cached_property
    def carried(self) -> Macro | None:
        """The quick reply that the text was begun with, when the form is shown again."""
        key = self["macro"].value()
        if not str(key or "").isdecimal():
            return None
        return Macro.objects.at_hand(self.user).in_use().filter(pk=int(key)).first()

    @property
    def besides(self) -> str:
        """What is done with it, in words."""
        return " · ".join(step_words(self.carried.steps)) if self.carried else ""


class MacroForm(ActionForm):
    """A quick reply: whom it is for, its texts in both languages, what it does besides."""

    scope = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=[
            ("everybody", gettext_lazy("Everybody")),
            ("group", gettext_lazy("A group")),
            ("own", gettext_lazy("Myself")),
        ],
        widget=forms.RadioSelect,
    )
    group = forms.ModelChoiceField(
        Group.objects.none(), label=gettext_lazy("Group"), required=False, empty_label="–"
    )
    shortcut = forms.CharField(
        label=gettext_lazy("Shortcut"),
        max_length=25,
        help_text=gettext_lazy("Typed as /greet and a space. Letters, digits, - and _."),
        error_messages={
            "required": gettext_lazy(
                "Enter a shortcut of letters, digits, - and _, for example greet."
            )
        },
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        error_messages={"required": gettext_lazy("Enter the name.")},
    )
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80, required=False)
    text_en = forms.CharField(
        label=gettext_lazy("Text in English"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    text_zh = forms.CharField(
        label=gettext_lazy("Text in Chinese"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=gettext_lazy("Category"), required=False,
        empty_label=gettext_lazy("Any"),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=[ANY, *Channel.choices], required=False
    )
    segment = forms.ChoiceField(
        label=gettext_lazy("Segment"),
        choices=[ANY, *(c for c in Segment.choices if c[0] != Segment.TECHNICAL)],
        required=False,
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    step_priority = forms.ChoiceField(
        label=gettext_lazy("Set the priority"), choices=[NO_CHANGE, *Priority.choices],
        required=False,
    )  # fmt: skip
    step_wait = forms.ChoiceField(
        label=gettext_lazy("Then wait for"), choices=WAITS, required=False
    )
    step_reason = forms.CharField(
        label=gettext_lazy("What is waited for"), max_length=200, required=False
    )
    step_reason_zh = forms.CharField(
        label=gettext_lazy("What is waited for, in Chinese"), max_length=200, required=False
    )
    step_note = forms.CharField(
        label=gettext_lazy("Leave an internal note"), max_length=2000, required=False
    )
    step_note_zh = forms.CharField(
        label=gettext_lazy("The note in Chinese"), max_length=2000, required=False
    )
    step_complaint = forms.BooleanField(
        label=gettext_lazy("Mark the ticket as a complaint"), required=False
    )

    def __init__(self, *args: Any, user: User, macro: Macro | None, keeps: bool, **kw: Any) -> None:
        super().__init__(*args, **kw)
        fields: Any = self.fields
        fields["group"].queryset = Group.objects.visible_to(user).order_by("name")
        fields["category"].queryset = Category.objects.in_use()
        if not user.can(Can.WORK_TICKETS):
            fields["scope"].choices = [c for c in fields["scope"].choices if c[0] != "own"]
        if macro is not None or not keeps:
            del fields["scope"], fields["group"]

    def clean(self) -> dict[str, Any]:
        """The step fields as the steps of the action."""
        sent = super().clean() or self.cleaned_data
        names = ("priority", "complaint", "note", "note_zh", "wait", "reason", "reason_zh")
        parts = {name: sent.pop(f"step_{name}", "") for name in names}
        if parts["wait"] and not (parts["reason"] or parts["reason_zh"]):
            self.add_error("step_reason", _("Enter what is waited for."))
        steps: list[macros.Step] = []
        if parts["priority"]:
            steps.append({"do": "priority", "value": parts["priority"]})
        if parts["complaint"]:
            steps.append({"do": "complaint"})
        if parts["note"] or parts["note_zh"]:
            steps.append({"do": "note", "text": parts["note"], "text_zh": parts["note_zh"]})
        if parts["wait"]:
            reasons = {"reason": parts["reason"], "reason_zh": parts["reason_zh"]}
            steps.append({"do": "wait", "for": parts["wait"], **reasons})
        return {**sent, "steps": steps}


def typed(macro: Macro) -> dict[str, Any]:
    """A macro as its form shows it."""
    names = ("shortcut", "name", "name_zh", "text_en", "text_zh", "channel", "segment")
    known: dict[str, Any] = {name: getattr(macro, name) for name in names}
    for step in macro.steps:
        match step["do"]:
            case "priority":
                known["step_priority"] = step["value"]
            case "complaint":
                known["step_complaint"] = True
            case "note":
                known |= {"step_note": step["text"], "step_note_zh": step.get("text_zh", "")}
            case "wait":
                known |= {"step_wait": step["for"], "step_reason": step["reason"]}
                known["step_reason_zh"] = step.get("reason_zh", "")
    return known | {"category": macro.category_id, "seen": macro.version}


class ChecklistForm(ActionForm):
    """A checklist, one point a line, the two languages side by side."""

    stage = forms.ChoiceField(
        label=gettext_lazy("Shown in the stage"),
        choices=STAGES,
        widget=forms.RadioSelect,
    )
    english = forms.CharField(
        label=gettext_lazy("Points, one a line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    chinese = forms.CharField(
        label=gettext_lazy("Points in Chinese, one a line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        points = macros.lines(sent.pop("english", ""), sent.pop("chinese", ""))
        return {**sent, "points": points}
