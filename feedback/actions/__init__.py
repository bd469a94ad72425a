"""Every write of feedback: asking, answering, ending."""

from __future__ import annotations

from feedback.actions.answering import ClosedLinkError, answer, refuse
from feedback.actions.asking import ask, send_again, send_invitations
from feedback.actions.ending import collect, expire, overtake
from feedback.actions.erasing import follow_erased

__all__ = [
    "ClosedLinkError",
    "answer",
    "ask",
    "collect",
    "expire",
    "follow_erased",
    "overtake",
    "refuse",
    "send_again",
    "send_invitations",
]
