"""The customer answers, or would rather not, by the link (W4). Its signature is the sign-in."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.lib.errors import RefusedError
from feedback.models import Invitation, Response
from tickets import actions as tickets
from tickets.models import AnsweredVia, Ticket

COMMENT_LENGTH = 2000


class ClosedLinkError(RefusedError):
    """The link was used or has ended. `invitation` tells how, for the page in its own words."""

    def __init__(self, invitation: Invitation, ending: str) -> None:
        super().__init__(_("This question has ended."))
        self.invitation, self.ending = invitation, ending


@transaction.atomic
def answer(token: str, *, score: int, comment: str, wants_reply: bool, now: datetime) -> Response:
    """Keep the customer's answer, 1 very poor to 5 very good, once (W4, K1).

    The invitation is locked before it is read, so of two taps at once one is kept.
    `comment` is cut at COMMENT_LENGTH characters; it may be empty.

    Raises Invitation.DoesNotExist (not our link), ClosedLinkError (used, ended, reopened),
    InvalidError (`score`); then nothing is written.
    """
    invitation = _open(token, now=now)
    comment = comment.strip()[:COMMENT_LENGTH]
    tickets.record_satisfaction(
        invitation.ticket_id, by=None, score=score, comment=comment, via=AnsweredVia.LINK, now=now
    )
    response = Response.objects.create(
        ticket_id=invitation.ticket_id,
        round=invitation.round,
        score=score,
        comment=comment,
        via=AnsweredVia.LINK,
        wants_reply=wants_reply,
        at=now,
    )
    invitation.finish(Invitation.End.ANSWERED, now=now)
    invitation.save(update_fields=["ended_at", "end"])
    return response


@transaction.atomic
def refuse(token: str, *, now: datetime) -> Invitation:
    """Keep that the customer would rather not answer. Raises as `answer`."""
    invitation = _open(token, now=now)
    tickets.refuse_satisfaction(invitation.ticket_id, by=None, now=now)
    invitation.finish(Invitation.End.REFUSED, now=now)
    invitation.save(update_fields=["ended_at", "end"])
    return invitation


def _open(token: str, *, now: datetime) -> Invitation:
    """The locked invitation of an open question. Locks: first the invitation, then the ticket."""
    invitation = Invitation.objects.signed(token).select_for_update(of=("self",)).get()
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=invitation.ticket_id)
    ending = invitation.ending(ticket, now=now)
    if ending:
        raise ClosedLinkError(invitation, ending)
    return invitation
