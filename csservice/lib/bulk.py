"""Many rows written in one statement, each with values of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

MOST = 500  # rows a statement; SQLite takes 32,766 parameters


def update_each(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of rows that are there already, a statement for each MOST of them.

    As QuerySet.bulk_update, which writes a CASE with a branch a row and field and takes many times
    as long. Names come from the model, values go as parameters.
    """
    for start in range(0, len(rows), MOST):
        _update(rows[start : start + MOST], fields)


def insert_each(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Add `rows` of values in the order of `columns`; no row objects are made, no keys given back.

    For what is written by the thousand: half the time of QuerySet.bulk_create goes into objects.
    Values are plain: numbers, texts, booleans, aware datetimes, JSON as its text; every column
    without a default of the database is named.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    blanks = f"({', '.join(['%s'] * len(columns))})"
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    for start in range(0, len(rows), MOST):
        batch = rows[start : start + MOST]
        values = ", ".join([blanks] * len(batch))
        into = f"INSERT INTO {quote(model._meta.db_table)} ({names})"
        with connection.cursor() as cursor:
            cursor.execute(
                f"{into} VALUES {values}{end}",
                [_plain(value, connection) for row in batch for value in row],
            )


def _plain(value: Any, connection: BaseDatabaseWrapper) -> Any:
    """A time as the database takes it; anything else as it is."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def _update(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    key = model._meta.pk
    known = {field.name: field for field in model._meta.concrete_fields}
    columns = [known[name] for name in fields]
    given = [key, *columns]
    told = [(f, str(f.attname), not isinstance(f, models.JSONField)) for f in given]
    names = ", ".join(quote(str(field.column)) for field in given)
    # The first row tells PostgreSQL the types; SQLite has none to tell.
    first = ", ".join(_typed(field, connection) for field in given)
    line = ", ".join("%s" for _field in given)
    values = ", ".join(f"({first})" if n == 0 else f"({line})" for n in range(len(rows)))
    sets = ", ".join(
        f"{quote(str(field.column))} = given.{quote(str(field.column))}" for field in columns
    )
    table = quote(model._meta.db_table)
    where = f"{table}.{quote(str(key.column))} = given.{quote(str(key.column))}"
    sql = (
        f"WITH given ({names}) AS (VALUES {values}) "  # noqa: S608 (names of the model)
        f"UPDATE {table} SET {sets} FROM given WHERE {where}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            [
                _plain(getattr(row, name), connection)
                if simple
                else _prepared(field, row, connection)
                for row in rows
                for field, name, simple in told
            ],
        )


def _typed(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> str:
    """A parameter cast to the column's type where the database wants it."""
    if connection.vendor != "postgresql":
        return "%s"
    return (
        f"%s::{field.rel_db_type(connection) if field.primary_key else field.db_type(connection)}"
    )


def _prepared(
    field: models.Field[Any, Any], row: models.Model, connection: BaseDatabaseWrapper
) -> Any:
    return field.get_db_prep_save(getattr(row, str(field.attname)), connection)
