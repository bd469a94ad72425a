"""Invitations and responses to look at; they change by what customers do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from feedback.models import Invitation, Response


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody edits by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("ticket_id", "round", "asked_at", "delivery", "tries", "end")
    list_filter = ("delivery", "end")


@admin.register(Response)
class ResponseAdmin(ReadOnly):
    list_display = ("ticket_id", "round", "score", "via", "at")
    list_filter = ("score", "via")
