"""The addresses of status. The probes are answered by the middleware, before everything else."""

from __future__ import annotations

from django.urls import URLPattern, path

from csservice.status import views

urlpatterns: list[URLPattern] = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.prometheus, name="metrics"),
    path("status/", views.status, name="status"),
    path("status/mail/", views.mail_again, name="status-mail"),
]
