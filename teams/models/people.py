"""The members of the team (plan T1-T4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from csservice.lib.prepared import Prepared
from teams.models.groups import Group, Membership, Skill
from teams.roles import ROLES, Can


def _groups_of(user: int, *, runs_them: bool) -> models.QuerySet[Any, int]:
    served = Membership.objects.filter(user=user).values_list("group", flat=True)
    run = Group.objects.filter(manager=user).order_by().values_list("pk", flat=True)
    return served.union(run) if runs_them else served


_GROUPS = Prepared(_groups_of)


class Role(models.TextChoices):
    DIRECTOR = "director", _("Director")
    MANAGER = "manager", _("Manager")
    SPECIALIST = "specialist", _("Specialist")
    SUPPORT = "support", _("Technical support")


class Presence(models.TextChoices):
    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    AWAY = "away", _("Away")


class Language(models.TextChoices):
    """Languages the institution serves its customers in."""

    ENGLISH = "en", _("English")
    CHINESE = "zh-hans", _("Chinese")


class Theme(models.TextChoices):
    SYSTEM = "system", _("System")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Shortcuts(models.TextChoices):
    SINGLE = "single", _("Single keys")
    ALT_SHIFT = "alt-shift", _("Alt+Shift+key")
    OFF = "off", _("Off")


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> Self:
        """Colleagues: all for whoever sees the team; the person alone otherwise."""
        return self if user.can(Can.SEE_TEAM) else self.filter(pk=user.pk)

    def run_by(self, user: User) -> Self:
        """The people `user` runs: all for a director; a manager's own groups', no peers (T2)."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        if not user.can(Can.MANAGE_PEOPLE):
            return self.none()
        mine = Membership.objects.filter(group__manager=user).values("user")
        return self.filter(pk__in=mine, role__in=[Role.SPECIALIST, Role.SUPPORT])

    def at_work(self) -> Self:
        return self.filter(is_active=True)

    def available(self) -> Self:
        """Who can be given a ticket now (T5). Index: user_available."""
        return self.filter(is_active=True, presence=Presence.AVAILABLE)

    def working_tickets(self) -> Self:
        """People whose role works tickets."""
        return self.filter(role__in=[r for r, can in ROLES.items() if Can.WORK_TICKETS in can])

    def in_name_order(self) -> Self:
        return self.order_by("name", "pk")


class PersonManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users as Django does, reads them as UserQuerySet."""

    def create_superuser(self, username: str, **fields: Any) -> User:
        """The first account of an installation is a director: nobody else could make others."""
        fields.setdefault("role", Role.DIRECTOR)
        made: User = super().create_superuser(username, **fields)
        return made


class User(AbstractUser):
    """A member of the service team (plan T1-T4)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.SPECIALIST)
    groups_served = models.ManyToManyField(
        Group, through=Membership, related_name="staff", verbose_name=_("groups")
    )
    skills = models.ManyToManyField(
        Skill, blank=True, related_name="people", verbose_name=_("skills")
    )
    speaks = models.JSONField(_("languages"), default=list, blank=True)
    presence = models.CharField(
        _("presence"), max_length=10, choices=Presence, default=Presence.AWAY
    )
    presence_at = models.DateTimeField(_("presence since"), null=True, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=Language, default=Language.ENGLISH
    )
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    shortcuts = models.CharField(
        _("shortcuts"), max_length=10, choices=Shortcuts, default=Shortcuts.SINGLE
    )
    density = models.CharField(
        _("rows"), max_length=12, choices=Density, default=Density.COMFORTABLE
    )
    announce = models.BooleanField(_("warn me aloud"), default=True)
    certified_until = models.DateTimeField(
        _("certified until"), null=True, blank=True, editable=False
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[Any] = PersonManager()

    REQUIRED_FIELDS: ClassVar = ["name", "email"]
    ROLE_FIELDS: ClassVar = ["role", "is_staff", "is_superuser", "session_epoch"]
    LEAVE_FIELDS: ClassVar = ["is_active", "presence", "presence_at", "session_epoch"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes: ClassVar = [
            models.Index(
                name="user_available",
                fields=["role"],
                condition=Q(is_active=True, presence="available"),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_has_a_known_role", condition=Q(role__in=sorted(ROLES))
            ),
            models.UniqueConstraint(
                Lower("email"), name="an_address_is_one_persons", condition=~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def can(self, what: Can) -> bool:
        """Whether the role has `what`; a person who left can do nothing."""
        return self.is_active and what in ROLES[self.role]

    def must(self, what: Can) -> None:
        """Raises PermissionDenied, a 403 on pages and API alike, unless the role has `what`."""
        if not self.can(what):
            raise PermissionDenied(what)

    def learns_in(self, group: Group | None, now: datetime) -> bool:
        """Whether replies in `group` wait for a certified colleague: it asks for certificates, and
        not every one of theirs is valid at `now`."""
        if group is None or not group.certified_only:
            return False
        return self.certified_until is None or self.certified_until <= now

    @cached_property
    def group_ids(self) -> list[int]:
        """Keys of the groups served or managed, read once per request."""
        return sorted(_GROUPS(self.pk, runs_them=self.role == Role.MANAGER))

    @classmethod
    def standing_in(cls, pk: int, groups: list[int], **who: Any) -> User:
        """A person in memory, for the recipe of a prepared read: `visible_to` asks no more."""
        user = cls(pk=pk, **who)
        user.group_ids = groups
        return user

    @property
    def shape(self) -> dict[str, Any]:
        """What decides the SQL of what a person sees: `standing_in` takes it as keywords."""
        return {"role": self.role, "is_active": self.is_active}

    def become(self, role: str) -> None:
        """Take `role` and end every session, in memory; the action saves ROLE_FIELDS.

        The admin, which looks into every table, stays with directors.
        """
        self.role = role
        if role != Role.DIRECTOR:
            self.is_staff = self.is_superuser = False
        self.session_epoch += 1

    def leave(self, now: datetime) -> None:
        """Leave the team at `now`: no work, no session. In memory; LEAVE_FIELDS are saved."""
        self.is_active = False
        self.presence, self.presence_at = Presence.AWAY, now
        self.session_epoch += 1

    def get_session_auth_hash(self) -> str:
        """Changes with password, role and `session_epoch`; old sessions end at their next call."""
        return salted_hmac(
            "teams.User", f"{self.password}|{self.role}|{self.session_epoch}", algorithm="sha256"
        ).hexdigest()

    def _legacy_get_session_auth_hash(self) -> str:
        return self.get_session_auth_hash()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
