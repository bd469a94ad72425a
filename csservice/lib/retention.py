"""The privacy policy as a table: each personal column, what for, how long, how it is shown.

`manage.py check` refuses a model that stands in neither list, and a text column of a personal model
without a row. The terms are the institution's defaults (docs/operations.md); the ledger holds
personal data by reference only, so erasing a column here leaves the proof whole.
tickets/actions/erasure.py applies the terms of customers and cases every hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error
from django.db import models

YEAR = timedelta(days=365)
TEXTS = (models.CharField, models.TextField, models.JSONField, models.FileField)
OURS = frozenset({"teams", "training", "tickets", "feedback", "kpis", "ledger", "status"})


class Mask(StrEnum):
    """How a column is shown to those who may see the row."""

    CLEAR = "clear"  # as it is
    PARTLY = "partly"  # last digits or first letter; unmasking asks for a reason, on record
    NEVER = "never"  # no page and no API shows it


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a column is held, how long after `since` it may be kept, and how it is shown."""

    purpose: str
    term: timedelta
    since: str
    mask: Mask = Mask.CLEAR


# Customers: five years after the last service (anti-money-laundering and complaint files).
_WHO = Kept("know and address the customer", 5 * YEAR, "last ticket closed")
_REACH = Kept("reach the customer", 5 * YEAR, "last ticket closed", Mask.PARTLY)
_PROVE = Kept(
    "tell customers apart and prove identity", 5 * YEAR, "last ticket closed", Mask.PARTLY
)
_SEARCH = Kept("find the row by its words", 5 * YEAR, "last ticket closed", Mask.NEVER)
_CASE = Kept("serve the customer and account for it", 5 * YEAR, "ticket closed")
_POST = Kept("say why a mail did not leave", YEAR, "ticket closed")
# Staff: three years after leaving (labour files); secrets end with their use.
_STAFF = Kept("sign in, be named on work done", 3 * YEAR, "left the team")
_SECRET = Kept("prove who signs in", timedelta(), "left the team", Mask.NEVER)
_TOKEN = Kept("prove which program calls", YEAR, "expired or revoked", Mask.NEVER)
_RETRY = Kept("answer a repeated call alike", timedelta(days=1), "made", Mask.NEVER)
_TRAINED = Kept("prove who was trained in what", 10 * YEAR, "left the team")
_REVIEWED = Kept("say what was good and what was not", 3 * YEAR, "rated")
_LEDGER = Kept("prove what happened", 10 * YEAR, "written")

POLICY: dict[str, dict[str, Kept]] = {
    "teams.User": {
        "password": _SECRET,
        **dict.fromkeys(("username", "email", "name", "speaks"), _STAFF),
    },
    "teams.Absence": {},
    "teams.ApiToken": {
        "label": Kept("tell tokens apart", YEAR, "expired or revoked"),
        "digest": _TOKEN,
        "scopes": _TOKEN,
    },
    "teams.IdempotencyKey": dict.fromkeys(("key", "request", "body", "headers"), _RETRY),
    "tickets.Customer": {
        **dict.fromkeys(("name", "other_name", "notes"), _WHO),
        "hold_reason": Kept("say why a customer is not erased", 5 * YEAR, "end of the hold"),
    },
    "tickets.ContactPerson": dict.fromkeys(("name", "position"), _WHO),
    "tickets.Contact": {"value": _REACH},
    "tickets.Identifier": {
        "sealed": _PROVE,
        "suffix": _PROVE,
        "index": Kept(_PROVE.purpose, _PROVE.term, _PROVE.since, Mask.NEVER),
    },
    "tickets.CustomerSearch": {"tokens": _SEARCH},
    "tickets.TicketSearch": {"tokens": _SEARCH},
    "tickets.Ticket": {
        "reach_at": _REACH,
        **dict.fromkeys(
            (
                *("subject", "description", "waiting_reason", "assigned_because"),
                *("need", "answers", "solution", "suitability", "summary", "comment"),
            ),
            _CASE,
        ),
    },
    "tickets.Message": {"text": _CASE, "delivery_error": _POST},
    "tickets.Mention": {},
    "tickets.Attachment": {
        **dict.fromkeys(("name", "type", "file"), _CASE),
        "digest": Kept("store a file once, find changes", 5 * YEAR, "ticket closed", Mask.NEVER),
    },
    "tickets.Handover": dict.fromkeys(("reason", "context", "return_reason"), _CASE),
    "tickets.Viewer": {},
    "tickets.Macro": dict.fromkeys(
        ("shortcut", "name", "name_zh", "text_en", "text_zh", "steps"),
        Kept("write one's own answers quickly", 3 * YEAR, "left the team"),
    ),
    "tickets.MacroUse": {},
    "tickets.Tick": {},
    "tickets.Complaint": dict.fromkeys(("pack", "said", "unmarked_because"), _CASE),
    "tickets.ComplaintExtension": dict.fromkeys(("key", "reason", "notice"), _CASE),
    "tickets.ComplaintStop": dict.fromkeys(("key", "reason", "notice", "evidence", "found"), _CASE),
    "tickets.ComplaintLetter": {"text": _CASE},
    "tickets.ComplaintCause": dict.fromkeys(("detail", "step"), _CASE),
    "tickets.NoComplaint": {"words": _CASE},
    "tickets.PackConfirmation": {
        "person": Kept("say who answers for a pack", 10 * YEAR, "written"),
        **dict.fromkeys(("pack", "digest"), _LEDGER),
    },
    "training.Attempt": {"seed": _TRAINED},
    "training.AttemptItem": dict.fromkeys(("shown", "given", "window", "remark"), _TRAINED),
    "training.Certificate": dict.fromkeys(("name", "code", "revoked_because"), _TRAINED),
    "training.CycleMember": {"excused_because": _TRAINED},
    "training.Drill": dict.fromkeys(("name", "name_zh", "text", "lessons"), _TRAINED),
    "training.DrillCue": dict.fromkeys(("when", "said", "why"), _TRAINED),
    "training.DrillRating": dict.fromkeys(("levels", "remark"), _TRAINED),
    "training.DrillSeat": {},
    "training.Enrolment": {"read": _TRAINED},
    "training.Letter": {"delivery_error": _TRAINED},
    "training.Session": dict.fromkeys(
        ("name", "name_zh", "place", "link", "cancelled_because"), _TRAINED
    ),
    "training.Seat": {
        "reason": _TRAINED,
        "comment": Kept("hear how a session was", 3 * YEAR, "rated", Mask.NEVER),
    },
    "training.SessionMail": {"delivery_error": _TRAINED},
    "training.Record": dict.fromkeys(("name", "source"), _TRAINED),
    "training.Need": dict.fromkeys(("note", "dismissed_because"), _REVIEWED),
    "training.Evidence": dict.fromkeys(("item", "source"), _REVIEWED),
    "training.Review": dict.fromkeys(("answers", "comments", "remark", "failed"), _REVIEWED),
    "training.ReviewComment": {"text": _REVIEWED},
    "training.Dispute": dict.fromkeys(("text", "answer", "before"), _REVIEWED),
    "feedback.Invitation": {"address": _REACH, "delivery_error": _POST},
    "feedback.Response": {"comment": _CASE},
    "ledger.Entry": {
        **dict.fromkeys(("by_name", "kind", "subject", "key", "data"), _LEDGER),
        "digest": _LEDGER,
    },
}
# Models that hold nothing about a person.
IMPERSONAL = frozenset(
    {
        *("teams.Skill", "teams.Calendar", "teams.CalendarVersion", "teams.Group"),
        *("teams.Membership", "teams.RolePolicy"),
        *("tickets.Product", "tickets.Category", "tickets.Guide"),
        "tickets.ChecklistItem",
        *("tickets.SlaPolicy", "tickets.SlaPolicyVersion", "tickets.Clock", "tickets.ClockEvent"),
        *("tickets.Simulation", "tickets.Alert"),
        *("tickets.ComplaintMilestone", "tickets.ComplaintRule", "tickets.ComplaintWords"),
        "tickets.ComplaintLayer",
        *("training.Course", "training.CourseVersion"),
        *("training.Lesson", "training.LessonFile"),
        *("training.Cycle", "training.Reminder"),
        *("training.Question", "training.Scenario"),
        *("training.ReviewForm", "training.ReviewFormVersion", "training.ReviewRound"),
        *("ledger.Head", "status.Beat"),
    }
)


def check_policy(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Errors for every model and text column that the policy does not name, and the other way."""
    found: list[CheckMessage] = []
    known = [model for model in apps.get_models() if model._meta.app_label in OURS]
    for model in known:
        label = model._meta.label
        if label in POLICY:
            found += [Error(said, obj=model, id="csservice.E002") for said in _faults(model)]
        elif label not in IMPERSONAL:
            said = "Name the model in csservice.lib.retention: POLICY or IMPERSONAL."
            found.append(Error(said, obj=model, id="csservice.E001"))
    gone = (POLICY.keys() | IMPERSONAL) - {model._meta.label for model in known}
    return found + [
        Error(f"The policy names {label}, which is no model.", id="csservice.E003")
        for label in sorted(gone)
    ]


def _faults(model: type[models.Model]) -> list[str]:
    named = POLICY[model._meta.label].keys()
    texts = {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, TEXTS) and not field.choices
    }
    return [
        *(f"Say in POLICY why and how long {name} is kept." for name in sorted(texts - named)),
        *(f"POLICY names {name}, which is no text column." for name in sorted(named - texts)),
    ]
