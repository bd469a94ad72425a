"""What is asked about: products (N3), categories and their question guides (W2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from teams.models.groups import Skill

if TYPE_CHECKING:
    from teams.models import User


def in_language(english: str, chinese: str) -> str:
    """The text in the reader's language; English where the Chinese is not written."""
    return chinese if chinese and (get_language() or "").startswith("zh") else english


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def offered(self) -> Self:
        return self.filter(active=True)


class Product(models.Model):
    """A financial product: features, risks and suitable scenarios, in both languages (N3)."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", _("Deposit")
        WEALTH = "wealth", _("Wealth management")
        FUND = "fund", _("Fund")
        INSURANCE = "insurance", _("Insurance")
        LOAN = "loan", _("Loan")
        CARD = "card", _("Card")
        PAYMENT = "payment", _("Payment")
        SECURITIES = "securities", _("Securities")

    class Level(models.TextChoices):
        R1 = "R1", _("R1 low")
        R2 = "R2", _("R2 lower middle")
        R3 = "R3", _("R3 middle")
        R4 = "R4", _("R4 upper middle")
        R5 = "R5", _("R5 high")

    code = models.SlugField(_("code"), unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    risk_level = models.CharField(_("risk level"), max_length=2, choices=Level)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    features = models.TextField(_("features"), blank=True)
    features_zh = models.TextField(_("features in Chinese"), blank=True)
    risks = models.TextField(_("risks"), blank=True)
    risks_zh = models.TextField(_("risks in Chinese"), blank=True)
    suitable = models.TextField(_("suitable scenarios"), blank=True)
    suitable_zh = models.TextField(_("suitable scenarios in Chinese"), blank=True)
    active = models.BooleanField(_("offered"), default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering: ClassVar = ["kind", "name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class CategoryQuerySet(models.QuerySet["Category"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def in_use(self) -> Self:
        return self.filter(active=True)


class Category(models.Model):
    """What a ticket is about; has a question guide and, where needed, a skill (W2, W3)."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    words = models.TextField(
        _("words that suggest it"), blank=True, help_text=_("Both languages, separated by commas.")
    )
    skill = models.ForeignKey(
        Skill,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="categories",
        verbose_name=_("skill"),
    )
    active = models.BooleanField(_("in use"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class GuideQuerySet(models.QuerySet["Guide"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def in_force(self) -> Self:
        return self.filter(in_force=True)


class Guide(models.Model):
    """One version of a category's questions; never edited, a change makes the next version (W2).

    `questions`: see tickets/guides.py. A ticket keeps the version it was asked with.
    """

    category = models.ForeignKey(
        Category, models.PROTECT, related_name="guides", verbose_name=_("category")
    )
    version = models.PositiveIntegerField(_("version"))
    questions = models.JSONField(_("questions"))
    in_force = models.BooleanField(_("in force"), default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"))

    objects = GuideQuerySet.as_manager()

    class Meta:
        verbose_name = _("question guide")
        verbose_name_plural = _("question guides")
        constraints: ClassVar = [
            models.UniqueConstraint(name="guide_version_is_one", fields=["category", "version"]),
            models.UniqueConstraint(
                name="one_guide_of_a_category_is_in_force",
                fields=["category"],
                condition=Q(in_force=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} v{self.version}"
