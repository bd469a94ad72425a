"""The manager's matrix: people × areas × quarters, and what to do about the gaps (L5, K4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from csservice.lib.sheets import CSV, csv_lines
from teams.http import Request
from teams.models import Group, User
from teams.roles import Can
from training import quarters
from training.models import Area, Course, CycleMember, Session
from training.models.cycles import packed_states
from training.quarters import NOTHING, Participation, Quarter, State, unpacked

SPANS = (1, 2, 4, 8)
SESSIONS = 50
GAPS = frozenset({State.OPEN, State.MISSED})
# Short, since hundreds stand on a page.
CELLS = {
    State.ATTENDED: pgettext_lazy("training matrix", "Done"),
    State.OPEN: pgettext_lazy("training matrix", "To go"),
    State.MISSED: pgettext_lazy("training matrix", "Missed"),
    State.EXCUSED: pgettext_lazy("training matrix", "Excused"),
    State.LEFT: pgettext_lazy("training matrix", "Left"),
    State.LATER: pgettext_lazy("training matrix", "Later"),
    NOTHING: pgettext_lazy("training matrix", "–"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; anything unknown is as if it were not there."""

    last: Quarter
    span: int
    group: str
    gaps: bool
    pick: str

    @classmethod
    def read(cls, given: Mapping[str, Any], *, today: date) -> Wanted:
        group, span = given.get("group", ""), given.get("span", "")
        pick = given.get("pick", "")
        return cls(
            last=Quarter.read(given.get("quarter", "")) or Quarter.of(today),
            span=int(span) if span in map(str, SPANS) else 2,
            group=group if group.isdecimal() and len(group) < 10 else "",
            gaps=given.get("show", "") == "gaps",
            pick=pick if pick in Area.values else "",
        )

    def query(self, **more: object) -> str:
        """The address of the same, with `more`."""
        said = {
            "quarter": self.last,
            "span": self.span,
            "group": self.group,
            "show": "gaps" if self.gaps else "",
        }
        return urlencode({name: value for name, value in (said | more).items() if value})

    @property
    def quarters(self) -> list[Quarter]:
        """The quarters shown, oldest first."""
        found = [self.last]
        while len(found) < self.span:
            found.insert(0, found[0].before())
        return found


class Column(NamedTuple):
    """One area of one quarter; `query` selects whoever has a gap there, in the last quarter."""

    quarter: Quarter
    area: str
    label: str
    counted: Participation
    query: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """People in the order of their names, and for each the number of each quarter shown."""

    wanted: Wanted
    people: dict[int, str]
    codes: dict[int, dict[Quarter, int]]

    def states(self, user: int) -> list[str]:
        """The states of a person, area by area, quarter by quarter."""
        codes = self.codes[user]
        return [
            state
            for quarter in self.wanted.quarters
            for state in unpacked(codes.get(quarter, 0), Area.values)
        ]

    def columns(self) -> list[Column]:
        """Each with the participation of those shown."""
        found = []
        for quarter in self.wanted.quarters:
            tally = Counter(codes.get(quarter, 0) for codes in self.codes.values())
            areas: list[Counter[str]] = [Counter() for _area in Area]
            for code, n in tally.items():
                for counter, state in zip(areas, unpacked(code, Area.values), strict=True):
                    counter[state] += n
            for area, counter in zip(Area, areas, strict=True):
                counts = {str(state): counter[state] for state in State}
                last = quarter == self.wanted.last
                query = self.wanted.query(pick=area.value) if last else ""
                found.append(
                    Column(quarter, area.value, str(area.label), Participation(**counts), query)
                )
        return found

    def picked(self) -> set[int]:
        """Whoever has a gap in the area picked, in the last quarter."""
        if not self.wanted.pick:
            return set()
        place = Area.values.index(self.wanted.pick)
        return {
            user
            for user, codes in self.codes.items()
            if unpacked(codes.get(self.wanted.last, 0), Area.values)[place] in GAPS
        }


def matrix_of(user: User, wanted: Wanted, today: date) -> Matrix:
    """What `user` may see of it. Two queries, whatever the number of people and quarters."""
    shown = [quarters.bounds(quarter).first for quarter in wanted.quarters]
    rows = CycleMember.objects.visible_to(user).filter(cycle__starts_on__in=shown)
    if wanted.group:
        rows = rows.filter(group=int(wanted.group))
    codes: dict[int, dict[Quarter, int]] = defaultdict(dict)
    by_day = {day: Quarter.of(day) for day in shown}
    found = rows.order_by().values_list("user", "cycle__starts_on")
    for person, start, code in found.annotate(code=packed_states(today)):
        codes[person][by_day[start]] = code
    if wanted.gaps:
        gap = {code for codes_of in codes.values() for code in codes_of.values() if _gap(code)}
        codes = {user: of for user, of in codes.items() if gap.intersection(of.values())}
    known = User.objects.filter(pk__in=rows.values("user")).in_name_order()
    people = {pk: name for pk, name in known.values_list("pk", "name") if pk in codes}
    return Matrix(wanted, people, dict(codes))


def _gap(code: int) -> bool:
    return not GAPS.isdisjoint(unpacked(code, Area.values))


@require_safe
def matrix(request: Request) -> HttpResponse:
    """The matrix of the people whose training one runs, whole: no pages, so that none is missed."""
    return matrix_page(request)


def matrix_page(request: Request, **more: Any) -> HttpResponse:
    """The page, with what an action on it adds: `refusal`, `status`."""
    request.user.must(Can.RUN_TRAINING)
    now = timezone.now()
    today = timezone.localdate(now)
    wanted = Wanted.read(request.GET, today=today)
    found = matrix_of(request.user, wanted, today)
    picked = found.picked()
    present = Quarter.of(today)
    context = {
        "tab": "matrix",
        "wanted": wanted,
        "columns": found.columns(),
        "heads": [(quarter, len(Area)) for quarter in wanted.quarters],
        "body": body(found, picked),
        "people": len(found.people),
        "picked": len(picked),
        "spans": SPANS,
        "before": wanted.query(quarter=wanted.last.before()),
        "after": wanted.query(quarter=wanted.last.after()) if wanted.last < present else "",
        "query": wanted.query(),
        "courses": Course.objects.visible_to(request.user).on_offer().in_order(),
        "sessions": Session.objects.visible_to(request.user).to_come(now)[:SESSIONS],
        "groups": Group.objects.run_by(request.user).in_name_order(),
        "refusal": more.get("refusal", ""),
    }
    status = more.get("status", 200)
    return page(request, "training/matrix.html", context, partial="map", status=status)


def body(found: Matrix, picked: set[int]) -> SafeString:
    """The rows of the table. A person's quarter is one of a few texts, made once each.

    By hand, not by the template: 64,000 cells through it take seconds.
    """
    cells = _Cells()
    address = reverse("training-person", args=[0]).replace("0/", "")
    shown = found.wanted.quarters
    rows = []
    for pk, name in found.people.items():
        codes = found.codes[pk]
        line = "".join([cells[codes.get(quarter, 0)] for quarter in shown])
        checked = " checked" if pk in picked else ""
        rows.append(
            f'<tr><th scope="row"><input type="checkbox" name="person" value="{pk}" '
            f'aria-labelledby="p{pk}"{checked}> <a id="p{pk}" href="{address}{pk}/">'
            f"{escape(name)}</a></th>{line}</tr>"
        )
    return SafeString("\n".join(rows))


class _Cells(dict[int, str]):
    """The cells of a person's quarter, by its number."""

    def __missing__(self, code: int) -> str:
        states = unpacked(code, Area.values)
        made = "".join(
            f'<td class="mx-{state}{" mx-q" if place == 0 else ""}">{escape(CELLS[state])}</td>'
            for place, state in enumerate(states)
        )
        self[code] = made
        return made


@require_safe
def matrix_csv(request: Request) -> StreamingHttpResponse:
    """The same as CSV: a person a line, an area of a quarter a column."""
    request.user.must(Can.RUN_TRAINING)
    today = timezone.localdate(timezone.now())
    found = matrix_of(request.user, Wanted.read(request.GET, today=today), today)
    answer = StreamingHttpResponse(csv_lines(_lines(found)), content_type=CSV)
    answer["Content-Disposition"] = 'attachment; filename="training-matrix.csv"'
    return answer


def _lines(found: Matrix) -> Iterator[list[str]]:
    columns = found.columns()
    yield [_("Person"), *(f"{column.quarter} {column.label}" for column in columns)]
    for user, name in found.people.items():
        yield [name, *(str(CELLS[state]) for state in found.states(user))]
