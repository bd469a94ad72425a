"""Reads whose SQL is made once: for the few that every page or call runs.

Django builds and compiles a query anew each time, which takes several times as long as running a
small one. A prepared read is the same queryset, compiled at its first call and kept:

    _THEIRS = Prepared(lambda owner, groups, **who: Ticket.objects.filter(owner=owner, …))
    rows = _THEIRS(user.pk, user.group_ids, role=user.role)

Positional values (whole numbers, or lists of them) go into the SQL as parameters. Keywords decide
what the SQL is: each combination, like each length of a list, is compiled for itself. The recipe
sees stand-ins of the values, so it must pass them on and never look at them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

FIRST_STAND_IN = 6_917_529_027_641_081_856  # no key of ours comes near; it fits a bigint
MOST = 2**63 - 1


class Blank(NamedTuple):
    """A parameter to fill in: which value, and as what the field wants it."""

    place: int
    kind: type[int] | type[str]


class Kept(NamedTuple):
    """A compiled read: `parameters` are constants and blanks in the order of the SQL."""

    rows: QuerySet[Any]
    compiler: SQLCompiler
    sql: str
    parameters: Sequence[Any]

    def filled(self, values: Sequence[int]) -> list[Any]:
        """Its rows for these values, by one query."""
        given = tuple(
            one.kind(values[one.place]) if isinstance(one, Blank) else one
            for one in self.parameters
        )
        # a copy each: compilers hold a connection, and connections belong to threads
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[self.rows.db]
        vars(compiler)["as_sql"] = lambda *_args, **_options: (self.sql, given)
        rows = self.rows.all()
        vars(rows.query)["get_compiler"] = lambda *_args, **_options: compiler
        return list(rows)


class Prepared:
    """A read by the recipe `build`, which gets stand-ins of the values and answers a queryset."""

    def __init__(self, build: Callable[..., QuerySet[Any]]) -> None:
        self.build = build
        self.kept: dict[Any, Kept | None] = {}

    def __call__(self, *values: int | Sequence[int], **shape: Any) -> list[Any]:
        """The rows, read now."""
        flat = _flat(values)
        if not all(-MOST <= value <= MOST for value in flat):
            return list(self.build(*values, **shape))  # Django knows that no column holds it
        sizes = tuple(None if isinstance(value, int) else len(value) for value in values)
        key = sizes, tuple(shape.items())
        if key not in self.kept:
            self.kept[key] = self._compiled(sizes, shape)
        kept = self.kept[key]
        return kept.filled(flat) if kept else []

    def _compiled(self, sizes: Sequence[int | None], shape: dict[str, Any]) -> Kept | None:
        """The read in this shape; None where it cannot have rows."""
        number = count(FIRST_STAND_IN)
        given = [
            next(number) if size is None else [next(number) for _one in range(size)]
            for size in sizes
        ]
        rows = self.build(*given, **shape)
        compiler = rows.query.get_compiler(rows.db)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        blanks: dict[Any, Blank] = {
            value: Blank(place, int) for place, value in enumerate(_flat(given))
        }
        blanks |= {str(value): Blank(blank.place, str) for value, blank in blanks.items()}
        return Kept(rows, compiler, sql, [_blank(one, blanks) for one in parameters])


def _flat(values: Sequence[int | Sequence[int]]) -> list[int]:
    return [one for value in values for one in ([value] if isinstance(value, int) else value)]


def _blank(parameter: Any, blanks: dict[Any, Blank]) -> Any:
    return blanks.get(parameter, parameter) if isinstance(parameter, int | str) else parameter
