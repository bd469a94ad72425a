"""Migration operations that both databases understand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.migrations.operations.base import Operation


class VendorSQL(Operation):
    """Runs statements made for the database at hand; other vendors' lists are left alone.

    `statements`: vendor -> [(forward, backward)].
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, statements: Mapping[str, list[tuple[str, str]]]) -> None:
        self.statements = dict(statements)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [], {"statements": self.statements}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models do not change."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for forward, _backward in self.statements.get(schema_editor.connection.vendor, []):
            schema_editor.execute(forward, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for _forward, backward in reversed(
            self.statements.get(schema_editor.connection.vendor, [])
        ):
            schema_editor.execute(backward, params=None)
