"""Every address of the API, below /api/."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.urls import include, path, re_path
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from csservice.ledger.api import Events
from csservice.lib.api import Api
from feedback import api as feedback
from teams import api as teams
from teams.roles import Can
from tickets import api as tickets
from training import api as training

router = SimpleRouter(use_regex_path=False)
router.register("absences", teams.AbsenceViewSet, "api-absence")
router.register("attachments", tickets.AttachmentViewSet, "api-attachment")
router.register("attempts", training.AttemptViewSet, "api-attempt")
router.register("calendars", teams.CalendarViewSet, "api-calendar")
router.register("categories", tickets.CategoryViewSet, "api-category")
router.register("certificates", training.CertificateViewSet, "api-certificate")
router.register("clocks", tickets.ClockViewSet, "api-clock")
router.register("complaints", tickets.ComplaintViewSet, "api-complaint")
router.register("simulations", tickets.SimulationViewSet, "api-simulation")
router.register("courses", training.CourseViewSet, "api-course")
router.register("drills", training.DrillViewSet, "api-drill")
router.register("enrolments", training.EnrolmentViewSet, "api-enrolment")
router.register("customers", tickets.CustomerViewSet, "api-customer")
router.register("cycles", training.CycleViewSet, "api-cycle")
router.register("groups", teams.GroupViewSet, "api-group")
router.register("invitations", feedback.InvitationViewSet, "api-invitation")
router.register("macros", tickets.MacroViewSet, "api-macro")
router.register("needs", training.NeedViewSet, "api-need")
router.register("products", tickets.ProductViewSet, "api-product")
router.register("questions", training.QuestionViewSet, "api-question")
router.register("question-guides", tickets.GuideViewSet, "api-question-guide")
router.register("responses", feedback.ResponseViewSet, "api-response")
router.register("reviews", training.ReviewViewSet, "api-review")
router.register("sessions", training.SessionViewSet, "api-session")
router.register("skills", teams.SkillViewSet, "api-skill")
router.register("sla-policies", tickets.PolicyViewSet, "api-sla-policy")
router.register("tickets", tickets.TicketViewSet, "api-ticket")
router.register("users", teams.UserViewSet, "api-user")


@extend_schema(exclude=True)
class Document(Api):
    """The OpenAPI document, as YAML or JSON."""

    # also for those who ask for plain JSON
    renderer_classes = (*SpectacularAPIView.renderer_classes, JSONRenderer)

    def get(self, request: Request) -> Response:
        return Response(document(get_language()))


@lru_cache(maxsize=4)
def document(language: str | None) -> dict[str, Any]:
    """The document in one language, made once: it takes most of a second."""
    made: dict[str, Any] = SchemaGenerator().get_schema(  # type: ignore[no-untyped-call]
        request=None, public=True
    )
    return made


@extend_schema(exclude=True)
class Nowhere(Api):
    """Unknown addresses are problems too."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


urlpatterns = [
    path("v1/schema/", Document.as_view(), name="api-schema"),
    path(
        "docs/",
        login_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema")),
        name="api-docs",
    ),
    path("v1/auth/token/", teams.TokenView.as_view(), name="api-auth-token"),
    path("v1/events/", Events.as_view(reads_need=Can.SEE_LEDGER), name="api-events"),
    path("v1/", include(router.urls)),
    re_path(r"", Nowhere.as_view()),
]
