"""What a running drill does by itself: customers come and answer as the script says (plan L4)."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import RefusedError
from teams.models import User
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.models.choices import OPEN
from training import scripts
from training.models import DrillCue, DrillSeat

# Stands behind a simulated customer's name wherever it is read, in both languages.
MARK = "(drill 演练)"
DONE = ("done_at", "due_at", "skipped", "why", "ticket")
Kind = DrillCue.Kind
TROUBLE = (RefusedError, PermissionDenied, Ticket.DoesNotExist)


@transaction.atomic
def run_drills(*, now: datetime, limit: int) -> int:
    """Play up to `limit` cues of running drills that are due, and of those whose ticket got where
    they wait for. Returns how many were taken: `limit`, when there may be more.

    Each cue is played once: rows that another beat holds are skipped, and done ones are not due.
    What is late after an outage of the worker comes now, so nobody's clock runs before they see it.
    A cue that cannot be played is skipped with the reason, and holds up no other.
    """
    taken = 0
    for rows in (DrillCue.objects.met(), DrillCue.objects.due(now)):
        held = rows.select_for_update(of=("self",), skip_locked=True)
        for cue in held.select_related("drill__trainer")[: limit - taken]:
            taken += 1
            _take(cue, now=now)
    return taken


def _take(cue: DrillCue, *, now: datetime) -> None:
    if cue.due_at is None and cue.after_s:
        cue.due_at = now + cue.drill.pace(cue.after_s)
        cue.save(update_fields=["due_at"])
        return
    try:
        with transaction.atomic():
            _play(cue, now=now)
    except TROUBLE as error:
        cue.skipped, cue.why = True, (str(error) or _("Not allowed."))[:200]
    cue.done_at = now
    cue.save(update_fields=DONE)


def _play(cue: DrillCue, *, now: datetime) -> None:
    if cue.kind == Kind.CONTACT:
        _come(cue, now=now)
    elif cue.kind == Kind.SAYS:
        _say(cue, now=now)


def _come(cue: DrillCue, *, now: datetime) -> None:
    """A simulated customer turns up with somebody who takes part: through the same reception."""
    said, drill = cue.said, cue.drill
    seats = {seat.user_id: seat for seat in _seats(cue)}
    speaks = {pk: seat.user.speaks for pk, seat in seats.items()}
    served = {pk: seat.served for pk, seat in seats.items()}
    if not seats:
        raise RefusedError(_("Nobody who takes part is at work."))
    seat = seats[scripts.dealt(speaks, served, said["language"])]
    customer = tickets.make_customer(
        by=drill.trainer,
        now=now,
        name=f"{said['name']} {MARK}",
        language=said["language"],
        segment=said["segment"],
        is_drill=True,
    )
    cue.ticket = tickets.receive(
        by=seat.user,
        channel=said["channel"],
        subject=said["subject"],
        description=said["text"],
        customer=customer,
        now=now,
    )
    seat.served += 1
    seat.save(update_fields=["served"])
    DrillCue.objects.bulk_create(_sayings(cue, now=now))


def _seats(cue: DrillCue) -> list[DrillSeat]:
    """Those who take part and are at work, locked: two beats deal one after the other."""
    rows = DrillSeat.objects.filter(drill=cue.drill_id, user__is_active=True)
    return list(rows.select_related("user").select_for_update(of=("self",)).order_by("pk"))


def _sayings(cue: DrillCue, *, now: datetime) -> list[DrillCue]:
    found = []
    for one in cue.said["says"]:
        after = float(one["after"])
        timed = one["when"] == scripts.UNANSWERED
        found.append(
            DrillCue(
                drill=cue.drill,
                kind=Kind.SAYS,
                when=one["when"],
                after_s=after,
                said={"text": one["text"]},
                ticket=cue.ticket,
                due_at=now + cue.drill.pace(after) if timed else None,
            )
        )
    return found


def _say(cue: DrillCue, *, now: datetime) -> None:
    """The customer's words, kept by whoever has the ticket; nothing where it is not needed."""
    ticket = Ticket.objects.select_related("owner").get(drill_cues=cue)
    gone = ticket.step not in OPEN or ticket.owner is None
    answered = cue.when == scripts.UNANSWERED and ticket.responded_at is not None
    if gone or answered:
        cue.skipped = True
        return
    owner: User = ticket.owner  # type: ignore[assignment]
    tickets.hear(ticket.pk, by=owner, text=cue.said["text"], channel=ticket.channel, now=now)
