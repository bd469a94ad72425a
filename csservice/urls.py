"""Every address: pages by app, and the API."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

handler400 = "csservice.lib.api.handler400"
handler403 = "csservice.lib.api.handler403"
handler404 = "csservice.lib.api.handler404"
handler500 = "csservice.lib.api.handler500"

# One door: the admin's own sign-in knows neither second factors nor the lock after failures.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", include("csservice.api_urls")),
    path("", include("teams.urls")),
    path("", include("feedback.urls")),  # before the tickets': t/<number>/invitation/ is no verb
    path("", include("training.urls")),
    path("", include("tickets.urls")),
    path("", include("csservice.status.urls")),
]
