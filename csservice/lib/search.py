"""One search for both databases: text becomes tokens, a lookup matches them.

Words lower-cased, Chinese as overlapping pairs, numbers as all their suffixes, so that a prefix
query finds any part of a phone number (measured: shared/stack.md section 8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

RUN = re.compile(r"[\u3400-\u9fff]+|[a-zß-öø-ÿ][a-zß-öø-ÿ0-9]*|\d+")
LONGEST = 20_000
LONGEST_NUMBER = 32  # a run of digits is cut: all its suffixes whole would grow with its square
MOST = 400_000  # characters kept of one row; PostgreSQL takes no tsvector of a megabyte
SOME = 500  # hits that `some` reads, however many there are


def tokens(text: str) -> str:
    """The tokens of `text` for storing, space-separated, each once, in order."""
    found: dict[str, None] = {}
    for run in RUN.findall(text[:LONGEST].lower()):
        if run[0] >= "\u3400":
            parts = [run[i : i + 2] for i in range(len(run))]
        elif run.isdigit() and len(run) > 4:
            parts = [run[i : i + LONGEST_NUMBER] for i in range(len(run) - 3)]
        else:
            parts = [run]
        found.update(dict.fromkeys(parts))
    return " ".join(found)


def merged(stored: str, added: str) -> str:
    """The stored tokens and those of `added`, each once, up to MOST characters: the first stay."""
    both = " ".join(dict.fromkeys([*stored.split(), *tokens(added).split()]))
    return both if len(both) <= MOST else both[: MOST + 1].rpartition(" ")[0]


def terms(text: str) -> Iterator[tuple[str, bool]]:
    """The terms of a query: (token, is a prefix). All must match."""
    for run in RUN.findall(text[:200].lower()):
        if run[0] >= "\u3400" and len(run) > 1:
            yield from ((run[i : i + 2], False) for i in range(len(run) - 1))
        else:
            yield run, True


class Asked(str):
    """A query in the words of the database, as `asked` makes it."""

    __slots__ = ()


def asked(words: str, *, whole: bool = False) -> Asked:
    """What `match` asks the database for `words`, for a prepared read. `whole`: only words that
    are typed to their end, and ends of numbers."""
    found = [(t, prefix and not whole) for t, prefix in terms(words)]
    if connection.vendor == "postgresql":
        return Asked(" & ".join(f"'{t}':*" if prefix else f"'{t}'" for t, prefix in found))
    parts = [f'"{t}"*' if prefix else f'"{t}"' for t, prefix in found]
    return Asked(" AND ".join(parts) or '""')


class TokenField(models.TextField):  # type: ignore[type-arg]
    """Stored tokens; filter with `__match="words 退款 5678"`. Tables: see `index_sql`."""


@TokenField.register_lookup
class Match(models.Lookup):
    """All terms of the right side occur. PostgreSQL: the stored tsvector; SQLite: FTS5."""

    lookup_name = "match"
    prepare_rhs = False
    postgresql = "{}"
    sqlite = ""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        table = lhs.rsplit(".", 1)[0]
        query = self.rhs if isinstance(self.rhs, Asked) else asked(self.rhs)
        return self.postgresql.format(f"{table}.vector @@ %s::tsquery"), [*params, query]

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        key, _column, table = self._names(compiler, connection)
        query = self.rhs if isinstance(self.rhs, Asked) else asked(self.rhs)
        fts = connection.ops.quote_name(f"{table}_fts")
        hits = f"SELECT rowid FROM {fts} WHERE {fts} MATCH %s"  # noqa: S608 (names of our tables)
        return f"{key} IN ({hits}{self.sqlite})", [query]

    def _names(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, str, str]:
        """The key of the rows that are asked for, its column, and the table they are in."""
        meta = self.lhs.target.model._meta
        column = connection.ops.quote_name(meta.pk.column)
        return f"{compiler.quote_name_unless_alias(self.lhs.alias)}.{column}", column, meta.db_table


@TokenField.register_lookup
class Scan(Match):
    """As `match`, but read from the rows and never from the index of words: for few rows that
    something else has chosen. PostgreSQL takes two common words for rare and would go by them,
    which costs more the more tickets there are."""

    lookup_name = "scan"
    postgresql = "({}) IS TRUE"


@TokenField.register_lookup
class Some(Match):
    """As `match`, but of SOME hits at most: for words that many rows hold.

    PostgreSQL plans what is MATERIALIZED as if all of it were read, so by the index of words; then
    it fetches no more rows than the limit. With the limit alone it would walk the table, since it
    takes the beginning of a word for 2 % of the rows. DEAR makes a walk dear in its eyes: it counts
    in each row's price and is never computed. Which hits they are: on SQLite the newest.
    """

    DEAR = "CASE WHEN vector IS NULL THEN to_tsvector('simple', tokens) IS NULL ELSE TRUE END"

    lookup_name = "some"
    sqlite = f" ORDER BY rowid DESC LIMIT {SOME}"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        key, column, table = self._names(compiler, connection)
        quoted = connection.ops.quote_name(table)
        query = self.rhs if isinstance(self.rhs, Asked) else asked(self.rhs)
        hits = f"SELECT {column} FROM {quoted} WHERE vector @@ %s::tsquery AND {self.DEAR}"  # noqa: S608
        few = f"WITH hits AS MATERIALIZED ({hits}) SELECT {column} FROM hits LIMIT {SOME}"  # noqa: S608
        return f"{key} IN ({few})", [query]


def index_sql(table: str, key: str) -> dict[str, list[tuple[str, str]]]:
    """(forward, backward) statements by vendor for a migration: what `match` needs on `table`.

    `key` is the column of the integer primary key.
    """
    fts = f"{table}_fts"
    # names of our own tables, never anything that a request brings
    row = f"INSERT INTO {fts}(rowid, tokens) VALUES (new.{key}, new.tokens);"  # noqa: S608
    gone = (
        f"INSERT INTO {fts}({fts}, rowid, tokens) "  # noqa: S608
        f"VALUES ('delete', old.{key}, old.tokens);"
    )
    trigger = "CREATE TRIGGER {0}_{1} AFTER {2} ON {0} BEGIN {3} END"
    column = (
        f"ALTER TABLE {table} ADD COLUMN vector tsvector "
        "GENERATED ALWAYS AS (to_tsvector('simple', tokens)) STORED"
    )
    words = (
        f"CREATE VIRTUAL TABLE {fts} USING fts5(tokens, content='{table}', "
        f"content_rowid='{key}', tokenize='unicode61 remove_diacritics 0', prefix='2 3')"
    )
    return {
        "postgresql": [
            (column, f"ALTER TABLE {table} DROP COLUMN vector"),
            (
                f"CREATE INDEX {table}_vector ON {table} USING gin (vector)",
                f"DROP INDEX {table}_vector",
            ),
        ],
        "sqlite": [
            (words, f"DROP TABLE {fts}"),
            (trigger.format(table, "ai", "INSERT", row), f"DROP TRIGGER {table}_ai"),
            (trigger.format(table, "ad", "DELETE", gone), f"DROP TRIGGER {table}_ad"),
            (
                trigger.format(table, "au", "UPDATE OF tokens", gone + " " + row),
                f"DROP TRIGGER {table}_au",
            ),
        ],
    }
