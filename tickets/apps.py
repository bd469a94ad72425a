from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from teams import navigation


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Service")

    def ready(self) -> None:
        """Tell the frame, which knows no tickets, what waits for whom."""
        from tickets import numbers

        navigation.counted(numbers.waiting)
        navigation.tallied(numbers.open_work)
