"""The ledger to look at."""

from __future__ import annotations

from django.contrib import admin

from csservice.ledger.models import Entry
from csservice.lib.admin import ReadOnly


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ("seq", "at", "by_name", "kind", "subject", "key")
    list_filter = ("subject",)
    search_fields = ("kind", "by_name", "key")
    show_full_result_count = False
