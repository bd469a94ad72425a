"""The quarterly cycle: who must attend what by when, and what they were told (plan L5, K4)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from csservice.lib.mail import Mailed, MailedQuerySet
from teams.models import Group
from teams.models import User as Person
from teams.roles import Can
from training import quarters
from training.models.choices import Area
from training.models.records import Record
from training.quarters import State, Step

if TYPE_CHECKING:
    from teams.models import User


class CycleQuerySet(models.QuerySet["Cycle"]):
    """Reads of cycles. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Everybody knows of the cycles; whose figures they see is CycleMember's to say."""
        return self if user.is_active else self.none()

    def of(self, quarter: quarters.Quarter) -> Self:
        return self.filter(starts_on=quarters.bounds(quarter).first)

    def followed(self, today: date) -> Self:
        """Those whose people are still looked after on `today`."""
        return self.filter(ends_on__gte=today - quarters.FOLLOW * quarters.DAY)

    def newest_first(self) -> Self:
        return self.order_by("-starts_on", "area", "pk")


class Cycle(models.Model):
    """One area in one quarter (L5): who must attend are its members, kept for ever.

    `starts_on` and `ends_on` are the quarter's first and last day; `target` in per cent.
    """

    area = models.CharField(_("area"), max_length=14, choices=Area)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    target = models.PositiveSmallIntegerField(_("target"), default=quarters.TARGET)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened by"),
    )

    objects = CycleQuerySet.as_manager()

    class Meta:
        verbose_name = _("training cycle")
        verbose_name_plural = _("training cycles")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_area_has_one_cycle_a_quarter", fields=["starts_on", "area"]
            ),
            models.CheckConstraint(name="cycle_has_days", condition=Q(ends_on__gt=F("starts_on"))),
            models.CheckConstraint(
                name="cycle_target_is_a_per_cent", condition=Q(target__range=(1, 100))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter} {self.get_area_display()}"

    @property
    def quarter(self) -> quarters.Quarter:
        return quarters.Quarter.of(self.starts_on)


def stands(today: date) -> dict[State, Q]:
    """The condition of each state on `today`: the twin in SQL of `quarters.state`."""
    asked = Q(attended_at=None, excused_at=None)
    gone = Q(left_on__lte=F("due_on"))  # false, not unknown, where nobody left: see `here`
    here = asked & (Q(left_on=None) | Q(left_on__gt=F("due_on")))
    later = Q(due_on__gt=F("cycle__ends_on"))
    return {
        State.ATTENDED: Q(attended_at__isnull=False),
        State.OPEN: here & Q(due_on__gte=today, due_on__lte=F("cycle__ends_on")),
        State.MISSED: here & Q(due_on__lt=today),
        State.EXCUSED: Q(attended_at=None, excused_at__isnull=False),
        State.LEFT: asked & gone,
        State.LATER: here & later & Q(due_on__gte=today),
    }


class CycleMemberQuerySet(models.QuerySet["CycleMember"]):
    """Reads of who must attend. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs; all for a director."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(Q(user=user) | Q(user__in=Person.objects.run_by(user)))

    def run_by(self, user: User) -> Self:
        """Those whose excuse `user` decides: of the people they run, never their own."""
        if not user.can(Can.RUN_TRAINING):
            return self.none()
        return self.filter(user__in=Person.objects.run_by(user)).exclude(user=user)

    def asked(self) -> Self:
        """Neither attended nor excused nor left."""
        return self.filter(attended_at=None, excused_at=None, left_on=None)

    def to_remind(self, today: date) -> Self:
        """Whose next reminder is due by `today`. Index: member_to_remind."""
        return self.filter(remind_on__lte=today).order_by("remind_on", "pk")

    def standing(self, state: State, today: date) -> Self:
        """Those who stand so on `today`."""
        return self.filter(stands(today)[state])

    def with_state(self, today: date) -> Self:
        """Adds `state`, a State's value."""
        cases = (When(condition, then=Value(state)) for state, condition in stands(today).items())
        return self.annotate(state=Case(*cases, output_field=models.CharField()))

    def counted(self, today: date) -> dict[str, Count]:
        """What to aggregate for a Participation: a count for each state."""
        return {
            str(state): Count("pk", filter=condition) for state, condition in stands(today).items()
        }


def packed_states(today: date) -> Sum:
    """Of one person and quarter: the states of all areas as one number (`quarters.unpacked`).

    So a matrix of 2,000 people and 8 quarters is 16,000 small rows to fetch, not 64,000.
    """
    code = Case(
        *(
            When(condition, then=Value(quarters.CODES.index(state)))
            for state, condition in stands(today).items()
        )
    )
    place = Case(
        *(
            When(cycle__area=area, then=Value(1 << (quarters.BITS * n)))
            for n, area in enumerate(Area.values)
        )
    )
    return Sum(code * place, output_field=models.IntegerField())


class CycleMember(models.Model):
    """A person who must attend a cycle: kept for ever, whatever becomes of them.

    `group`: the one they were in when the cycle took them in, null for who was in none. `since`:
    the day their time began; `due_on` the last day that is in time; `left_on` the day they left
    the team; `remind_on` when the next reminder is due, null when none is. `record` is the
    training that counts. Excused always comes with a reason and the name of who gave it.
    """

    cycle = models.ForeignKey(
        Cycle, models.PROTECT, related_name="members", verbose_name=_("training cycle")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="cycle_members",
        verbose_name=_("person"),
    )
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    since = models.DateField(_("since"))
    due_on = models.DateField(_("due on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    remind_on = models.DateField(_("next reminder on"), null=True, blank=True)
    record = models.OneToOneField(
        Record,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="counts_for",
        verbose_name=_("training record"),
    )
    attended_at = models.DateTimeField(_("attended at"), null=True, blank=True)
    excused_at = models.DateTimeField(_("excused at"), null=True, blank=True)
    excused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("excused by"),
    )
    excused_because = models.CharField(_("reason"), max_length=500, blank=True)

    objects = CycleMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("who must attend")
        verbose_name_plural = _("who must attend")
        indexes: ClassVar = [
            models.Index(
                name="member_to_remind",
                fields=["remind_on", "id"],
                condition=Q(remind_on__isnull=False),
            ),
            models.Index(name="member_by_due_day", fields=["user", "due_on"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_person_is_in_a_cycle_once", fields=["cycle", "user"]),
            models.CheckConstraint(
                name="attended_is_by_a_record",
                condition=Q(record=None, attended_at=None)
                | Q(record__isnull=False, attended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="excused_says_who_and_why",
                condition=Q(excused_at=None, excused_by=None, excused_because="")
                | (Q(excused_at__isnull=False, excused_by__isnull=False) & ~Q(excused_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id}: {self.user_id}"

    def state_on(self, today: date) -> State:
        """How the person stands on `today`. Reads `cycle`. Twin: CycleMemberQuerySet.standing."""
        return quarters.state(
            last=self.cycle.ends_on,
            due=self.due_on,
            today=today,
            attended=self.attended_at is not None,
            excused=self.excused_at is not None,
            left=self.left_on,
        )

    @property
    def is_asked(self) -> bool:
        return self.attended_at is None and self.excused_at is None and self.left_on is None


class Letter(Mailed):
    """One mail that carries reminders to one reader: all that were due to them at that time."""

    class About(models.TextChoices):
        OWN = "own", _("One's own training")
        PEOPLE = "people", _("Training of people one runs")

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("to")
    )
    about = models.CharField(_("about"), max_length=6, choices=About)
    made_at = models.DateTimeField(_("made at"))

    objects = MailedQuerySet["Letter"].as_manager()

    class Meta:
        verbose_name = _("reminder mail")
        verbose_name_plural = _("reminder mails")
        indexes: ClassVar = [
            models.Index(
                name="letter_to_send", fields=["send_at", "id"], condition=Q(delivery="queued")
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.made_at:%Y-%m-%d}"


class Reminder(models.Model):
    """One step said about one member: the constraint is what makes it exactly once (L5).

    `planned_on` is the day it was to go; `letter` the mail that carries it, null where there is
    nobody to tell, as of people in no group that anybody manages.
    """

    STEPS: ClassVar = [
        (Step.FORTNIGHT.value, _("14 days before")),
        (Step.WEEK.value, _("7 days before")),
        (Step.DAY.value, _("1 day before")),
        (Step.MISSED.value, _("Missed")),
        (Step.ESCALATED.value, _("Told to the manager")),
    ]
    member = models.ForeignKey(
        CycleMember, models.PROTECT, related_name="reminders", verbose_name=_("who must attend")
    )
    step = models.CharField(_("step"), max_length=9, choices=STEPS)
    due_on = models.DateField(_("due on"))
    planned_on = models.DateField(_("planned on"))
    made_at = models.DateTimeField(_("made at"))
    letter = models.ForeignKey(
        Letter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("reminder mail"),
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_step_is_said_once_a_due_day", fields=["member", "step", "due_on"]
            ),
            models.UniqueConstraint(
                name="a_notice_is_given_once",
                fields=["member", "step"],
                condition=Q(step__in=[Step.FORTNIGHT.value, Step.WEEK.value, Step.DAY.value]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.step}"
