"""Forms of emergency drills; the fields are the keywords of their actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.forms import ActionForm
from teams.models import User
from teams.models.groups import Segment, in_language
from teams.models.people import Language
from tickets.models import Channel
from training import scripts
from training.actions.drills import FASTEST, SLOWEST, second_raters
from training.forms.sessions import moment
from training.models import Drill, Scenario

SHIPPED = "shipped:"
NO_SIGNS = {"autocomplete": "off"}


class ScenarioForm(ActionForm):
    """Keywords of `save_scenario`."""

    text = forms.CharField(
        label=_("Script"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false"}),
        error_messages={"required": _("Write the script.")},
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class PlanForm(ActionForm):
    """Keywords of `plan_drill`; `what` becomes `scenario` or `code`."""

    what = forms.ChoiceField(
        label=_("Scenario"), error_messages={"required": _("Choose the scenario.")}
    )
    planned_for = moment(_("Planned for"), _("Enter the day and time."))
    speed = forms.DecimalField(
        label=_("Speed"),
        min_value=SLOWEST,
        max_value=FASTEST,
        max_digits=4,
        decimal_places=2,
        initial=1,
        help_text=_("At 2 the script takes half the time. The clocks of the tickets stay real."),
    )
    second = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Second rater"),
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose who rates beside you.")},
        help_text=_("Rates on their own; neither sees the other's rating before both are in."),
    )
    people = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Who takes part"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose who takes part.")},
    )

    def __init__(self, *args: Any, by: User, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["what"].choices = list(_scenarios())
        mine = User.objects.at_work().working_tickets().run_by(by).exclude(pk=by.pk)
        fields["people"].queryset = mine.in_name_order()
        others = [user.pk for user in second_raters(by)]
        fields["second"].queryset = User.objects.filter(pk__in=others).in_name_order()

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        what = sent.pop("what", "")
        if what.startswith(SHIPPED):
            sent["code"] = what.removeprefix(SHIPPED)
        elif what:
            sent["scenario"] = Scenario.objects.filter(pk=int(what)).first()
        return sent


def _scenarios() -> Iterator[tuple[str, str]]:
    """One's own first, then those that come with the product."""
    for row in Scenario.objects.filter(active=True).order_by("name"):
        yield str(row.pk), str(row)
    for code, text in scripts.shipped().items():
        name = scripts.read(text).name
        yield f"{SHIPPED}{code}", in_language(name.en, name.zh)


class AnnounceForm(ActionForm):
    """Keywords of `announce`."""

    prefix = "event"
    text = forms.CharField(
        label=_("Announcement"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    text_zh = forms.CharField(
        label=_("In Chinese"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class GuestForm(ActionForm):
    """Keywords of `send_customer`."""

    prefix = "guest"
    name = forms.CharField(
        label=_("Customer's name"),
        max_length=60,
        error_messages={"required": _("Enter the customer's name.")},
        widget=forms.TextInput(attrs=NO_SIGNS),
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    segment = forms.ChoiceField(
        label=_("Segment"),
        choices=[(value, label) for value, label in Segment.choices if value in scripts.SEGMENTS],
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[(value, label) for value, label in Channel.choices if value in scripts.CHANNELS],
    )
    subject = forms.CharField(
        label=_("Subject"),
        max_length=180,
        error_messages={"required": _("Enter what it is about.")},
    )
    text = forms.CharField(
        label=_("What the customer says"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Enter what the customer says.")},
    )


class Block(NamedTuple):
    """The lines of the rubric for one person."""

    person: User
    fields: list[BoundField]


class RubricForm(ActionForm):
    """One level for each person and criterion; keywords of `rate_drill`."""

    remark = forms.CharField(
        label=_("Remark"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, drill: Drill, **more: Any) -> None:
        super().__init__(*args, **more)
        self.criteria = drill.script().criteria
        seats = drill.seats.select_related("user").order_by("user__name", "user")
        self.people = [seat.user for seat in seats]
        for person in self.people:
            for one in self.criteria:
                self.fields[f"level.{person.pk}.{one.key}"] = _level(one)

    def blocks(self) -> Iterator[Block]:
        for person in self.people:
            yield Block(person, [self[f"level.{person.pk}.{one.key}"] for one in self.criteria])

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        levels: dict[str, dict[str, int]] = {}
        for name in [name for name in sent if name.startswith("level.")]:
            _prefix, person, key = name.split(".")
            value = sent.pop(name)
            if value != "":
                levels.setdefault(person, {})[key] = int(value)
        return {**sent, "levels": levels}


def _level(one: scripts.Criterion) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=in_language(one.name.en, one.name.zh),
        choices=[
            (str(level), f"{level} · {in_language(said.en, said.zh)}")
            for level, said in enumerate(one.levels)
        ],
        widget=forms.RadioSelect,
        required=False,  # the action says what is missing
    )


class LessonsForm(ActionForm):
    """Keywords of `debrief_drill`."""

    lessons = forms.CharField(
        label=pgettext_lazy("drill", "What we learnt"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write what you learnt from it together.")},
    )
