"""A complaint as pages show it: its deadlines in words, what is next, and who must act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from teams.models import User
from teams.models.groups import in_language
from teams.roles import Can
from tickets.actions._complaint import LEVELS
from tickets.clock import Metric
from tickets.complaints import (
    BUSINESS,
    CLOSE,
    NEXT_WORKDAY,
    WEEKS,
    Extension,
    Layers,
    Offer,
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
    ComplaintStop,
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
STOPS: Mapping[str, str | Promise] = {"appraisal": gettext_lazy("Outside appraisal")}
RUNGS: Mapping[str, str | Promise] = {
    "owner": gettext_lazy("owner"),
    "group": gettext_lazy("group"),
    "manager": gettext_lazy("manager"),
    "director": gettext_lazy("director"),
}
LEVEL_WORDS: Mapping[str, str | Promise] = {
    "manager": gettext_lazy("a manager"),
    "director": gettext_lazy("a director"),
}


class Line(NamedTuple):
    """One deadline. `state`: met, missed, late, stands, over, next or todo; `binds`: it is the
    earliest of its kind where several packs apply."""

    label: str
    pack: str
    due_at: datetime
    met_at: datetime | None
    state: str
    optional: bool
    inherited: bool
    binds: bool


class Asked(NamedTuple):
    """What was asked for, with its name in words."""

    row: Any
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """What the ticket's page and the complaint's own show of a case."""

    case: Complaint
    pack: str
    lines: Sequence[Line]
    next: str
    waiting: ComplaintExtension | None
    letter: ComplaintLetter | None
    extensions: Sequence[Asked]
    stop: ComplaintStop | None
    stops: Sequence[Asked]
    causes: Sequence[ComplaintCause]
    offers: Sequence[tuple[str, str]]
    stand_for: Sequence[tuple[str, str]]
    may: frozenset[str]


def name_of(pack: Pack) -> str:
    return in_language(pack.name, pack.name_zh)


def names_of(layers: Layers) -> str:
    """The packs of a case, each by name."""
    return " + ".join(name_of(pack) for pack in layers.packs)


def stop_words(key: str) -> str:
    return str(STOPS.get(key, key))


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
    for stop in pack.stops:
        values = {"level": LEVEL_WORDS[stop.level]}
        said = _("left out, approved by %(level)s, with notice to the customer") % values
        found.append((stop_words(stop.key), said))
    return found


def warning_words(pack: Pack) -> str:
    """When its deadlines are warned of, and who is told."""
    shares = ", ".join(f"{share:.0%}" for share in sorted(pack.warn_shares))
    days = ", ".join(f"{days:g}" for days in sorted(pack.warn_days, reverse=True))
    rungs = ", ".join(f"{RUNGS[rung.to]} {rung.share:.0%}" for rung in pack.ladder)
    values = {"shares": shares, "days": days, "rungs": rungs}
    return _("Warned of at %(shares)s of its time and %(days)s days before; told: %(rungs)s.") % (
        values
    )


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
    stops = list(case.stops.select_related("asked_by", "approved_by", "ended_by").order_by("pk"))
    stop = next((row for row in stops if row.ended_at is None), None)
    causes = list(case.causes.select_related("by").order_by("pk"))
    offers = case.rules.open_offers({row.key for row in extensions})
    known = {offer.key: offer for offer in case.rules.offers}
    may = _may(case, user, waiting, stop, letter, causes)
    return Card(
        case=case,
        pack=names_of(case.rules),
        lines=_lines(case, now, stands=stop is not None and stop.approved_at is not None),
        next=_next(case, waiting, stop, letter, causes),
        waiting=waiting,
        letter=letter,
        extensions=[Asked(row, offer_words(known[row.key])) for row in extensions],
        stop=stop,
        stops=[Asked(row, stop_words(row.key)) for row in stops],
        causes=causes,
        offers=[
            (offer.key, f"{offer_words(offer)}: {span_words(offer.extension.span)}")
            for offer in offers
        ],
        stand_for=[(one.key, stop_words(one.key)) for one in case.rules.stops],
        may=frozenset(verb for verb, yes in may.items() if yes and verb in case.moves),
    )


def offer_words(offer: Offer) -> str:
    """The extension's name, with its pack's where several apply."""
    said = extension_words(offer.extension.key)
    return f"{name_of(offer.pack)}: {said}" if offer.before else said


def _lines(case: Complaint, now: datetime, *, stands: bool) -> list[Line]:
    rows = list(case.milestones.order_by("due_at", "pk"))
    names = {pack.code: name_of(pack) for pack in case.rules.packs}
    first = next((row for row in rows if row.met_at is None and row.due_at >= now), None)
    earliest: dict[str, int] = {}
    for row in rows:
        if row.metric:
            earliest.setdefault(row.metric, row.pk)
    return [
        Line(
            milestone_words(row.key),
            names[row.pack] if len(names) > 1 else "",
            row.due_at,
            row.met_at,
            _state(row, now, first=row is first, stands=stands),
            row.optional,
            row.inherited,
            len(names) > 1 and earliest.get(row.metric) == row.pk,
        )
        for row in rows
    ]


def _state(row: ComplaintMilestone, now: datetime, *, first: bool, stands: bool) -> str:
    if row.met_at is not None:
        return "met" if row.met_at <= row.due_at else "missed"
    if stands and row.metric == Metric.COMPLAINT_FINAL:
        return "stands"
    if row.due_at < now:
        return "over" if row.optional else "late"
    return "next" if first else "todo"


def _may(
    case: Complaint,
    user: User,
    waiting: ComplaintExtension | None,
    stop: ComplaintStop | None,
    letter: ComplaintLetter | None,
    causes: Sequence[ComplaintCause],
) -> dict[str, bool]:
    works, runs = user.can(Can.WORK_TICKETS), user.can(Can.ASSIGN_TICKETS)
    rules = case.rules
    offer = rules.offer(waiting.key) if waiting else None
    levels = {one.key: one.level for one in rules.stops}
    asked = stop is not None and stop.approved_at is None
    stands = stop is not None and not asked
    return {
        "acknowledge": works and case.acknowledged_at is None,
        "extend": works and waiting is None and bool(rules.offers) and not stands,
        "approve_extension": waiting is not None
        and offer is not None
        and waiting.asked_by_id != user.pk
        and not stands
        and user.can(LEVELS[offer.extension.level]),
        "stop": works and stop is None and bool(levels),
        "approve_stop": stop is not None
        and asked
        and stop.asked_by_id != user.pk
        and user.can(LEVELS[levels[stop.key]]),
        "go_on": works and stop is not None,
        "draft": works,
        "release": runs and letter is not None and letter.drafted_by_id != user.pk,
        "causes": works,
        "unmark": works,
        "finish": works and bool(causes),
    }


def _next(
    case: Complaint,
    waiting: ComplaintExtension | None,
    stop: ComplaintStop | None,
    letter: ComplaintLetter | None,
    causes: Sequence[ComplaintCause],
) -> str:
    """What has to be done next, and by whom."""
    if case.step == ComplaintStep.CLOSED:
        return _("Closed.")
    if case.step == ComplaintStep.ANSWERED:
        return _("Close the complaint.") if causes else _("Record the root causes, then close it.")
    if case.acknowledged_at is None and case.rules.has(Metric.COMPLAINT_ACK):
        return _("Acknowledge the complaint.")
    if stop is not None:
        return _stop_next(case, stop)
    if waiting is not None:
        offer = case.rules.offer(waiting.key)
        level = LEVEL_WORDS[offer.extension.level if offer else "director"]
        values = {"level": level, "name": waiting.asked_by.name}
        return _("The extension is approved by %(level)s other than %(name)s.") % values
    if letter is None:
        return _("Draft the final letter.")
    return _("The final letter is released by a manager other than %(name)s.") % {
        "name": letter.drafted_by.name
    }


def _stop_next(case: Complaint, stop: ComplaintStop) -> str:
    if stop.approved_at is not None:
        return _("The clock stands. Let it go on when the appraisal is there.")
    levels = {one.key: one.level for one in case.rules.stops}
    values = {"level": LEVEL_WORDS[levels[stop.key]], "name": stop.asked_by.name}
    return _("The stop of the clock is approved by %(level)s other than %(name)s.") % values
