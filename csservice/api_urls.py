"""Every address of the API, below /api/."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter

from csservice.lib.api import Api

router = SimpleRouter()
# also for those who ask for plain JSON
DOCUMENT = [*SpectacularAPIView.renderer_classes, JSONRenderer]


@extend_schema(exclude=True)
class Nowhere(Api):
    """Unknown addresses are problems too."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


urlpatterns = [
    path("v1/schema/", SpectacularAPIView.as_view(renderer_classes=DOCUMENT), name="api-schema"),
    path(
        "docs/",
        login_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema")),
        name="api-docs",
    ),
    path("v1/", include(router.urls)),
    re_path(r"", Nowhere.as_view()),
]
