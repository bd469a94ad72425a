"""Invitations and responses to look at; they change by what customers do."""

from __future__ import annotations

from django.contrib import admin

from csservice.lib.admin import ReadOnly
from feedback.models import Invitation, Response


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("ticket_id", "round", "asked_at", "delivery", "tries", "end")
    list_filter = ("delivery", "end")


@admin.register(Response)
class ResponseAdmin(ReadOnly):
    list_display = ("ticket_id", "round", "score", "via", "at")
    list_filter = ("score", "via")
