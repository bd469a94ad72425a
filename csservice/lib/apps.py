from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from csservice.lib.retention import check_policy


class LibConfig(AppConfig):
    name = "csservice.lib"
    label = "lib"

    def ready(self) -> None:
        register(check_policy)
