"""The editor of an SLA policy: what is typed, as `actions.save_policy` takes it (W1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.db import models
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from teams.forms import ActionForm
from teams.models import Calendar
from teams.models.groups import Segment
from tickets import durations
from tickets.actions import METRIC_WORDS
from tickets.clock import Metric
from tickets.durations import DurationError
from tickets.models import Category, Product, Waiting
from tickets.models.choices import Channel, Priority
from tickets.policy import (
    ALWAYS,
    BOTH,
    CONDITIONS,
    CONTINUE,
    GROUP,
    LADDER,
    LONGEST_S,
    NEW,
    PRIORITIES,
    REASONS,
)

OFFERED = (
    *(Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.UPDATE),
    *(Metric.RESOLUTION, Metric.ACCEPTANCE),
)
SPARE = 2  # empty rungs below those that are there
MOST_RUNGS = 12
WHO = {
    "owner": gettext_lazy("Who owns the ticket"),
    "group": gettext_lazy("Everybody of the group"),
    "manager": gettext_lazy("The manager of the group"),
    "director": gettext_lazy("The directors"),
}
REOPENED_WORDS = {
    NEW: gettext_lazy("A new resolution is promised; the first stays as it ended"),
    CONTINUE: gettext_lazy("The first promise goes on, without the time in between"),
    BOTH: gettext_lazy("Both: the first goes on, and a new one is promised"),
}
CONDITION_WORDS = {
    "segment": gettext_lazy("Customers"),
    "priority": gettext_lazy("Priority"),
    "channel": gettext_lazy("Channel"),
    "category": gettext_lazy("Category"),
    "product": gettext_lazy("Product"),
}


class Line(NamedTuple):
    """A metric's row of the matrix."""

    label: Any
    targets: list[BoundField]
    hours: BoundField
    warn: BoundField
    hand_on: BoundField


def units() -> dict[str, str]:
    """What the reader calls the units of `durations`."""
    return {
        "d": pgettext("unit of time", "d"),
        "h": pgettext("unit of time", "h"),
        "min": pgettext("unit of time", "min"),
        "s": pgettext("unit of time", "s"),
    }


def written(seconds: float) -> str:
    """A length of time in the reader's language: 5:00, 30 min, 4 小时."""
    return durations.write(seconds, units())


def _short(label: Any, **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=120, widget=widget, **more)


def _ticks(label: Any, choices: Sequence[tuple[Any, Any]]) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=widget)


def named(rows: models.QuerySet[Any]) -> list[tuple[Any, str]]:
    """Rows as choices, in the reader's language."""
    return [(row.pk, str(row)) for row in rows]


class PolicyForm(ActionForm):
    """What a policy says. Times are typed as 5:00, 30 min, 4 h, 2 d; an empty row promises nothing.

    `said`: what it says now, from which it starts; promises that the page does not offer stay.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        error_messages={"required": gettext_lazy("Enter the name.")},
    )
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80, required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reopened = forms.ChoiceField(
        label=gettext_lazy("When a ticket is opened again"),
        choices=[*REOPENED_WORDS.items()],
        required=False,
    )

    def __init__(self, data: Any, *, said: Mapping[str, Any], **known: Any) -> None:
        self.before = said
        rungs = len(said["ladder"]) + SPARE
        self.rungs = range(min(MOST_RUNGS, max(4, rungs)))
        super().__init__(data, initial=known | dict(self._initial()))
        self._add_targets()
        self._add_pauses_and_conditions()
        for n in self.rungs:
            self.fields[f"rung{n}_at"] = _short(_("At this share of the target"))
            self.fields[f"rung{n}_to"] = forms.ChoiceField(
                label=_("Is told"), required=False, choices=[("", "–"), *WHO.items()]
            )

    # ---- the fields ---------------------------------------------------------------------------
    def _add_targets(self) -> None:
        calendars = named(Calendar.objects.filter(current__isnull=False).in_name_order())
        hours = [
            (GROUP, _("The group's opening hours")),
            (ALWAYS, _("Day and night")),
            *calendars,
        ]
        for metric in OFFERED:
            what = METRIC_WORDS[metric]
            for priority in PRIORITIES:
                label = _("%(what)s, priority %(priority)s")
                label %= {"what": what, "priority": Priority(priority).label}
                self.fields[f"{metric}_{priority}"] = _short(label)
            self.fields[f"{metric}_hours"] = forms.ChoiceField(
                label=_("%(what)s: hours that count") % {"what": what},
                choices=hours,
                required=False,
            )
            self.fields[f"{metric}_warn"] = _short(_("%(what)s: warnings") % {"what": what})
            self.fields[f"{metric}_hand_on"] = _short(_("%(what)s: hand on") % {"what": what})

    def _add_pauses_and_conditions(self) -> None:
        stands = [(m, METRIC_WORDS[m]) for m in OFFERED if m != Metric.FIRST_RESPONSE]
        for reason in REASONS:
            self.fields[f"pause_{reason}"] = _ticks(Waiting(reason).label, stands)
        choices: dict[str, Any] = {
            "segment": Segment.choices,
            "priority": Priority.choices,
            "channel": Channel.choices,
            "category": named(Category.objects.all()),
            "product": named(Product.objects.all()),
        }
        for name in CONDITIONS:
            self.fields[f"when_{name}"] = _ticks(CONDITION_WORDS[name], choices[name])

    def _initial(self) -> Iterator[tuple[str, Any]]:
        said = self.before
        for metric in OFFERED:
            target = said["targets"].get(metric)
            if target is None:
                continue
            for priority in PRIORITIES:
                yield f"{metric}_{priority}", written(target["seconds"][priority])
            yield f"{metric}_hours", target["hours"]
            warnings = durations.write_marks(target["warn_s"], target["warn_shares"], units())
            yield f"{metric}_warn", warnings
            if target["hand_on_s"] is not None:
                yield f"{metric}_hand_on", written(target["hand_on_s"])
        for reason in REASONS:
            yield f"pause_{reason}", said["pauses"].get(reason, [])
        for name in CONDITIONS:
            yield f"when_{name}", said["when"].get(name, [])
        yield "reopened", said.get("reopened", NEW)
        for n, rung in enumerate(said["ladder"]):
            yield f"rung{n}_at", durations.write_share(rung["share"])
            yield f"rung{n}_to", rung["to"]

    # ---- what the page draws --------------------------------------------------------------------
    @property
    def lines(self) -> list[Line]:
        return [
            Line(
                METRIC_WORDS[metric],
                [self[f"{metric}_{priority}"] for priority in PRIORITIES],
                self[f"{metric}_hours"],
                self[f"{metric}_warn"],
                self[f"{metric}_hand_on"],
            )
            for metric in OFFERED
        ]

    @property
    def pauses(self) -> list[BoundField]:
        return [self[f"pause_{reason}"] for reason in REASONS]

    @property
    def conditions(self) -> list[BoundField]:
        found = [self[f"when_{name}"] for name in CONDITIONS]
        return [bound for bound in found if bound.field.choices]  # type: ignore[attr-defined]

    @property
    def ladder(self) -> list[tuple[BoundField, BoundField]]:
        return [(self[f"rung{n}_at"], self[f"rung{n}_to"]) for n in self.rungs]

    # ---- what was typed -------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        """The keywords of `save_policy`."""
        typed = self.cleaned_data
        targets = {m: known for m, known in self.before["targets"].items() if m not in OFFERED}
        targets |= {metric: found for metric in OFFERED if (found := self._target(metric))}
        kept = {why: self._not_offered(why) for why in REASONS}
        return {
            "name": typed.get("name", ""),
            "name_zh": typed.get("name_zh", ""),
            "seen": typed.get("seen"),
            "said": {
                "when": dict(self._wanted()),
                "targets": targets,
                "pauses": {why: [*typed.get(f"pause_{why}", []), *kept[why]] for why in REASONS},
                "ladder": list(self._rungs()),
                "reopened": typed.get("reopened") or NEW,
            },
        }

    def _not_offered(self, reason: str) -> list[str]:
        return [m for m in self.before["pauses"].get(reason, []) if m not in OFFERED]

    def _wanted(self) -> Iterator[tuple[str, list[Any]]]:
        for name in CONDITIONS:
            chosen = self.cleaned_data.get(f"when_{name}", [])
            numbers = name in {"category", "product"}
            yield name, [int(one) for one in chosen] if numbers else chosen

    def _target(self, metric: Metric) -> dict[str, Any] | None:
        typed = self.cleaned_data
        if not any(typed.get(f"{metric}_{priority}") for priority in PRIORITIES):
            if metric is Metric.FIRST_RESPONSE:
                self.add_error(f"{metric}_high", _("Promise a first response: every policy does."))
            return None
        hours = typed.get(f"{metric}_hours") or GROUP
        warn_s, warn_shares = self._marks(f"{metric}_warn")
        hand_on = f"{metric}_hand_on"
        return {
            "seconds": {p: self._seconds(f"{metric}_{p}") for p in PRIORITIES},
            "hours": hours if hours in {GROUP, ALWAYS} else int(hours),
            "warn_s": warn_s,
            "warn_shares": warn_shares,
            "hand_on_s": self._seconds(hand_on) if typed.get(hand_on) else None,
        }

    def _seconds(self, name: str) -> int:
        """The time typed in a field; 1 with an error of the field when it is none."""
        label = str(self.fields[name].label)
        try:
            seconds = durations.read(self.cleaned_data.get(name, ""))
        except DurationError:
            said = _("%(where)s: enter a time as 5:00, 30 min, 4 h or 2 d.")
        else:
            if 1 <= seconds <= LONGEST_S:
                return seconds
            said = _("%(where)s: enter a time from 1 second to 400 days.")
        self.add_error(name, said % {"where": label})
        return 1

    def _marks(self, name: str) -> tuple[list[int], list[float]]:
        label = str(self.fields[name].label)
        try:
            seconds, shares = durations.read_marks(self.cleaned_data.get(name, ""))
        except DurationError as refusal:
            said = _(
                "%(where)s: “%(text)s” is no time. Write times and shares as 3:00, 75 percent."
            )
            self.add_error(name, said % {"where": label, "text": refusal.text})
            return [], []
        if all(0 < at <= LONGEST_S for at in seconds) and all(0 < share < 1 for share in shares):
            return seconds, shares
        said = _("%(where)s: warn after the start and before the end of the time.")
        self.add_error(name, said % {"where": label})
        return [], []

    def _rungs(self) -> Iterator[dict[str, Any]]:
        for n in self.rungs:
            at = self.cleaned_data.get(f"rung{n}_at", "")
            to = self.cleaned_data.get(f"rung{n}_to", "")
            if not at and not to:
                continue
            share = durations.read_share(at)
            if share is None or not 0 < share <= 10:
                self.add_error(
                    f"rung{n}_at", _("Escalation: enter a share of the target, such as 60%.")
                )
            elif to not in LADDER:
                self.add_error(f"rung{n}_to", _("Escalation: choose who is told."))
            else:
                yield {"to": to, "share": share}
