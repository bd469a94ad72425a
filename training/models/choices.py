"""Words that several models of training share (plan L1-L5)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Area(models.TextChoices):
    """What everybody is trained in, every quarter (L1-L4)."""

    SERVICE = "service", _("Service awareness")
    PRODUCT = "product", _("Product knowledge")
    COMMUNICATION = "communication", _("Communication")
    EMERGENCY = "emergency", _("Emergency handling")


class Way(models.TextChoices):
    """How somebody was trained."""

    COURSE = "course", _("Course")
    SESSION = "session", _("Session")
    DRILL = "drill", _("Drill")
    IMPORTED = "imported", _("From an earlier system")
