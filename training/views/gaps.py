"""Close the gaps of the matrix: the selected people begin a course or get a seat (L5)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from csservice.lib.errors import RefusedError
from csservice.lib.wording import listed
from teams.http import Request
from teams.roles import Can
from training import actions, quarters
from training.views.matrix import Wanted, matrix_page


@require_POST
def matrix_enrol(request: Request) -> HttpResponse:
    """Enrol the selected in a course, or book them into a session; then back to the matrix.

    404: no such course or session. 422: nobody selected, or refused.
    """
    request.user.must(Can.RUN_TRAINING)
    now = timezone.now()
    users = [int(pk) for pk in request.POST.getlist("person") if _is_key(pk)]
    books = request.POST.get("do") == "book"
    key = request.POST.get("session" if books else "course", "")
    if not users:
        return matrix_page(request, refusal=_("Select somebody first."), status=422)
    if not _is_key(key):
        raise Http404(key)
    try:
        said = (_book if books else _enrol)(request, int(key), users, now)
    except RefusedError as refusal:
        return matrix_page(request, refusal=str(refusal), status=422)
    except ObjectDoesNotExist:
        raise Http404(key) from None
    messages.success(request, said)
    wanted = Wanted.read(request.GET, today=timezone.localdate(now))
    return redirect(f"{reverse('training-matrix')}?{wanted.query()}")


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _book(request: Request, key: int, users: list[int], now: datetime) -> str:
    seats = actions.book_seats(key, by=request.user, users=users, now=now)
    n = len(seats)
    return ngettext("%(n)d person booked", "%(n)d people booked", n) % {"n": n}


def _enrol(request: Request, key: int, users: list[int], now: datetime) -> str:
    """The course is due on the last day of the quarter shown last, unless that is over."""
    today = timezone.localdate(now)
    last = quarters.bounds(Wanted.read(request.GET, today=today).last).last
    due = last if last >= today else None
    done = actions.enrol_people(key, by=request.user, users=users, now=now, due_on=due)
    if not done.begun:
        raise RefusedError(done.refused[0][1])
    n = len(done.begun)
    said = ngettext("%(n)d person enrolled", "%(n)d people enrolled", n) % {"n": n}
    if done.refused:
        names = listed(person.name for person, _why in done.refused)
        said += " · " + _("Not enrolled: %(names)s. %(why)s") % {
            "names": names,
            "why": done.refused[0][1],
        }
    return said
