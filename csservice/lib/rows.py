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
def _inserting(model: type[models.Model], number: int = 1) -> tuple[Fields, str]:
    """The fields of new rows, but for a key that the database gives, and the statement."""
    quote, meta = connection.ops.quote_name, model._meta
    fields = tuple(field for field in meta.local_concrete_fields if field is not meta.auto_field)
    names = ", ".join(quote(str(field.column)) for field in fields)
    blanks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * number)
    sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES {blanks}"  # noqa: S608 (our names)
    if meta.auto_field and connection.features.can_return_columns_from_insert:
        sql += f" RETURNING {quote(str(meta.pk.column))}"
    return fields, sql


@cache
def _updating(model: type[models.Model], names: tuple[str, ...]) -> tuple[Fields, str]:
    """The named fields, and the statement that ends with the key."""
    quote, meta = connection.ops.quote_name, model._meta
    known = {
        name: field
        for field in meta.local_concrete_fields
        for name in (field.name, str(field.attname))
    }
    fields = tuple(known[name] for name in names)
    changed = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(meta.pk.column))
    sql = f"UPDATE {quote(meta.db_table)} SET {changed} WHERE {key} = %s"  # noqa: S608 (our names)
    return fields, sql


def _values(fields: Fields, row: models.Model, *, add: bool) -> list[Any]:
    for field in fields if add else ():
        if isinstance(field, models.ForeignKey) and getattr(row, field.attname) is None:
            other = field.get_cached_value(row, default=None)  # it was written since it was given
            setattr(row, field.attname, other and other.pk)
    return [field.get_db_prep_save(field.pre_save(row, add), connection) for field in fields]


def insert(*rows: models.Model) -> None:
    """Write new rows of one model in one statement and give them their keys.

    As `save(force_insert=True)` of one and `bulk_create` of a few: their SQL is kept by number.
    """
    fields, sql = _inserting(type(rows[0]), len(rows))
    values = [value for row in rows for value in _values(fields, row, add=True)]
    with mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, values)
        if rows[0]._meta.auto_field:
            for row, key in zip(rows, _keys(cursor, len(rows)), strict=True):
                row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 (as Django's save)


def _keys(cursor: Any, number: int) -> list[Any]:
    """What the database gave, in the order of the rows."""
    if connection.features.can_return_columns_from_insert:
        return [key for (key,) in cursor.fetchall()]
    last: int = cursor.lastrowid
    return list(range(last - number + 1, last + 1))


def update(row: models.Model, *names: str) -> None:
    """Write the named fields, as `row.save(update_fields=names)`."""
    fields, sql = _updating(type(row), names)
    with mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, [*_values(fields, row, add=False), row.pk])
