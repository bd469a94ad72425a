"""My training: what is due by when, and what was done (L5, K4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from csservice.lib.htmx import page
from teams.http import Request
from teams.models import User
from training.learning import Standing, days_left
from training.models import Course, CycleMember, Enrolment, Need, Record, Seat
from training.views.courses import lines

ROWS = 20
NEAR_DAYS = 14


class Due(NamedTuple):
    """One thing to do. `on`: its last day; None: whenever. `css`: late, soon or idle."""

    kind: str
    title: str
    url: str
    on: date | None
    said: str
    css: str
    share: int | None = None


@require_safe
def training(request: Request) -> HttpResponse:
    """What is due by when, first what is late; below, everything that was done."""
    user, today = request.user, timezone.localdate()
    dues = sorted(_dues(user, today), key=lambda due: (due.on or date.max, due.kind, due.title))
    done = Record.objects.filter(user=user).select_related("course").newest_first()
    context = {
        "dues": dues,
        "late": sum(due.css == "late" for due in dues),
        "done": Paginator(done, ROWS).get_page(request.GET.get("page")),
    }
    return page(request, "training/mine.html", context, partial="done")


def _dues(user: User, today: date) -> Iterator[Due]:
    yield from _quarter(user, today)
    yield from _courses(user, today)
    yield from _seats(user)
    yield from _needs(user)


def when(on: date | None, today: date) -> tuple[str, str]:
    """In words how far away a last day is, and how pressing."""
    if on is None:
        return "", "idle"
    left = days_left(on, today)
    if left < 0:
        said = ngettext("%(n)s day late", "%(n)s days late", -left)
        return said % {"n": -left}, "late"
    if left == 0:
        return _("Due today"), "soon"
    said = ngettext("%(n)s day left", "%(n)s days left", left)
    return said % {"n": left}, "soon" if left <= NEAR_DAYS else "idle"


def _quarter(user: User, today: date) -> Iterator[Due]:
    """Areas of the quarters that the person has not attended yet."""
    rows = CycleMember.objects.filter(user=user).asked().select_related("cycle")
    for member in rows:
        area = member.cycle.get_area_display()
        url = f"{reverse('courses')}?area={member.cycle.area}"
        title = f"{area}, {member.cycle.quarter}"
        yield Due(_("Quarterly training"), title, url, member.due_on, *when(member.due_on, today))


def _courses(user: User, today: date) -> Iterator[Due]:
    """Courses that were begun, and required ones that are not or no longer passed."""
    rows = Enrolment.objects.filter(user=user).open().select_related("course", "version")
    for row in rows.prefetch_related("version__lessons"):
        share = row.share_read(list(row.version.lessons.all()))
        url = reverse("course", args=[row.course_id])
        said, css = when(row.due_on, today)
        yield Due(_("Course begun"), str(row.course), url, row.due_on, said, css, share)
    required = Course.objects.required().prefetch_related("needs_first").in_order()
    owed = {Standing.FREE, Standing.LOCKED, Standing.ENDED, Standing.ENDING}
    for line in lines(user, list(required)):
        if line.required and line.standing in owed:
            url = reverse("course", args=[line.course.pk])
            css = "late" if line.standing == Standing.ENDED else "soon"
            yield Due(_("Required course"), str(line.course), url, None, line.words, css)


def _seats(user: User) -> Iterator[Due]:
    """Sessions that the person has a place in."""
    rows = Seat.objects.filter(user=user).to_come(timezone.now()).select_related("session")
    for seat in rows:
        url = reverse("session", args=[seat.session_id])
        on = timezone.localtime(seat.session.starts_at)
        yield Due(
            pgettext("training", "Session"),
            str(seat.session),
            url,
            on.date(),
            f"{on:%H:%M}",
            "idle",
        )


def _needs(user: User) -> Iterator[Due]:
    """What the person is to learn, and why."""
    for need in Need.objects.filter(user=user).open().select_related("course"):
        url = reverse("need", args=[need.pk])
        title = str(need.course) if need.course else need.get_area_display()
        yield Due(_("Learning need"), title, url, None, need.get_why_display(), "soon")
