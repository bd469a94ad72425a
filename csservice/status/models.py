"""When each job last ran: the schedule's own record (T4)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Beat(models.Model):
    """One scheduled job: its last start, last success and last failure."""

    name = models.CharField(_("job"), max_length=80, primary_key=True)
    started_at = models.DateTimeField(_("last started"), null=True)
    done_at = models.DateTimeField(_("last done"), null=True)
    took_s = models.FloatField(_("took"), null=True)
    failed_at = models.DateTimeField(_("last failed"), null=True)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.name
