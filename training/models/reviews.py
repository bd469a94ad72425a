"""Quality reviews: forms, rounds of drawn tickets, ratings, disputes (plan K1, issue 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from teams.models import Group
from teams.models import User as Person
from teams.models.groups import in_language
from teams.roles import Can
from tickets.models import Message, Ticket
from training import quality

if TYPE_CHECKING:
    from teams.models import User


class ReviewForm(models.Model):
    """What a ticket is looked at for: a name and the version in use."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    current = models.ForeignKey(
        "ReviewFormVersion",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("version"),
    )

    class Meta:
        verbose_name = _("review form")
        verbose_name_plural = _("review forms")

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class ReviewFormVersion(models.Model):
    """The items of a form as they were from `made_at` on; never changed. See training/quality.py.

    `items`: [{"key", "name", "name_zh", "help", "help_zh", "weight", "critical", "area"}, …].
    """

    form = models.ForeignKey(
        ReviewForm, models.PROTECT, related_name="versions", verbose_name=_("review form")
    )
    number = models.PositiveIntegerField(_("version"))
    items = models.JSONField(_("items"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("version of a review form")
        verbose_name_plural = _("versions of review forms")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="review_form_version_is_numbered_once", fields=["form", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.form_id}.{self.number}"

    def lines(self) -> list[quality.Item]:
        """The items as the rule module reads them."""
        return quality.read(self.items)


class ReviewRoundQuerySet(models.QuerySet["ReviewRound"]):
    """Reads of rounds. None runs SQL."""

    def visible_to(self, user: User) -> Self:
        """Rounds of the groups that `user` runs; for who rates."""
        if not user.can(Can.REVIEW_QUALITY):
            return self.none()
        return self.filter(group__in=Group.objects.run_by(user))


class ReviewRound(models.Model):
    """Tickets drawn at random for the people of a group: `each` a person, by `seed`, no choice."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name=_("group"))
    form = models.ForeignKey(
        ReviewFormVersion, models.PROTECT, related_name="rounds", verbose_name=_("review form")
    )
    since = models.DateTimeField(_("tickets resolved from"))
    until = models.DateTimeField(_("tickets resolved before"))
    each = models.PositiveSmallIntegerField(_("tickets a person"))
    twice = models.PositiveSmallIntegerField(_("share rated twice"))
    seed = models.CharField(_("seed"), max_length=64)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )

    objects = ReviewRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round of reviews")
        verbose_name_plural = _("rounds of reviews")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="review_round_has_a_period", condition=Q(until__gt=F("since"))
            ),
            models.CheckConstraint(
                name="review_round_rates_a_share_twice", condition=Q(twice__range=(0, 100))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.made_at:%Y-%m-%d}"


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reads of reviews. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """One's own finished ones; those given to `user` to rate; those of the people `user` runs.

        Two ratings of one ticket are blind: a rater sees the other's when their own is in.
        """
        own = Q(person=user, first=None, done_at__isnull=False)
        if not user.can(Can.REVIEW_QUALITY):
            return self.filter(own)
        owes = self.model.objects.to_rate(user)
        blind = Q(pk__in=owes.filter(first__isnull=False).values("first"))
        blind |= Q(first__in=owes.filter(first=None).values("pk"))
        run = Q(person__in=Person.objects.run_by(user)) & ~blind
        return self.filter(own | Q(rater=user) | run)

    def to_rate(self, user: User) -> Self:
        """What waits for `user` to rate, oldest first. Index: review_to_rate."""
        return self.filter(rater=user, done_at=None).order_by("pk")

    def finished(self) -> Self:
        return self.filter(done_at__isnull=False)

    def first_ratings(self) -> Self:
        """Those that count: a second rating only tells how far raters agree."""
        return self.filter(first=None)

    def newest_first(self) -> Self:
        return self.order_by("-done_at", "-pk")


class Review(models.Model):
    """One rating of one person's work on one ticket by a form.

    `answers`: item key -> met, partly, not_met, does_not_apply; `comments`: item key -> text.
    `first` is set on a second, blind rating and names the one it is compared with.
    """

    round = models.ForeignKey(
        ReviewRound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reviews",
        verbose_name=_("round"),
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="reviews", verbose_name=_("ticket")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="reviews",
        verbose_name=_("person"),
    )
    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="ratings",
        verbose_name=_("rated by"),
    )
    form = models.ForeignKey(
        ReviewFormVersion, models.PROTECT, related_name="reviews", verbose_name=_("review form")
    )
    first = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="second",
        verbose_name=_("second rating of"),
    )
    made_at = models.DateTimeField(_("made at"))
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    comments = models.JSONField(_("comments"), default=dict, blank=True)
    remark = models.TextField(_("remark"), blank=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    failed = models.JSONField(_("failed items"), default=list, blank=True)
    critical = models.PositiveSmallIntegerField(_("critical errors"), default=0)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("quality review")
        verbose_name_plural = _("quality reviews")
        indexes: ClassVar = [
            models.Index(name="review_to_rate", fields=["rater", "id"], condition=Q(done_at=None)),
            models.Index(name="review_of_person", fields=["person", "-done_at"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_rater_rates_a_ticket_once", fields=["ticket", "person", "rater"]
            ),
            models.CheckConstraint(name="nobody_rates_themselves", condition=~Q(rater=F("person"))),
            models.CheckConstraint(
                name="review_scores_0_to_100", condition=Q(score=None) | Q(score__range=(0, 100))
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.person_id}"

    @property
    def objection(self) -> Dispute | None:
        """What the rated person does not agree with; None while nothing is disputed."""
        return getattr(self, "dispute", None)


class ReviewComment(models.Model):
    """A remark at one place of the ticket's timeline, made while rating."""

    review = models.ForeignKey(
        Review, models.PROTECT, related_name="on_timeline", verbose_name=_("quality review")
    )
    message = models.ForeignKey(
        Message, models.PROTECT, related_name="+", verbose_name=_("message")
    )
    text = models.TextField(_("text"), max_length=2000)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("remark on the timeline")
        verbose_name_plural = _("remarks on the timeline")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_review_remarks_a_message_once", fields=["review", "message"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.message_id}"


class Dispute(models.Model):
    """The rated person does not agree; somebody who did not rate it answers."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("The rating stands")
        CHANGED = "changed", _("The rating is changed")

    review = models.OneToOneField(
        Review, models.PROTECT, related_name="dispute", verbose_name=_("quality review")
    )
    text = models.TextField(_("why"))
    at = models.DateTimeField(_("at"))
    answer = models.TextField(_("answer"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    before: Any = models.JSONField(_("rating before"), default=dict, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_dispute_is_answered_whole",
                condition=Q(answered_at=None, answered_by=None, outcome="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(outcome="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.review_id}"
