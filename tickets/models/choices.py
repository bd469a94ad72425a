"""The words that a ticket is described with: channel, step, outcome, satisfaction (plan W1-W4)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    WEB = "web", _("Web form")
    CHAT = "chat", _("Chat")
    BRANCH = "branch", _("Branch")
    API = "api", _("API")


class Priority(models.TextChoices):
    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class Step(models.TextChoices):
    RECEPTION = "reception", _("Reception")
    ANALYSIS = "analysis", _("Needs analysis")
    RESOLUTION = "resolution", _("Resolution")
    FEEDBACK = "feedback", _("Satisfaction")
    CLOSED = "closed", _("Closed")


class Waiting(models.TextChoices):
    NOBODY = "nobody", _("Nobody")
    CUSTOMER = "customer", _("Waiting for the customer")
    EXPERT = "expert", _("Waiting for an expert")
    THIRD = "third", _("Waiting for a third party")
    HOLD = "hold", _("Held by the regulator")


class Outcome(models.TextChoices):
    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Partly solved")
    UNSOLVED = "unsolved", _("Unsolved")
    WITHDRAWN = "withdrawn", _("Withdrawn by the customer")
    DUPLICATE = "duplicate", _("Duplicate")


class Satisfaction(models.TextChoices):
    """How the question for satisfaction ended (W4); empty until it has."""

    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    EXPIRED = "expired", _("Not answered in time")


class AnsweredVia(models.TextChoices):
    """How the answer reached us: the customer's own link, or asked by a specialist (W4)."""

    LINK = "link", _("Link")
    PHONE = "phone", _("Phone")
    BRANCH = "branch", _("Branch")
    CHAT = "chat", _("Chat")


class Identity(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    NOT_NEEDED = "not_needed", _("Not needed")


GONE = "–"  # stands where erased words stood
WORK = frozenset({Step.RECEPTION, Step.ANALYSIS, Step.RESOLUTION})
BEGUN = frozenset({Step.RECEPTION, Step.ANALYSIS})
SERVED = frozenset({Step.ANALYSIS, Step.RESOLUTION})
OPEN = WORK | {Step.FEEDBACK}
PAUSES = frozenset({Waiting.CUSTOMER, Waiting.THIRD, Waiting.HOLD})
FREE = PAUSES | {Waiting.NOBODY}
