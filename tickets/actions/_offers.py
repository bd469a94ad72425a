"""The policies as they are tried, and the open tickets that a change of one touches (W1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from csservice.lib.errors import RefusedError
from tickets import policy
from tickets.actions._policy import Rule, facts_of
from tickets.models import Clock, SlaPolicy, Ticket
from tickets.models.choices import WORK
from tickets.models.ticket_reads import TicketQuerySet

# condition -> where a ticket keeps it
KEPT_IN = {
    "segment": "customer__segment",
    "priority": "priority",
    "channel": "channel",
    "category": "category",
    "product": "product",
}


class Offer(NamedTuple):
    """A policy in force: its key, its version's and what it says. None: not saved yet."""

    policy: int | None
    version: int | None
    said: policy.Policy


def in_force() -> list[Offer]:
    """The policies in force in the order they are tried. One query."""
    rows = SlaPolicy.objects.in_force().values_list("pk", "current", "current__spec")
    return [Offer(pk, version, policy.read(spec)) for pk, version, spec in rows]


def with_change(offers: Sequence[Offer], changed: int | None, said: policy.Policy) -> list[Offer]:
    """`offers` as they would be if the policy `changed` said `said`; None adds one at its place.

    A policy that is not in force stays so: nothing changes.
    """
    if changed is None:
        place = place_of_new(offers, said)
        return [*offers[:place], Offer(None, None, said), *offers[place:]]
    return [Offer(changed, None, said) if offer.policy == changed else offer for offer in offers]


def place_of_new(offers: Sequence[Offer], said: policy.Policy) -> int:
    """Before the first policy for everybody; what is itself for everybody goes to the end."""
    if said.when:
        for place, offer in enumerate(offers):
            if not offer.said.when:
                return place
    return len(offers)


def keep_one_for_all(before: Iterable[policy.Policy], after: Iterable[policy.Policy]) -> None:
    """Raises RefusedError when a change takes the last policy that is for everybody."""
    if all(said.when for said in after) and not all(said.when for said in before):
        raise RefusedError(
            _(
                "This is the last policy without conditions. One has to remain, so that every"
                " ticket has a promise."
            )
        )


def rule_of(ticket: Ticket, offers: Sequence[Offer]) -> Rule:
    """As `rule_for`, of policies that have been read."""
    known = {
        "segment": ticket.customer.segment,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "category": ticket.category_id,
        "product": ticket.product_id,
    }
    for offer in offers:
        if offer.said.matches(known):
            return Rule(offer.version, offer.said, facts_of(ticket))
    return Rule(None, policy.BUILT_IN, facts_of(ticket))


def touched_tickets(changed: int | None, offers: Sequence[Offer]) -> TicketQuerySet:
    """Open tickets that the policy holds now, or would hold as `offers` has it.

    None when it is not in force. The work that is open is all that is read, by partial indexes.
    """
    places = [place for place, offer in enumerate(offers) if offer.policy == changed]
    if not places:
        return Ticket.objects.none()
    mine, earlier = offers[places[0]], offers[: places[0]]
    wanted = Q(pk__in=[])
    if all(offer.said.when for offer in earlier):
        wanted = _met(mine.said.when)
        for offer in earlier:
            wanted &= ~_met(offer.said.when)
    rows = Ticket.objects.filter(step__in=WORK)
    if changed is None:
        return rows.filter(wanted)
    held = Clock.objects.open().filter(ticket=OuterRef("pk"), policy__policy=changed)
    return rows.filter(Exists(held) | wanted)


def _met(when: Mapping[str, Sequence[Any]]) -> Q:
    return Q(**{f"{KEPT_IN[name]}__in": list(wanted) for name, wanted in when.items() if wanted})
