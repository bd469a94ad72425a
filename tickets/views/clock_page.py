"""Why a clock says what it says: a page of its own, and a part in the ticket's drawer (rule 19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from csservice.lib.wording import listed
from teams.counted import CountedDay
from teams.http import Request
from teams.models.groups import in_language
from tickets.clock import Kind, Mode
from tickets.clock_words import length
from tickets.explained import Pause, Retarget
from tickets.models import Clock, ClockEvent, Ticket
from tickets.views.clock_panel import label, policy_name, standing
from tickets.why import Why

MOST_DAYS = 40
KINDS: Mapping[str, Callable[[], str]] = {
    "usual": lambda: "",
    "off": lambda: _("Holiday"),
    "work": lambda: _("Make-up work day"),
    "single": lambda: _("Single day"),
}
REASONS: Mapping[str, Callable[[], str]] = {
    "customer": lambda: _("Waiting for the customer"),
    "third": lambda: _("Waiting for a third party"),
    "hold": lambda: _("Held by the regulator"),
    "appraisal": lambda: _("Outside appraisal"),
    "ended": lambda: _("Had ended"),
}


class Line(NamedTuple):
    """One day of the table; without `day` it stands for `left` days that are left out."""

    day: str
    note: str
    times: str
    counts: str
    left: int = 0


class Happened(NamedTuple):
    """One event of the ledger in words."""

    at: datetime
    words: str
    by: str
    late: bool


@require_safe
def ticket_clock(request: Request, number: int, metric: str, cycle: int) -> HttpResponse:
    """One promise of a ticket, explained. 404: not seen, or never promised."""
    rows = Clock.objects.visible_to(request.user).told().select_related("ticket")
    now = timezone.now()
    clock = rows.filter(ticket=number, metric=metric, cycle=cycle).first()
    why = Why.of(clock, now=now) if clock else _before_clocks(request, number, metric, cycle)
    clock = why.clock
    context = {
        "clock": clock,
        "ticket": clock.ticket,
        "label": label(clock),
        "policy": policy_name(clock),
        "standing": standing(clock, now=now),
        "told": why.told,
        "target": length(why.told.target_s),
        "spent": length(why.told.spent_s),
        "sentences": why.sentences(timezone.get_current_timezone_name()),
        "days": lines([*why.told.days, *why.told.closed], why.told.tz),
        "pauses": [_stood(pause) for pause in why.told.pauses],
        "changes": [_changed(change) for change in why.told.retargets],
        "booked": shares(why),
        "events": events(why),
    }
    return page(request, "tickets/clock.html", context, partial="why")


def _before_clocks(request: Request, number: int, metric: str, cycle: int) -> Why:
    """Of a ticket from before there were clocks. Raises Http404."""
    rows = Ticket.objects.visible_to(request.user).select_related("group__calendar", "customer")
    ticket = get_object_or_404(rows, pk=number, clocks=None)
    why = Why.before_clocks(ticket, metric, cycle, now=timezone.now())
    if why is None:
        raise Http404
    return why


def lines(days: Sequence[CountedDay], tz: str) -> list[Line]:
    """The days in order; the middle of very many left out."""
    zone = ZoneInfo(tz)
    found = [_line(day, zone) for day in sorted(days, key=lambda day: day.on)]
    if len(found) <= MOST_DAYS:
        return found
    half = MOST_DAYS // 2
    return [*found[:half], Line("", "", "", "", len(found) - 2 * half), *found[-half:]]


def _line(day: CountedDay, zone: ZoneInfo) -> Line:
    times = listed(
        f"{opens.astimezone(zone):%H:%M}–{closes.astimezone(zone):%H:%M}"
        for opens, closes in day.stretches
    )
    return Line(
        day=date_format(day.on, pgettext("date format", "D j M")),
        note=in_language(day.name, day.name_zh) or KINDS[day.kind](),
        times=times or pgettext("opening hours", "Closed"),
        counts=length(day.seconds) if day.seconds else "–",
    )


def _stood(pause: Pause) -> tuple[datetime, datetime | None, str, str]:
    """(from, until, what for, open time that went by: empty for none)."""
    lost = length(pause.seconds) if round(pause.seconds) else ""
    return pause.start, pause.end, reason(pause.reason), lost


def _changed(change: Retarget) -> tuple[datetime, str, str, str]:
    """(when, the promise before, after, what became of the time spent)."""
    then = {
        Mode.CARRY: _("%(spent)s carried over"),
        Mode.FRESH: _("counted anew"),
        Mode.RECOMPUTE: _("counted as if from the start"),
    }[change.mode] % {"spent": length(change.spent_s)}
    return change.at, length(change.before), length(change.after), then


def shares(why: Why) -> list[tuple[str, str, str]]:
    """(owner, group, open time) of everybody whose time it was."""
    return [
        (
            why.people.get(share.owner or 0, _("Nobody")),
            why.groups.get(share.group or 0, ""),
            length(share.seconds),
        )
        for share in why.told.booked
    ]


def reason(said: str) -> str:
    """What it stood still for."""
    return REASONS.get(said, lambda: _("Stood still"))()


# ---- the ledger ---------------------------------------------------------------------------------
def events(why: Why) -> list[Happened]:
    """What happened to the clock, as it was written down."""
    return [
        Happened(
            at=event.at,
            words=_happened(event, why),
            by=event.by.name if event.by else "",
            late=(event.noted_at - event.at).total_seconds() >= 60,
        )
        for event in why.events
    ]


def _happened(event: ClockEvent, why: Why) -> str:
    data: Mapping[str, Any] = event.data
    said: Mapping[str, Callable[[], str]] = {
        Kind.PAUSE: lambda: _("Paused: %(reason)s") % {"reason": reason(data.get("reason", ""))},
        Kind.RESUME: lambda: _("Went on"),
        Kind.MEET: lambda: pgettext("promise", "Done"),
        Kind.UNMEET: lambda: _("The answer never reached the customer"),
        Kind.RESTORE: lambda: _("Went on as if the merge had never been"),
        Kind.REOPEN: lambda: _("Opened again, and went on"),
        Kind.CHECK: lambda: _("A long pause was to be looked at"),
        Kind.ESCALATE: lambda: _("Somebody else was told"),
        Kind.WARN: lambda: _("Somebody was warned"),
        Kind.HAND_ON: lambda: _("Handed on to the next free person"),
        Kind.BREACH: lambda: pgettext("promise", "Broken"),
        Kind.ASK_WAIVER: lambda: _("A waiver was asked for: %(reason)s") % _reason_in(data),
        Kind.WAIVE: lambda: _("Waived: %(reason)s") % _reason_in(data),
        Kind.CANCEL: lambda: _("Ended without being measured"),
        Kind.RETARGET: lambda: _("Now promised within %(length)s") % {
            "length": length(data.get("target_s", 0))
        },
        Kind.OWN: lambda: _owned(data, why),
    }  # fmt: skip
    return said[event.kind]()


def _reason_in(data: Mapping[str, Any]) -> dict[str, str]:
    return {"reason": str(data.get("reason", ""))}


def _owned(data: Mapping[str, Any], why: Why) -> str:
    values = {
        "name": why.people.get(data.get("owner") or 0, _("Nobody")),
        "group": why.groups.get(data.get("group") or 0, ""),
    }
    return _("From now on it is the time of %(name)s (%(group)s)") % values
