"""What the search lookup needs: a stored tsvector on PostgreSQL, an FTS5 table on SQLite."""

from __future__ import annotations

from django.db import migrations

from csservice.lib.migrate import VendorSQL
from csservice.lib.search import index_sql


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        VendorSQL(index_sql("tickets_ticketsearch", "ticket_id")),
        VendorSQL(index_sql("tickets_customersearch", "customer_id")),
    ]
