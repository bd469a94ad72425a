"""Groups, their opening hours and skills (plan T3, T5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from teams import hours
from teams.models.versions import Version
from teams.public_days import OFF
from teams.roles import Can

if TYPE_CHECKING:
    from teams.models.people import User


ALWAYS = {str(day): [[0, hours.DAY_S]] for day in range(7)}


def in_language(name: str, name_zh: str) -> str:
    """The name in the language of the reader, who chose it; English where there is no other."""
    return name_zh if name_zh and (get_language() or "").startswith("zh") else name


class Segment(models.TextChoices):
    """The customers that a group serves (T3), or the service system itself (T4)."""

    PERSONAL = "personal", _("Personal")
    CORPORATE = "corporate", _("Corporate")
    TECHNICAL = "technical", _("Technical")


class SkillQuerySet(models.QuerySet["Skill"]):
    """Reads of skills. None runs SQL."""

    def counted(self) -> Self:
        """Adds `n`: how many people at work have the skill."""
        at_work = models.Q(people__is_active=True)
        return self.annotate(n=models.Count("people", filter=at_work)).order_by("name")


class Skill(models.Model):
    """What a person knows more of than others; hand-overs and assignment ask for it (W3)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)

    objects = SkillQuerySet.as_manager()

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class CalendarQuerySet(models.QuerySet["Calendar"]):
    """Reads of opening hours. None runs SQL."""

    def run_by(self, user: User) -> Self:
        """Hours `user` may change: all for a director; for a manager those no other group keeps."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        if not user.can(Can.MANAGE_PEOPLE):
            return self.none()
        others = Group.objects.exclude(manager=user).values("calendar")
        return self.exclude(pk__in=others)

    def in_name_order(self) -> Self:
        return self.order_by("name", "pk")


class Calendar(models.Model):
    """Opening hours in a time zone; all seconds are after local midnight (teams/hours.py).

    The fields are what people edit; `spec` is what clocks count by, made from them at each save and
    kept for good in a CalendarVersion, so that a change never moves a promise that was made.

    `week`: "0" (Monday) to "6" -> [[from_s, to_s], …]; an empty one means open day and night.
    `days`: "2026-10-01" -> windows of that day alone; `day_names` why. They beat `public`, the
    holidays (off) and make-up days (work) of `country` in `years` ("2026" -> library or file).
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    week = models.JSONField(_("week"), default=dict, blank=True)
    days = models.JSONField(_("single days"), default=dict, blank=True)
    day_names = models.JSONField(_("names of single days"), default=dict, blank=True)
    country = models.CharField(_("public holidays of"), max_length=8, blank=True)
    public = models.JSONField(_("public holidays"), default=dict, blank=True)
    years = models.JSONField(_("years known"), default=dict, blank=True)
    spec = models.TextField(_("counted by"), blank=True)
    current = models.ForeignKey(
        "CalendarVersion",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("version"),
    )

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)

    def hours(self) -> hours.Hours:
        """The opening hours as the rule module counts them. Raises NeverOpenError, ValueError."""
        return hours.read(self.spec or self.text())

    def text(self) -> str:
        """The fields as `spec` keeps them: canonical, so that equal hours are equal texts."""
        week = self.week or ALWAYS
        usual = next((week[day] for day in sorted(week) if week[day]), [])
        named = {
            day: [found["name"], found["name_zh"], found["kind"]]
            for day, found in self.public.items()
        }
        single = {day: [self.day_names.get(day, ""), "", "single"] for day in self.days}
        public = {day: [] if found["kind"] == OFF else usual for day, found in self.public.items()}
        said = {
            "tz": self.time_zone,
            "week": week,
            "days": public | self.days,
            "names": named | single,
            "country": self.country,
            "years": self.years,
        }
        return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class CalendarVersion(Version):
    """Opening hours as they were from `made_at` until the next version. Never changed."""

    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="versions", verbose_name=_("calendar")
    )
    spec = models.TextField(_("counted by"))

    class Meta:
        verbose_name = _("version of a calendar")
        verbose_name_plural = _("versions of calendars")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="calendar_version_is_numbered_once", fields=["calendar", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id}.{self.number}"

    def hours(self) -> hours.Hours:
        """The opening hours of this version."""
        return hours.read(self.spec)

    def known(self) -> dict[str, Any]:
        """What the version says beside the hours: `names` of days, `years` known, `country`."""
        said: dict[str, Any] = json.loads(self.spec)
        return said


class GroupQuerySet(models.QuerySet["Group"]):
    def visible_to(self, user: User) -> Self:
        """Every member of staff sees the groups: hand-overs name them (N4)."""
        return self if user.is_active else self.none()

    def run_by(self, user: User) -> Self:
        """Groups whose people `user` runs: all for a director, else those they manage (T1, T2)."""
        if user.can(Can.MANAGE_ALL_PEOPLE):
            return self
        return self.filter(manager=user) if user.can(Can.MANAGE_PEOPLE) else self.none()

    def serving(self, segment: str) -> Self:
        return self.filter(segment=segment)

    def in_name_order(self) -> Self:
        return self.order_by("name", "pk")


class Group(models.Model):
    """A group of specialists and the customers it serves (T3, T5)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    segment = models.CharField(_("customer segment"), max_length=10, choices=Segment)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="manages",
        verbose_name=_("manager"),
    )
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="groups", verbose_name=_("opening hours")
    )

    certified_only = models.BooleanField(
        _("replies of people without valid certificates wait for release"), default=False
    )

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class Membership(models.Model):
    """A person serves a group."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    group = models.ForeignKey(
        Group, models.PROTECT, related_name="memberships", verbose_name=_("group")
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(name="membership_is_held_once", fields=["user", "group"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
