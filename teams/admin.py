"""People, groups and access to look at; what changes them are the actions behind the pages."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group as AuthGroup

from csservice.lib.admin import ReadOnly
from teams.models import (
    Absence,
    ApiToken,
    Calendar,
    CalendarVersion,
    Group,
    IdempotencyKey,
    Membership,
    RolePolicy,
    Skill,
)
from teams.models import User as Person

admin.site.unregister(AuthGroup)  # roles decide here (teams/roles.py)
for library in (EmailAddress, Authenticator):  # changed by their owners, and by actions on record
    admin.site.unregister(library)


@admin.register(Person)
class PersonAdmin(ReadOnly):
    list_display = ("username", "name", "role", "presence", "is_active", "last_login")
    list_filter = ("role", "presence", "is_active")
    search_fields = ("username", "name", "email")
    exclude = ("password", "user_permissions", "groups")


@admin.register(Group)
class GroupAdmin(ReadOnly):
    list_display = ("name", "name_zh", "segment", "manager", "calendar")
    list_filter = ("segment",)
    list_select_related = ("manager", "calendar")


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("user", "group")
    list_filter = ("group",)
    list_select_related = ("user", "group")


@admin.register(Absence)
class AbsenceAdmin(ReadOnly):
    list_display = ("user", "starts_on", "ends_on", "noted_at")
    list_select_related = ("user",)


@admin.register(Skill)
class SkillAdmin(ReadOnly):
    list_display = ("name", "name_zh")


@admin.register(Calendar)
class CalendarAdmin(ReadOnly):
    list_display = ("name", "time_zone", "country", "current")
    list_select_related = ("current",)


@admin.register(CalendarVersion)
class CalendarVersionAdmin(ReadOnly):
    list_display = ("calendar", "number", "made_at", "made_by")
    list_filter = ("calendar",)
    list_select_related = ("calendar", "made_by")


@admin.register(RolePolicy)
class RolePolicyAdmin(ReadOnly):
    list_display = ("role", "second_factor")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ("label", "user", "made_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    exclude = ("digest",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly):
    list_display = ("key", "user", "status", "made_at")
    list_select_related = ("user",)
    exclude = ("body", "headers")
