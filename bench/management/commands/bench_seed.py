"""Seed a PostgreSQL database with N tickets for the benchmarks, by set-based SQL.

    DATABASE_URL=postgres://… DJANGO_SETTINGS_MODULE=bench.settings manage.py bench_seed 100000

50 agents with 25 open tickets each whatever N is: open work follows the staff, not the history.
Everything else is closed. The database must be migrated and empty.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models, transaction
from django.utils import timezone

from csservice.ledger.actions import seal
from csservice.ledger.models import Entry, Head
from csservice.lib.crypto import digest
from teams.actions import freeze
from teams.models import ApiToken, Calendar, Group, Membership, User
from tickets.models import (
    Category,
    Clock,
    Contact,
    Customer,
    CustomerSearch,
    Message,
    Ticket,
    TicketSearch,
)

AGENTS, OPEN_EACH = 50, 25
CHAINED = 20_000  # above it the ledger's hashes are made up: the figures do not depend on them
PASSWORD = "bench-bench-bench"
WORDS = [
    "card",
    "blocked",
    "refund",
    "transfer",
    "payment",
    "statement",
    "fee",
    "loan",
    "mortgage",
    "account",
    "login",
    "password",
    "fraud",
    "dispute",
    "insurance",
    "claim",
    "wire",
    "salary",
    "deposit",
    "fund",
    "exchange",
    "rate",
    "limit",
    "cash",
    "branch",
    "invoice",
]
HAN = [
    "银行卡",
    "转账",
    "贷款",
    "利率",
    "余额",
    "密码",
    "投诉",
    "退款",
    "手续费",
    "理财",
    "保险",
    "账单",
]


def fill(model: type[models.Model], rows: str, **given: str) -> None:
    """INSERT … SELECT into the model's table: `given` is SQL by column, the rest the defaults.

    `rows` is the FROM part; `n` is its number.
    """
    columns, values, params = [], [], []
    for field in model._meta.concrete_fields:
        if field.column in given:
            value = given[field.column].replace("%", "%%")
        elif field.primary_key:
            continue
        else:
            value = "%s"
            params.append(_default(field))
        columns.append(connection.ops.quote_name(str(field.column)))
        values.append(value)
    table = connection.ops.quote_name(model._meta.db_table)
    names, exprs, source = ", ".join(columns), ", ".join(values), rows.replace("%", "%%")
    sql = f"INSERT INTO {table} ({names}) SELECT {exprs} FROM {source}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _default(field: models.Field[Any, Any]) -> Any:
    value = field.get_default()
    if value is None and not field.null:
        value = ""
    return field.get_db_prep_save(value, connection)


def token(user: User, value: str, now: datetime) -> None:
    """A bearer token of a known value."""
    ApiToken.objects.create(
        user=user,
        label="bench",
        digest=digest(value),
        scopes=["read", "write"],
        made_at=now,
        expires_at=now + timedelta(days=90),
    )


def people() -> None:
    """A director, five managers, 50 agents who are available, their groups and tokens."""
    now = timezone.now()
    calendar = Calendar.objects.create(name="Day and night")
    freeze(calendar, by=None, now=now)
    secret = make_password(PASSWORD)

    def person(name: str, role: str) -> User:
        user: User = User.objects.create(
            username=name,
            name=name.title(),
            role=role,
            password=secret,
            presence="available" if role == "specialist" else "away",
            speaks=["en", "zh-hans"],
        )
        return user

    token(person("director", "director"), "bench-director", now)
    person("support", "support")
    groups = []
    for number in range(5):
        segment = "personal" if number < 3 else "corporate"
        manager = person(f"manager{number}", "manager")
        group = Group.objects.create(
            name=f"Group {number}", segment=segment, manager=manager, calendar=calendar
        )
        Membership.objects.create(user=manager, group=group)
        groups.append(group)
    for number in range(AGENTS):
        agent = person(f"agent{number}", "specialist")
        Membership.objects.create(user=agent, group=groups[number % 5])
        token(agent, f"bench-{number}", now)
    for number, word in enumerate(WORDS[:12]):
        Category.objects.create(code=word, name=word.title(), words=f"{word},{HAN[number]}")


def _array(words: list[str]) -> str:
    return "ARRAY[" + ",".join(f"'{word}'" for word in words) + "]"


def customers(count: int) -> None:
    rows = f"generate_series(1, {count}) AS n"
    name = "(CASE WHEN n % 2 = 0 THEN 'Anna Smith' ELSE '刘敏' END) || ' ' || n"
    fill(
        Customer,
        rows,
        id="n",
        segment="CASE WHEN n % 5 < 3 THEN 'personal' ELSE 'corporate' END",
        name=name,
        language="CASE WHEN n % 2 = 0 THEN 'en' ELSE 'zh-hans' END",
        made_at="now()",
    )
    phone = "'+86138' || lpad(n::text, 8, '0')"
    fill(Contact, rows, customer_id="n", kind="'phone'", value=phone, preferred="true")
    suffixes = " || ' ' || ".join(
        f"substr(lpad(n::text, 8, '0'), {start})" for start in range(1, 6)
    )
    fill(
        CustomerSearch,
        rows,
        customer_id="n",
        tokens="(CASE WHEN n % 2 = 0 THEN 'anna smith' ELSE '刘敏 敏 liu min liumin lm' END)"
        f" || ' ' || n || ' ' || {suffixes}",
    )


def tickets(count: int, customer_count: int) -> None:
    """Closed tickets over two years by number, then the open ones of the last day."""
    first_open = count - AGENTS * OPEN_EACH
    agent = "(SELECT min(id) FROM teams_user WHERE role = 'specialist') + n % 50"
    group = "(SELECT min(id) FROM teams_group) + n % 5"
    open_ = f"n > {first_open}"
    step = (
        f"CASE WHEN NOT {open_} THEN 'closed' WHEN n % 10 = 0 THEN 'reception' "
        "WHEN n % 10 < 4 THEN 'analysis' WHEN n % 10 < 9 THEN 'resolution' ELSE 'feedback' END"
    )
    received = (
        f"CASE WHEN {open_} THEN now() - (n % 600 + 1) * interval '1 minute' "
        f"ELSE now() - interval '1 day' - ({first_open} - n) * (interval '730 days' / {count}) END"
    )
    word, other, han = _array(WORDS), _array(WORDS), _array(HAN)
    subject = (
        f"initcap(({word})[n % {len(WORDS)} + 1]) || ' ' || ({other})[n / 7 % {len(WORDS)} + 1]"
        f" || ' ' || ({han})[n % {len(HAN)} + 1]"
    )
    source = (
        f"(SELECT n, {step} AS step, {received} AS at, {subject} AS subject "
        f"FROM generate_series(1, {count}) AS n) AS s"
    )
    answered, ended = "step <> 'reception'", "step IN ('feedback', 'closed')"
    fill(
        Ticket,
        source,
        id="n",
        channel="(ARRAY['phone','email','web','chat'])[n % 4 + 1]",
        subject="subject",
        description="'I need help with ' || lower(subject) || ' since last week, ask ' || n",
        customer_id=f"n % {customer_count} + 1",
        category_id="CASE WHEN step = 'reception' THEN NULL "
        "ELSE (SELECT min(id) FROM tickets_category) + n % 12 END",
        group_id=group,
        owner_id=agent,
        step="step",
        received_at="at",
        respond_by="at + interval '5 minutes'",
        responded_at=f"CASE WHEN {answered} THEN at + (n % 400) * interval '1 second' END",
        breached_at=f"CASE WHEN {answered} AND n % 400 <= 300 THEN NULL "
        "ELSE at + interval '301 seconds' END",
        resolve_by="at + interval '10 hours'",
        resolved_at=f"CASE WHEN {ended} THEN at + interval '2 hours' END",
        closed_at="CASE WHEN step = 'closed' THEN at + interval '3 hours' END",
        basics_at=f"CASE WHEN {answered} THEN at + interval '7 minutes' END",
        need=f"CASE WHEN {answered} THEN 'Help with ' || subject ELSE '' END",
        solution=f"CASE WHEN {answered} THEN 'Check and call back' ELSE '' END",
        outcome=f"CASE WHEN {ended} THEN 'solved' ELSE '' END",
        satisfaction="CASE WHEN step = 'closed' THEN 'answered' ELSE '' END",
        score="CASE WHEN step = 'closed' THEN n % 5 + 1 END",
        answered_via="CASE WHEN step = 'closed' THEN 'link' ELSE '' END",
        changed_at="at + interval '3 hours'",
    )
    fill(
        TicketSearch,
        "tickets_ticket AS t",
        ticket_id="t.id",
        tokens="t.id || ' ' || lower(t.subject) || ' i need help with since last week ask '"
        " || left(split_part(t.subject, ' ', 3), 2) || ' ' "
        "|| substr(split_part(t.subject, ' ', 3), 2, 2)",
    )


def _moment(sql: str) -> str:
    """SQL for a time as clock snapshots write it."""
    return f"to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"


def clocks(metric: str, seconds: int, due: str, end: str, **given: str) -> None:
    """A clock of `metric` for every ticket, running or met; its events are not written."""
    span = f"jsonb_build_array(jsonb_build_array({_moment('t.received_at')}, {_moment(end)}))"
    version = "(SELECT min(id) FROM teams_calendarversion)"
    fill(
        Clock,
        "tickets_ticket AS t",
        ticket_id="t.id",
        metric=f"'{metric}'",
        started_at="t.received_at",
        first_target_s=str(seconds),
        first_calendar_id=version,
        first_owner_id="t.owner_id",
        first_group_id="t.group_id",
        policy_id="(SELECT min(id) FROM tickets_slapolicyversion)",
        calendar_id=version,
        owner_id="t.owner_id",
        group_id="t.group_id",
        facts="concat_ws('|', t.customer_id, t.priority, t.channel, "
        "COALESCE(t.category_id::text, 'None'), 'None', t.group_id)",
        target_s=str(seconds),
        due_at=due,
        state=f"CASE WHEN {end} IS NULL THEN 'running' ELSE 'met' END",
        ended_at=end,
        breached_at=f"CASE WHEN COALESCE({end}, now()) > {due} THEN {due} END",
        snapshot="jsonb_strip_nulls(jsonb_build_object('started_at', "
        f"{_moment('t.received_at')}, 'target_s', {seconds}, 'calendar', {version}, 'met_at', "
        f"{_moment(end)}, 'since', CASE WHEN {end} IS NULL THEN {_moment('t.received_at')} END, "
        f"'spans', CASE WHEN {end} IS NOT NULL THEN {span} END, "
        f"'all_spans', CASE WHEN {end} IS NOT NULL THEN {span} END))",
        **given,
    )


def threads() -> None:
    fill(
        Message,
        "tickets_ticket AS t WHERE t.responded_at IS NOT NULL",
        ticket_id="t.id",
        kind="'reply'",
        channel="t.channel",
        author_id="t.owner_id",
        text="'We have looked into ' || lower(t.subject) || ' and will call you back.'",
        at="t.responded_at",
        first_response="true",
    )
    fill(
        Message,
        "tickets_ticket AS t WHERE t.responded_at IS NOT NULL",
        ticket_id="t.id",
        kind="'contact'",
        channel="t.channel",
        text="'Thank you, that helps.'",
        at="t.responded_at + interval '10 minutes'",
    )
    chained = Ticket.objects.count() <= CHAINED
    fill(
        Entry,
        "tickets_ticket AS t",
        at="t.received_at",
        kind="'ticket.received'",
        subject="'ticket'",
        key="t.id::text",
        data="'{}'::jsonb",
        seq="NULL" if chained else "t.id",
        digest="''" if chained else "md5(t.id::text) || md5(t.id::text)",
    )
    if chained:
        seal(now=timezone.now(), limit=CHAINED)
    else:
        Head.objects.update_or_create(pk=1, defaults={"seq": Ticket.objects.count()})


def reset_sequences() -> None:
    with connection.cursor() as cursor:
        for model in (Ticket, Customer):
            table = model._meta.db_table
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM "
                + connection.ops.quote_name(table)
                + "))",
                [table],
            )


class Command(BaseCommand):
    help = "Seed an empty PostgreSQL database for the benchmarks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int, help="number of tickets")

    def handle(self, *args: Any, count: int, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("The database is not empty. Seed a new one.")
        started = time.perf_counter()
        customer_count = max(1000, count // 10)
        with transaction.atomic():
            people()
            customers(customer_count)
            tickets(count, customer_count)
            clocks(
                *("first_response", 300, "t.respond_by", "t.responded_at"),
                flagged_at="t.breached_at",
                told_s="300",
            )
            clocks(
                *("resolution", 36_000, "t.resolve_by", "t.resolved_at"),
                next_at="CASE WHEN t.resolved_at IS NULL "
                "THEN t.received_at + interval '27000 seconds' END",
            )
            threads()
            reset_sequences()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.stdout.write(f"{count} tickets in {time.perf_counter() - started:.0f} s")
