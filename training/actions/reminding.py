"""Reminders of the cycle: each once, none missing, one mail for all that is due to a reader (L5).

Two steps, as with every mail of ours. `remind` writes the Reminder rows that are due: their
constraints are the claim, so two beats beside each other, or one after an outage, write each once.
`send_letters` mails what was written (csservice/lib/mail.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from csservice.ledger.models import Entry, entry
from csservice.lib.mail import claim, message_id, post
from teams.models import User
from teams.models.people import Role
from teams.roles import Can
from training import quarters
from training.actions.letters import letter
from training.models import CycleMember, Letter, Reminder
from training.quarters import Owed, Step

Found = dict[tuple[int | None, str], list[Reminder]]


@transaction.atomic
def remind(*, now: datetime, limit: int) -> int:
    """Write the reminders that are due to up to `limit` people. Returns how many were looked at.

    Rows that somebody holds are skipped; the next beat looks again.
    """
    today = timezone.localdate(now)
    waiting = CycleMember.objects.to_remind(today).order_by("user").values_list("user")
    users = [pk for (pk,) in waiting.distinct()[:limit]]
    rows = CycleMember.objects.to_remind(today).filter(user__in=users)
    rows = rows.select_related("cycle", "user", "group")
    members = list(rows.select_for_update(of=("self",), skip_locked=True))
    found = _due(members, today=today, now=now)
    _write(found, now=now)
    CycleMember.objects.bulk_update(members, ["remind_on"], batch_size=500)
    return len(users)


def _due(members: list[CycleMember], *, today: date, now: datetime) -> Found:
    """The reminders that are due, by reader and what it is about; sets `remind_on` in memory."""
    sent: dict[int, list[tuple[str, date]]] = defaultdict(list)
    known = Reminder.objects.filter(member__in=members)
    for key, step, due in known.values_list("member", "step", "due_on"):
        sent[key].append((step, due))
    superiors = _Superiors(members)
    found: Found = defaultdict(list)
    for member in members:
        owed: list[Owed] = []
        member.remind_on = None
        if member.is_asked and member.user.is_active:
            owed, member.remind_on = quarters.due_reminders(
                member.due_on, since=member.since, today=today, sent=sent[member.pk]
            )
        for one in owed:
            upward = one.step == Step.ESCALATED
            reader = superiors.of(member) if upward else member.user_id
            about = Letter.About.PEOPLE if upward else Letter.About.OWN
            found[reader, about.value].append(
                Reminder(
                    member=member,
                    step=one.step,
                    due_on=member.due_on,
                    planned_on=one.day,
                    made_at=now,
                )
            )
    return found


class _Superiors:
    """Whom a miss is told: the manager of the group, a director where that is nobody else."""

    def __init__(self, members: list[CycleMember]) -> None:
        managers = {member.group.manager_id for member in members if member.group}
        at_work = User.objects.at_work()
        self.known = set(at_work.filter(pk__in=managers - {None}).values_list("pk", flat=True))
        directors = at_work.filter(role=Role.DIRECTOR).order_by("pk")
        self.directors = list(directors.values_list("pk", flat=True)[:2])

    def of(self, member: CycleMember) -> int | None:
        manager = member.group.manager_id if member.group else None
        if manager in self.known and manager != member.user_id:
            return manager
        return next((pk for pk in self.directors if pk != member.user_id), None)


def _write(found: Found, *, now: datetime) -> None:
    readers = User.objects.in_bulk([reader for reader, _about in found if reader])
    letters = {
        key: Letter(
            reader=readers[key[0]],
            about=key[1],
            made_at=now,
            delivery=Letter.Delivery.QUEUED if readers[key[0]].email else Letter.Delivery.NONE,
        )
        for key in found
        if key[0] in readers
    }
    Letter.objects.bulk_create(letters.values(), batch_size=500)
    for key, reminders in found.items():
        for reminder in reminders:
            reminder.letter = letters.get(key)
    every = [reminder for reminders in found.values() for reminder in reminders]
    Reminder.objects.bulk_create(every, batch_size=500)
    Entry.objects.bulk_create(_told(letters.values(), found.values(), now=now), batch_size=500)


def _told(
    letters: Iterable[Letter], reminders: Iterable[list[Reminder]], *, now: datetime
) -> Iterable[Entry]:
    said = {rows[0].letter_id: rows for rows in reminders if rows[0].letter_id}
    for row in letters:
        steps = sorted({reminder.step for reminder in said[row.pk]})
        yield entry(
            "training.reminded",
            "person",
            row.reader_id,
            by=None,
            now=now,
            about=row.about,
            steps=steps,
            reminders=len(said[row.pk]),
        )


def send_letters(*, now: datetime, limit: int) -> int:
    """Mail up to `limit` letters that are due. Returns how many were tried.

    Claimed first, sent outside the transaction, at least once; see csservice/lib/mail.py.
    """
    rows = claim(Letter.objects.all(), now=now, limit=limit)
    said = Reminder.objects.select_related("member__cycle", "member__user").order_by("pk")
    full = Letter.objects.select_related("reader").prefetch_related(Prefetch("reminders", said))
    whole = full.in_bulk([row.pk for row in rows])
    post(((row, _mail(whole[row.pk])) for row in rows), now=now)
    return len(rows)


def _mail(row: Letter) -> EmailMessage:
    subject, body = letter(row)
    return EmailMessage(
        subject=subject,
        body=body,
        to=[row.reader.email] if row.reader.email else [],
        headers={
            "Message-ID": message_id("training", row.pk, row.made_at),
            "Auto-Submitted": "auto-generated",
        },
    )


@transaction.atomic
def send_letters_again(*, by: User, now: datetime) -> int:
    """Queue the letters whose mail was given up (T4). Returns how many. Raises PermissionDenied."""
    by.must(Can.SEE_STATUS)
    given_up = Letter.objects.failed()
    return given_up.update(delivery=Letter.Delivery.QUEUED, tries=0, send_at=now)
