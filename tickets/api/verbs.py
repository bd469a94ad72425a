"""The verbs of a ticket: the same actions as the pages, each answers the ticket (contract.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, given, seen, versioned
from csservice.lib.errors import InvalidError
from csservice.lib.prepared import Prepared
from teams.http import ApiRequest
from teams.models import User
from teams.roles import Can
from tickets import actions
from tickets.actions._row import locked
from tickets.api import inputs
from tickets.api.shapes import Moves, TicketOut, held, ticket_out
from tickets.models import Customer, Ticket

_CUSTOMER = Prepared(lambda key, **who: Customer.objects.visible_to(User(**who)).filter(pk=key))
Verb = Callable[["TicketVerbs", ApiRequest, int], Response]


def verb(takes: type[Serializer[Any]], said: str) -> Callable[[Any], Any]:
    """A `POST tickets/<number>/<verb>/` that takes a body of `takes`; `said` is its summary."""

    def dress(method: Any) -> Any:
        routed = action(detail=True, methods=["post"])(method)
        return extend_schema(
            request=takes, responses=TicketOut, summary=said, description=method.__doc__ or ""
        )(routed)

    return dress


class TicketVerbs(Api, GenericViewSet[Ticket]):
    """What can be done to a ticket."""

    needs = Can.WORK_TICKETS
    conditional = True
    request: ApiRequest

    def moves_now(self) -> dict[str, str]:
        """The verbs that are open on the ticket of this request; for a 409."""
        if "number" not in self.kwargs:
            return {}
        rows = Ticket.objects.visible_to(self.request.user).filter(pk=self.kwargs["number"])
        found = rows.values_list("step", "waiting_on").first()
        return Moves().of(*found) if found else {}

    @contextmanager
    def deed(self, number: int) -> Iterator[dict[str, Any]]:
        """`by` and `now` for one action. With If-Match the row is locked and compared first, so
        that nothing comes between. Raises ChangedError, Ticket.DoesNotExist."""
        user, version = self.request.user, seen(self.request)
        common = {"by": user, "now": timezone.now()}
        if version is None:
            yield common
            return
        with transaction.atomic():
            locked(number, by=user, seen=version)
            yield common

    def answer(self, ticket: Ticket, *, now: datetime, status: int = 200) -> Response:
        """The ticket as an action has just left it, with its version as ETag."""
        data = ticket_out(held(ticket, by=self.request.user), now=now)
        return versioned(data, ticket.version, status)

    def _do(self, number: int, what: Callable[..., Ticket], sent: dict[str, Any]) -> Response:
        with self.deed(number) as common:
            ticket = what(number, **common, **sent)
        return self.answer(ticket, now=common["now"])

    @verb(inputs.RespondIn, "Answer the customer")
    def respond(self, request: ApiRequest, number: int) -> Response:
        """The first answer stops the five-minute clock. `internal` makes it a note instead."""
        return self._do(number, actions.respond, given(inputs.RespondIn, request))

    @verb(inputs.UseMacroIn, "Answer with a quick reply")
    def macro(self, request: ApiRequest, number: int) -> Response:
        """The reply, then what the quick reply does besides: all or nothing."""
        return self._do(number, actions.use_macro, given(inputs.UseMacroIn, request))

    @verb(inputs.TickIn, "Tick a point of the checklist")
    def tick(self, request: ApiRequest, number: int) -> Response:
        """`ticked` false takes the tick off. The version stays."""
        return self._do(number, actions.tick, given(inputs.TickIn, request))

    @verb(inputs.TextIn, "Leave an internal note")
    def note(self, request: ApiRequest, number: int) -> Response:
        """`@username` names a colleague. No answer to the customer."""
        return self._do(number, actions.note, given(inputs.TextIn, request))

    @verb(inputs.TextIn, "Record a call with the customer")
    def log_call(self, request: ApiRequest, number: int) -> Response:
        """A call that has been made; an answer like a reply."""
        return self._do(number, actions.log_call, given(inputs.TextIn, request))

    @verb(inputs.HearIn, "Record the customer's words")
    def hear(self, request: ApiRequest, number: int) -> Response:
        """The customer wrote or called again; ends the wait for the customer."""
        return self._do(number, actions.hear, given(inputs.HearIn, request))

    @verb(inputs.BasicsIn, "Record the basics")
    def record_basics(self, request: ApiRequest, number: int) -> Response:
        """Reception ends once the customer was answered and the basics are recorded."""
        sent = given(inputs.BasicsIn, request)
        if "customer" in sent:
            sent["customer"] = self._customer(sent["customer"])
        return self._do(number, actions.record_basics, sent)

    @verb(inputs.AnalyseIn, "Record the analysis and go on to the resolution")
    def analyse(self, request: ApiRequest, number: int) -> Response:
        """The need, the category, the answers of its guide, a proposed solution."""
        return self._do(number, actions.analyse, given(inputs.AnalyseIn, request))

    @verb(inputs.NothingIn, "Nothing more to do")
    def set_aside(self, request: ApiRequest, number: int) -> Response:
        """What the customer said after the end is read, and needs nothing more."""
        return self._do(number, actions.set_aside, {})

    @verb(inputs.NothingIn, "Undo a merge")
    def unmerge(self, request: ApiRequest, number: int) -> Response:
        """The ticket goes on where it was, and so do the clocks of both."""
        return self._do(number, actions.unmerge, {})

    @verb(inputs.SplitIn, "Split off another matter")
    def split(self, request: ApiRequest, number: int) -> Response:
        """Answers this ticket; `Location` names the new one, whose clocks start now."""
        with self.deed(number) as common:
            child = actions.split(number, **common, **given(inputs.SplitIn, request))
        parent = Ticket.objects.select_related("customer").get(pk=number)
        answer = self.answer(parent, now=common["now"])
        answer["Location"] = reverse("api-ticket-detail", args=[child.pk])
        return answer

    @verb(inputs.NothingIn, "Undo a split")
    def unsplit(self, request: ApiRequest, number: int) -> Response:
        """Of the new ticket, within 24 hours and before anybody goes on with it."""
        return self._do(number, actions.unsplit, {})

    @verb(inputs.WaiveIn, "Waive a broken promise")
    def waive(self, request: ApiRequest, number: int) -> Response:
        """The first call asks for it; a second person's, a manager's, grants it. The breach stays
        on record."""
        return self._do(number, actions.waive, given(inputs.WaiveIn, request))

    @verb(inputs.HandOverIn, "Hand over to an expert")
    def hand_over(self, request: ApiRequest, number: int) -> Response:
        """The owner stays until the expert accepts."""
        return self._do(number, actions.hand_over, given(inputs.HandOverIn, request))

    @verb(inputs.NothingIn, "Accept a hand-over")
    def accept(self, request: ApiRequest, number: int) -> Response:
        """The ticket becomes yours."""
        return self._do(number, actions.accept, {})

    @verb(inputs.ReasonIn, "Return a hand-over")
    def return_back(self, request: ApiRequest, number: int) -> Response:
        """The owner goes on, and reads why."""
        return self._do(number, actions.return_back, given(inputs.ReasonIn, request))

    @verb(inputs.ReleaseReplyIn, "Release a held reply")
    def release_reply(self, request: ApiRequest, number: int) -> Response:
        """Send what a colleague without valid certificates wrote; that is the answer (W1)."""
        return self._do(number, actions.release_reply, given(inputs.ReleaseReplyIn, request))

    @verb(inputs.ReturnReplyIn, "Give a held reply back")
    def return_reply(self, request: ApiRequest, number: int) -> Response:
        """It is not sent; the author reads why."""
        return self._do(number, actions.return_reply, given(inputs.ReturnReplyIn, request))

    @verb(inputs.WaitIn, "Wait for the customer, a third party or the regulator")
    def wait(self, request: ApiRequest, number: int) -> Response:
        """The clocks that the policy names stand still meanwhile: the resolution's, as a rule."""
        return self._do(number, actions.wait, given(inputs.WaitIn, request))

    @verb(inputs.NothingIn, "Resume the work")
    def resume(self, request: ApiRequest, number: int) -> Response:
        """The resolution deadline moves by the open time that was waited."""
        return self._do(number, actions.resume, {})

    @verb(inputs.ResolveIn, "Resolve")
    def resolve(self, request: ApiRequest, number: int) -> Response:
        """Names the outcome and what was advised; satisfaction is asked next."""
        return self._do(number, actions.resolve, given(inputs.ResolveIn, request))

    @verb(inputs.SatisfactionIn, "Record the customer's satisfaction")
    def satisfaction(self, request: ApiRequest, number: int) -> Response:
        """The answer that a specialist heard; `refused` when the customer does not want to."""
        sent = given(inputs.SatisfactionIn, request)
        if sent["refused"]:
            return self._do(number, actions.refuse_satisfaction, {})
        answer = {"score": sent["score"], "comment": sent["comment"], "via": sent["channel"]}
        return self._do(number, actions.record_satisfaction, answer)

    @verb(inputs.NothingIn, "Close")
    def close(self, request: ApiRequest, number: int) -> Response:
        """Needs an answer to the question for satisfaction, a refusal, or the link's expiry."""
        return self._do(number, actions.close, {})

    @verb(inputs.ReasonIn, "Reopen")
    def reopen(self, request: ApiRequest, number: int) -> Response:
        """Back to the resolution within 14 days; counts."""
        return self._do(number, actions.reopen, given(inputs.ReasonIn, request))

    @verb(inputs.AssignIn, "Assign")
    def assign(self, request: ApiRequest, number: int) -> Response:
        """To yourself from the queue; to others for a manager."""
        return self._do(number, actions.assign, given(inputs.AssignIn, request))

    @verb(inputs.MergeIn, "Merge into another ticket of the customer")
    def merge(self, request: ApiRequest, number: int) -> Response:
        """Closes this one as a duplicate."""
        key = given(inputs.MergeIn, request)["into"]
        into = Ticket.objects.visible_to(request.user).filter(pk=key).first()
        if into is None:
            raise InvalidError("into", _("Choose another ticket of the same customer."))
        return self._do(number, actions.merge, {"into": into})

    @verb(inputs.ComplaintIn, "Mark as a complaint")
    def mark_complaint(self, request: ApiRequest, number: int) -> Response:
        """`marked` false takes the mark off."""
        return self._do(number, actions.mark_complaint, given(inputs.ComplaintIn, request))

    def _customer(self, key: int) -> Customer:
        for found in _CUSTOMER(key, **self.request.user.shape):
            customer: Customer = found
            return customer
        raise InvalidError("customer", _("There is no such customer."))
