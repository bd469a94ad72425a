"""Each hot read is served by its index; among 200,000 tickets none walks the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from teams.models import Group, User
from tests.conftest import names_in, plan_of
from tests.factories import T0, after, make_customer, make_ticket, make_user
from tickets.api.clocks import filtered
from tickets.models import Clock, Customer, CustomerSearch, Message, Ticket, TicketSearch

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
Indexes = Callable[[QuerySet[Any]], set[str]]


def test_what_is_to_flag(indexes_of: Indexes) -> None:
    assert indexes_of(Ticket.objects.to_flag(T0)) == {"ticket_to_flag"}


def test_what_clocks_have_to_tell(indexes_of: Indexes) -> None:
    assert "clock_to_tell" in indexes_of(Ticket.objects.with_something_to_tell(T0))
    assert indexes_of(Clock.objects.due_to_tell(T0)) == {"clock_to_tell"}


def test_the_clocks_of_a_ticket(indexes_of: Indexes) -> None:
    assert indexes_of(Clock.objects.filter(ticket=1)) == {"clock_runs_once_a_cycle"}


def test_what_is_mine(indexes_of: Indexes, owner: User) -> None:
    assert indexes_of(Ticket.objects.of(owner)) == {"ticket_open_by_owner", "ticket_handed_to"}


def test_what_waits_for_an_owner(indexes_of: Indexes, group: Group) -> None:
    found = indexes_of(Ticket.objects.waiting_for_owner())
    assert found <= {"ticket_without_owner", "ticket_work_by_owner", "ticket_open_by_owner"}
    found = indexes_of(Ticket.objects.open().filter(owner=None, group=group).order_by("respond_by"))
    assert found == {"ticket_without_owner"}


def test_the_open_work_of_a_group(indexes_of: Indexes, group: Group) -> None:
    rows = Ticket.objects.open().filter(group=group).order_by("respond_by")
    assert indexes_of(rows) == {"ticket_open_by_group"}


def test_the_work_of_an_owner(indexes_of: Indexes, owner: User) -> None:
    rows = Ticket.objects.filter(owner=owner, step__in=["analysis", "reception", "resolution"])
    assert indexes_of(rows) <= {"ticket_work_by_owner", "ticket_open_by_owner", "ticket_by_owner"}


def test_what_is_settled(indexes_of: Indexes) -> None:
    assert indexes_of(Ticket.objects.settled()) == {"ticket_to_settle"}


def test_a_customers_history(indexes_of: Indexes) -> None:
    customer = make_customer()
    assert indexes_of(customer.tickets.order_by("-pk")) == {"ticket_by_customer"}


def test_who_is_reached_at_a_number(indexes_of: Indexes) -> None:
    found = indexes_of(Customer.objects.reached_at("+8613800138000"))
    assert "contact_by_value" in found


def test_words(indexes_of: Indexes) -> None:
    """Of the words alone: joined to empty tables the planner may as well begin with the others."""
    hits = TicketSearch.objects.filter(tokens__match="card")
    assert indexes_of(hits) == {"tickets_ticketsearch_vector"}
    found = CustomerSearch.objects.filter(tokens__match="liu")
    assert indexes_of(found) == {"tickets_customersearch_vector"}


def test_mail_that_waits(indexes_of: Indexes) -> None:
    assert indexes_of(Message.objects.to_send(T0)) == {"message_to_send"}


# ---- among 200,000 --------------------------------------------------------------------------
MANY = 200_000


@pytest.fixture
def many(owner: User) -> list[User]:
    """200,000 tickets, nine in ten closed, spread over 40 owners of 8 groups; with their words."""
    people = [owner, *(make_user() for _ in range(39))]
    rows = [
        make_ticket(step=step, owner=owner, group=owner.memberships.get().group)
        for step in ("reception", "analysis", "feedback", "closed")
    ]
    groups = [make_ticket().group.pk for _ in range(7)] + [rows[0].group_id]
    columns = [str(f.column) for f in Ticket._meta.concrete_fields if f.column != "id"]
    fresh = {
        "owner_id": "(%(people)s::bigint[])[1 + n %% 40]",
        "group_id": "(%(groups)s::bigint[])[1 + n %% 8]",
        "received_at": "received_at - n * interval '30 s'",
        "respond_by": "respond_by - n * interval '30 s'",
        "breached_at": "CASE WHEN step = 'reception' AND n %% 200 > 1 THEN respond_by END",
    }
    chosen = ", ".join(fresh.get(column, column) for column in columns)
    sql = (
        # Read once: a plan that scans the table for each row would scan what it has just written.
        "WITH known AS MATERIALIZED "  # noqa: S608 (names of our columns)
        "(SELECT * FROM tickets_ticket WHERE id = ANY(%(rows)s)) "
        f"INSERT INTO tickets_ticket ({', '.join(columns)}) SELECT {chosen} "
        "FROM generate_series(1, %(many)s) n JOIN known ON id = "
        "(%(rows)s::bigint[])[CASE WHEN n %% 30 < 3 THEN 1 + n %% 30 ELSE 4 END]"
    )
    words = (
        "INSERT INTO tickets_ticketsearch (ticket_id, tokens) SELECT id, 'word' || id %% 5000 "
        "FROM tickets_ticket ON CONFLICT DO NOTHING"
    )
    values: dict[str, Any] = {
        "people": [p.pk for p in people],
        "groups": groups,
        "many": MANY,
        "rows": [row.pk for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute(words.replace("%%", "%"))
        # As autovacuum leaves it: with the words of a bulk load still pending the index looks dear.
        cursor.execute("VACUUM ANALYZE tickets_ticket")
        cursor.execute("VACUUM ANALYZE tickets_ticketsearch")
    return people


# Emptied afterwards: what a rolled back load leaves in the tables would lead other plans astray.
@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_among_200_000_tickets_the_hottest_reads_walk_no_table(many: list[User]) -> None:
    owner = many[0]
    hottest = {
        "to flag": Ticket.objects.to_flag(after(0) - timedelta(days=40))[:500],
        "mine": Ticket.objects.of(owner).order_by("respond_by")[:50],
        "the group's": Ticket.objects.open()
        .filter(group__in=owner.group_ids)
        .order_by("respond_by")[:50],
        "settled": Ticket.objects.settled().order_by("pk")[:500],
        "found": Ticket.objects.found_by("word123").newest_of_hits()[:25],
        "all I may see, newest first": Ticket.objects.visible_to(owner).order_by("-pk")[:25],
    }
    assert Ticket.objects.count() > MANY
    for name, rows in hottest.items():
        plan = plan_of(rows)
        assert "Seq Scan" not in names_in(plan, "Node Type"), f"{name}: {plan}"


# ---- the clocks of the API among 200,000 ------------------------------------------------------
@pytest.fixture
def many_clocks(owner: User) -> Group:
    """200,000 clocks of ten tickets, a minute apart; a few run, and so few are broken that a walk
    from the newest on would read most of them."""
    group = owner.memberships.get().group
    tickets = [make_ticket(owner=owner, group=group).pk for _ in range(10)]
    Clock.objects.exclude(metric="first_response").delete()
    columns = [str(f.column) for f in Clock._meta.concrete_fields if f.column != "id"]
    runs = "n %% 10000 < 2"
    due = "%(t0)s::timestamptz - n * interval '1 min'"
    fresh = {
        "ticket_id": "(%(tickets)s::bigint[])[1 + n %% 10]",
        "metric": "'resolution'",
        "cycle": "1 + n / 10",
        "due_at": f"CASE WHEN n %% 10000 = 0 THEN %(t0)s::timestamptz ELSE {due} END",
        "state": f"CASE WHEN {runs} THEN 'running' ELSE 'met' END",
        "ended_at": f"CASE WHEN {runs} THEN NULL ELSE {due} END",
        "next_at": "NULL",
        "breached_at": f"CASE WHEN n %% 10000 = 7 THEN {due} END",
    }
    chosen = ", ".join(fresh.get(column, column) for column in columns)
    sql = (
        f"INSERT INTO tickets_clock ({', '.join(columns)}) SELECT {chosen} "  # noqa: S608
        "FROM generate_series(1, %(many)s) n, (SELECT * FROM tickets_clock LIMIT 1) AS known"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tickets": tickets, "t0": T0, "many": MANY})
        cursor.execute("VACUUM ANALYZE tickets_clock")
    return group


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_among_200_000_clocks_the_filters_of_the_api_walk_no_table(
    many_clocks: Group, owner: User
) -> None:
    seen = Clock.objects.visible_to(owner)
    old = T0 - timedelta(minutes=MANY - 100)
    asked: dict[str, dict[str, Any]] = {
        "due_before": {"due_before": old},
        "due between": {"due_after": old, "due_before": old + timedelta(hours=1)},
        "running, due_before": {"state": "running", "due_before": old},
        "breached": {"breached": True},
        "breached of a group": {"breached": True, "group": many_clocks.pk},
    }
    for name, wanted in asked.items():
        rows = filtered(seen, wanted, now=T0).order_by("-pk")[:51]
        plan = plan_of(rows)
        used = names_in(plan, "Index Name")
        clocks = {name for name in used if name.startswith("clock_")}
        assert clocks, f"{name}: {plan}"
        assert "Seq Scan" not in _scans(plan, "tickets_clock"), f"{name}: {plan}"


def _scans(node: dict[str, Any], table: str) -> set[str]:
    """How `table` itself is read in a plan."""
    own = {node["Node Type"]} if node.get("Relation Name") == table else set()
    return own.union(*(_scans(child, table) for child in node.get("Plans", [])))
