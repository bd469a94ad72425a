"""Deeds on a session that several tests do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from teams.models import User
from training import actions
from training.actions import Mark
from training.models import Seat, Session


def mark(session: Session, seat: Seat, by: User | None = None, **said: Any) -> dict[int, Any]:
    marks = {seat.pk: Mark(**said)}
    by = by or session.trainer
    return actions.take_register(session.pk, by=by, marks=marks, now=session.starts_at)


def all_present(session: Session, *, by: User, now: datetime) -> None:
    actions.take_register(session.pk, by=by, marks={}, rest_present=True, now=now)


def close(session: Session, by: User | None = None) -> Session:
    return actions.close_session(session.pk, by=by or session.trainer, now=session.ends_at)


def step(seat: Seat) -> str:
    return str(Seat.objects.get(pk=seat.pk).step)
