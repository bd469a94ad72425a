"""Sessions with people in a room, and who has a seat in them (plan L1-L5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from csservice.lib.mail import Mailed, MailedQuerySet
from csservice.lib.states import HasMoves, Move
from teams.models import User as Person
from teams.models.groups import in_language
from teams.roles import Can
from training.models.choices import Area
from training.models.courses import Course

if TYPE_CHECKING:
    from teams.models import User

DOORS = timedelta(minutes=30)  # before the start and after the end in which one may sign in
REACT = timedelta(days=14)  # how long after the end one may say how it was
FEWEST = 5  # answers below which nobody but their writers sees what was answered


class SessionQuerySet(models.QuerySet["Session"]):
    """Reads of sessions. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Everybody knows of the sessions; who sits in them is Seat's to say."""
        return self if user.is_active else self.none()

    def led_by(self, user: User) -> Self:
        """Those whose attendance `user` takes: its trainer; of who runs training, who made it."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        mine = Q(trainer=user)
        return self.filter(mine | Q(made_by=user) if user.can(Can.RUN_TRAINING) else mine)

    def to_come(self, now: datetime) -> Self:
        """Not over, not cancelled, soonest first. Index: session_by_start."""
        held = self.filter(ends_at__gt=now, cancelled_at=None)
        return held.order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """Over or cancelled, the latest first."""
        over = self.filter(Q(ends_at__lte=now) | Q(cancelled_at__isnull=False))
        return over.order_by("-starts_at", "-pk")

    def counted(self) -> Self:
        """Adds `taken` (places used), `waiting` and `present`."""
        steps = {"taken": Seat.TAKES, "waiting": {Seat.Step.WAITING}, "present": {"attended"}}
        counts = {
            name: Count("seats", filter=Q(seats__step__in=some)) for name, some in steps.items()
        }
        return self.annotate(**counts)


class Session(models.Model):
    """A training at a time, in a room or behind a link, with so many places.

    `closed_at`: its attendance is final and in people's histories. `makes_up_for`: the session that
    those invited to this one missed.
    """

    area = models.CharField(_("area"), max_length=14, choices=Area)
    course = models.ForeignKey(
        Course,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sessions",
        verbose_name=_("course"),
    )
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    link = models.URLField(_("link"), max_length=500, blank=True)
    trainer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="sessions_led",
        verbose_name=_("trainer"),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    capacity = models.PositiveSmallIntegerField(_("places"))
    makes_up_for = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="made_up_by",
        verbose_name=_("makes up for"),
    )
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_because = models.CharField(_("why cancelled"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("training session")
        verbose_name_plural = _("training sessions")
        indexes: ClassVar = [models.Index(name="session_by_start", fields=["starts_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="session_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(name="session_has_a_place", condition=Q(capacity__gte=1)),
            models.CheckConstraint(
                name="session_is_held_somewhere", condition=~Q(place="", link="")
            ),
            models.CheckConstraint(
                name="a_cancelled_session_is_not_closed",
                condition=Q(cancelled_at=None) | Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def key(self) -> bytes:
        """The secret behind its codes. Made from the installation's, so no column can leak it."""
        of = f"{self.pk}.{self.made_at.timestamp()}"
        return salted_hmac("training.session", of, algorithm="sha256").digest()

    def is_open(self, now: datetime) -> bool:
        """Whether one may book oneself or give a seat up."""
        return self.cancelled_at is None and now < self.starts_at

    def is_on(self, now: datetime) -> bool:
        """Whether attendance may be taken: from DOORS before its start until it is closed."""
        held = self.cancelled_at is None and self.closed_at is None
        return held and now >= self.starts_at - DOORS

    def shows_code(self, now: datetime) -> bool:
        """Whether one may sign in by the code on the wall."""
        return self.is_on(now) and now <= self.ends_at + DOORS

    def hears(self, now: datetime) -> bool:
        """Whether those who were there may still say how it was."""
        return self.cancelled_at is None and self.ends_at - DOORS <= now <= self.ends_at + REACT


class SeatQuerySet(models.QuerySet["Seat"]):
    """Reads of seats. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own; those of the people one runs; all of the sessions one leads."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        led = Session.objects.led_by(user).values("pk")
        run = Person.objects.run_by(user)
        return self.filter(Q(user=user) | Q(session__in=led) | Q(user__in=run))

    def held(self) -> Self:
        """Of sessions that were not cancelled, and not given up."""
        return self.filter(session__cancelled_at=None).exclude(step=Seat.Step.GIVEN_UP)

    def to_come(self, now: datetime) -> Self:
        """Booked or waiting for what is not over yet, soonest first: what somebody has to go to."""
        steps = [Seat.Step.BOOKED, Seat.Step.WAITING]
        coming = self.held().filter(step__in=steps, session__ends_at__gt=now)
        return coming.order_by("session__starts_at", "pk")

    def taking(self) -> Self:
        """Those that use a place."""
        return self.filter(step__in=Seat.TAKES)

    def in_line(self) -> Self:
        """The waiting list, first come first. Index: seat_waits."""
        return self.filter(step=Seat.Step.WAITING).order_by("asked_at", "pk")


class Seat(HasMoves):
    """One person in one session: booked or in line, then there or not. One row a person, kept.

    `score` 0-100, null where nothing was scored. `reaction` 1-5 with `comment` is what the person
    thought of it, shown to others only in sum and from FEWEST answers on. `sequence`: what the
    next calendar mail to this person is numbered, so that calendars know the newer one.
    """

    class Step(models.TextChoices):
        BOOKED = "booked", _("Booked")
        WAITING = "waiting", _("On the waiting list")
        ATTENDED = "attended", pgettext_lazy("training", "Present")
        ABSENT = "absent", pgettext_lazy("training", "Absent")
        EXCUSED = "excused", pgettext_lazy("training", "Excused")
        GIVEN_UP = "given_up", _("Given up")

    TAKES: ClassVar = frozenset({Step.BOOKED, Step.ATTENDED, Step.ABSENT})
    MARKED: ClassVar = frozenset({Step.ATTENDED, Step.ABSENT, Step.EXCUSED})
    MOVES: ClassVar = {
        "book": Move(_("Book"), frozenset({Step.GIVEN_UP, Step.WAITING}), Step.BOOKED),
        "wait": Move(_("Wait for a place"), frozenset({Step.GIVEN_UP}), Step.WAITING),
        "give_up": Move(
            _("Give up the seat"), frozenset({Step.BOOKED, Step.WAITING}), Step.GIVEN_UP
        ),
        "attend": Move(
            _("Mark as present"),
            frozenset({Step.BOOKED, Step.WAITING, Step.ABSENT, Step.EXCUSED}),
            Step.ATTENDED,
        ),
        "miss": Move(
            _("Mark as absent"),
            frozenset({Step.BOOKED, Step.ATTENDED, Step.EXCUSED}),
            Step.ABSENT,
        ),
        "excuse": Move(
            pgettext_lazy("verb", "Excuse"),
            frozenset({Step.BOOKED, Step.ATTENDED, Step.ABSENT}),
            Step.EXCUSED,
        ),
    }

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="seats", verbose_name=_("session")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="seats",
        verbose_name=_("person"),
    )
    step = models.CharField(_("step"), max_length=8, choices=Step, default=Step.BOOKED)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        related_name="+",
        verbose_name=_("asked by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    marked_at = models.DateTimeField(_("marked at"), null=True, blank=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    reaction = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    reacted_at = models.DateTimeField(_("rated at"), null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        indexes: ClassVar = [
            models.Index(
                name="seat_waits", fields=["session", "asked_at"], condition=Q(step="waiting")
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_seat_of_a_person_in_a_session", fields=["session", "user"]
            ),
            models.CheckConstraint(
                name="seat_scores_0_to_100", condition=Q(score=None) | Q(score__range=(0, 100))
            ),
            models.CheckConstraint(
                name="seat_is_rated_1_to_5",
                condition=Q(reaction=None, reacted_at=None)
                | Q(reaction__range=(1, 5), reacted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_excuse_has_its_reason", condition=~Q(step="excused") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.user_id} {self.step}"

    @property
    def is_asked(self) -> bool:
        """Booked or in line."""
        return self.step in {self.Step.BOOKED, self.Step.WAITING}


class SessionMail(Mailed):
    """One mail to one person about their seat; those about a place carry a calendar entry.

    What stands in it is read when it is sent, but what it is about and `sequence` are fixed.
    """

    class About(models.TextChoices):
        BOOKED = "booked", _("Booked")
        FREED = "freed", _("A place became free")
        WAITING = "waiting", _("On the waiting list")
        CHANGED = "changed", _("Changed")
        GIVEN_UP = "given_up", _("Seat given up")
        CANCELLED = "cancelled", _("Session cancelled")

    REQUESTS: ClassVar = frozenset({About.BOOKED, About.FREED, About.CHANGED})
    CANCELS: ClassVar = frozenset({About.GIVEN_UP, About.CANCELLED})

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="mails", verbose_name=_("seat"))
    about = models.CharField(_("about"), max_length=9, choices=About)
    sequence = models.PositiveIntegerField(_("number of the calendar entry"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))

    objects = MailedQuerySet["SessionMail"].as_manager()

    class Meta:
        verbose_name = _("mail about a session")
        verbose_name_plural = _("mails about sessions")
        indexes: ClassVar = [
            models.Index(
                name="session_mail_waits",
                fields=["send_at"],
                condition=Q(delivery__in=["queued", "failed"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.about}"
