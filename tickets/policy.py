"""What is promised to whom: targets by metric and priority, warnings, pauses (W1, K2). Pure.

A policy is a JSON text, frozen in versions like opening hours. The first active policy whose
conditions a ticket meets applies; the last one, without conditions, is for all the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tickets.clock import Kind, Mark, Metric

PRIORITIES = ("high", "normal", "low")
CONDITIONS = ("segment", "priority", "channel", "category", "product")
REASONS = ("customer", "third", "hold")  # what a ticket may wait for
LADDER = ("owner", "group", "manager", "director")
GROUP, ALWAYS = "group", "always"  # whose opening hours count
NEW, CONTINUE, BOTH = REOPENED = ("new", "continue", "both")  # the resolution, opened again
LONGEST_S = 400 * 86_400
FIRST_S = 300
RESOLVE_S = {"high": 4 * 3600, "normal": 10 * 3600, "low": 30 * 3600}


class PolicyError(ValueError):
    """A policy that cannot be kept. `field` names what is wrong, `code` how."""

    def __init__(self, where: str, code: str) -> None:
        super().__init__(f"{where}: {code}")
        self.field, self.code = where, code


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is told when a promise comes near or breaks: at a share of the target, or seconds."""

    to: str
    share: float

    def seconds(self, target_s: float) -> float:
        return self.share * target_s


@dataclass(frozen=True, slots=True)
class Target:
    """One metric's promise. `seconds` by priority; `hours`: the group's, always, or a calendar.

    `warn_s` are absolute open seconds since the start, `warn_shares` of the target; `hand_on_s`
    gives the ticket to the next free person.
    """

    seconds: Mapping[str, int]
    hours: str | int = GROUP
    warn_s: Sequence[float] = ()
    warn_shares: Sequence[float] = ()
    hand_on_s: float | None = None

    def marks(self, target_s: float) -> list[Mark]:
        """What is said on the way to `target_s`, in order."""
        warnings = {*self.warn_s, *(share * target_s for share in self.warn_shares)}
        found = [Mark(at, Kind.WARN) for at in warnings if at < target_s]
        if self.hand_on_s is not None and self.hand_on_s < target_s:
            found.append(Mark(self.hand_on_s, Kind.HAND_ON))
        return sorted(found, key=lambda mark: (mark.seconds, mark.kind))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a version of a policy says."""

    when: Mapping[str, Sequence[Any]]
    targets: Mapping[str, Target]
    pauses: Mapping[str, Sequence[str]]
    ladder: Sequence[Rung] = ()
    reopened: str = NEW  # a new promise begins, the first goes on, or both (rule 12)

    def matches(self, ticket: Mapping[str, Any]) -> bool:
        """Whether a ticket with these `CONDITIONS` meets every condition; none is met by all."""
        return all(ticket.get(name) in wanted for name, wanted in self.when.items() if wanted)

    def target_s(self, metric: str, priority: str) -> int | None:
        """Open seconds promised; None when this policy promises nothing of the kind."""
        target = self.targets.get(metric)
        return target.seconds.get(priority) if target else None

    def paused_by(self, reason: str) -> frozenset[str]:
        """The metrics that stand still while a ticket waits for `reason`."""
        return frozenset(self.pauses.get(reason, ()))


DEFAULT: Mapping[str, Any] = {
    "when": {},
    "targets": {
        Metric.FIRST_RESPONSE: {
            "seconds": dict.fromkeys(PRIORITIES, FIRST_S),
            "hours": GROUP,
            "warn_s": [180, 255],
            "warn_shares": [],
            "hand_on_s": 270,
        },
        Metric.NEXT_RESPONSE: {
            "seconds": {"high": 1800, "normal": 7200, "low": 14_400},
            "hours": GROUP,
            "warn_s": [],
            "warn_shares": [0.75, 0.9],
            "hand_on_s": None,
        },
        Metric.RESOLUTION: {
            "seconds": RESOLVE_S,
            "hours": GROUP,
            "warn_s": [],
            "warn_shares": [0.75, 0.9],
            "hand_on_s": None,
        },
        Metric.ACCEPTANCE: {
            "seconds": {"high": 900, "normal": 1800, "low": 3600},
            "hours": GROUP,
            "warn_s": [],
            "warn_shares": [0.75],
            "hand_on_s": None,
        },
    },
    "pauses": {
        "customer": [Metric.RESOLUTION],
        "third": [Metric.RESOLUTION],
        "hold": [Metric.RESOLUTION],
    },
    "ladder": [
        {"to": "owner", "share": 0.6},
        {"to": "manager", "share": 1.0},
        {"to": "director", "share": 2.0},
    ],
}


def normal(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same policy with nothing empty and all in order: what is written of a `checked` one."""
    policy = checked(said)
    return {
        "when": {name: sorted(set(wanted)) for name, wanted in policy.when.items()},
        "targets": {
            name: {
                "seconds": dict(target.seconds),
                "hours": target.hours,
                "warn_s": sorted(set(target.warn_s)),
                "warn_shares": sorted({float(share) for share in target.warn_shares}),
                "hand_on_s": target.hand_on_s,
            }
            for name, target in policy.targets.items()
        },
        "pauses": {why: sorted(set(names)) for why, names in policy.pauses.items() if names},
        "ladder": [
            {"to": rung.to, "share": float(rung.share)}
            for rung in sorted(policy.ladder, key=lambda rung: rung.share)
        ],
    } | ({} if policy.reopened == NEW else {"reopened": policy.reopened})


def text(said: Mapping[str, Any]) -> str:
    """The canonical JSON text, so that equal policies are equal texts."""
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=256)
def read(said: str) -> Policy:
    """A policy from its text, kept. Raises PolicyError as `checked` does."""
    return checked(json.loads(said))


def checked(said: Mapping[str, Any]) -> Policy:
    """The policy that `said` describes. Raises PolicyError: first response always counts, …"""
    targets = {
        name: _target(name, entry) for name, entry in said.get("targets", {}).items() if entry
    }
    if Metric.FIRST_RESPONSE not in targets:
        raise PolicyError(Metric.FIRST_RESPONSE, "missing")
    if unknown := set(targets) - set(Metric):
        raise PolicyError(min(unknown), "unknown_metric")
    when = {name: tuple(wanted) for name, wanted in said.get("when", {}).items() if wanted}
    if set(when) - set(CONDITIONS):
        raise PolicyError("when", "unknown_condition")
    reopened = said.get("reopened") or NEW
    if reopened not in REOPENED:
        raise PolicyError("reopened", "reopened")
    return Policy(when, targets, _pauses(said), _ladder(said), reopened)


def _pauses(said: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    pauses = {reason: tuple(metrics) for reason, metrics in said.get("pauses", {}).items()}
    if set(pauses) - set(REASONS):
        raise PolicyError("pauses", "unknown_reason")
    for metrics in pauses.values():
        if Metric.FIRST_RESPONSE in metrics:
            raise PolicyError("pauses", "first_response_pauses")
        if set(metrics) - set(Metric):
            raise PolicyError("pauses", "unknown_metric")
    return pauses


def _target(name: str, entry: Mapping[str, Any]) -> Target:
    seconds = {priority: entry["seconds"].get(priority) for priority in PRIORITIES}
    for value in seconds.values():
        if not isinstance(value, int) or not 1 <= value <= LONGEST_S:
            raise PolicyError(name, "seconds")
    shares = tuple(entry.get("warn_shares") or ())
    warnings = tuple(entry.get("warn_s") or ())
    hand_on = entry.get("hand_on_s")
    if not all(0 < share < 1 for share in shares):
        raise PolicyError(name, "share")
    if not all(at > 0 for at in (*warnings, *([] if hand_on is None else [hand_on]))):
        raise PolicyError(name, "warning")
    hours = entry.get("hours", GROUP)
    if hours not in {GROUP, ALWAYS} and not isinstance(hours, int):
        raise PolicyError(name, "hours")
    return Target(seconds, hours, warnings, shares, hand_on)


def _ladder(said: Mapping[str, Any]) -> tuple[Rung, ...]:
    rungs = tuple(Rung(entry["to"], entry["share"]) for entry in said.get("ladder", ()))
    if any(rung.to not in LADDER or not 0 < rung.share <= 10 for rung in rungs):
        raise PolicyError("ladder", "rung")
    return rungs


def first_match(policies: Iterable[tuple[int, str]], ticket: Mapping[str, Any]) -> tuple[int, str]:
    """(key, text) of the first policy in order that `ticket` meets.

    Raises PolicyError (policies, none) when there is none; the last one should have no conditions.
    """
    for key, said in policies:
        if read(said).matches(ticket):
            return key, said
    raise PolicyError("policies", "none")


BUILT_IN = checked(DEFAULT)  # where no policy is in force
