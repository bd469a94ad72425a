"""Addresses of the frame, the team and the settings."""

from __future__ import annotations

from django.urls import path

from teams.views import frame

urlpatterns = [
    path("", frame.home, name="home"),
    path("presence/", frame.presence, name="presence"),
    path("language/", frame.switch_language, name="switch-language"),
]
