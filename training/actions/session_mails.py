"""Mails about seats, with the calendar entry in them; sent as every mail of ours."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from csservice.lib.mail import claim, message_id, post
from teams.models import User
from teams.roles import Can
from training import ics
from training.ics import Meeting
from training.models import Session, SessionMail

About = SessionMail.About
SUBJECTS: dict[str, str | Promise] = {
    About.BOOKED: gettext_lazy("You are booked: %(name)s, %(when)s"),
    About.FREED: gettext_lazy("A place became free, you are booked: %(name)s, %(when)s"),
    About.WAITING: gettext_lazy("You are on the waiting list: %(name)s, %(when)s"),
    About.CHANGED: gettext_lazy("Changed: %(name)s, %(when)s"),
    About.GIVEN_UP: gettext_lazy("You are no longer booked: %(name)s, %(when)s"),
    About.CANCELLED: gettext_lazy("Cancelled: %(name)s, %(when)s"),
}


def send_session_mails(*, now: datetime, limit: int) -> int:
    """Mail up to `limit` of what was written about seats. Returns how many were tried.

    Claimed first, sent outside the transaction, at least once; see csservice/lib/mail.py.
    """
    rows = claim(SessionMail.objects.all(), now=now, limit=limit)
    full = SessionMail.objects.select_related(
        "seat__user", "seat__session__trainer", "seat__session__course"
    )
    whole = full.in_bulk([row.pk for row in rows])
    post(((row, mail_of(whole[row.pk])) for row in rows), now=now)
    return len(rows)


@transaction.atomic
def send_session_mails_again(*, by: User, now: datetime) -> int:
    """Queue those whose mail was given up (T4). Returns how many. Raises PermissionDenied."""
    by.must(Can.SEE_STATUS)
    given_up = SessionMail.objects.failed()
    return given_up.update(delivery=SessionMail.Delivery.QUEUED, tries=0, send_at=now)


def mail_of(row: SessionMail) -> EmailMultiAlternatives:
    """The mail in its reader's language, with the calendar entry where a place is concerned."""
    user, session = row.seat.user, row.seat.session
    with override(user.language):
        mail = EmailMultiAlternatives(
            subject=str(SUBJECTS[row.about]) % {"name": str(session), "when": when(session)},
            body=render_to_string("mail/session.txt", words(row)),
            to=[user.email] if user.email else [],
            headers={
                "Message-ID": message_id("session", row.pk, row.made_at),
                "Auto-Submitted": "auto-generated",
            },
        )
        if row.sequence is not None:
            cancels = row.about in SessionMail.CANCELS
            method = ics.CANCEL if cancels else ics.REQUEST
            told = calendar_entry(session, user, sequence=row.sequence, stamp=row.made_at)
            text = ics.file_of([told], method=method).decode()
            mail.attach_alternative(text, f"text/calendar; method={method}")
    return mail


def words(row: SessionMail) -> dict[str, object]:
    """What the text of the mail is filled with."""
    session = row.seat.session
    return {
        "about": row.about,
        "reader": row.seat.user,
        "session": session,
        "when": when(session),
        "link": _address(session),
    }


def when(session: Session) -> str:
    """Its day and time where the institution is, as a sentence says it."""
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    day = date_format(start, pgettext("date format", "D j M Y"))
    return f"{day}, {start:%H:%M}–{end:%H:%M}"


def calendar_entry(session: Session, reader: User, *, sequence: int, stamp: datetime) -> Meeting:
    """The calendar entry of a session for `reader`, in the language in force.

    Its organizer is the address mails come from: an answer to the invitation goes nowhere else.
    """
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")
    domain = address.rpartition("@")[2]
    trainer = _("Trainer: %(name)s") % {"name": session.trainer.name}
    return Meeting(
        uid=f"session.{session.pk}.{int(session.made_at.timestamp())}@{domain}",
        sequence=sequence,
        stamp=stamp,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        summary=str(session),
        description=f"{session.get_area_display()}\n{trainer}\n{_address(session)}",
        location=session.place or session.link,
        link=session.link,
        organizer=(session.trainer.name, address),
        attendee=(reader.name, reader.email),
    )


def _address(session: Session) -> str:
    return f"{settings.BASE_URL}{reverse('session', args=[session.pk])}"
