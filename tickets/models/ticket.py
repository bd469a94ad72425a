"""The ticket: one customer's request from reception to satisfaction (plan W1-W4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from csservice.lib.states import HasMoves, Move
from teams.models import Group
from teams.models.people import Language
from tickets.models.catalogue import Category, Guide, Product
from tickets.models.choices import (
    BEGUN,
    FREE,
    OPEN,
    PAUSES,
    SERVED,
    WORK,
    AnsweredVia,
    Channel,
    Identity,
    Outcome,
    Priority,
    Satisfaction,
    Step,
    Waiting,
)
from tickets.models.customers import Customer
from tickets.models.ticket_reads import TicketQuerySet
from tickets.policy import FIRST_S, RESOLVE_S

if TYPE_CHECKING:
    from teams.models import User

_OPEN_Q = ~Q(step="closed")
_WORK_Q = Q(step__in=["analysis", "reception", "resolution"])


def _where_set(name: str, field: str) -> models.Index:
    """An index of what is mostly empty: only rows that have it are in it."""
    return models.Index(name=name, fields=[field], condition=Q((f"{field}__isnull", False)))


class Ticket(HasMoves):
    """One customer request (plan W1-W4). Times are aware UTC; deadlines are stored.

    `responded_at` is the first substantive human answer; `breached_at` says when somebody was told
    that it came late, the truth of it being `responded_at > respond_by`.
    """

    MOVES: ClassVar = {
        "respond": Move(_("Reply"), OPEN),
        "note": Move(_("Internal note"), frozenset(Step)),
        "hear": Move(_("Record the customer's words"), OPEN),
        "record_basics": Move(_("Record basics"), OPEN),
        "analyse": Move(_("Continue to resolution"), {Step.ANALYSIS}, Step.RESOLUTION, FREE),
        "hand_over": Move(_("Hand over"), SERVED, None, FREE),
        "accept": Move(_("Accept"), SERVED, None, {Waiting.EXPERT}),
        "return_back": Move(_("Return"), SERVED, None, {Waiting.EXPERT}),
        "wait": Move(_("Wait"), SERVED, None, {Waiting.NOBODY}),
        "resume": Move(_("Resume"), SERVED, None, PAUSES),
        "resolve": Move(_("Resolve"), {Step.RESOLUTION}, Step.FEEDBACK, FREE),
        "withdraw": Move(_("End without service"), BEGUN, Step.FEEDBACK, FREE),
        "satisfaction": Move(_("Record satisfaction"), {Step.FEEDBACK}),
        "close": Move(_("Close"), {Step.FEEDBACK}, Step.CLOSED),
        "reopen": Move(_("Reopen"), {Step.FEEDBACK, Step.CLOSED}, Step.RESOLUTION),
        "assign": Move(_("Assign"), OPEN),
        "merge": Move(_("Merge"), WORK, Step.CLOSED, FREE),
        "mark_complaint": Move(_("Mark as complaint"), frozenset(Step)),
        "waive": Move(_("Waive a broken promise"), frozenset(Step)),
        "unmerge": Move(_("Undo the merge"), {Step.CLOSED}, Step.RECEPTION),
        "split": Move(_("Split off"), OPEN),
        "unsplit": Move(_("Undo the split"), {Step.RECEPTION}, Step.CLOSED, FREE),
        "set_aside": Move(_("Nothing more to do"), {Step.FEEDBACK}),
        "lose_answer": Move(_("Answer lost"), BEGUN, Step.RECEPTION),
        "finish_reception": Move(_("Finish reception"), {Step.RECEPTION}, Step.ANALYSIS),
    }
    # Verbs that happen by themselves; no button, no API verb.
    INNER: ClassVar = frozenset({"finish_reception", "withdraw", "lose_answer"})

    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    subject = models.CharField(_("subject"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, db_index=False, related_name="tickets", verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product,
        models.PROTECT,
        null=True,
        db_index=False,
        blank=True,
        related_name="tickets",
        verbose_name=_("product"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        db_index=False,
        blank=True,
        related_name="tickets",
        verbose_name=_("category"),
    )
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority, default=Priority.NORMAL
    )
    group = models.ForeignKey(
        Group, models.PROTECT, db_index=False, related_name="tickets", verbose_name=_("group")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="tickets",
        verbose_name=_("owner"),
    )
    assigned_because = models.JSONField(_("why this owner"), default=dict, blank=True)

    step = models.CharField(_("step"), max_length=10, choices=Step, default=Step.RECEPTION)
    waiting_on = models.CharField(
        _("waiting on"), max_length=8, choices=Waiting, default=Waiting.NOBODY
    )
    waiting_reason = models.CharField(_("what it waits for"), max_length=200, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="handed",
        verbose_name=_("handed to"),
    )
    handed_to_group = models.ForeignKey(
        Group,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="handed",
        verbose_name=_("handed to"),
    )

    received_at = models.DateTimeField(_("received at"))
    respond_by = models.DateTimeField(_("respond by"))
    respond_s = models.PositiveIntegerField(_("promised first response"), default=FIRST_S)
    responded_at = models.DateTimeField(_("responded at"), null=True, blank=True)
    respond_took_s = models.PositiveIntegerField(_("first response took"), null=True, blank=True)
    breached_at = models.DateTimeField(_("breach flagged at"), null=True, blank=True)
    resolve_by = models.DateTimeField(_("resolve by"))
    resolve_s = models.PositiveIntegerField(_("promised resolution"), default=RESOLVE_S["normal"])
    resolve_took_s = models.PositiveIntegerField(_("resolution took"), null=True, blank=True)
    heard_at = models.DateTimeField(_("unanswered since"), null=True, blank=True)
    said_at = models.DateTimeField(_("last word from us"), null=True, blank=True)
    answer_by = models.DateTimeField(_("next answer by"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    reopens = models.PositiveSmallIntegerField(_("reopened"), default=0)

    basics_at = models.DateTimeField(_("basics recorded at"), null=True, blank=True)
    reply_language = models.CharField(
        _("reply language"), max_length=10, choices=Language, blank=True
    )
    reach_at = models.CharField(_("reach at"), max_length=254, blank=True)
    identity_check = models.CharField(
        _("identity check"), max_length=10, choices=Identity, blank=True
    )
    need = models.TextField(_("need"), blank=True)
    guide = models.ForeignKey(
        Guide,
        models.PROTECT,
        null=True,
        db_index=False,
        blank=True,
        related_name="tickets",
        verbose_name=_("guide"),
    )
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    solution = models.TextField(_("proposed solution"), blank=True)
    suitability = models.CharField(_("suitability"), max_length=10, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    summary = models.TextField(_("what was done and advised"), blank=True)
    satisfaction = models.CharField(
        _("satisfaction asked"), max_length=8, choices=Satisfaction, blank=True
    )
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    comment = models.TextField(_("the customer's comment"), blank=True)
    answered_via = models.CharField(
        _("satisfaction recorded by"), max_length=8, choices=AnsweredVia, blank=True
    )
    satisfaction_at = models.DateTimeField(_("satisfaction recorded at"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        db_index=False,
        blank=True,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        db_index=False,
        blank=True,
        related_name="split_off",
        verbose_name=_("split off from"),
    )
    split_opening = models.BooleanField(_("made of the words it began with"), default=False)
    is_drill = models.BooleanField(_("drill"), default=False)
    is_complaint = models.BooleanField(_("complaint"), default=False)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("changed at"))

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        # customer, group, owner and whom it is handed to lead indexes here: no second one each
        indexes: ClassVar = [
            models.Index(
                name="ticket_to_flag",
                fields=["respond_by"],
                condition=Q(step="reception", responded_at=None, breached_at=None),
            ),
            models.Index(
                name="ticket_open_by_owner", fields=["owner", "respond_by"], condition=_OPEN_Q
            ),
            models.Index(name="ticket_work_by_owner", fields=["owner"], condition=_WORK_Q),
            models.Index(
                name="ticket_open_by_group", fields=["group", "respond_by"], condition=_OPEN_Q
            ),
            _where_set("ticket_handed_to", "handed_to"),
            _where_set("ticket_handed_to_group", "handed_to_group"),
            models.Index(
                name="ticket_without_owner",
                fields=["group", "respond_by"],
                condition=Q(owner=None) & _OPEN_Q,
            ),
            models.Index(
                name="ticket_to_settle", fields=["satisfaction"], condition=Q(step="feedback")
            ),
            _where_set("ticket_by_category", "category"),
            _where_set("ticket_by_product", "product"),
            _where_set("ticket_merged_into", "merged_into"),
            _where_set("ticket_split_from", "split_from"),
            models.Index(name="ticket_by_reception", fields=["received_at"]),
            models.Index(
                name="ticket_rated_through_staff",
                fields=["satisfaction_at"],
                condition=Q(satisfaction="answered") & ~Q(answered_via="link"),
            ),
            models.Index(name="ticket_by_customer", fields=["customer", "-id"]),
            models.Index(name="ticket_by_group", fields=["group", "-id"]),
            models.Index(name="ticket_by_owner", fields=["owner", "-id"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="ticket_opening_is_split_once",
                fields=["split_from"],
                condition=Q(split_opening=True),
            ),
            models.CheckConstraint(
                name="ticket_past_reception_has_an_owner",
                condition=Q(step="reception") | Q(owner__isnull=False),
            ),
            models.CheckConstraint(
                name="ticket_in_analysis_was_answered_and_has_basics",
                condition=~Q(step__in=["analysis", "resolution"])
                | Q(responded_at__isnull=False, basics_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ticket_in_resolution_has_need_category_solution",
                condition=~Q(step="resolution")
                | (~Q(need="") & ~Q(solution="") & Q(category__isnull=False)),
            ),
            models.CheckConstraint(
                name="ticket_after_service_has_an_outcome",
                condition=Q(step__in=["reception", "analysis", "resolution"], resolved_at=None)
                | Q(step__in=["feedback", "closed"], resolved_at__isnull=False) & ~Q(outcome=""),
            ),
            models.CheckConstraint(
                name="ticket_closed_has_its_time",
                condition=Q(step="closed", closed_at__isnull=False)
                | ~Q(step="closed") & Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="ticket_answered_has_a_score_of_1_to_5",
                condition=Q(satisfaction="answered", score__isnull=False, score__range=(1, 5))
                | ~Q(satisfaction="answered") & Q(score=None),
            ),
            models.CheckConstraint(
                name="ticket_waits_for_an_expert_by_name",
                condition=Q(waiting_on="expert")
                & (Q(handed_to__isnull=False) | Q(handed_to_group__isnull=False))
                | ~Q(waiting_on="expert") & Q(handed_to=None, handed_to_group=None),
            ),
            models.CheckConstraint(
                name="ticket_is_answered_after_it_came",
                condition=Q(responded_at=None) | Q(responded_at__gte=F("received_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"

    @property
    def number(self) -> int:
        """The ticket's number for people and programs."""
        return int(self.pk)

    @property
    def heard_after_the_end(self) -> bool:
        """Whether the customer's words after the end wait to be looked at (rule 12)."""
        return bool(self.heard_at and self.resolved_at and self.heard_at > self.resolved_at)

    @property
    def offered(self) -> dict[str, str]:
        """The verbs that people and programs are offered now."""
        return {verb: label for verb, label in self.moves.items() if verb not in self.INNER}

    def answer(self, *, by: User, now: datetime) -> bool:
        """Note a substantive human answer, in memory; True if it was the first (W1)."""
        first = self.responded_at is None
        if first:
            self.responded_at = max(now, self.received_at)  # two machines may differ by a breath
            if self.step == Step.RECEPTION or self.owner is None:
                self.owner = by
        return first

    def go_back(self) -> None:
        """From a merge to the step that the facts allow, in memory."""
        self.move("unmerge")
        self.finish_reception()
        if self.step == Step.ANALYSIS and self.need and self.solution and self.category_id:
            self.move("analyse")

    def finish_reception(self) -> bool:
        """On to the analysis once answered and basics recorded (W1), in memory; True if moved."""
        ready = self.step == Step.RECEPTION and self.responded_at and self.basics_at
        if ready:
            self.move("finish_reception")
        return bool(ready)
