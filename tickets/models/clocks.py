"""Policies and the ledger of every clock (W1, K2; rivals.md 2.10, rules 1, 2, 14 and 15)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import CalendarVersion, User
from teams.models.groups import in_language
from teams.models.versions import Version
from teams.roles import Can
from tickets.clock import Event, Kind
from tickets.models.ticket import Ticket
from tickets.policy import Policy, read

STATES = ("running", "paused", "met", "cancelled")


class PolicyQuerySet(models.QuerySet["SlaPolicy"]):
    """Reads of policies. None runs SQL."""

    def in_order(self) -> Self:
        """As they are tried: the first that a ticket meets applies."""
        return self.order_by("position", "pk")

    def in_force(self) -> Self:
        return self.filter(active=True, current__isnull=False).in_order()


class SlaPolicy(models.Model):
    """A promise to a kind of ticket; what it says stands in its versions."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    active = models.BooleanField(_("in force"), default=True)
    current = models.ForeignKey(
        "SlaPolicyVersion",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("version"),
    )

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class SlaPolicyVersion(Version):
    """A policy as it was from `made_at` until the next version. Never changed."""

    policy = models.ForeignKey(
        SlaPolicy, models.PROTECT, related_name="versions", verbose_name=_("policy")
    )
    spec = models.TextField(_("what it says"))

    class Meta:
        verbose_name = _("version of a policy")
        verbose_name_plural = _("versions of policies")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="policy_version_is_numbered_once", fields=["policy", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}.{self.number}"

    def said(self) -> Policy:
        """What the version promises."""
        return read(self.spec)


class ClockQuerySet(models.QuerySet["Clock"]):
    """Reads of clocks. None runs SQL or reads the time."""

    def due_to_tell(self, now: datetime) -> Self:
        """Clocks of which something is to be said by `now`. Index: clock_to_tell."""
        return self.filter(next_at__lt=now).order_by("next_at")

    def open(self) -> Self:
        return self.filter(state__in=["running", "paused"])

    def in_order(self) -> Self:
        return self.order_by("started_at", "pk")

    def visible_to(self, user: User) -> Self:
        """The clocks of the tickets that `user` may know of."""
        if user.can(Can.SEE_ALL_TICKETS):
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(user).values("pk"))

    def broken(self, now: datetime) -> Self:
        """Ended late, or past the deadline by now. The last instant still keeps the promise.

        Indexes: clock_broken, clock_by_state_and_due.
        """
        past = Q(state__in=["running", "paused"], due_at__lt=now)
        return self.filter(Q(breached_at__isnull=False) | past)

    def kept(self, now: datetime) -> Self:
        """Not broken (the twin of `broken`)."""
        past = Q(state__in=["running", "paused"], due_at__isnull=False, due_at__lt=now)
        return self.filter(breached_at=None).exclude(past)

    def due_between(self, low: datetime | None, high: datetime | None) -> Self:
        """Due at `low` or later and before `high`; None: open to that side.

        Every state is named, so that the index clock_by_state_and_due is of use.
        """
        rows = self.filter(state__in=STATES)
        if low is not None:
            rows = rows.filter(due_at__gte=low)
        return rows if high is None else rows.filter(due_at__lt=high)

    def told(self) -> Self:
        """With the policy and the opening hours that each is counted by."""
        return self.select_related("policy__policy", "calendar__calendar")


class Clock(models.Model):
    """One promise of a ticket: a metric in a cycle. The row is its start; `events` all the rest.

    The start (`started_at`, `first_…`, owner and group of then) is never changed. The other columns
    are what clock.replay makes of start and events, kept for indexes: `manage.py verify_clocks`
    compares. `calendar` None counts every second. `told_s`: marks up to there have been said.
    """

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, db_index=False, related_name="clocks", verbose_name=_("ticket")
    )
    metric = models.CharField(_("metric"), max_length=16)
    cycle = models.PositiveSmallIntegerField(_("cycle"), default=1)
    started_at = models.DateTimeField(_("started at"))
    first_target_s = models.PositiveIntegerField(_("promised at the start"))
    first_calendar = models.ForeignKey(
        CalendarVersion, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    first_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    first_group = models.ForeignKey(
        "teams.Group", models.PROTECT, null=True, db_index=False, related_name="+"
    )

    policy = models.ForeignKey(
        SlaPolicyVersion, models.PROTECT, null=True, db_index=False, related_name="clocks"
    )
    calendar = models.ForeignKey(
        CalendarVersion, models.PROTECT, null=True, db_index=False, related_name="clocks"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    group = models.ForeignKey(
        "teams.Group", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    facts = models.CharField(_("applies because of"), max_length=120, blank=True)
    target_s = models.PositiveIntegerField(_("promised"))
    due_at = models.DateTimeField(_("due at"), null=True)
    state = models.CharField(_("state"), max_length=10, default="running")
    ended_at = models.DateTimeField(_("ended at"), null=True)
    breached_at = models.DateTimeField(_("broken at"), null=True)
    flagged_at = models.DateTimeField(_("flagged at"), null=True)
    inherited = models.BooleanField(_("broken by a change of the target"), default=False)
    waiver_asked_at = models.DateTimeField(_("waiver asked for at"), null=True)
    waived_at = models.DateTimeField(_("waived at"), null=True)
    snapshot = models.JSONField(default=dict)
    told_s = models.FloatField(default=0)
    next_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(_("long pause checked at"), null=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes: ClassVar = [
            models.Index(
                name="clock_to_tell", fields=["next_at"], condition=Q(next_at__isnull=False)
            ),
            models.Index(name="clock_by_state_and_due", fields=["state", "due_at"]),
            models.Index(
                name="clock_broken", fields=["-id"], condition=Q(breached_at__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="clock_runs_once_a_cycle", fields=["ticket", "metric", "cycle"]
            ),
            models.CheckConstraint(
                name="clock_that_runs_has_a_deadline",
                condition=~Q(state="running") | Q(due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="clock_that_ended_says_nothing_more",
                condition=Q(state__in=["running", "paused"], ended_at=None)
                | Q(state__in=["met", "cancelled"], ended_at__isnull=False, next_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.metric} {self.cycle}"

    @property
    def start(self) -> Event:
        """The start as the rule reads it."""
        return Event(
            Kind.START,
            self.started_at,
            {
                "target_s": self.first_target_s,
                "calendar": self.first_calendar_id or 0,
                "owner": self.first_owner_id,
                "group": self.first_group_id,
            },
        )


class ClockEvent(models.Model):
    """Something that happened to a clock at `at`, written at `noted_at`. Never changed."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="events", verbose_name=_("clock"))
    kind = models.CharField(_("kind"), max_length=10)
    at = models.DateTimeField(_("at"))
    noted_at = models.DateTimeField(_("noted at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    data = models.JSONField(_("data"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event of a clock")
        verbose_name_plural = _("events of clocks")

    def __str__(self) -> str:
        return f"{self.clock_id} {self.kind}"

    @property
    def event(self) -> Event:
        """As the rule reads it."""
        return Event(Kind(self.kind), self.at, self.data)
