"""How the deadline of a ticket's clock came about (W1, K2; rivals.md 2.10, rule 19)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from teams.counted import CountedDay
from tickets import promise
from tickets.api.shapes import STATES, moment
from tickets.clock import Metric, Mode
from tickets.explained import Explanation
from tickets.models import Clock
from tickets.why import Why

METRICS = [metric.value for metric in Metric]
SETTLED = (*STATES, "cancelled")
DAYS = ("usual", "off", "work", "single")


class MetricIn(serializers.Serializer[Any]):
    """`metric`: the first response unless given; `cycle`: the latest unless given."""

    metric = serializers.ChoiceField(METRICS, required=False)
    cycle = serializers.IntegerField(min_value=1, max_value=32_767, required=False)


class ExplainedStretchOut(serializers.Serializer[Any]):
    """One open stretch that was counted."""

    opens = serializers.DateTimeField()
    closes = serializers.DateTimeField()


class CountedOut(ExplainedStretchOut):
    seconds = serializers.IntegerField()


class HoursOut(serializers.Serializer[Any]):
    """A version of opening hours; all null where every second counts."""

    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)


class CountedByOut(HoursOut):
    """A version of opening hours with its time zone."""

    time_zone = serializers.CharField()


class PromisedByOut(serializers.Serializer[Any]):
    """A version of a policy."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()


class ExplainedDayOut(serializers.Serializer[Any]):
    """One local day: `kind` usual, off (a holiday), work (a make-up day) or single (by hand)."""

    on = serializers.DateField()
    kind = serializers.ChoiceField(DAYS)
    name = serializers.CharField(allow_blank=True)
    name_zh = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()
    stretches = ExplainedStretchOut(many=True)


class PauseOut(serializers.Serializer[Any]):
    """It stood still; `open_s`: open seconds that went by and are not counted."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    open_s = serializers.FloatField()


class RetargetOut(serializers.Serializer[Any]):
    """Another promise or other hours; `mode`: what became of the `spent_s` open seconds."""

    at = serializers.DateTimeField()
    mode = serializers.ChoiceField([mode.value for mode in Mode])
    before_s = serializers.FloatField()
    after_s = serializers.FloatField()
    spent_s = serializers.FloatField()
    days = ExplainedDayOut(many=True)


class ShareOut(serializers.Serializer[Any]):
    """Open seconds of whose it was at that time."""

    owner = serializers.IntegerField(allow_null=True)
    owner_name = serializers.CharField(allow_null=True)
    group = serializers.IntegerField(allow_null=True)
    group_name = serializers.CharField(allow_null=True)
    open_s = serializers.FloatField()


class ExplanationOut(serializers.Serializer[Any]):
    """`due` is what was promised and counts (null: it stood still until it ended); of a clock that
    stands still, what it would be if it went on now (`if_resumed`). `due_today` is what today's
    opening hours would give, so that a later change of the calendar shows. `days` are counted since
    `counted_from`; before that `carried_s` were. `closed`: days in between without opening hours.
    """

    metric = serializers.ChoiceField(METRICS)
    cycle = serializers.IntegerField()
    recorded = serializers.BooleanField(
        help_text="False: the ticket is from before the clocks; reckoned from its own deadlines."
    )
    split_from = serializers.IntegerField(allow_null=True)
    start = serializers.DateTimeField()
    target_s = serializers.IntegerField()
    policy = PromisedByOut(allow_null=True)
    calendar = CountedByOut()
    counted = CountedOut(many=True)
    due = serializers.DateTimeField(allow_null=True)
    if_resumed = serializers.BooleanField()
    due_today = serializers.DateTimeField(allow_null=True)
    calendar_changed_since = serializers.BooleanField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(SETTLED)
    seconds = serializers.IntegerField()
    spent_s = serializers.FloatField()
    left_s = serializers.FloatField()
    breached_at = serializers.DateTimeField(allow_null=True)
    inherited = serializers.BooleanField()
    waived = serializers.BooleanField()
    counted_from = serializers.DateTimeField()
    carried_s = serializers.FloatField()
    days = ExplainedDayOut(many=True)
    closed = ExplainedDayOut(many=True)
    pauses = PauseOut(many=True)
    retargets = RetargetOut(many=True)
    booked = ShareOut(many=True)
    unknown_years = serializers.ListField(child=serializers.IntegerField())
    sentences = serializers.ListField(child=serializers.CharField())


def explanation(why: Why, *, now: datetime) -> dict[str, Any]:
    """`ExplanationOut` of a clock with its ticket and what `told` brings."""
    clock = why.clock
    told, today = why.told, why.by_todays_hours().due_at
    state, seconds = _shown(told, now)
    return {
        "metric": told.metric,
        "cycle": told.cycle,
        "recorded": why.recorded,
        "split_from": why.split_from,
        "start": moment(told.started_at),
        "target_s": round(told.target_s),
        "policy": policy_out(clock),
        "calendar": calendar_out(clock) | {"time_zone": told.tz},
        "counted": [
            stretch | {"seconds": round((closes - opens).total_seconds())}
            for day in told.days
            for stretch, (opens, closes) in zip(_stretches(day), day.stretches, strict=True)
        ],
        "due": moment(told.due_at),
        "if_resumed": told.if_resumed,
        "due_today": moment(today),
        "calendar_changed_since": today != told.due_at,
        "stopped_at": moment(told.ended_at),
        "state": state,
        "seconds": seconds,
        **{name: getattr(told, name) for name in ("spent_s", "left_s", "carried_s")},
        **{name: moment(getattr(told, name)) for name in ("breached_at", "counted_from")},
        **{name: getattr(told, name) for name in ("inherited", "waived")},
        **_lists(why),
    }


def _lists(why: Why) -> dict[str, Any]:
    told = why.told
    return {
        "days": _days(told.days),
        "closed": _days(told.closed),
        "pauses": [
            {
                "start": moment(pause.start),
                "end": moment(pause.end),
                "reason": pause.reason,
                "open_s": pause.seconds,
            }
            for pause in told.pauses
        ],
        "retargets": [
            {
                "at": moment(change.at),
                "mode": change.mode.value,
                "before_s": change.before,
                "after_s": change.after,
                "spent_s": change.spent_s,
                "days": _days(change.days),
            }
            for change in told.retargets
        ],
        "booked": [
            {
                "owner": share.owner,
                "owner_name": why.people.get(share.owner or 0),
                "group": share.group,
                "group_name": why.groups.get(share.group or 0),
                "open_s": share.seconds,
            }
            for share in told.booked
        ],
        "unknown_years": list(told.unknown_years),
        "sentences": why.sentences(timezone.get_current_timezone_name()),
    }


def _shown(told: Explanation, now: datetime) -> tuple[str, int]:
    """State and seconds as the ticket's `clocks` say them."""
    if told.state == "met":
        if told.breached_at is None or told.due_at is None or told.ended_at is None:
            return "met", int(told.spent_s)
        return "missed", max(0, int(told.spent_s) - round(told.target_s))
    if told.state == "running" and told.due_at is not None:
        target_s = round(told.target_s)
        chip = promise.running(told.metric, due=told.due_at, target_s=target_s, now=now)
        return chip.state, chip.seconds
    return told.state, int(told.left_s if told.state == "paused" else told.spent_s)


def _days(days: Iterable[CountedDay]) -> list[dict[str, Any]]:
    return [
        {
            "on": day.on.isoformat(),
            **{name: getattr(day, name) for name in ("kind", "name", "name_zh", "seconds")},
            "stretches": _stretches(day),
        }
        for day in days
    ]


def _stretches(day: CountedDay) -> list[dict[str, Any]]:
    return [{"opens": moment(opens), "closes": moment(closes)} for opens, closes in day.stretches]


def policy_out(clock: Clock) -> dict[str, Any] | None:
    """The policy by whose frozen version the clock is counted; None: the built-in one."""
    version = clock.policy
    if version is None:
        return None
    return {"id": version.policy_id, "name": str(version.policy), "version": version.number}


def calendar_out(clock: Clock) -> dict[str, Any]:
    """The opening hours that it is counted in; all None where every second counts."""
    version = clock.calendar
    if version is None:
        return {"id": None, "name": None, "version": None}
    return {
        "id": version.calendar_id,
        "name": str(version.calendar),
        "version": version.number,
    }
