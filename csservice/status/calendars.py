"""Whether the holidays of this year, and from November on of the next, are known (W1)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csservice.lib.wording import listed
from csservice.status.parts import Part, State
from teams.models import Calendar

NOTICE_MONTH = 11  # the State Council says in November which days of the next year are holidays


def holidays(now: datetime) -> Part:
    """Names the opening hours that lack a year, and where it is imported. Raises DatabaseError."""
    lacking = {row: years for row in with_country() if (years := unknown(row, now))}
    if not lacking:
        return Part("holidays", State.OK, _("The public holidays of all opening hours are known"))
    every = sorted({year for years in lacking.values() for year in years})
    said = ngettext(
        "%(years)s is not known for %(names)s; a manager imports it in the settings",
        "%(years)s are not known for %(names)s; a manager imports them in the settings",
        len(every),
    ) % {
        "years": listed(every),
        "names": listed(lacking),
    }
    only = next(iter(lacking))
    url = reverse("calendar-import", args=[only.pk]) if len(lacking) == 1 else ""
    return Part("holidays", State.SOON, said, url=url or reverse("settings-hours"))


def with_country() -> list[Calendar]:
    """The opening hours that keep public holidays, by name."""
    return list(Calendar.objects.exclude(country="").in_name_order())


def unknown(row: Calendar, now: datetime) -> set[int]:
    """The years that `row` should know by now and does not."""
    local = now.astimezone(ZoneInfo(row.time_zone))
    due = {local.year, local.year + 1} if local.month >= NOTICE_MONTH else {local.year}
    return {year for year in due if str(year) not in row.years}
