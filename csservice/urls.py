"""Every address: pages by app, and the API."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("teams.urls")),
    path("", include("tickets.urls")),
    path("", include("feedback.urls")),
]
