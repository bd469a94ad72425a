"""When people are on leave, as the cycle asks (L5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from teams.models import User
from training.models import CycleMember
from training.quarters import Span


def leaves(members: Iterable[CycleMember]) -> dict[int, list[Span]]:
    return {}


def on_leave(since: date) -> QuerySet[Any]:
    return User.objects.none().values("pk")
