"""A complaint as pages show it: its deadlines in words, what is next, and who must act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from teams.models import User
from teams.models.groups import in_language
from teams.roles import Can
from tickets.actions.complaint import LEVELS
from tickets.complaints import (
    BUSINESS,
    CLOSE,
    NEXT_WORKDAY,
    WEEKS,
    Extension,
    Milestone,
    Pack,
    Span,
)
from tickets.models import (
    Complaint,
    ComplaintCause,
    ComplaintExtension,
    ComplaintLetter,
    ComplaintMilestone,
    ComplaintStep,
    Ticket,
)

MILESTONES: Mapping[str, str | Promise] = {
    "first_contact": gettext_lazy("First contact with the customer"),
    "acknowledge": gettext_lazy("Written acknowledgement"),
    "summary": gettext_lazy("Early close with a summary"),
    "final": pgettext_lazy("complaint", "Final answer"),
}
EXTENSIONS: Mapping[str, str | Promise] = {
    "complex": gettext_lazy("Complex case"),
    "special": gettext_lazy("Specially complex case"),
    "delay": gettext_lazy("Delay with its reason and date"),
    "holding": gettext_lazy("Holding reply"),
    "in_progress": gettext_lazy("In progress"),
    "interim": gettext_lazy("Interim letter"),
}
LEVEL_WORDS: Mapping[str, str | Promise] = {
    "manager": gettext_lazy("a manager"),
    "director": gettext_lazy("a director"),
}


class Line(NamedTuple):
    """One deadline. `state`: met, missed, late, next or todo."""

    label: str
    due_at: datetime
    met_at: datetime | None
    state: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Card:
    """What the ticket's page and the complaint's own show of a case."""

    case: Complaint
    pack: str
    lines: Sequence[Line]
    next: str
    waiting: ComplaintExtension | None
    letter: ComplaintLetter | None
    extensions: Sequence[ComplaintExtension]
    causes: Sequence[ComplaintCause]
    offers: Sequence[tuple[str, str]]
    may: frozenset[str]


def name_of(pack: Pack) -> str:
    return in_language(pack.name, pack.name_zh)


def milestone_words(key: str) -> str:
    return str(MILESTONES.get(key, key))


def extension_words(key: str) -> str:
    return str(EXTENSIONS.get(key, key))


def span_words(span: Span) -> str:
    """15 calendar days, to the next working day."""
    n = span.amount
    if not n:
        return _("until a day that the customer is told")
    if span.unit == BUSINESS:
        said = ngettext("%(n)s working day", "%(n)s working days", n)
    elif span.unit == WEEKS:
        said = ngettext("%(n)s week", "%(n)s weeks", n)
    else:
        said = ngettext("%(n)s calendar day", "%(n)s calendar days", n)
    found = said % {"n": n}
    if span.roll == NEXT_WORKDAY:
        found = _("%(span)s, else the next working day") % {"span": found}
    if span.ends == CLOSE:
        found = _("%(span)s, until the close of business") % {"span": found}
    return found


def figures(pack: Pack) -> list[tuple[str, str]]:
    """Each deadline of a pack and its extensions, in words."""
    found = []
    for known in pack.milestones:
        found.append((milestone_words(known.key), span_words(known.span)))
        found += [_extended(extension) for extension in known.extensions]
    return found


def _extended(extension: Extension) -> tuple[str, str]:
    values = {"span": span_words(extension.span), "level": LEVEL_WORDS[extension.level]}
    said = _("%(span)s in all, approved by %(level)s, with notice to the customer") % values
    return extension_words(extension.key), said


def card_of(ticket: Ticket, user: User, *, now: datetime) -> Card | None:
    """The case of a marked ticket; None where it has none."""
    if not ticket.is_complaint:
        return None
    case = Complaint.objects.filter(ticket=ticket).first()
    if case is None:
        return None
    extensions = list(case.extensions.select_related("asked_by", "approved_by").order_by("pk"))
    letter = case.letters.select_related("drafted_by", "released_by").order_by("pk").last()
    waiting = next((row for row in extensions if row.approved_at is None), None)
    causes = list(case.causes.select_related("by").order_by("pk"))
    final = case.rules.final
    used = {row.key for row in extensions}
    may = _may(case, user, final, waiting, letter, causes)
    return Card(
        case=case,
        pack=name_of(case.rules),
        lines=_lines(case, now),
        next=_next(case, final, waiting, letter, causes),
        waiting=waiting,
        letter=letter,
        extensions=extensions,
        causes=causes,
        offers=[
            (known.key, f"{extension_words(known.key)}: {span_words(known.span)}")
            for known in final.extensions
            if (known.key not in used or not known.span.amount)
            and (not known.after or known.after in used)
        ],
        may=frozenset(verb for verb, yes in may.items() if yes and verb in case.moves),
    )


def _lines(case: Complaint, now: datetime) -> list[Line]:
    rows = list(case.milestones.order_by("due_at", "pk"))
    first = next((row for row in rows if row.met_at is None and row.due_at >= now), None)
    return [
        Line(
            milestone_words(row.key),
            row.due_at,
            row.met_at,
            _state(row, now, first=row is first),
            row.optional,
        )
        for row in rows
    ]


def _state(row: ComplaintMilestone, now: datetime, *, first: bool) -> str:
    if row.met_at is not None:
        return "met" if row.met_at <= row.due_at else "missed"
    if row.due_at < now:
        return "over" if row.optional else "late"
    return "next" if first else "todo"


def _may(
    case: Complaint,
    user: User,
    final: Milestone,
    waiting: ComplaintExtension | None,
    letter: ComplaintLetter | None,
    causes: Sequence[ComplaintCause],
) -> dict[str, bool]:
    works, runs = user.can(Can.WORK_TICKETS), user.can(Can.ASSIGN_TICKETS)
    level = final.extension(waiting.key) if waiting else None
    return {
        "acknowledge": works and case.acknowledged_at is None,
        "extend": works and waiting is None and bool(final.extensions),
        "approve_extension": waiting is not None
        and level is not None
        and waiting.asked_by_id != user.pk
        and user.can(LEVELS[level.level]),
        "draft": works,
        "release": runs and letter is not None and letter.drafted_by_id != user.pk,
        "causes": works,
        "unmark": works,
        "finish": works and bool(causes),
    }


def _next(
    case: Complaint,
    final: Milestone,
    waiting: ComplaintExtension | None,
    letter: ComplaintLetter | None,
    causes: Sequence[ComplaintCause],
) -> str:
    """What has to be done next, and by whom."""
    if case.step == ComplaintStep.CLOSED:
        return _("Closed.")
    if case.step == ComplaintStep.ANSWERED:
        return _("Close the complaint.") if causes else _("Record the root causes, then close it.")
    if case.acknowledged_at is None and case.rules.of("complaint_ack"):
        return _("Acknowledge the complaint.")
    if waiting is not None:
        known = final.extension(waiting.key)
        values = {
            "level": LEVEL_WORDS[known.level if known else "director"],
            "name": waiting.asked_by.name,
        }
        return _("The extension is approved by %(level)s other than %(name)s.") % values
    if letter is None:
        return _("Draft the final letter.")
    return _("The final letter is released by a manager other than %(name)s.") % {
        "name": letter.drafted_by.name
    }
