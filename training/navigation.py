"""The parts of training as tabs: a table that pages and tests read. A part adds its line here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.models import User
from teams.roles import Can


@dataclass(frozen=True, slots=True)
class Tab:
    """One part. `url` is a URL name, `covers` the paths on which it is current."""

    url: str
    label: str | Promise
    covers: tuple[str, ...]
    needs: Can = Can.KEEP_OWN


TABS: tuple[Tab, ...] = (
    Tab("training", _("My training"), covers=("/training/tests/", "/training/people/")),
    Tab("courses", _("Courses"), covers=("/training/catalogue/", "/training/courses/")),
    Tab("sessions", pgettext_lazy("training", "Sessions"), covers=("/training/sessions/",)),
    Tab("training-cycles", _("Quarters"), covers=("/training/cycles/",)),
    Tab("training-matrix", _("Matrix"), covers=("/training/matrix/",), needs=Can.RUN_TRAINING),
    Tab("bank", _("Question bank"), covers=("/training/bank/",), needs=Can.AUTHOR_COURSES),
    Tab("drills", _("Drills"), covers=("/training/drills/",)),
    Tab("needs", _("Needs"), covers=("/training/needs/",)),
    Tab("reviews", _("Quality reviews"), covers=("/training/reviews/",)),
    Tab("certificates", _("Certificates"), covers=("/training/certificates/",)),
    Tab("training-history", _("History"), covers=("/training/history/",), needs=Can.RUN_TRAINING),
)


def tabs(user: User) -> list[Tab]:
    """The tabs for `user`, in order."""
    return [tab for tab in TABS if user.can(tab.needs)]
