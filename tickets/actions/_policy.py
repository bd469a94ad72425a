"""Which promise holds for a ticket, and in whose hours it is counted."""

from __future__ import annotations

from dataclasses import dataclass

from csservice.lib.prepared import Prepared
from teams.hours import Hours
from teams.models import Calendar, Group
from tickets import policy
from tickets.models import SlaPolicy, Ticket

ALWAYS = 0  # stands for a calendar's key where every second counts
EVERY_SECOND = Hours.always("UTC")
_IN_FORCE = Prepared(lambda: SlaPolicy.objects.in_force().values_list("current", "current__spec"))


@dataclass(frozen=True, slots=True)
class Rule:
    """The policy that applies to a ticket: a version's key (None: the built-in one), what it says,
    and the facts because of which it applies."""

    version: int | None
    said: policy.Policy
    facts: str


def rule_for(ticket: Ticket) -> Rule:
    """The first policy in force that the ticket meets, as it stands now."""
    known = {
        "segment": ticket.customer.segment,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "category": ticket.category_id,
        "product": ticket.product_id,
    }
    for version, spec in _IN_FORCE():
        if (said := policy.read(spec)).matches(known):
            return Rule(version, said, facts_of(ticket))
    return Rule(None, policy.BUILT_IN, facts_of(ticket))


def facts_of(ticket: Ticket) -> str:
    """What decides the policy and the hours, as one text to compare."""
    kind = f"{ticket.customer_id}|{ticket.priority}|{ticket.channel}"
    return f"{kind}|{ticket.category_id}|{ticket.product_id}|{ticket.group_id}"


def counted_in(target: policy.Target, group: Group) -> tuple[int, Hours]:
    """(version's key, hours) that a target is counted in: the group's, always, a calendar's."""
    if target.hours == policy.ALWAYS:
        return ALWAYS, EVERY_SECOND
    calendar = (
        group.calendar
        if target.hours == policy.GROUP
        else Calendar.objects.get(pk=int(target.hours))
    )
    if calendar.current_id is None:
        raise LookupError(f"The opening hours {calendar.pk} have no version; save them.")
    return calendar.current_id, calendar.hours()
