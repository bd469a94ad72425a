"""Looking into the tables of tickets. Writes go through the pages and the API, where actions keep
the rules and the record; here nothing is added, changed or deleted."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from csservice.lib.admin import ReadOnly
from tickets.models import (
    Alert,
    Category,
    ChecklistItem,
    Clock,
    ClockEvent,
    Complaint,
    ComplaintCause,
    ComplaintExtension,
    ComplaintLetter,
    ComplaintRule,
    Contact,
    Customer,
    Guide,
    Handover,
    Identifier,
    Macro,
    Message,
    NoComplaint,
    PackConfirmation,
    Product,
    Simulation,
    SlaPolicy,
    SlaPolicyVersion,
    Ticket,
)


class ContactInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Contact
    fields = ("kind", "masked", "preferred")
    readonly_fields = fields
    extra = 0
    can_delete = False


class IdentifierInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Identifier
    fields = ("kind", "suffix")
    readonly_fields = fields
    extra = 0
    can_delete = False


@admin.register(Customer)
class CustomerAdmin(ReadOnly):
    """Numbers stay masked; reading one needs a reason, on the customer's page."""

    list_display = ("id", "name", "segment", "language", "risk_profile", "since")
    list_filter = ("segment", "language", "risk_profile")
    search_fields = ("name", "other_name")
    inlines: ClassVar = [ContactInline, IdentifierInline]
    show_full_result_count = False


@admin.register(Product)
class ProductAdmin(ReadOnly):
    list_display = ("code", "name", "name_zh", "kind", "risk_level", "active")
    list_filter = ("kind", "risk_level", "active")
    search_fields = ("code", "name", "name_zh")


@admin.register(Category)
class CategoryAdmin(ReadOnly):
    list_display = ("code", "name", "name_zh", "skill", "active")
    list_select_related = ("skill",)
    search_fields = ("code", "name", "name_zh")


@admin.register(Guide)
class GuideAdmin(ReadOnly):
    list_display = ("category", "version", "in_force", "made_by", "made_at")
    list_select_related = ("category", "made_by")
    list_filter = ("in_force",)


@admin.register(Ticket)
class TicketAdmin(ReadOnly):
    """Found by number or by the words of subject; the address it answers to is left out."""

    list_display = ("id", "subject", "step", "waiting_on", "group", "owner", "received_at")
    list_select_related = ("group", "owner")
    list_filter = ("step", "channel", "priority")
    search_fields = ("=id", "subject")
    exclude = ("reach_at",)
    show_full_result_count = False


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Who wrote when; what was written is read on the ticket."""

    list_display = ("id", "ticket_id", "kind", "channel", "author", "at", "delivery")
    list_select_related = ("author",)
    list_filter = ("kind", "delivery")
    search_fields = ("=ticket__id",)
    exclude = ("text",)
    show_full_result_count = False


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    list_display = ("id", "ticket_id", "giver", "to", "to_group", "at", "accepted_at")
    list_select_related = ("giver", "to", "to_group")
    search_fields = ("=ticket__id",)
    exclude = ("context",)
    show_full_result_count = False


@admin.register(SlaPolicy)
class SlaPolicyAdmin(ReadOnly):
    list_display = ("name", "position", "active", "current")
    list_select_related = ("current",)


@admin.register(SlaPolicyVersion)
class SlaPolicyVersionAdmin(ReadOnly):
    list_display = ("policy", "number", "made_at", "made_by")
    list_select_related = ("policy", "made_by")


@admin.register(Clock)
class ClockAdmin(ReadOnly):
    list_display = ("ticket", "metric", "cycle", "state", "due_at", "breached_at")
    list_filter = ("metric", "state")
    list_select_related = ("ticket",)
    show_full_result_count = False


@admin.register(ClockEvent)
class ClockEventAdmin(ReadOnly):
    list_display = ("clock", "kind", "at", "noted_at", "by")
    list_filter = ("kind",)
    list_select_related = ("clock", "by")
    show_full_result_count = False


@admin.register(Simulation)
class SimulationAdmin(ReadOnly):
    list_display = ("pk", "policy", "calendar", "state", "made_at", "made_by")
    list_filter = ("state",)
    list_select_related = ("policy", "calendar", "made_by")


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("user", "ticket", "rung", "fallback", "at", "seen_at")
    list_filter = ("rung", "fallback")
    list_select_related = ("user", "ticket")


@admin.register(Macro)
class MacroAdmin(ReadOnly):
    list_display = ("shortcut", "name", "name_zh", "group", "owner", "active", "uses")
    list_select_related = ("group", "owner")
    list_filter = ("active", "channel", "segment")
    search_fields = ("shortcut", "name", "name_zh")


@admin.register(ChecklistItem)
class ChecklistItemAdmin(ReadOnly):
    list_display = ("text", "text_zh", "category", "product", "stage", "position", "active")
    list_select_related = ("category", "product")
    list_filter = ("stage", "active")


@admin.register(Complaint)
class ComplaintAdmin(ReadOnly):
    list_display = ("ticket", "pack", "step", "received_at", "next_by", "answered_at", "closed_at")
    list_filter = ("step", "pack")
    show_full_result_count = False


@admin.register(ComplaintExtension)
class ComplaintExtensionAdmin(ReadOnly):
    list_display = ("complaint", "key", "until", "asked_by", "approved_by", "approved_at")


@admin.register(ComplaintLetter)
class ComplaintLetterAdmin(ReadOnly):
    list_display = ("complaint", "drafted_by", "drafted_at", "released_by", "released_at")


@admin.register(ComplaintCause)
class ComplaintCauseAdmin(ReadOnly):
    list_display = ("complaint", "kind", "at", "by")
    list_filter = ("kind",)


@admin.register(ComplaintRule)
class ComplaintRuleAdmin(ReadOnly):
    list_display = ("segment", "pack", "calendar", "chosen_at", "chosen_by")


@admin.register(PackConfirmation)
class PackConfirmationAdmin(ReadOnly):
    list_display = ("pack", "person", "on", "at", "by")


@admin.register(NoComplaint)
class NoComplaintAdmin(ReadOnly):
    list_display = ("ticket", "words", "at", "by")
