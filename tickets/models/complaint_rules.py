"""Which pack of complaint rules applies to whom, who confirmed it, and the words of the check."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import Calendar, Group
from teams.models.groups import Segment
from tickets.models.catalogue import Product
from tickets.models.ticket import Ticket

STAFF = settings.AUTH_USER_MODEL


class Choice(models.Model):
    """A pack that a director chose. `calendar`: the days that count; None: the group's."""

    pack = models.CharField(_("pack"), max_length=40, blank=True)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    chosen_at = models.DateTimeField(_("chosen at"))
    chosen_by = models.ForeignKey(STAFF, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True


class ComplaintRule(Choice):
    """Which pack applies to the customers of a segment; no row or no pack: the mark alone."""

    segment = models.CharField(_("customers"), max_length=9, choices=Segment, unique=True)

    class Meta:
        verbose_name = _("pack in force")
        verbose_name_plural = _("packs in force")

    def __str__(self) -> str:
        return f"{self.segment} {self.pack}"


class LayerQuerySet(models.QuerySet["ComplaintLayer"]):
    """Reads of layers. None runs SQL."""

    def of(self, ticket: Ticket) -> Self:
        """Those that apply to a ticket of this group and product. A handful of rows."""
        any_group, any_product = Q(group=None), Q(product=None)
        return self.filter(
            any_group | Q(group=ticket.group_id), any_product | Q(product=ticket.product_id)
        ).order_by("pk")


class ComplaintLayer(Choice):
    """A pack for the tickets of a group or a product: beside their customer's, or `instead` of it.

    A group stands for a jurisdiction where its work is that of one country.
    """

    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    instead = models.BooleanField(_("in place of the customer's pack"), default=False)

    objects = LayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("pack of a group or product")
        verbose_name_plural = _("packs of groups and products")
        constraints: ClassVar = [
            models.UniqueConstraint(name="layer_is_laid_once", fields=["pack", "group", "product"]),
            models.UniqueConstraint(
                name="layer_of_a_group_is_laid_once",
                fields=["pack", "group"],
                condition=Q(product=None),
            ),
            models.UniqueConstraint(
                name="layer_of_a_product_is_laid_once",
                fields=["pack", "product"],
                condition=Q(group=None),
            ),
            models.CheckConstraint(
                name="layer_is_of_a_group_or_a_product",
                condition=Q(group__isnull=False) | Q(product__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.group_id} {self.product_id}"


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
