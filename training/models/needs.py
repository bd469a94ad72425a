"""What somebody should learn, and by what that is seen (issue 4: needs)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from csservice.ledger.models import Entry
from csservice.lib.proportions import Share
from teams.models import User as Person
from teams.roles import Can
from tickets.models import Category, Clock, ClockEvent, Ticket
from training import effect
from training.models.choices import Area
from training.models.courses import Course
from training.models.records import Record
from training.models.reviews import Review

if TYPE_CHECKING:
    from teams.models import User


class NeedQuerySet(models.QuerySet["Need"]):
    """Reads of learning needs. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(Q(user=user) | Q(user__in=Person.objects.run_by(user)))

    def open(self) -> Self:
        """Neither met nor dismissed. Index: need_open."""
        return self.filter(ended_at=None)

    def met(self) -> Self:
        return self.filter(record__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class Need(models.Model):
    """Something a person should learn: in which area, why, and the course that is proposed.

    Open until a pass of the course closes it (`record`) or it is dismissed with a reason. More of
    the same adds evidence, not another need. `category`: the kind of tickets the effect is
    measured on.
    """

    class Why(models.TextChoices):
        BREACH = "breach", _("A promise was broken")
        RATING = "rating", _("A poor rating")
        REVIEW = "review", _("A failed review item")
        MANAGER = "manager", _("Asked for by a manager")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="needs", verbose_name=_("person")
    )
    area = models.CharField(_("area"), max_length=14, choices=Area)
    why = models.CharField(_("why"), max_length=8, choices=Why)
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    course = models.ForeignKey(
        Course,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="needs",
        verbose_name=_("proposed course"),
    )
    note = models.TextField(_("note"), max_length=2000, blank=True)
    at = models.DateTimeField(_("since"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    record = models.ForeignKey(
        Record,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_needs",
        verbose_name=_("met by"),
    )
    dismissed_because = models.TextField(_("dismissed because"), blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("learning need")
        verbose_name_plural = _("learning needs")
        indexes: ClassVar = [
            models.Index(name="need_by_person", fields=["user", "-at"]),
            models.Index(name="need_open", fields=["user"], condition=Q(ended_at=None)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_need_of_a_kind",
                fields=["user", "area", "why"],
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="a_need_ends_by_a_pass_or_a_reason",
                condition=Q(ended_at=None, record=None, dismissed_because="")
                | Q(ended_at__isnull=False, record__isnull=False, dismissed_because="")
                | (Q(ended_at__isnull=False, record=None) & ~Q(dismissed_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.area} {self.why}"

    def effect(self) -> effect.Effect | None:
        """What the course changed on the person's tickets of the kind; None before it is passed."""
        if self.record is None:
            return None
        return effect.measured(*_shares(self, self.record.at))


class Evidence(models.Model):
    """One thing by which a need is seen: a ticket, or a review with its item."""

    need = models.ForeignKey(
        Need, models.PROTECT, related_name="evidence", verbose_name=_("learning need")
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ticket")
    )
    review = models.ForeignKey(
        Review,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("quality review"),
    )
    item = models.CharField(_("item"), max_length=20, blank=True)
    source = models.CharField(_("source"), max_length=60, unique=True)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("evidence of a need")
        verbose_name_plural = _("evidence of needs")

    def __str__(self) -> str:
        return self.source


# ---- what makes needs -------------------------------------------------------------------------
SUBJECTS = ("ticket", "review")
POOR = 2  # a rating of 1 or 2 is poor


def told_since(since: datetime) -> models.QuerySet[Entry]:
    """What the ledger tells from `since` on that can make a need. Index: entry_by_kind_at."""
    breach = Q(kind="clock.breached", data__metric="first_response")
    poor = Q(kind="feedback.received", data__score__lte=POOR)
    return Entry.objects.filter(breach | poor | Q(kind="review.rated"), at__gte=since).order_by(
        "at", "pk"
    )


def answerable() -> models.QuerySet[Ticket]:
    """Tickets of real service that somebody owns. Adds `excused`: the broken promise is not the
    owner's, since it was inherited or waived (rules 13 and 14)."""
    waived = ClockEvent.objects.filter(clock=OuterRef("pk"), kind="waive")
    first = Clock.objects.filter(ticket=OuterRef("pk"), metric="first_response")
    excused = first.filter(Q(inherited=True) | Exists(waived))
    rows = Ticket.objects.filter(is_drill=False, owner__isnull=False)
    return rows.annotate(excused=Exists(excused))


# ---- the effect -------------------------------------------------------------------------------
KEPT = Q(responded_at__lte=F("respond_by"))
GOOD = Q(score__gte=4)


def _shares(need: Need, passed_at: datetime) -> tuple[Share, Share, Share, Share]:
    """Good tickets of the person and of colleagues, before and after: four queries at most."""
    good = KEPT if need.why == Need.Why.BREACH else GOOD
    counted = _counted(need)
    own = counted.filter(owner=need.user_id)
    before = _tally(own.filter(received_at__lt=passed_at).order_by("-received_at"), good)
    after = _tally(own.filter(received_at__gte=passed_at).order_by("received_at"), good)
    others = counted.filter(owner__in=_untrained(need))
    times = [*before, *after]
    since = min((at for at, _good in times), default=passed_at)
    until = max((at for at, _good in times), default=passed_at)
    early = others.filter(received_at__gte=since, received_at__lt=passed_at)
    late = others.filter(received_at__gte=passed_at, received_at__lte=until)
    return _share(before), _share(after), _of(early, good), _of(late, good)


def _counted(need: Need) -> models.QuerySet[Ticket]:
    """Tickets of real service that say something, of the need's kind."""
    rows = Ticket.objects.filter(is_drill=False)
    if need.category_id:
        rows = rows.filter(category=need.category_id)
    if need.why == Need.Why.BREACH:
        return rows.filter(responded_at__isnull=False)
    return rows.filter(score__isnull=False)


def _untrained(need: Need) -> models.QuerySet[Any]:
    """Keys of colleagues of the person's groups who have not passed what closed the need."""
    closed = need.record
    passed = Record.objects.filter(area=need.area, passed=True)
    if closed is not None and closed.course_id:
        passed = passed.filter(course=closed.course_id)
    groups = need.user.groups_served.values("pk")
    colleagues = Person.objects.filter(groups_served__in=groups).exclude(pk=need.user_id)
    untrained: models.QuerySet[Any] = colleagues.exclude(pk__in=passed.values("user"))
    return untrained.values("pk")


def _tally(rows: models.QuerySet[Ticket], good: Q) -> list[tuple[datetime, bool]]:
    told: Any = rows.annotate(good=models.ExpressionWrapper(good, models.BooleanField()))
    return list(told.values_list("received_at", "good")[: effect.WINDOW])


def _share(told: list[tuple[datetime, bool]]) -> Share:
    return Share(sum(good for _at, good in told), len(told))


def _of(rows: models.QuerySet[Ticket], good: Q) -> Share:
    found = rows.aggregate(n=Count("pk"), hits=Count("pk", filter=good))
    return Share(found["hits"], found["n"])
