"""The words of a reminder mail, in its reader's language."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from csservice.lib.wording import listed
from training.models import Letter, Reminder


class Line(NamedTuple):
    """What is said of one due day: by whom (empty: by the reader), which areas."""

    who: str
    quarter: str
    areas: str
    due_on: date
    missed: bool
    late: list[date]  # days on which notices were to go and did not


def letter(row: Letter) -> tuple[str, str]:
    """Subject and text. Reads the reader, and the reminders with their members and cycles."""
    with override(row.reader.language):
        own = row.about == Letter.About.OWN
        lines = _lines(row, own=own)
        context = {
            "own": own,
            "reader": row.reader,
            "lines": lines,
            "link": f"{settings.BASE_URL}{reverse('training-cycles')}",
        }
        return _subject(lines, own=own), render_to_string("mail/training.txt", context)


def _lines(row: Letter, *, own: bool) -> list[Line]:
    """One for each person and due day, by the day; areas and late notices together."""
    told: dict[tuple[int, date], list[Reminder]] = defaultdict(list)
    for reminder in row.reminders.all():
        told[reminder.member.user_id, reminder.due_on].append(reminder)
    made = timezone.localdate(row.made_at)
    found = []
    for (_user, due), reminders in sorted(told.items(), key=lambda one: (one[0][1], one[0][0])):
        cycles = {one.member.cycle.area: one.member.cycle for one in reminders}
        first = reminders[0].member
        found.append(
            Line(
                who="" if own else first.user.name,
                quarter=str(first.cycle.quarter),
                areas=listed(cycles[area].get_area_display() for area in sorted(cycles)),
                due_on=due,
                missed=due < made,
                late=sorted({one.planned_on for one in reminders if one.planned_on < made}),
            )
        )
    return found


def _subject(lines: list[Line], *, own: bool) -> str:
    if not own:
        n = len(lines)
        said = ngettext("Training missed by %(n)d person", "Training missed by %(n)d people", n)
        return said % {"n": n}
    if any(line.missed for line in lines):
        return _("Your training of this quarter was missed")
    return _("Your training of this quarter is due soon")
