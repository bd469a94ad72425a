"""Quick replies and checklists: what makes five minutes possible (W1, W3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, FilteredRelation, Q, Sum, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext

from teams.models import Group
from teams.models.groups import Segment
from teams.roles import Can
from tickets import macros
from tickets.models.catalogue import Category, Product, in_language
from tickets.models.choices import Channel, Step
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from teams.models import User

STAGES = [(step.value, step.label) for step in (Step.ANALYSIS, Step.RESOLUTION)]


@dataclass(frozen=True, slots=True)
class Filled:
    """A macro's text for one ticket. `translated`: whether it is in the customer's language."""

    text: str
    language: str
    translated: bool


class MacroQuerySet(models.QuerySet["Macro"]):
    """Reads of macros. None runs SQL."""

    def visible_to(self, user: User) -> Self:
        """One's own, one's groups', everybody's; all shared ones for who keeps the catalogue."""
        if user.can(Can.KEEP_CATALOGUE):
            return self.filter(Q(owner=user) | Q(owner=None))
        if not user.is_active:
            return self.none()
        return self.at_hand(user)

    def at_hand(self, user: User) -> Self:
        """What `user` writes with: their own, their groups', everybody's."""
        return self.filter(
            Q(owner=user) | Q(owner=None, group=None) | Q(owner=None, group__in=user.group_ids)
        )

    def in_use(self) -> Self:
        return self.filter(active=True)

    def fitting(self, ticket: Ticket) -> Self:
        """Those that are for tickets such as this one."""
        return self.filter(
            Q(category=None) | Q(category=ticket.category_id),
            channel__in=["", ticket.channel],
            segment__in=["", ticket.customer.segment],
        )

    def nearest_first(self) -> Self:
        """Adds `reach`: 0 one's own, 1 a group's, 2 everybody's; a shortcut means the nearest."""
        reach = Case(
            When(owner__isnull=False, then=Value(0)),
            When(group__isnull=False, then=Value(1)),
            default=Value(2),
        )
        return self.annotate(reach=reach).order_by("reach", "name", "pk")

    def counted(self, since: date) -> Self:
        """Adds `lately`: how often it was used since the day `since`."""
        return self.annotate(lately=Sum("usage__n", filter=Q(usage__on__gte=since), default=0))


class Macro(models.Model):
    """A reply that is written already, in both languages, with what it sets besides (W1).

    For everybody, for a group, or one's own (`owner`). `steps`: see tickets/macros.py.
    """

    shortcut = models.CharField(_("shortcut"), max_length=24)
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    text_en = models.TextField(_("text"), blank=True)
    text_zh = models.TextField(_("text in Chinese"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="macros",
        verbose_name=_("owner"),
    )
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    segment = models.CharField(_("segment"), max_length=12, choices=Segment, blank=True)
    steps = models.JSONField(_("steps"), default=list, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    uses = models.PositiveIntegerField(_("uses"), default=0)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MacroQuerySet.as_manager()

    class Meta:
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_shortcut_means_one_for_everybody",
                fields=["shortcut"],
                condition=Q(active=True, owner=None, group=None),
            ),
            models.UniqueConstraint(
                name="a_shortcut_means_one_in_a_group",
                fields=["group", "shortcut"],
                condition=Q(active=True, owner=None),
            ),
            models.UniqueConstraint(
                name="a_shortcut_means_one_to_its_owner",
                fields=["owner", "shortcut"],
                condition=Q(active=True),
            ),
            models.CheckConstraint(
                name="a_macro_is_a_persons_or_a_groups_or_everybodys",
                condition=Q(owner=None) | Q(group=None),
            ),
            models.CheckConstraint(
                name="a_macro_says_something", condition=~Q(text_en="", text_zh="")
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)

    @property
    def scope(self) -> str:
        """Whom it is for: `own`, `group` or `everybody`."""
        return "own" if self.owner_id else "group" if self.group_id else "everybody"

    def filled(self, ticket: Ticket, by: User) -> Filled:
        """The text in the customer's reply language, its placeholders filled in. Runs no SQL when
        the ticket's customer is read."""
        language = ticket.reply_language or ticket.customer.language
        text, translated = macros.in_language(language, self.text_en, self.text_zh)
        written = language if translated else "en" if language.startswith("zh") else "zh-hans"
        values = {
            "customer": ticket.customer.name,
            "specialist": by.name or by.username,
            "number": str(ticket.pk),
            "subject": ticket.subject,
            "due": _due(ticket, written),
        }
        return Filled(macros.fill(text, values), written, translated)


def _due(ticket: Ticket, language: str) -> str:
    with override(language):
        local = timezone.localtime(ticket.resolve_by)
        return date_format(local, pgettext("date format", "j M Y, H:i"))


class MacroUse(models.Model):
    """How often somebody used a macro on a day: what is often used stands first."""

    macro = models.ForeignKey(Macro, models.PROTECT, db_index=False, related_name="usage")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on = models.DateField(_("on"))
    n = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("use of a quick reply")
        verbose_name_plural = _("uses of quick replies")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="uses_of_a_day_are_counted_once", fields=["macro", "on", "user"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.macro_id} on {self.on}: {self.n}"


class ChecklistQuerySet(models.QuerySet["ChecklistItem"]):
    """Reads of checklists. None runs SQL."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def in_use(self) -> Self:
        return self.filter(active=True).order_by("position", "pk")

    def of(self, ticket: Ticket) -> Self:
        """What is to be ticked on the ticket, for its category and its product, with `done_by` and
        `done_at`; what was ticked stays though it is asked no more."""
        ticked = FilteredRelation("ticks", condition=Q(ticks__ticket=ticket.pk))
        rows = self.annotate(tick=ticked).filter(Q(active=True) | Q(tick__isnull=False))
        of = Q(category=ticket.category_id, category__isnull=False)
        of |= Q(product=ticket.product_id, product__isnull=False)
        return (
            rows.filter(of)
            .annotate(done_at=F("tick__at"), done_by=F("tick__by__name"))
            .order_by("category", "position", "pk")
        )


class ChecklistItem(models.Model):
    """One short point of a category's or a product's checklist, ticked on each ticket (W3)."""

    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="checklist",
        verbose_name=_("category"),
    )
    product = models.ForeignKey(
        Product,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="checklist",
        verbose_name=_("product"),
    )
    stage = models.CharField(
        _("stage"),
        max_length=10,
        choices=STAGES,
        default=Step.RESOLUTION,
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.CharField(_("text"), max_length=160)
    text_zh = models.CharField(_("text in Chinese"), max_length=160, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        verbose_name = _("point of a checklist")
        verbose_name_plural = _("points of checklists")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_point_is_of_a_category_or_of_a_product",
                condition=Q(category=None, product__isnull=False)
                | Q(category__isnull=False, product=None),
            )
        ]

    def __str__(self) -> str:
        return in_language(self.text, self.text_zh)


class Tick(models.Model):
    """A point was done on a ticket: by whom and when (W3)."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, db_index=False, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="ticks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_point_is_ticked_once", fields=["ticket", "item"])
        ]

    def __str__(self) -> str:
        return f"{self.item_id} on {self.ticket_id}"
