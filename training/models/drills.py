"""Emergency drills: scenarios, runs, cues, ratings (plan L4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from csservice.lib.states import HasMoves, Move
from teams.models.groups import in_language
from teams.roles import Can
from tickets.models import Step, Ticket
from training import scripts

if TYPE_CHECKING:
    from teams.models import User

PERSON = settings.AUTH_USER_MODEL


class ScenarioKind(models.TextChoices):
    FRAUD = "fraud", _("Card fraud wave")
    OUTAGE = "outage", _("System outage")
    ANGRY = "angry", _("Angry customer")
    LEAK = "leak", _("Data leak")
    OTHER = "other", _("Another emergency")


class Scenario(models.Model):
    """A script of one's own: `text` says all (training/scripts.py); the rest is read from it."""

    kind = models.CharField(_("kind"), max_length=6, choices=ScenarioKind)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120)
    text = models.TextField(_("script"))
    active = models.BooleanField(_("in use"), default=True)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        PERSON, models.PROTECT, related_name="+", verbose_name=_("changed by")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("drill scenario")
        verbose_name_plural = _("drill scenarios")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_scenario_has_a_name_of_its_own", fields=["name"])
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class DrillStep(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("drill", "Planned")
    RUNNING = "running", pgettext_lazy("drill", "Running")
    PAUSED = "paused", pgettext_lazy("drill", "Paused")
    ENDED = "ended", pgettext_lazy("drill", "To be debriefed")
    DEBRIEFED = "debriefed", pgettext_lazy("drill", "Debriefed")
    CANCELLED = "cancelled", pgettext_lazy("drill", "Called off")


_ON = frozenset({DrillStep.RUNNING, DrillStep.PAUSED})


class DrillQuerySet(models.QuerySet["Drill"]):
    """Reads of drills. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Those one runs, rates or takes part in (once begun: it comes as emergencies do)."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        mine = DrillSeat.objects.filter(user=user).values("drill")
        begun = ~Q(step__in=[DrillStep.PLANNED, DrillStep.CANCELLED])
        return self.filter(Q(trainer=user) | Q(second=user) | Q(begun, pk__in=mine))

    def newest_first(self) -> Self:
        return self.order_by("-planned_for", "-pk")


class Drill(HasMoves):
    """One run of a script by a trainer with people who take part.

    `text` is the script as it was when the drill was planned. At `speed` 2 a minute of the script
    takes 30 s; the clocks of the tickets are real ones.
    """

    MOVES: ClassVar = {
        "start": Move(_("Start"), {DrillStep.PLANNED}, DrillStep.RUNNING),
        "cancel": Move(_("Call off"), {DrillStep.PLANNED}, DrillStep.CANCELLED),
        "pause": Move(_("Pause"), {DrillStep.RUNNING}, DrillStep.PAUSED),
        "resume": Move(pgettext_lazy("drill", "Go on"), {DrillStep.PAUSED}, DrillStep.RUNNING),
        "end": Move(_("End the drill"), _ON, DrillStep.ENDED),
        "announce": Move(_("Announce"), _ON),
        "contact": Move(_("Send a customer"), _ON),
        "rate": Move(_("Rate"), {DrillStep.ENDED}),
        "debrief": Move(_("Close the debriefing"), {DrillStep.ENDED}, DrillStep.DEBRIEFED),
    }

    scenario = models.ForeignKey(
        Scenario,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="drills",
        verbose_name=_("drill scenario"),
    )
    kind = models.CharField(_("kind"), max_length=6, choices=ScenarioKind)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120)
    text = models.TextField(_("script"))
    speed = models.DecimalField(_("speed"), max_digits=4, decimal_places=2, default=1)
    step = models.CharField(_("state"), max_length=9, choices=DrillStep, default=DrillStep.PLANNED)
    trainer = models.ForeignKey(
        PERSON, models.PROTECT, related_name="drills_run", verbose_name=_("trainer")
    )
    second = models.ForeignKey(
        PERSON, models.PROTECT, related_name="drills_rated", verbose_name=_("second rater")
    )
    planned_for = models.DateTimeField(_("planned for"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    debriefed_at = models.DateTimeField(_("debriefed at"), null=True, blank=True)
    lessons = models.TextField(_("what we learnt"), blank=True)
    made_at = models.DateTimeField(_("made at"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DrillQuerySet.as_manager()

    class Meta:
        verbose_name = _("drill")
        verbose_name_plural = _("drills")
        indexes: ClassVar = [
            models.Index(name="drill_by_day", fields=["-planned_for", "-id"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="drill_begun_has_its_time",
                condition=Q(step__in=["planned", "cancelled"], started_at=None)
                | ~Q(step__in=["planned", "cancelled"]) & Q(started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="drill_paused_has_its_time",
                condition=Q(step="paused", paused_at__isnull=False)
                | ~Q(step="paused") & Q(paused_at=None),
            ),
            models.CheckConstraint(
                name="drill_ended_has_its_time",
                condition=Q(step__in=["ended", "debriefed"], ended_at__isnull=False)
                | ~Q(step__in=["ended", "debriefed"]) & Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="drill_is_run_between_a_quarter_and_20_times",
                condition=Q(speed__range=("0.25", 20)),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)

    def script(self) -> scripts.Script:
        """What is played."""
        return scripts.read(self.text)

    def pace(self, seconds: float) -> timedelta:
        """How long `seconds` of the script take in this run."""
        return timedelta(seconds=seconds / float(self.speed))

    @property
    def raters(self) -> frozenset[int]:
        """The two who rate, each without the other's knowledge."""
        return frozenset({self.trainer_id, self.second_id})


class DrillSeat(models.Model):
    """Somebody takes part. `served`: how many simulated customers they were given."""

    drill = models.ForeignKey(Drill, models.PROTECT, related_name="seats", verbose_name=_("drill"))
    user = models.ForeignKey(
        PERSON, models.PROTECT, related_name="drill_seats", verbose_name=_("person")
    )
    served = models.PositiveIntegerField(_("customers"), default=0)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("person in a drill")
        verbose_name_plural = _("people in drills")
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_takes_part_once", fields=["drill", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.drill_id}"


class CueQuerySet(models.QuerySet["DrillCue"]):
    """Reads of cues. None runs SQL or reads the clock."""

    def due(self, now: datetime) -> Self:
        """Of running drills, their time has come. Index: drill_cue_due."""
        rows = self.filter(done_at=None, due_at__lte=now, drill__step=DrillStep.RUNNING)
        return rows.order_by("due_at", "pk")

    def met(self) -> Self:
        """Of running drills, what they wait for has happened to their ticket.

        Index: drill_cue_waits: what waits in running drills is all that is read.
        """
        past = [Step.RESOLUTION, Step.FEEDBACK, Step.CLOSED]
        happened = (
            Q(when=scripts.ANSWERED, ticket__responded_at__isnull=False)
            | Q(when=scripts.ANALYSED, ticket__step__in=past)
            | Q(when=scripts.RESOLVED, ticket__resolved_at__isnull=False)
        )
        waiting = self.filter(done_at=None, due_at=None, drill__step=DrillStep.RUNNING)
        return waiting.filter(happened).order_by("pk")

    def open(self) -> Self:
        return self.filter(done_at=None)

    def in_order(self) -> Self:
        """As the timeline tells: what happened by when, then what is to come."""
        at = models.functions.Coalesce("done_at", "due_at")
        return self.order_by(at.asc(nulls_last=True), "pk")


class DrillCue(models.Model):
    """One thing that happens in a drill: a customer comes, says something, or an announcement.

    `when`: "at" for a time of the script, else what of the ticket it waits for. `due_at` is null
    while that has not happened. `skipped`: not played, `why` says so ("" where it was not needed).
    """

    class Kind(models.TextChoices):
        CONTACT = "contact", _("Customer")
        SAYS = "says", _("Customer's words")
        EVENT = "event", _("Announcement")

    drill = models.ForeignKey(
        Drill, models.PROTECT, db_index=False, related_name="cues", verbose_name=_("drill")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    when = models.CharField(_("when"), max_length=10, default="at")
    after_s = models.FloatField(_("seconds after"), default=0)
    said = models.JSONField(_("what"), default=dict)
    ticket = models.ForeignKey(
        Ticket,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="drill_cues",
        verbose_name=_("ticket"),
    )
    injected_by = models.ForeignKey(
        PERSON,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("injected by"),
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    skipped = models.BooleanField(_("skipped"), default=False)
    why = models.CharField(_("why"), max_length=200, blank=True)

    objects = CueQuerySet.as_manager()

    class Meta:
        verbose_name = _("cue of a drill")
        verbose_name_plural = _("cues of drills")
        indexes: ClassVar = [
            models.Index(name="drill_cue_of_drill", fields=["drill", "id"]),
            models.Index(
                name="drill_cue_due",
                fields=["due_at"],
                condition=Q(done_at=None, due_at__isnull=False),
            ),
            models.Index(
                name="drill_cue_waits", fields=["drill"], condition=Q(done_at=None, due_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drill_id} {self.kind} {self.when}"

    @property
    def words(self) -> str:
        """What is said or announced, in the reader's language; a customer's in theirs."""
        if self.kind == self.Kind.EVENT:
            return in_language(self.said.get("text", ""), self.said.get("text_zh", ""))
        return str(self.said.get("text", ""))


class DrillRating(models.Model):
    """What one rater saw: `levels` is person's key -> criterion -> level, from 0 up."""

    drill = models.ForeignKey(
        Drill, models.PROTECT, related_name="ratings", verbose_name=_("drill")
    )
    rater = models.ForeignKey(
        PERSON, models.PROTECT, related_name="drill_ratings", verbose_name=_("rated by")
    )
    levels = models.JSONField(_("levels"), default=dict)
    remark = models.TextField(_("remark"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("rating of a drill")
        verbose_name_plural = _("ratings of drills")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_rater_rates_a_drill_once", fields=["drill", "rater"])
        ]

    def __str__(self) -> str:
        return f"{self.drill_id} by {self.rater_id}"
