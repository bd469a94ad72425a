"""The database itself refuses to change or remove what the ledger holds.

PostgreSQL refuses every DELETE; the embedded one refuses it for sealed entries, since its tests empty
tables by DELETE. Either refuses to change an entry's content at any time and its seal once given.
A later migration that makes SQLite rebuild the table must make its triggers anew.
"""

from __future__ import annotations

from django.db import migrations

from csservice.lib.migrate import VendorSQL

CONTENT = ("id", "at", "by_id", "by_name", "kind", "subject", "key", "data")
REFUSED = "The ledger is append-only: entry %s cannot be changed or removed."


def row(side: str) -> str:
    return ", ".join(f'{side}."{name}"' for name in CONTENT)


POSTGRESQL = [
    (
        f"""
        CREATE FUNCTION ledger_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR OLD.seq IS NOT NULL
               OR ROW({row("NEW")}) IS DISTINCT FROM ROW({row("OLD")}) THEN
                RAISE EXCEPTION '{REFUSED.replace("%s", "%")}', OLD.id
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """,
        "DROP FUNCTION ledger_entry_stays()",
    ),
    (
        (
            "CREATE TRIGGER ledger_entry_stays BEFORE UPDATE OR DELETE ON ledger_entry "
            "FOR EACH ROW EXECUTE FUNCTION ledger_entry_stays()"
        ),
        "DROP TRIGGER ledger_entry_stays ON ledger_entry",
    ),
]
CHANGED = " OR ".join(f'NEW."{name}" IS NOT OLD."{name}"' for name in CONTENT)
ABORT = f"SELECT RAISE(ABORT, '{REFUSED.replace(' entry %s', ' an entry')}')"
SQLITE = [
    (
        (
            f"CREATE TRIGGER ledger_entry_is_not_changed BEFORE UPDATE ON ledger_entry "
            f"WHEN OLD.seq IS NOT NULL OR {CHANGED} BEGIN {ABORT}; END"
        ),
        "DROP TRIGGER ledger_entry_is_not_changed",
    ),
    (
        (
            f"CREATE TRIGGER ledger_entry_is_not_removed BEFORE DELETE ON ledger_entry "
            f"WHEN OLD.seq IS NOT NULL BEGIN {ABORT}; END"
        ),
        "DROP TRIGGER ledger_entry_is_not_removed",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [VendorSQL({"postgresql": POSTGRESQL, "sqlite": SQLITE})]
