"""An SLA policy in words of the reader's language: for lists, versions and the preview (W1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from csservice.lib.wording import listed
from teams.models import Calendar
from teams.models.groups import Segment
from tickets import durations, policy
from tickets.actions import METRIC_WORDS
from tickets.actions.touched import Moved
from tickets.clock import Mode
from tickets.forms.promises import CONDITION_WORDS, REOPENED_WORDS, WHO, units, written
from tickets.models import Category, Product, SlaPolicyVersion, Waiting
from tickets.models.choices import Channel, Priority

CHOICES: dict[str, Any] = {"segment": Segment, "priority": Priority, "channel": Channel}
MODES = (Mode.FRESH, Mode.RECOMPUTE)


class Promise(NamedTuple):
    """One metric's line."""

    label: str
    times: list[str]  # by priority
    same: bool  # for every priority
    hours: str
    warn: str
    hand_on: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says."""

    conditions: list[tuple[str, str]] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    pauses: list[tuple[str, str]] = field(default_factory=list)
    ladder: list[tuple[str, str]] = field(default_factory=list)
    reopened: str = ""


class Names:
    """What the categories, products and calendars are called that some policies name."""

    def __init__(self, policies: Iterable[policy.Policy]) -> None:
        """Three queries at most."""
        known = list(policies)
        hours = {target.hours for said in known for target in said.targets.values()}
        self.calendars = _called(Calendar, {key for key in hours if isinstance(key, int)})
        self.rows = {
            "category": _called(Category, _keys(known, "category")),
            "product": _called(Product, _keys(known, "product")),
        }

    def condition(self, name: str, wanted: Sequence[Any]) -> str:
        """The values of a condition, in a row."""
        if name in CHOICES:
            return listed(CHOICES[name](value).label for value in wanted)
        return listed(self.rows[name].get(key, f"#{key}") for key in wanted)

    def hours(self, hours: str | int) -> str:
        if hours == policy.GROUP:
            return _("The group's opening hours")
        if hours == policy.ALWAYS:
            return _("Day and night")
        return self.calendars.get(int(hours), f"#{hours}")


def _keys(policies: Iterable[policy.Policy], name: str) -> set[int]:
    return {key for said in policies for key in said.when.get(name, ())}


def _called(model: Any, keys: set[int]) -> dict[int, str]:
    rows = model.objects.in_bulk(keys) if keys else {}
    return {key: str(row) for key, row in rows.items()}


def words(said: policy.Policy, names: Names) -> Said:
    """A policy in words, in the order of the form."""
    return Said(
        conditions=[
            (str(CONDITION_WORDS[name]), names.condition(name, said.when[name]))
            for name in policy.CONDITIONS
            if said.when.get(name)
        ],
        promises=[
            _promise(METRIC_WORDS[metric], said.targets[metric], names)
            for metric in METRIC_WORDS
            if metric in said.targets
        ],
        pauses=[
            (str(Waiting(why).label), listed(METRIC_WORDS[name] for name in said.pauses[why]))
            for why in policy.REASONS
            if said.pauses.get(why)
        ],
        ladder=[(durations.write_share(rung.share), str(WHO[rung.to])) for rung in said.ladder],
        reopened=str(REOPENED_WORDS[said.reopened]),
    )


def _promise(label: Any, target: policy.Target, names: Names) -> Promise:
    times = [written(target.seconds[priority]) for priority in policy.PRIORITIES]
    return Promise(
        label=str(label),
        times=times,
        same=len(set(times)) == 1,
        hours=names.hours(target.hours),
        warn=durations.write_marks(target.warn_s, target.warn_shares, units()),
        hand_on="" if target.hand_on_s is None else written(target.hand_on_s),
    )


def changes(versions: Sequence[SlaPolicyVersion]) -> list[tuple[SlaPolicyVersion, str]]:
    """Each version, the newest first, with what it changed of the one before."""
    found = []
    for version, older in zip(versions, [*versions[1:], None], strict=True):
        found.append((version, _changed(version.said(), older.said() if older else None)))
    return found


def _changed(new: policy.Policy, old: policy.Policy | None) -> str:
    if old is None:
        return _("The first version")
    parts = [
        str(METRIC_WORDS[metric])
        for metric in METRIC_WORDS
        if new.targets.get(metric) != old.targets.get(metric)
    ]
    if new.pauses != old.pauses:
        parts.append(_("Pauses"))
    if new.when != old.when:
        parts.append(_("Conditions"))
    if list(new.ladder) != list(old.ladder):
        parts.append(_("Escalation"))
    if new.reopened != old.reopened:
        parts.append(_("When a ticket is opened again"))
    return listed(parts)


class Preview(NamedTuple):
    """An open clock before and after: a line of the preview."""

    clock: Moved
    label: str
    before: str
    after: str
    ways: list[tuple[str, Any, bool]]  # (heading, deadline, broken at once)


def preview(clocks: Sequence[Moved], headings: Mapping[Mode, str]) -> list[Preview]:
    """The lines of the preview: the clocks that would be counted otherwise."""
    return [
        Preview(
            clock=one,
            label=str(METRIC_WORDS[one.metric]),
            before=written(one.target_s),
            after="" if one.new_target_s is None else written(one.new_target_s),
            ways=[(headings[m], one.after.get(m), m in one.broken) for m in MODES],
        )
        for one in clocks
        if one.changed
    ]
