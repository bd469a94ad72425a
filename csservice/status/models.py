"""When each job last ran: the schedule's own record (T4)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

GRACE_S = 15


class BeatQuerySet(models.QuerySet["Beat"]):
    """Reads of the schedule's record."""

    def newest(self) -> datetime | None:
        """When any job last ended, well or not. Runs SQL."""
        ends = self.aggregate(done=Max("done_at"), failed=Max("failed_at"))
        return max((at for at in ends.values() if at), default=None)


class Beat(models.Model):
    """One scheduled job: its last start, last success and last failure."""

    name = models.CharField(_("job"), max_length=80, primary_key=True)
    started_at = models.DateTimeField(_("last started"), null=True)
    done_at = models.DateTimeField(_("last done"), null=True)
    took_s = models.FloatField(_("took"), null=True)
    failed_at = models.DateTimeField(_("last failed"), null=True)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    objects = BeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.name

    @property
    def failing(self) -> bool:
        """Whether its last run failed."""
        return bool(self.failed_at and (not self.done_at or self.failed_at > self.done_at))

    def overdue_s(self, every_s: float, now: datetime) -> int:
        """Whole seconds past the second missed beat (and past GRACE_S); 0 while it is on time."""
        last = max((at for at in (self.done_at, self.failed_at) if at), default=None)
        if last is None:
            return 0
        late = (now - last).total_seconds() - every_s
        return int(late) if late > max(GRACE_S, every_s) else 0
