"""What happened on a ticket, and why it is whose, in sentences for people (N4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csservice.lib.prepared import Prepared
from teams.models import Group, User
from teams.models.groups import Segment
from teams.models.people import Language
from tickets.models import AnsweredVia, Channel, Outcome, Priority

BROKEN: dict[str, Any] = {
    "first_response": gettext_lazy("The time for the first answer ran out"),
    "next_response": gettext_lazy("The time for the next answer ran out"),
    "resolution": gettext_lazy("The time to resolve it ran out"),
    "acceptance": gettext_lazy("The time to accept the hand-over ran out"),
    "complaint_ack": gettext_lazy("The time to acknowledge the complaint ran out"),
    "complaint_final": gettext_lazy("The time for the final answer to the complaint ran out"),
    "": gettext_lazy("A promised time ran out"),
}
Names = Mapping[int, str]
Data = Mapping[str, Any]
PEOPLE_IN = ("owner", "before", "to", "by")


def reason(because: Data, names: Names) -> str:
    """Why the owner is the owner: the rule of assignment and what it could not meet (T5)."""
    rule = because.get("rule")
    if rule == "least_work":
        return _least_work(because)
    sentences = {
        "nobody": _("Nobody was available when it came."),
        "absent": _("Its owner went away before answering."),
        "live": _("Spoke with the customer."),
        "taken": _("Took it from the queue."),
        "split": _("Split it off from a ticket of theirs."),
        "answered": _("Gave the first answer."),
        "hand_on": _("Handed on in time: who had it did not answer."),
        "manager": _("Assigned by %(name)s.") % {"name": _name(because.get("by"), names)},
        "accepted": _("Accepted the hand-over from %(name)s.")
        % {"name": _name(because.get("before"), names)},
    }
    return sentences.get(str(rule), "")


def _least_work(because: Data) -> str:
    said = _(
        "Chosen automatically: %(segment)s customers, %(language)s, least open work "
        "(%(load)s) of %(among)s available."
    ) % {
        "segment": _label(Segment, because.get("segment")),
        "language": _label(Language, because.get("language")),
        "load": because.get("load", 0),
        "among": because.get("among", 1),
    }
    missed = {
        "language": _("Nobody available speaks the language."),
        "skill": _("Nobody available has the skill."),
    }
    return " ".join([said, *(missed[wish] for wish in because.get("missed", ()) if wish in missed)])


def event(kind: str, data: Data, who: str, names: Names, groups: Names) -> str:
    """One entry of the ledger as a sentence; empty for what the thread shows by itself."""
    tell = _EVENTS.get(kind)
    return tell(data, {"who": who}, names, groups) if tell else ""


def person_ids(data: Data) -> set[int]:
    """The people that an entry names."""
    return {data[key] for key in PEOPLE_IN if isinstance(data.get(key), int)}


def _name(user_id: Any, names: Names) -> str:
    return names.get(user_id, _("a colleague"))


def _label(choices: Any, value: Any) -> str:
    return str(dict(choices.choices).get(value, ""))


Told = Callable[[Data, dict[str, str], Names, Names], str]


def _received(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    if data.get("live"):
        return _("%(who)s took the contact and answered at pick-up") % who
    return _("Received by %(channel)s") % {"channel": _label(Channel, data.get("channel"))}


def _assigned(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    owner = _name(data.get("owner"), names)
    if not who["who"]:
        return _("Assigned to %(owner)s automatically") % {"owner": owner}
    if owner == who["who"]:
        return _("%(who)s took the ticket") % who
    return _("%(who)s assigned it to %(owner)s") % {**who, "owner": owner}


def _handed_over(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    if isinstance(data.get("to_group"), int):
        to = groups.get(data["to_group"], _("a group"))
    else:
        to = _name(data.get("to"), names)
    return _("%(who)s offered it to %(to)s") % {**who, "to": to}


def _resolved(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    outcome = _label(Outcome, data.get("outcome"))
    return _("%(who)s ended the service: %(outcome)s") % {**who, "outcome": outcome}


def _rated(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    how = _label(AnsweredVia, data.get("via"))
    return _("The customer rated %(score)s of 5 (%(how)s)") % {"score": data["score"], "how": how}


def _closed(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    return _("%(who)s closed the ticket") % who if who["who"] else _("Closed automatically")


def _basics(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    return _("%(who)s recorded the customer's basics") % who


def _priority(data: Data, who: dict[str, str], names: Names, groups: Names) -> str:
    priority = _label(Priority, data.get("priority"))
    return _("%(who)s set the priority: %(priority)s") % {**who, "priority": priority}


_EVENTS: dict[str, Told] = {
    "ticket.received": _received,
    "ticket.assigned": _assigned,
    "ticket.released": lambda d, w, n, g: _("Back to the queue: its owner is away"),
    "clock.breached": lambda d, w, n, g: BROKEN.get(d.get("metric", ""), BROKEN[""]),
    "ticket.basics_recorded": _basics,
    "ticket.priority_set": _priority,
    "ticket.analysed": lambda d, w, n, g: _("%(who)s finished the needs analysis") % w,
    "ticket.handed_over": _handed_over,
    "ticket.accepted": lambda d, w, n, g: _("%(who)s accepted it") % w,
    "ticket.returned": lambda d, w, n, g: _("%(who)s returned it") % w,
    "ticket.waiting": lambda d, w, n, g: (
        _("%(who)s waits for the customer: %(reason)s") % {**w, "reason": d.get("reason", "")}
    ),
    "ticket.resumed": lambda d, w, n, g: _("%(who)s went on") % w,
    "ticket.resolved": _resolved,
    "ticket.closed": _closed,
    "ticket.reopened": lambda d, w, n, g: (
        _("%(who)s opened it again: %(reason)s") % {**w, "reason": d.get("reason", "")}
    ),
    "ticket.set_aside": lambda d, w, n, g: (
        _("%(who)s read what the customer said after the end: nothing more to do") % w
    ),
    "ticket.unmerged": lambda d, w, n, g: _("%(who)s undid the merge") % w,
    "ticket.split": lambda d, w, n, g: (
        _("%(who)s split #%(number)s off from it") % {**w, "number": d.get("into")}
    ),
    "ticket.split_off": lambda d, w, n, g: (
        _("%(who)s split it off from #%(number)s") % {**w, "number": d.get("parent")}
    ),
    "ticket.unsplit": lambda d, w, n, g: _("%(who)s undid the split") % w,
    "ticket.rejoined": lambda d, w, n, g: (
        _("%(who)s undid the split of #%(number)s") % {**w, "number": d.get("was")}
    ),
    "ticket.answer_lost": lambda d, w, n, g: _("The answer did not reach the customer"),
    "clock.waiver_asked": lambda d, w, n, g: (
        _("%(who)s asks to waive a broken promise: %(reason)s")
        % {**w, "reason": d.get("reason", "")}
    ),
    "clock.waived": lambda d, w, n, g: (
        _("%(who)s waived a broken promise: %(reason)s") % {**w, "reason": d.get("reason", "")}
    ),
    "ticket.merged": lambda d, w, n, g: (
        _("%(who)s merged it into #%(into)s") % {**w, "into": d.get("into")}
    ),
    "ticket.absorbed": lambda d, w, n, g: (
        _("%(who)s merged #%(merged)s into it") % {**w, "merged": d.get("merged")}
    ),
    "complaint.acknowledged": lambda d, w, n, g: _("%(who)s acknowledged the complaint") % w,
    "complaint.extension_asked": lambda d, w, n, g: (
        _("%(who)s asked for more time for the complaint") % w
    ),
    "complaint.stop_asked": lambda d, w, n, g: _("%(who)s asked to stop the complaint's clock") % w,
    "complaint.stopped": lambda d, w, n, g: _("%(who)s stopped the complaint's clock") % w,
    "complaint.went_on": lambda d, w, n, g: _("%(who)s let the complaint's clock go on") % w,
    "complaint.extended": lambda d, w, n, g: _("%(who)s approved more time for the complaint") % w,
    "complaint.drafted": lambda d, w, n, g: _("%(who)s drafted the final letter") % w,
    "complaint.released": lambda d, w, n, g: _("%(who)s released the final letter") % w,
    "complaint.cause_recorded": lambda d, w, n, g: _("%(who)s recorded a root cause") % w,
    "complaint.closed": lambda d, w, n, g: _("%(who)s closed the complaint") % w,
    "ticket.complaint_marked": lambda d, w, n, g: _("%(who)s marked it as a complaint") % w,
    "ticket.complaint_unmarked": lambda d, w, n, g: _("%(who)s took the complaint mark off") % w,
    "feedback.received": _rated,
    "feedback.refused": lambda d, w, n, g: _("The customer did not want to rate the service"),
    "feedback.expired": lambda d, w, n, g: _("The link for the rating ran out"),
    "feedback.asked": lambda d, w, n, g: _("The link for the rating was made"),
}


_NAMES = Prepared(lambda ids: User.objects.filter(pk__in=ids).values_list("pk", "name"))


def names_of(ids: set[int]) -> dict[int, str]:
    """Names of people by key, in one query; none when nobody is named."""
    return dict(_NAMES(sorted(ids)))


def names_of_groups(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {group.pk: str(group) for group in Group.objects.filter(pk__in=ids)}
