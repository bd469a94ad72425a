"""Writes of one row whose SQL is made once for its model: for the few that every call runs.

Django compiles an INSERT or UPDATE anew each time, which takes as long as running it. These do what
`save` does, but for signals (house.md: nobody is notified by one), inherited tables and
expressions as values.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, models
from django.db.transaction import mark_for_rollback_on_error

Fields = tuple["models.Field[Any, Any]", ...]


@cache
def _inserting(model: type[models.Model]) -> tuple[Fields, str]:
    """The fields of a new row, but for its key, and the statement."""
    quote, meta = connection.ops.quote_name, model._meta
    fields = tuple(field for field in meta.local_concrete_fields if not field.primary_key)
    names = ", ".join(quote(str(field.column)) for field in fields)
    blanks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES ({blanks})"  # noqa: S608 (our names)
    if connection.features.can_return_columns_from_insert:
        sql += f" RETURNING {quote(str(meta.pk.column))}"
    return fields, sql


@cache
def _updating(model: type[models.Model], names: tuple[str, ...]) -> tuple[Fields, str]:
    """The named fields, and the statement that ends with the key."""
    quote, meta = connection.ops.quote_name, model._meta
    known = {field.name: field for field in meta.local_concrete_fields}
    fields = tuple(known[name] for name in names)
    changed = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(meta.pk.column))
    sql = f"UPDATE {quote(meta.db_table)} SET {changed} WHERE {key} = %s"  # noqa: S608 (our names)
    return fields, sql


def _values(fields: Fields, row: models.Model, *, add: bool) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add), connection) for field in fields]


def insert(row: models.Model) -> None:
    """Write the new row and give it its key, as `row.save(force_insert=True)`."""
    fields, sql = _inserting(type(row))
    with mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, _values(fields, row, add=True))
        returned = connection.features.can_return_columns_from_insert
        row.pk = cursor.fetchone()[0] if returned else cursor.lastrowid
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 (as Django's save)


def update(row: models.Model, *names: str) -> None:
    """Write the named fields, as `row.save(update_fields=names)`."""
    fields, sql = _updating(type(row), names)
    with mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, [*_values(fields, row, add=False), row.pk])
