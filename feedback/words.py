"""What a customer reads of the scale and of their own matter: general words, no personal data."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Ticket

SCORES = {
    1: gettext_lazy("Very poor"),
    2: gettext_lazy("Poor"),
    3: gettext_lazy("OK"),
    4: gettext_lazy("Good"),
    5: gettext_lazy("Very good"),
}
FACE_ICONS = {
    1: "mood-angry",
    2: "mood-sad",
    3: "mood-empty",
    4: "mood-smile",
    5: "mood-happy",
}


def matter(ticket: Ticket) -> str:
    """One sentence: what it was in general words, who served (first name), when. Reads no row that
    `select_related("category", "owner")` has not read."""
    values = {
        "matter": str(ticket.category) if ticket.category else _("Your request"),
        "name": first_name(str(ticket.owner)) if ticket.owner else "",
        "date": day(ticket.resolved_at) if ticket.resolved_at else "",
    }
    if not values["name"] or not values["date"]:
        return _("%(matter)s.") % values
    return _("%(matter)s, handled by %(name)s on %(date)s.") % values


def first_name(name: str) -> str:
    """Sofia Lindqvist -> Sofia; a Chinese name is not divided."""
    chinese = any(sign >= "\u3400" for sign in name)
    return name if chinese or not name.strip() else name.split(maxsplit=1)[0]


def day(at: datetime) -> str:
    """`at` as a day of the institution's zone, without the year: 21 November."""
    return date_format(timezone.localtime(at), _("j F"))
