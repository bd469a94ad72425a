"""How programs sign in, what a role must bring to sign in, and retries that are done once."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from allauth.mfa.models import Authenticator
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from teams.models.people import Role, User
from teams.roles import Can

# Recovery codes alone are none: they only help out when the other is lost.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Scope(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Write")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of tokens. None runs SQL or reads the clock."""

    def live(self, now: datetime) -> Self:
        """Neither revoked nor run out at `now` (aware); the last instant is out. Twin: is_live."""
        return self.filter(revoked_at=None, expires_at__gt=now)

    def of_digest(self, value: str) -> Self:
        """The token with that digest, unless its owner left. Index: the unique digest."""
        return self.select_related("user").filter(digest=value, user__is_active=True)

    def run_by(self, user: User) -> Self:
        """Tokens `user` may end: their own; everybody's for whoever sets security."""
        return self if user.can(Can.SET_SECURITY) else self.filter(user=user)

    def of_role(self, role: str) -> Self:
        return self.filter(user__in=User.objects.filter(role=role).values("pk"))

    def by_password_alone(self) -> Self:
        """Tokens of people who have no second factor."""
        factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)
        return self.filter(~Exists(factors))

    def newest_first(self) -> Self:
        return self.order_by("-made_at", "-pk")


class ApiToken(models.Model):
    """A bearer token of one person; only its SHA-256 is stored. Shown once, when made."""

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens", verbose_name=_("person"))
    label = models.CharField(_("label"), max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.label

    def is_live(self, now: datetime) -> bool:
        """As ApiTokenQuerySet.live, of the row in memory."""
        return self.revoked_at is None and self.expires_at > now


class RolePolicyQuerySet(models.QuerySet["RolePolicy"]):
    """Reads of what roles must bring. None runs SQL."""

    def unmet_by(self, user: User) -> Self:
        """The policy of the person's role that asks for a second factor they do not have."""
        has = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS)
        return self.filter(~Exists(has), role=user.role, second_factor=True)


class RolePolicy(models.Model):
    """What a role must bring to sign in."""

    role = models.CharField(_("role"), max_length=12, choices=Role, unique=True)
    second_factor = models.BooleanField(_("second factor required"), default=False)

    objects = RolePolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in policy")
        verbose_name_plural = _("sign-in policies")

    def __str__(self) -> str:
        return self.get_role_display()


class IdempotencyKey(models.Model):
    """The answer to a POST, kept 24 h: the same key and body get it again, done once."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    key = models.CharField(max_length=128)
    request = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_key_is_used_once_by_a_person", fields=["user", "key"])
        ]

    def __str__(self) -> str:
        return self.key
