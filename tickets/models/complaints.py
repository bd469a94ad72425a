"""Complaints: the case that a marked ticket carries, and which pack applies to whom (C1, C2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from csservice.lib.states import HasMoves, Move
from teams.models import Calendar, CalendarVersion
from teams.models.groups import Segment
from teams.roles import Can
from tickets.complaints import Pack, read
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

    def to_do(self) -> Self:
        """Without a final letter, or without its causes, the next deadline first.

        Index: complaint_by_next.
        """
        return self.filter(step__in=_HELD).order_by(F("next_by").asc(nulls_last=True), "pk")


class Complaint(HasMoves):
    """The case of one marked ticket. `said` is the pack as it was when the ticket was marked, and
    `calendar` the days that it counts: neither changes while the case lives."""

    MOVES: ClassVar = {
        "acknowledge": Move(_("Acknowledge"), _RUNS),
        "extend": Move(_("Ask for an extension"), _RUNS),
        "approve_extension": Move(_("Approve the extension"), _RUNS),
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
    pack = models.CharField(_("pack"), max_length=40)
    said = models.TextField(_("what the pack says"))
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
    def rules(self) -> Pack:
        """The pack as it was when the ticket was marked."""
        return read(self.said)


class ComplaintMilestone(models.Model):
    """One deadline of a case. `optional`: a chance, no duty."""

    complaint = models.ForeignKey(
        Complaint, models.PROTECT, db_index=False, related_name="milestones"
    )
    key = models.CharField(_("milestone"), max_length=40)
    metric = models.CharField(_("metric"), max_length=16, blank=True)
    optional = models.BooleanField(_("optional"), default=False)
    due_at = models.DateTimeField(_("due at"))
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)

    class Meta:
        verbose_name = _("deadline of a complaint")
        verbose_name_plural = _("deadlines of complaints")
        constraints: ClassVar = [
            models.UniqueConstraint(name="milestone_once_a_case", fields=["complaint", "key"])
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.key}"


class ComplaintExtension(models.Model):
    """A later final deadline: asked for by one person, approved by another, told to the customer.

    `notice` is what the customer is sent when it is approved.
    """

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="extensions")
    key = models.CharField(_("extension"), max_length=40)
    until = models.DateTimeField(_("new deadline"))
    reason = models.TextField(_("reason"))
    notice = models.TextField(_("notice to the customer"))
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        STAFF, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("extension of a complaint")
        verbose_name_plural = _("extensions of complaints")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_extension_waits_for_approval",
                fields=["complaint"],
                condition=Q(approved_at=None),
            ),
            models.CheckConstraint(
                name="extension_is_approved_by_a_second_person",
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False) & ~Q(approved_by=F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.key}"


class ComplaintLetter(models.Model):
    """A draft of the final letter; the last one is what stands. Released by a second person."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="letters")
    text = models.TextField(_("letter"))
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        STAFF, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
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
            models.CheckConstraint(
                name="letter_is_released_by_a_second_person",
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False) & ~Q(released_by=F("drafted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.pk}"


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


class ComplaintRule(models.Model):
    """Which pack applies to the customers of a segment; no row or no pack: the mark alone.

    `calendar`: the days that count; empty, those of the ticket's group.
    """

    segment = models.CharField(_("customers"), max_length=9, choices=Segment, unique=True)
    pack = models.CharField(_("pack"), max_length=40, blank=True)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    chosen_at = models.DateTimeField(_("chosen at"))
    chosen_by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        verbose_name = _("pack in force")
        verbose_name_plural = _("packs in force")

    def __str__(self) -> str:
        return f"{self.segment} {self.pack}"


class PackConfirmation(models.Model):
    """Compliance confirmed a pack as its text was; another text is to be confirmed again."""

    pack = models.CharField(_("pack"), max_length=40)
    digest = models.CharField(_("digest"), max_length=64)
    person = models.CharField(_("confirmed by"), max_length=120)
    on = models.DateField(_("confirmed on"))
    at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        verbose_name = _("confirmation of a pack")
        verbose_name_plural = _("confirmations of packs")
        constraints: ClassVar = [
            models.UniqueConstraint(name="pack_text_is_confirmed_once", fields=["pack", "digest"])
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.on}"


class ComplaintWords(models.Model):
    """The words of the check, one a line; the last row stands."""

    words = models.TextField(_("words"))
    at = models.DateTimeField(_("changed at"))
    by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        verbose_name = _("words of complaints")
        verbose_name_plural = _("words of complaints")

    def __str__(self) -> str:
        return str(self.pk)
