"""Statements for the database at hand, there and back."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from csservice.lib.migrate import VendorSQL
from csservice.lib.search import index_sql

OURS = [
    ("CREATE TABLE lib_migrate_test (n integer)", "DROP TABLE lib_migrate_test"),
    ("INSERT INTO lib_migrate_test VALUES (7)", "DELETE FROM lib_migrate_test"),
]


def numbers() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM lib_migrate_test")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_statements_run_forwards_in_order_and_backwards_in_reverse() -> None:
    operation = VendorSQL({connection.vendor: OURS, "oracle": [("NONSENSE", "NONSENSE")]})
    state = ProjectState()
    operation.state_forwards("lib", state)
    with connection.schema_editor() as editor:
        operation.database_forwards("lib", editor, state, state)
    assert numbers() == [7]
    with connection.schema_editor() as editor:
        operation.database_backwards("lib", editor, state, state)
    with pytest.raises(DatabaseError):
        numbers()


@pytest.mark.django_db(transaction=True)
def test_the_search_of_tickets_goes_there_and_back() -> None:
    operation, state = VendorSQL(index_sql("tickets_ticketsearch", "ticket_id")), ProjectState()
    with connection.schema_editor() as editor:
        operation.database_backwards("tickets", editor, state, state)
    with connection.schema_editor() as editor:
        operation.database_forwards("tickets", editor, state, state)


@pytest.mark.django_db(transaction=True)
def test_another_database_is_left_alone() -> None:
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        VendorSQL({"oracle": OURS}).database_forwards("x", editor, None, None)
        VendorSQL({"oracle": OURS}).database_backwards("x", editor, None, None)
    assert editor.collected_sql == []


def test_a_migration_can_be_written_with_it() -> None:
    name, arguments, named = VendorSQL({"sqlite": OURS}).deconstruct()
    assert (name, arguments, named) == ("VendorSQL", [], {"statements": {"sqlite": OURS}})
    assert "CREATE TABLE" in MigrationWriter.serialize(named["statements"])[0]
