"""Training for programs (plan L1-L5)."""

from __future__ import annotations

from training.api.attempts import AttemptViewSet
from training.api.bank import QuestionViewSet
from training.api.certificates import CertificateViewSet
from training.api.courses import CourseViewSet
from training.api.cycles import CycleViewSet
from training.api.drills import DrillViewSet
from training.api.enrolments import EnrolmentViewSet
from training.api.needs import NeedViewSet
from training.api.reviews import ReviewViewSet
from training.api.sessions import SessionViewSet

__all__ = [
    "AttemptViewSet",
    "CertificateViewSet",
    "CourseViewSet",
    "CycleViewSet",
    "DrillViewSet",
    "EnrolmentViewSet",
    "NeedViewSet",
    "QuestionViewSet",
    "ReviewViewSet",
    "SessionViewSet",
]
