"""The end of a demo ticket: satisfaction asked, answered, closed; sometimes opened again (W4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from csservice.demo.life import SYSTEM, Life, pace
from csservice.demo.stories import read
from feedback.models import Invitation, Response
from teams.hours import elapsed
from tickets import promise
from tickets.models import AnsweredVia, Outcome, Satisfaction

End = Invitation.End
ANSWERED, REFUSED = 0.58, 0.06


def ask(life: Life) -> Invitation:
    """The question goes out a few seconds after the service ended."""
    life.until(life.at + timedelta(seconds=life.random.randint(1, 5)))
    ticket = life.ticket
    address = ticket.reach_at if "@" in ticket.reach_at else ""
    invitation = Invitation(
        ticket=ticket,
        round=ticket.reopens,
        language=ticket.reply_language or life.language,
        address=address,
        delivery=Invitation.Delivery.SENT if address else Invitation.Delivery.NONE,
        asked_at=life.at,
        expires_at=life.at + promise.ASK_FOR,
    )
    life.invitations.append(invitation)
    life.tell("feedback.asked", by=SYSTEM, round=ticket.reopens, by_mail=bool(address))
    return invitation


def end(life: Life, invitation: Invitation) -> None:
    """The customer answers or refuses, or the link runs out; then the ticket is closed."""
    draw = life.random.random()
    if draw < ANSWERED:
        _soon(life)
        _answered(life)
        how = End.ANSWERED
    elif draw < ANSWERED + REFUSED:
        _soon(life)
        _without(life, Satisfaction.REFUSED, "feedback.refused")
        how = End.REFUSED
    else:
        life.until(invitation.expires_at + timedelta(seconds=life.random.randint(1, 60)))
        _without(life, Satisfaction.EXPIRED, "feedback.expired")
        how = End.EXPIRED
    invitation.finish(how, now=life.at)
    life.until(life.at + timedelta(seconds=life.random.randint(1, 30)))
    life.ticket.move("close")
    life.ticket.closed_at = life.at
    life.tell("ticket.closed", by=SYSTEM)


def _soon(life: Life) -> None:
    """Most answers come within the hour, some after days."""
    life.until(life.at + timedelta(seconds=int(min(life.takes(1500, 1.6), 9 * 86_400))))


def _answered(life: Life) -> None:
    ticket = life.ticket
    ticket.move("satisfaction")
    score = _score(life)
    comment = _comment(life, score)
    via = AnsweredVia.LINK if life.chance(0.85) else AnsweredVia.PHONE
    by = SYSTEM if via == AnsweredVia.LINK else life.owner
    ticket.satisfaction, ticket.satisfaction_at = Satisfaction.ANSWERED, life.at
    ticket.score, ticket.comment, ticket.answered_via = score, comment, via
    life.tell("feedback.received", by=by, score=score, via=via)
    life.responses.append(
        Response(
            ticket=ticket,
            round=ticket.reopens,
            score=score,
            comment=comment,
            via=via,
            wants_reply=score < 3 and life.chance(0.4),
            at=life.at,
        )
    )


def _without(life: Life, how: str, kind: str) -> None:
    life.ticket.move("satisfaction")
    life.ticket.satisfaction, life.ticket.satisfaction_at = how, life.at
    life.tell(kind, by=SYSTEM)


def _score(life: Life) -> int:
    """1 to 5: falls with the wait for the first answer (N2), and with a service that failed."""
    ticket = life.ticket
    waited_s = elapsed(life.hours, ticket.received_at, ticket.responded_at or life.at)
    mean = 4.85 - 0.5 * min(waited_s, 1500) / 300
    mean -= {Outcome.PARTLY: 0.6, Outcome.UNSOLVED: 1.6}.get(Outcome(ticket.outcome), 0)
    mean -= 0.3 * ticket.reopens + 0.5 * ticket.is_complaint + 0.8 * (pace(life.owner) - 1)
    return max(1, min(5, round(life.random.gauss(mean, 0.8))))


def _comment(life: Life, score: int) -> str:
    if not life.chance(0.6 if score < 3 else 0.25):
        return ""
    kind = "praise" if score > 3 else "middling" if score == 3 else "poor"
    chinese = life.language.startswith("zh")
    known = [text for text in read("names")[kind] if (max(text) > "\u3400") == chinese]
    return str(life.random.choice(known))


def reopen(life: Life, invitation: Invitation) -> None:
    """Opened again within the 14 days, counted; an open question ends with it (K3)."""
    ticket, ended_at = life.ticket, life.ticket.resolved_at
    if ended_at is None:
        return
    at = max(life.at, ended_at) + timedelta(seconds=life.random.randint(3600, 6 * 86_400))
    if at > ended_at + promise.REOPEN_FOR:
        return
    life.until(_open_time(life, at))
    ticket.move("reopen")
    reason = life.phrase("reopened")
    ticket.resolve_by = promise.resolve_by(life.hours, life.at, ticket.priority)
    ticket.outcome, ticket.summary, ticket.resolved_at, ticket.closed_at = "", "", None, None
    ticket.satisfaction, ticket.score, ticket.comment = "", None, ""
    ticket.answered_via, ticket.satisfaction_at = "", None
    ticket.reopens += 1
    if not invitation.end:
        invitation.finish(End.WITHDRAWN, now=life.at)
    life.tell("ticket.reopened", by=life.owner, reason=reason)


def _open_time(life: Life, at: datetime) -> datetime:
    """`at`, or the next opening of the group after it."""
    opens, _closes = next(life.hours.intervals(at, at + timedelta(days=7)))
    return opens.replace(microsecond=0)
