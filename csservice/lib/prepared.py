"""Reads whose SQL is made once: for the few that every page or call runs.

Django builds and compiles a query anew each time, which takes several times as long as running a
small one. A prepared read is the same queryset, compiled at its first call and kept:

    _THEIRS = Prepared(lambda owner, groups, **who: Ticket.objects.filter(owner=owner, …))
    rows = _THEIRS(user.pk, user.group_ids, role=user.role)

Positional values (numbers, texts, lists of numbers) go into the SQL as parameters. Keywords decide
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


Value = int | str | Sequence[int]


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

    def filled(self, values: Sequence[int | str]) -> list[Any]:
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

    def __call__(self, *values: Value, **shape: Any) -> list[Any]:
        """The rows, read now."""
        flat = _flat(values)
        if not all(isinstance(one, str) or -MOST <= one <= MOST for one in flat):
            return list(self.build(*values, **shape))  # Django knows that no column holds it
        kinds = tuple(
            type(value) if isinstance(value, int | str) else len(value) for value in values
        )
        key = kinds, tuple(shape.items())
        if key not in self.kept:
            self.kept[key] = self._compiled(kinds, shape)
        kept = self.kept[key]
        return kept.filled(flat) if kept else []

    def _compiled(
        self, kinds: Sequence[type[int] | type[str] | int], shape: dict[str, Any]
    ) -> Kept | None:
        """The read in this shape; None where it cannot have rows. A list's kind is its length."""
        number = count(FIRST_STAND_IN)
        given: list[Value] = [
            [next(number) for _one in range(kind)] if isinstance(kind, int) else kind(next(number))
            for kind in kinds
        ]
        rows = self.build(*given, **shape)
        compiler = rows.query.get_compiler(rows.db)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        blanks: dict[Any, Blank] = {}
        for place, value in enumerate(_flat(given)):
            blanks |= {value: Blank(place, type(value)), str(value): Blank(place, str)}
        return Kept(rows, compiler, sql, [_blank(one, blanks) for one in parameters])


def _flat(values: Sequence[Value]) -> list[int | str]:
    return [one for value in values for one in ([value] if isinstance(value, int | str) else value)]


def _blank(parameter: Any, blanks: dict[Any, Blank]) -> Any:
    """The parameter, or what fills it. Raises ValueError for a part of a text, as in `contains`."""
    if not isinstance(parameter, int | str):
        return parameter
    texts = [value for value in blanks if isinstance(value, str)]
    if parameter not in blanks and any(text in str(parameter) for text in texts):
        raise ValueError(f"A prepared value must reach the SQL as it is, not in {parameter}.")
    return blanks.get(parameter, parameter)
