"""Addresses of the frame, the team and the settings."""

from __future__ import annotations

from django.urls import path

from teams.views import frame, groups, hours, ledger, own, people, settings, tokens

urlpatterns = [
    path("", frame.home, name="home"),
    path("presence/", frame.presence, name="presence"),
    path("language/", frame.switch_language, name="switch-language"),
    path("me/preferences/", own.preferences, name="preferences"),
    path("me/security/", own.security, name="security"),
    path("help/keys/", own.keys, name="keys"),
    path("team/", people.team, name="team"),
    path("team/people/new/", people.member_new, name="member-new"),
    path("team/people/<int:pk>/", people.member, name="member"),
    path("team/people/<int:pk>/invite/", people.member_invite, name="member-invite"),
    path("team/people/<int:pk>/<slug:verb>/", people.member_verb, name="member-verb"),
    path("team/groups/new/", groups.group_new, name="group-new"),
    path("team/groups/<int:pk>/", groups.group, name="group"),
    path("settings/", settings.settings, name="settings"),
    path("settings/skills/", settings.skills, name="settings-skills"),
    path("settings/skills/<int:pk>/", settings.skill, name="skill"),
    path("settings/hours/", hours.calendars, name="settings-hours"),
    path("settings/hours/drawn/", hours.calendar_drawn, name="calendar-drawn"),
    path("settings/hours/new/", hours.calendar_new, name="calendar-new"),
    path("settings/hours/<int:pk>/", hours.calendar, name="calendar"),
    path("settings/hours/<int:pk>/import/", hours.calendar_import, name="calendar-import"),
    path("settings/hours/<int:pk>/test/", hours.calendar_test, name="calendar-test"),
    path(
        "settings/hours/<int:pk>/versions/<int:number>/",
        hours.calendar_version,
        name="calendar-version",
    ),
    path("settings/access/", settings.access, name="settings-access"),
    path("settings/access/<slug:role>/", settings.policy, name="policy"),
    path("settings/api/", tokens.tokens, name="settings-api"),
    path("settings/api/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("settings/audit/", ledger.audit, name="settings-audit"),
    path("settings/audit/audit.csv", ledger.audit_csv, name="audit-csv"),
]
