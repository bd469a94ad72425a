"""Whether a policy can be kept; if not, in words what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csservice.lib.errors import InvalidError
from teams.models import Calendar
from teams.models.groups import Segment
from tickets.clock import Metric
from tickets.models import Category, Product
from tickets.models.choices import Channel, Priority
from tickets.policy import ALWAYS, GROUP, LONGEST_S, PolicyError, normal

METRIC_WORDS: dict[str, Any] = {
    Metric.FIRST_RESPONSE: gettext_lazy("First response"),
    Metric.NEXT_RESPONSE: gettext_lazy("Next response"),
    Metric.UPDATE: gettext_lazy("Word while the customer waits"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
    Metric.ACCEPTANCE: gettext_lazy("Acceptance of the hand-over"),
    Metric.COMPLAINT_ACK: gettext_lazy("Complaint acknowledged"),
    Metric.COMPLAINT_FINAL: gettext_lazy("Final answer to the complaint"),
}


def checked(said: Mapping[str, Any]) -> dict[str, Any]:
    """`said` as it is written. Raises InvalidError with the metric, when, pauses or ladder."""
    try:
        known = normal(said)
    except PolicyError as refusal:
        raise InvalidError(refusal.field, said_of(refusal)) from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InvalidError(
            "targets", _("This is no policy. Send what reading one gives.")
        ) from None
    _check_times(known)
    _check_hours(known)
    _check_conditions(known["when"])
    return known


def said_of(refusal: PolicyError) -> str:
    """What is wrong, in a sentence of the reader's language."""
    where = METRIC_WORDS.get(refusal.field, refusal.field)
    sentences = {
        "missing": _("Promise a first response: every policy does."),
        "unknown_metric": _("Choose promises from the list: %(where)s."),
        "unknown_reason": _("Choose the reasons of a pause from the list."),
        "first_response_pauses": _("The first response never pauses. Leave it out."),
        "unknown_condition": _("Choose the conditions from the list."),
        "seconds": _("%(where)s: give every priority a time, from 1 second to 400 days."),
        "share": _("%(where)s: give shares of the target above 0 and below 100 percent."),
        "warning": _("%(where)s: give times after the start."),
        "hours": _("%(where)s: choose whose hours count."),
        "reopened": _("Choose what happens when a ticket is opened again from the list."),
        "rung": _("Escalation: choose who is told, and when: above 0 and at most 1000 percent."),
    }
    return sentences[refusal.code] % {"where": where}


def _check_times(known: Mapping[str, Any]) -> None:
    """No time beyond the longest target, and each a whole second."""
    for name, target in known["targets"].items():
        hand_on = [] if target["hand_on_s"] is None else [target["hand_on_s"]]
        if any(isinstance(at, bool) or at > LONGEST_S for at in (*target["warn_s"], *hand_on)):
            raise InvalidError(name, said_of(PolicyError(name, "warning")))


def _check_hours(known: Mapping[str, Any]) -> None:
    """A calendar that is named must be there, with a version to count by."""
    for name, target in known["targets"].items():
        hours = target["hours"]
        if hours in {GROUP, ALWAYS}:
            continue
        rows = Calendar.objects.filter(current__isnull=False)
        if isinstance(hours, bool) or not _there(rows, [hours]):
            raise InvalidError(name, said_of(PolicyError(name, "hours")))


def _check_conditions(when: Mapping[str, Sequence[Any]]) -> None:
    texts = {"segment": Segment, "priority": Priority, "channel": Channel}
    rows: dict[str, Any] = {"category": Category.objects, "product": Product.objects}
    for name, wanted in when.items():
        right = (
            set(wanted) <= set(texts[name].values)
            if name in texts
            else _there(rows[name].all(), wanted)
        )
        if not right:
            raise InvalidError("when", said_of(PolicyError("when", "unknown_condition")))


def _there(rows: Any, keys: Sequence[Any]) -> bool:
    """Whether every key is one of a row."""
    right = all(isinstance(key, int) and 0 < key < 2**63 for key in keys)
    return right and rows.filter(pk__in=keys).count() == len(keys)
