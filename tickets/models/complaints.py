"""Complaints: the case that a marked ticket carries, and which pack applies to whom (C1, C2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from csservice.lib.states import HasMoves, Move
from teams.models import CalendarVersion
from teams.roles import Can
from tickets.complaints import Layers, layers
from tickets.models.thread import Message
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from teams.models import User

STAFF = settings.AUTH_USER_MODEL


class ComplaintStep(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", pgettext_lazy("complaint", "Open")
    ANSWERED = "answered", _("Final letter sent")
    CLOSED = "closed", pgettext_lazy("complaint", "Closed")
    UNMARKED = "unmarked", _("Mark taken off")


_RUNS = frozenset({ComplaintStep.OPEN})
_HELD = _RUNS | {ComplaintStep.ANSWERED}


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Reads of cases. None runs SQL."""

    def visible_to(self, user: User) -> Self:
        """The cases of the tickets that `user` may know of."""
        if user.can(Can.SEE_ALL_TICKETS):
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(user).values("pk"))

    def real(self) -> Self:
        """Of real service: what is marked in a drill is in no register (L4)."""
        return self.filter(ticket__is_drill=False)

    def to_do(self) -> Self:
        """Without a final letter, or without its causes, the next deadline first.

        Index: complaint_by_next.
        """
        return self.filter(step__in=_HELD).order_by(F("next_by").asc(nulls_last=True), "pk")

    def of_pack(self, code: str) -> Self:
        """Cases that this pack applies to, alone or in layers."""
        rows = ComplaintMilestone.objects.filter(pack=code)
        return self.filter(pk__in=rows.values("complaint"))

    def to_be_kept(self, now: datetime) -> Self:
        """Whose file no term may erase yet: not closed, or closed too short a time ago."""
        open_or_kept = Q(kept_until=None) | Q(kept_until__gt=now)
        return self.filter(open_or_kept).exclude(step=ComplaintStep.UNMARKED)


class Complaint(HasMoves):
    """The case of one marked ticket. `said` are its packs as they were when the ticket was marked
    (`pack`: their codes with a plus between), and `calendar` the days that they count: neither
    changes while the case lives. `kept_until`: known when it is closed."""

    MOVES: ClassVar = {
        "acknowledge": Move(_("Acknowledge"), _RUNS),
        "extend": Move(_("Ask for an extension"), _RUNS),
        "approve_extension": Move(_("Approve the extension"), _RUNS),
        "stop": Move(_("Ask to stop the clock"), _RUNS),
        "approve_stop": Move(_("Approve the stop"), _RUNS),
        "go_on": Move(_("Let the clock go on"), _RUNS),
        "draft": Move(_("Draft the final letter"), _RUNS),
        "release": Move(_("Release the final letter"), _RUNS, ComplaintStep.ANSWERED),
        "causes": Move(_("Record a cause"), _HELD),
        "finish": Move(_("Close the complaint"), {ComplaintStep.ANSWERED}, ComplaintStep.CLOSED),
        "unmark": Move(_("Take the complaint mark off"), _RUNS, ComplaintStep.UNMARKED),
        "mark": Move(_("Mark as complaint"), {ComplaintStep.UNMARKED}, ComplaintStep.OPEN),
    }
    INNER: ClassVar = frozenset({"mark", "unmark"})  # by the mark of the ticket

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="complaint", verbose_name=_("ticket")
    )
    step = models.CharField(
        _("step"), max_length=8, choices=ComplaintStep, default=ComplaintStep.OPEN
    )
    pack = models.CharField(_("pack"), max_length=120)
    said = models.TextField(_("what the packs say"))
    calendar = models.ForeignKey(
        CalendarVersion,
        models.PROTECT,
        db_index=False,
        related_name="+",
        verbose_name=_("days counted"),
    )
    received_at = models.DateTimeField(_("complaint received at"))
    marked_at = models.DateTimeField(_("marked at"))
    marked_by = models.ForeignKey(
        STAFF, models.PROTECT, db_index=False, related_name="+", verbose_name=_("marked by")
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("final letter sent at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    unmarked_because = models.CharField(_("why the mark is off"), max_length=300, blank=True)
    next_by = models.DateTimeField(_("next deadline"), null=True, blank=True)
    kept_until = models.DateTimeField(_("kept until at least"), null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes: ClassVar = [
            models.Index(
                name="complaint_by_next",
                fields=["next_by"],
                condition=Q(step__in=["open", "answered"]),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="complaint_answered_has_its_time",
                condition=Q(step__in=["answered", "closed"], answered_at__isnull=False)
                | Q(step__in=["open", "unmarked"], answered_at=None),
            ),
            models.CheckConstraint(
                name="complaint_closed_has_its_time",
                condition=Q(step="closed", closed_at__isnull=False)
                | ~Q(step="closed") & Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.pack}"

    @property
    def rules(self) -> Layers:
        """The packs as they were when the ticket was marked."""
        return layers(self.said)


class ComplaintMilestone(models.Model):
    """One deadline of a case, by one of its packs. `optional`: a chance, no duty; `inherited`: it
    had passed before the case was opened."""

    complaint = models.ForeignKey(
        Complaint, models.PROTECT, db_index=False, related_name="milestones"
    )
    pack = models.CharField(_("pack"), max_length=40)
    key = models.CharField(_("milestone"), max_length=40)
    metric = models.CharField(_("metric"), max_length=16, blank=True)
    optional = models.BooleanField(_("optional"), default=False)
    due_at = models.DateTimeField(_("due at"))
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    inherited = models.BooleanField(_("passed before the case was opened"), default=False)

    class Meta:
        verbose_name = _("deadline of a complaint")
        verbose_name_plural = _("deadlines of complaints")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="milestone_once_a_case_and_pack", fields=["complaint", "pack", "key"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.key}"


class Released(models.Model):
    """What the customer was sent when a second person agreed, and by which message."""

    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.pk}"  # type: ignore[attr-defined]


class Approved(Released):
    """What one person asks for and another approves; then the customer is sent `notice`."""

    key = models.CharField(_("kind"), max_length=40)
    reason = models.TextField(_("reason"))
    notice = models.TextField(_("notice to the customer"))
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        STAFF, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        abstract = True


def second_person(name: str, *, did: str, first: str) -> models.CheckConstraint:
    """`did`_at and `did`_by come together, and whoever did it is not `first`."""
    return models.CheckConstraint(
        name=name,
        condition=Q((f"{did}_at", None), (f"{did}_by", None))
        | Q((f"{did}_at__isnull", False)) & ~Q((f"{did}_by", F(first))),
    )


class ComplaintExtension(Approved):
    """A later final deadline of one pack."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="extensions")
    until = models.DateTimeField(_("new deadline"))

    class Meta:
        verbose_name = _("extension of a complaint")
        verbose_name_plural = _("extensions of complaints")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_extension_waits_for_approval",
                fields=["complaint"],
                condition=Q(approved_at=None),
            ),
            second_person(
                "extension_is_approved_by_a_second_person", did="approved", first="asked_by"
            ),
        ]


class ComplaintStop(Approved):
    """Time that the final deadline leaves out, from the approval until the clock goes on.

    `evidence` says what shows the need: the order of an appraisal, its number. `found`: what came
    of it, written when the clock goes on.
    """

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="stops")
    evidence = models.TextField(_("evidence"))
    found = models.TextField(_("what came of it"), blank=True)
    ended_at = models.DateTimeField(_("went on at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        STAFF, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("stop of a complaint's clock")
        verbose_name_plural = _("stops of complaints' clocks")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_stop_at_a_time", fields=["complaint"], condition=Q(ended_at=None)
            ),
            second_person("stop_is_approved_by_a_second_person", did="approved", first="asked_by"),
        ]

    @property
    def stood(self) -> timedelta:
        """How long the clock stood still by it; nothing until it goes on."""
        if self.approved_at is None or self.ended_at is None:
            return timedelta()
        return self.ended_at - self.approved_at


class ComplaintLetter(Released):
    """A draft of the final letter; the last one is what stands. Released by a second person."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="letters")
    text = models.TextField(_("letter"))
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        STAFF, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("final letter")
        verbose_name_plural = _("final letters")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_final_letter_is_released",
                fields=["complaint"],
                condition=Q(released_at__isnull=False),
            ),
            second_person(
                "letter_is_released_by_a_second_person", did="released", first="drafted_by"
            ),
        ]


class Cause(models.TextChoices):
    """Where a complaint came from."""

    CONDUCT = "conduct", _("Our conduct or service quality")
    PROCESS = "process", _("Our process or rules")
    SYSTEM = "system", _("Our systems or facilities")
    PRODUCT = "product", _("The product or its terms")
    PRICE = "price", _("Fees and prices")
    SALES = "sales", _("Selling and disclosure")
    DATA = "data", _("Personal information")
    FUNDS = "funds", _("Safety of funds")
    THIRD = "third", _("A third party")
    CUSTOMER = "customer", _("The customer")
    OTHER = "other", pgettext_lazy("cause", "Other")


class ComplaintCause(models.Model):
    """One root cause of a complaint, and what is done so that it does not happen again."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="causes")
    kind = models.CharField(_("cause"), max_length=8, choices=Cause)
    detail = models.TextField(_("what happened"))
    step = models.TextField(_("corrective step"))
    at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        verbose_name = _("cause of a complaint")
        verbose_name_plural = _("causes of complaints")

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"


class NoComplaint(models.Model):
    """A ticket that reads like a complaint and is none, on record."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="no_complaint")
    words = models.CharField(_("words found"), max_length=300)
    at = models.DateTimeField(_("decided at"))
    by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        verbose_name = _("ticket that is no complaint")
        verbose_name_plural = _("tickets that are no complaints")

    def __str__(self) -> str:
        return f"#{self.ticket_id}"
