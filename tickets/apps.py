from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from teams import navigation


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Service")

    def ready(self) -> None:
        """Tell the frame, which knows no tickets, what waits for whom and how policies read."""
        from teams.views import ledger_words as audit
        from tickets import numbers
        from tickets.views import ledger_words

        navigation.counted(numbers.waiting)
        navigation.tallied(numbers.open_work)
        audit.reads("promise", ledger_words.promises)
