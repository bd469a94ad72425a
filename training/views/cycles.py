"""The quarters: how many attended, who is to go, who is excused and why (L5, K4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.forms import ReasonForm
from teams.http import Request
from teams.models import Group, User
from teams.roles import Can
from training import actions, quarters
from training.models import Area, Cycle, CycleMember, Record, Reminder
from training.models.cycles import CycleMemberQuerySet
from training.quarters import Participation, Quarter, State

QUARTERS = 8
ROWS = 50
WORDS = {
    State.ATTENDED: gettext_lazy("Attended"),
    State.OPEN: gettext_lazy("To go"),
    State.MISSED: gettext_lazy("Missed"),
    State.EXCUSED: gettext_lazy("Excused"),
    State.LEFT: gettext_lazy("Left the team"),
    State.LATER: gettext_lazy("Due later"),
}


class Line(NamedTuple):
    """One row of a table of participation."""

    name: str
    counted: Participation
    key: str = ""


class Card(NamedTuple):
    """One quarter: the whole, by area and by group."""

    quarter: Quarter
    days: quarters.Span
    whole: Participation
    areas: list[Line]
    groups: list[Line]


@require_safe
def cycles(request: Request) -> HttpResponse:
    """The last quarters with their participation, of whom the reader may see."""
    return _cycles(request)


@require_POST
def cycles_open(request: Request) -> HttpResponse:
    """Open a quarter for everybody. 422: another quarter than this or the next."""
    request.user.must(Can.RUN_TRAINING)
    quarter = Quarter.read(request.POST.get("quarter", ""))
    if quarter is None:
        return _cycles(request, refusal=_("Name a quarter, as 2026-Q4."))
    try:
        new = actions.open_quarter(quarter, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        return _cycles(request, refusal=str(refusal))
    said = ngettext("%(n)d area opened", "%(n)d areas opened", new) % {"n": new}
    messages.success(request, said)
    return _cycles(request) if request.htmx else redirect("training-cycles")


def _cycles(request: Request, *, refusal: str = "") -> HttpResponse:
    today = timezone.localdate(timezone.now())
    seen = CycleMember.objects.visible_to(request.user)
    runs = request.user.can(Can.RUN_TRAINING)
    cards = cards_of(seen, today)
    present = Quarter.of(today)
    opened = {card.quarter for card in cards}
    context = {
        "tab": "cycles",
        "cards": cards,
        "runs": runs,
        "present": present,
        "to_open": [q for q in (present, present.after()) if q not in opened] if runs else [],
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return page(request, "training/cycles.html", context, partial="cards", status=status)


def cards_of(members: CycleMemberQuerySet, today: date) -> list[Card]:
    """The newest QUARTERS quarters of these members. Two queries, whatever their number."""
    by = ("cycle__starts_on", "cycle__area", "cycle__target", "group")
    rows = members.order_by().values(*by).annotate(**members.counted(today))
    names = {group.pk: str(group) for group in Group.objects.all()}
    whole: dict[date, Participation] = {}
    areas: dict[date, dict[str, Participation]] = defaultdict(dict)
    groups: dict[date, dict[int | None, Participation]] = defaultdict(dict)
    for row in rows:
        start, counted = row["cycle__starts_on"], count_of(dict(row))
        none = Participation(target=counted.target)
        whole[start] = whole.get(start, none) + counted
        area, group = row["cycle__area"], row["group"]
        areas[start][area] = areas[start].get(area, none) + counted
        groups[start][group] = groups[start].get(group, none) + counted
    return [
        Card(
            quarter=(quarter := Quarter.of(start)),
            days=quarters.bounds(quarter),
            whole=whole[start],
            areas=[
                Line(str(area.label), areas[start][area], area.value)
                for area in Area
                if area in areas[start]
            ],
            groups=_group_lines(groups[start], names),
        )
        for start in sorted(whole, reverse=True)[:QUARTERS]
    ]


def _group_lines(groups: dict[int | None, Participation], names: dict[int, str]) -> list[Line]:
    lines = [
        Line(names[pk] if pk else _("No group"), counted, str(pk or "none"))
        for pk, counted in groups.items()
    ]
    return sorted(lines, key=lambda line: (line.key == "none", line.name))


def count_of(row: dict[str, Any]) -> Participation:
    """The counts of one row of an aggregate."""
    counts = {str(state): row[str(state)] for state in State}
    return Participation(**counts, target=row["cycle__target"])


# ---- one quarter ------------------------------------------------------------------------------
class Wanted(NamedTuple):
    """What the address asks for; anything unknown is as if it were not there."""

    area: str
    group: str
    state: str

    @classmethod
    def read(cls, given: Any) -> Wanted:
        group, state = given.get("group", ""), given.get("state", "")
        known = group == "none" or (group.isdecimal() and len(group) < 10)
        area = given.get("area", "")
        return cls(
            area if area in Area.values else "",
            group if known else "",
            state if state in set(State) else "",
        )

    def narrowed(self, rows: CycleMemberQuerySet, today: date) -> CycleMemberQuerySet:
        if self.area:
            rows = rows.filter(cycle__area=self.area)
        if self.group:
            rows = rows.filter(group=None if self.group == "none" else int(self.group))
        return rows.standing(State(self.state), today) if self.state else rows


@require_safe
def quarter(request: Request, quarter: str) -> HttpResponse:
    """Everybody who must attend in a quarter and how they stand, 50 a page. 404: not opened."""
    asked = Quarter.read(quarter)
    if asked is None or not Cycle.objects.of(asked).exists():
        raise Http404
    today = timezone.localdate(timezone.now())
    days = quarters.bounds(asked)
    seen = CycleMember.objects.visible_to(request.user).filter(cycle__starts_on=days.first)
    wanted = Wanted.read(request.GET)
    rows = wanted.narrowed(seen, today).select_related("cycle", "user", "group", "excused_by")
    rows = rows.order_by("user__name", "user", "cycle__area")
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    everybody = Wanted(wanted.area, wanted.group, "").narrowed(seen, today).order_by()
    counts = everybody.values("cycle__target").annotate(**seen.counted(today))
    whole = _sum(count_of(dict(row)) for row in counts)
    context = {
        "tab": "cycles",
        "quarter": asked,
        "days": days,
        "lines": [(row, (stands := row.state_on(today)), WORDS[stands]) for row in shown],
        "shown": shown,
        "whole": whole,
        "wanted": wanted,
        "areas": Area.choices,
        "groups": Group.objects.visible_to(request.user).in_name_order(),
        "states": list(WORDS.items()),
        "runs": request.user.can(Can.RUN_TRAINING),
    }
    return page(request, "training/quarter.html", context, partial="results")


def _sum(counts: Iterable[Participation]) -> Participation:
    whole: Participation | None = None
    for counted in counts:
        whole = counted if whole is None else whole + counted
    return whole or Participation()


# ---- one person -------------------------------------------------------------------------------
@require_safe
def person(request: Request, pk: int) -> HttpResponse:
    """One person's quarters with K4, and every training they had. 404: not theirs to see."""
    seen = CycleMember.objects.visible_to(request.user).filter(user=pk)
    records = Record.objects.visible_to(request.user).filter(user=pk)
    one = get_object_or_404(User, pk=pk)
    if pk != request.user.pk and not User.objects.run_by(request.user).filter(pk=pk).exists():
        raise Http404
    today = timezone.localdate(timezone.now())
    rows = seen.select_related("cycle", "group").order_by("-cycle__starts_on", "cycle__area")
    by_quarter: dict[Quarter, list[tuple[CycleMember, State, Any]]] = defaultdict(list)
    for row in rows:
        stands = row.state_on(today)
        by_quarter[row.cycle.quarter].append((row, stands, WORDS[stands]))
    context = {
        "tab": "cycles",
        "person": one,
        "quarters": [
            (asked, quarters.participation(stands for _row, stands, _word in lines), lines)
            for asked, lines in by_quarter.items()
        ],
        "records": records.select_related("course").newest_first()[:ROWS],
    }
    return page(request, "training/person.html", context, partial="quarters")


# ---- one member -------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: Request, pk: int) -> HttpResponse:
    """One person in one cycle: how they stand, what they were told; excuse them, or no longer.

    404: not theirs to see. 403: whoever may not excuse. 422: refused.
    """
    seen = CycleMember.objects.visible_to(request.user)
    row = get_object_or_404(seen.select_related("cycle", "user", "group", "excused_by"), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        request.user.must(Can.RUN_TRAINING)
        get_object_or_404(CycleMember.objects.run_by(request.user), pk=pk)
        revokes = request.POST.get("do") == "revoke"
        act = actions.revoke_excuse if revokes else actions.excuse
        if form.tried(act, pk, by=request.user, now=timezone.now()) is not None:
            messages.success(request, _("Required again") if revokes else _("Excused"))
            return redirect("training-member", pk)
    today = timezone.localdate(timezone.now())
    stands = row.state_on(today)
    may = CycleMember.objects.run_by(request.user).filter(pk=pk).exists()
    reminders = Reminder.objects.filter(member=row).select_related("letter__reader")
    context = {
        "tab": "cycles",
        "row": row,
        "stands": stands,
        "word": WORDS[stands],
        "reminders": reminders.order_by("planned_on", "pk"),
        "form": form if may and stands not in {State.ATTENDED, State.LEFT} else None,
    }
    status = 422 if form.errors else 200
    return page(request, "training/member.html", context, partial="member", status=status)
