"""What the audit says of a changed SLA policy: its promises, conditions and rungs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from csservice.lib.wording import listed
from teams.views.ledger_words import Change, plain
from tickets import policy
from tickets.views import promise_words

Data = Mapping[str, Any]
Words = Mapping[str, str]


def promises(pairs: Sequence[tuple[Data, Data]]) -> list[list[Change]]:
    """For each (before, after) of a policy what differs. Three queries at most."""
    known = [[_policy(side) for side in pair] for pair in pairs]
    names = promise_words.Names([said for both in known for said in both if said])
    return [
        [
            *plain(before, after, ("name", "name_zh", "version")),
            *_differ(*(_words(said, names) if said else {} for said in both)),
        ]
        for (before, after), both in zip(pairs, known, strict=True)
    ]


def _policy(side: Data) -> policy.Policy | None:
    return policy.read(side["said"]) if side.get("said") else None


def _differ(before: Words, after: Words) -> Iterator[Change]:
    for what in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(what, ""), after.get(what, "")
        if old != new:
            yield Change(what, old, new)


def _words(said: policy.Policy, names: promise_words.Names) -> dict[str, str]:
    """What a policy says, a text by what it is about."""
    told = promise_words.words(said, names)
    found = {line.label: _promise(line) for line in told.promises}
    found |= dict(told.conditions)
    for reason, metrics in told.pauses:
        found[_("Stands still") + _(": ") + reason] = metrics
    found[_("Escalation")] = listed(f"{share} {who}" for share, who in told.ladder)
    found[_("When a ticket is opened again")] = told.reopened
    return found


def _promise(line: promise_words.Promise) -> str:
    times = line.times[0] if line.same else pgettext("times by priority", " / ").join(line.times)
    more = [
        (_("Warnings"), line.warn),
        (_("Hand on"), line.hand_on),
    ]
    parts = [times, line.hours, *(f"{label} {value}" for label, value in more if value)]
    return " · ".join(parts)
