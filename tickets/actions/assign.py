"""Who works a ticket: automatic assignment, taking, reassigning, absence (T5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from csservice.lib.prepared import Prepared
from teams.models import Group, Membership, User
from teams.models.people import Presence
from teams.roles import ROLES, Can
from tickets.actions import expert
from tickets.actions._row import locked, save
from tickets.models import Category, Customer, Ticket
from tickets.models.choices import WORK
from tickets.routing import Candidate, Choice, choose

FIELDS = ("owner", "group", "assigned_because")
WORKING_ROLES = sorted(role for role, can in ROLES.items() if Can.WORK_TICKETS in can)
PEOPLE = Membership.objects.filter(
    user__is_active=True, user__presence=Presence.AVAILABLE, user__role__in=WORKING_ROLES
)
_GROUP = Prepared(lambda pk: Group.objects.select_related("calendar").filter(pk=pk))


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a contact belongs: the group, the owner if there is one, and why."""

    group: Group
    owner_id: int | None
    because: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def live(cls, *, by: User, group: Group | None, customer: Customer) -> Self:
        """Who speaks with the customer keeps them; who takes part in a drill, its customers."""
        if group is None:
            mine = Group.objects.select_related("calendar").filter(memberships__user=by)
            group = mine.serving(customer.segment).first() or mine.first()
        rule = "drill" if customer.is_drill else "live"
        return cls(group or home(customer.segment), by.pk, {"rule": rule})


def home(segment: str) -> Group:
    """The group where a segment's tickets wait when nobody is there.

    Raises InvalidError when no group serves the segment.
    """
    group = Group.objects.select_related("calendar").serving(segment).order_by("pk").first()
    if group is None:
        raise InvalidError(
            "customer", _("No group serves these customers yet. Ask a manager to set one up.")
        )
    return group


def place(*, customer: Customer, category: Category | None, group: Group | None) -> Placed:
    """The group and owner of a new contact by the rule of routing.py (T5)."""
    skill_id = category.skill_id if category else None
    people = candidates(segment=customer.segment, group=group, skill_id=skill_id)
    choice = choose(people, language=customer.language, skill_wanted=skill_id is not None)
    if choice is None:
        return Placed(group or home(customer.segment), None, {"rule": "nobody"})
    (chosen,) = _GROUP(choice.group_id)
    return Placed(chosen, choice.user_id, because(choice, customer=customer))


def because(choice: Choice, *, customer: Customer) -> dict[str, Any]:
    """The reason that the ticket shows: which rule, among how many, what could not be met."""
    return {
        "rule": "least_work",
        "load": choice.load,
        "among": choice.among,
        "missed": list(choice.missed),
        "segment": customer.segment,
        "language": customer.language,
    }


def _available(
    group: int, segment: str, skill: int, but: int, *, in_group: bool, with_skill: bool
) -> QuerySet[Membership, Any]:
    rows = PEOPLE.filter(group=group) if in_group else PEOPLE.filter(group__segment=segment)
    if with_skill:
        held = User.skills.through.objects.filter(user=OuterRef("user"), skill=skill)
        rows = rows.annotate(skilled=Exists(held))
    else:
        rows = rows.annotate(skilled=Value(value=False))
    rows = rows.exclude(user=but)
    return rows.values_list("user_id", "group_id", "user__speaks", "skilled")


def _load(people: list[int]) -> QuerySet[Ticket, Any]:
    owned = Ticket.objects.real().filter(owner__in=people, step__in=sorted(WORK)).order_by()
    return owned.values_list("owner").annotate(n=Count("owner"))


_AVAILABLE, _LOAD = Prepared(_available), Prepared(_load)


def candidates(
    *, segment: str, group: Group | None, skill_id: int | None, without: int | None = None
) -> list[Candidate]:
    """Who is available for the segment (or in the group) now, with their open work.

    Two queries: as a subquery of each person the work costs PostgreSQL twice as much.
    Index of the load: ticket_work_by_owner.
    """
    in_group, with_skill = group is not None, skill_id is not None
    values = group.pk if group else 0, segment, skill_id or 0, without or 0
    found = _AVAILABLE(*values, in_group=in_group, with_skill=with_skill)
    loads = dict(_LOAD(sorted({user_id for user_id, *_rest in found})))
    return [
        Candidate(user_id, group_id, tuple(speaks), skilled, loads.get(user_id, 0))
        for user_id, group_id, speaks, skilled in found
    ]


@transaction.atomic
def assign(ticket_id: int, *, by: User, to: User, now: datetime, seen: int | None = None) -> Ticket:
    """Make the ticket `to`'s. Anybody who works tickets may take one for themselves from the queue;
    giving it to others, or taking it from somebody, is a manager's (T2).

    Raises PermissionDenied, Ticket.DoesNotExist, ChangedError, InvalidError (who cannot work it),
    RefusedError (closed).
    """
    by.must(Can.WORK_TICKETS if to.pk == by.pk else Can.ASSIGN_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    if ticket.owner_id not in (None, by.pk):
        by.must(Can.ASSIGN_TICKETS)
    if not to.can(Can.WORK_TICKETS):
        raise InvalidError("to", _("Choose somebody who works tickets."))
    ticket.move("assign")
    before = ticket.owner_id
    expert.settle_offer(ticket, taker=to, now=now)
    ticket.owner = to
    ticket.assigned_because = {"rule": "taken" if to.pk == by.pk else "manager", "by": by.pk}
    save(ticket, *expert.FIELDS, by=by, now=now)
    record("ticket.assigned", "ticket", ticket.pk, by=by, now=now, owner=to.pk, before=before)
    return ticket


@transaction.atomic
def assign_waiting(*, now: datetime, limit: int) -> int:
    """Give tickets without an owner to whoever is available now. Returns how many found one.

    Rows that somebody else holds are skipped; the next beat looks again.
    """
    # only where somebody is there, or the oldest of one segment would hold up all the others
    there = list(PEOPLE.values_list("group", "group__segment").distinct())
    rows = (
        Ticket.objects.waiting_for_owner()
        .real()
        .filter(
            Q(group__in={group for group, _segment in there})
            | Q(customer__segment__in={segment for _group, segment in there})
        )
        .select_related("customer", "category", "group")
    )
    done = 0
    for ticket in rows.select_for_update(of=("self",), skip_locked=True)[:limit]:
        done += _give_to_next(ticket, now=now, without=None)
    return done


@transaction.atomic
def release_absent(*, now: datetime, limit: int) -> int:
    """Tickets that wait for a first answer leave owners who are away or gone: they go to the next
    free person, or back to the queue where nobody is free (T5). Returns how many moved.

    Rows that somebody else holds are skipped; the next beat looks again.
    """
    rows = (
        Ticket.objects.unanswered()
        .real()
        .filter(Q(owner__presence=Presence.AWAY) | Q(owner__is_active=False))
        .select_related("customer", "category", "group")
        .order_by("respond_by")
    )
    moved = 0
    for ticket in rows.select_for_update(of=("self",), skip_locked=True)[:limit]:
        _release(ticket, now=now)
        moved += 1
    return moved


@transaction.atomic
def release_waiting(user_id: int, *, by: User, now: datetime) -> int:
    """A manager moves one person's tickets that wait for a first answer (T2, T5). Returns how many.

    Raises PermissionDenied.
    """
    by.must(Can.ASSIGN_TICKETS)
    rows = Ticket.objects.visible_to(by).unanswered().real().filter(owner=user_id)
    moved = 0
    for ticket in (
        rows.select_related("customer", "category", "group")
        .order_by("respond_by")
        .select_for_update(of=("self",))
    ):
        _release(ticket, now=now)
        moved += 1
    return moved


def hand_on(ticket_id: int, *, now: datetime) -> bool:
    """Thirty seconds before the promise runs out an unanswered ticket goes to the next free person;
    True if there was one. A step of the sweep, which holds the ticket's row.
    """
    rows = Ticket.objects.unanswered().real().select_related("customer", "category", "group")
    ticket = rows.filter(pk=ticket_id).first()
    if ticket is None:
        return False
    return _give_to_next(ticket, now=now, without=ticket.owner_id, rule="hand_on")


def _release(ticket: Ticket, *, now: datetime) -> None:
    before = ticket.owner_id
    if _give_to_next(ticket, now=now, without=before):
        return
    ticket.owner, ticket.assigned_because = None, {"rule": "absent"}
    save(ticket, *FIELDS, by=None, now=now)
    record("ticket.released", "ticket", ticket.pk, by=None, now=now, before=before)


def _give_to_next(
    ticket: Ticket, *, now: datetime, without: int | None, rule: str = "least_work"
) -> bool:
    """Give the locked ticket to the rule's choice in its group, else its segment; False: nobody."""
    skill_id = ticket.category.skill_id if ticket.category else None
    for group in (ticket.group, None):
        people = candidates(
            segment=ticket.customer.segment, group=group, skill_id=skill_id, without=without
        )
        choice = choose(
            people, language=ticket.customer.language, skill_wanted=skill_id is not None
        )
        if choice is not None:
            break
    else:
        return False
    before = ticket.owner_id
    ticket.owner_id, ticket.group_id = choice.user_id, choice.group_id
    ticket.assigned_because = because(choice, customer=ticket.customer) | {"rule": rule}
    save(ticket, *FIELDS, by=None, now=now)
    record(
        "ticket.assigned",
        "ticket",
        ticket.pk,
        by=None,
        now=now,
        owner=choice.user_id,
        before=before,
        because=ticket.assigned_because,
    )
    return True
