"""Customers, how to reach them, and who they are (plan N1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from csservice.lib import crypto
from csservice.lib.search import TokenField
from teams.models.groups import Segment
from teams.models.people import Language
from teams.roles import Can
from tickets.identity import masked

if TYPE_CHECKING:
    from teams.models import User


class Risk(models.TextChoices):
    """How much risk a customer bears: C1 least (suitability rules of the trade)."""

    C1 = "C1", _("C1 conservative")
    C2 = "C2", _("C2 cautious")
    C3 = "C3", _("C3 balanced")
    C4 = "C4", _("C4 growth")
    C5 = "C5", _("C5 aggressive")


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Reads of customers. None runs SQL or reads the clock."""

    def visible_to(self, user: User) -> Self:
        """Whoever keeps customers sees them; identifiers stay masked (identity.py)."""
        return self if user.can(Can.KEEP_CUSTOMERS) else self.none()

    def found_by(self, words: str) -> Self:
        """By name (Chinese, English, pinyin), phone, e-mail or identifier suffix, in one box.

        Newest first by an expression: a plain `-pk` invites PostgreSQL to walk the primary key.
        """
        hits = CustomerSearch.objects.filter(tokens__match=words).values("customer")
        return self.filter(pk__in=hits).order_by((F("pk") + 0).desc())

    def found_between(self, words: str, low: int, high: int) -> Self:
        """As `found_by`, of the numbers above `low` and below `high` only: bounded by them."""
        hits = CustomerSearch.objects.filter(tokens__scan=words, pk__gt=low, pk__lt=high)
        rows = self.filter(pk__gt=low, pk__lt=high, pk__in=hits.values("customer"))
        return rows.order_by("-pk")

    def reached_at(self, value: str) -> Self:
        """Customers with this normalised number or address. Index: contact_by_value."""
        found = Contact.objects.filter(value=value).values("customer")
        return self.filter(pk__in=found, is_drill=False)

    def real(self) -> Self:
        """Not the simulated ones of drills (L4)."""
        return self.filter(is_drill=False)

    def due(self, before: datetime) -> Self:
        """Neither held nor erased, and nothing to do with us since `before` (aware)."""
        since = models.Q(closed_at=None) | models.Q(closed_at__gte=before)
        tickets = apps.get_model("tickets", "Ticket")._default_manager.filter(since)
        return self.filter(
            ~Exists(tickets.filter(customer=OuterRef("pk"))),
            made_at__lt=before,
            held_at=None,
            erased_at=None,
        )

    def with_identifier(self, number: str) -> Self:
        index = crypto.blind_index(number)
        return self.filter(pk__in=Identifier.objects.filter(index=index).values("customer"))


class Customer(models.Model):
    """A person or a company that the institution serves (N1)."""

    segment = models.CharField(
        _("segment"),
        max_length=10,
        choices=[c for c in Segment.choices if c[0] != Segment.TECHNICAL],
    )
    name = models.CharField(_("name"), max_length=160)
    other_name = models.CharField(
        _("name in the other script"), max_length=160, blank=True, default=""
    )
    language = models.CharField(
        _("language"), max_length=10, choices=Language, default=Language.CHINESE
    )
    risk_profile = models.CharField(
        _("risk profile"), max_length=2, choices=Risk, blank=True, default=""
    )
    notes = models.TextField(_("notes"), blank=True, default="")
    since = models.DateField(_("customer since"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))
    held_at = models.DateTimeField(_("held against erasure since"), null=True, blank=True)
    hold_reason = models.CharField(_("reason of the hold"), max_length=300, blank=True, default="")
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    is_drill = models.BooleanField(_("simulated for a drill"), default=False)
    version = models.PositiveIntegerField(default=1)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes: ClassVar = [
            models.Index(
                name="customer_erased", fields=["erased_at"], condition=Q(erased_at__isnull=False)
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="customer_is_held_with_a_reason",
                condition=Q(held_at=None, hold_reason="")
                | Q(held_at__isnull=False) & ~Q(hold_reason=""),
            ),
            models.CheckConstraint(
                name="customer_held_is_not_erased",
                condition=Q(held_at=None) | Q(erased_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactPerson(models.Model):
    """Who speaks for a corporate customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="persons")
    name = models.CharField(_("name"), max_length=120)
    position = models.CharField(_("position"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One way to reach a customer or a company's contact person. At most one is preferred."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        WECHAT = "wechat", _("WeChat")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts")
    person = models.ForeignKey(
        ContactPerson, models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    kind = models.CharField(_("channel"), max_length=8, choices=Kind)
    value = models.CharField(
        _("number or address"),
        max_length=254,
        help_text=_("Phone numbers in E.164, e-mail in lower case."),
    )
    preferred = models.BooleanField(_("preferred"), default=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes: ClassVar = [models.Index(name="contact_by_value", fields=["value"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_customer_prefers_one_contact",
                fields=["customer"],
                condition=Q(preferred=True),
            ),
            models.UniqueConstraint(
                name="a_contact_stands_once_with_a_customer", fields=["customer", "kind", "value"]
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        return masked(self.value, kind=self.kind)


class Identifier(models.Model):
    """An identity or account number: encrypted, shown masked; unmasking is on record."""

    class Kind(models.TextChoices):
        ID_CARD = "id_card", _("Identity card")
        PASSPORT = "passport", _("Passport")
        ACCOUNT = "account", _("Account")
        CARD = "card", _("Card")
        COMPANY = "company", _("Unified social credit code")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    sealed = models.TextField(editable=False)
    index = models.CharField(max_length=64, editable=False)
    suffix = models.CharField(_("last four"), max_length=4)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints: ClassVar = [
            models.UniqueConstraint(name="identifier_is_one_customers", fields=["kind", "index"])
        ]

    def __str__(self) -> str:
        return f"•••• {self.suffix}"

    def seal(self, number: str) -> None:
        """Hold `number`, in memory: encrypted, with the blind index and suffix that find it."""
        self.sealed = crypto.encrypt(number)
        self.index = crypto.blind_index(number)
        self.suffix = number[-4:]

    def number(self) -> str:
        """The number in clear. Only `actions.unmask` may call it: each read is on record."""
        return crypto.decrypt(self.sealed)


class CustomerSearch(models.Model):
    """The words that find a customer; a table of its own, so that saves stay quick."""

    customer = models.OneToOneField(
        Customer, models.PROTECT, primary_key=True, related_name="words"
    )
    tokens = TokenField()

    def __str__(self) -> str:
        return str(self.pk)
