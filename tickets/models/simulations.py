"""Drafts of promises run on the past (rivals.md, rule 20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import Calendar
from teams.roles import Can
from tickets.models.clocks import SlaPolicy

if TYPE_CHECKING:
    from teams.models import User


class SimulationQuerySet(models.QuerySet["Simulation"]):
    """Reads of simulations. None runs SQL."""

    def visible_to(self, user: User) -> Self:
        """Whoever keeps promises sees what was tried."""
        return self if user.can(Can.MANAGE_PROMISES) else self.none()

    def queued(self) -> Self:
        """Waiting to be run, oldest first. Index: simulation_to_run."""
        return self.filter(state=Simulation.State.QUEUED).order_by("pk")

    def newest(self) -> Self:
        return self.order_by("-pk")


class Simulation(models.Model):
    """One run: a draft of a policy, of opening hours, or both, over [start, end) of receptions.

    The row is the message to the worker; `done` of `total` clocks is its progress, `result` a Tally
    for each metric (tickets/simulation.py).
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to start")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    policy = models.ForeignKey(
        SlaPolicy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("policy")
    )
    said = models.TextField(_("draft of the policy"), blank=True)
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
    )
    hours = models.TextField(_("draft of the opening hours"), blank=True)
    start = models.DateTimeField(_("received from"))
    end = models.DateTimeField(_("received until"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(_("clocks to run"), default=0)
    done = models.PositiveIntegerField(_("clocks run"), default=0)
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)

    objects = SimulationQuerySet.as_manager()

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        indexes: ClassVar = [
            models.Index(name="simulation_to_run", fields=["id"], condition=Q(state="queued"))
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"
