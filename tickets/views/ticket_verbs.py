"""Every verb of a ticket as a page: GET asks what it needs, POST does it (W1-W4).

Without JavaScript: POST, then back to the ticket. With htmx: the workspace as it now is. One table
says for each verb its form, its action and where its form stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.models import User
from tickets import actions
from tickets.forms.desk import (
    AnalysisForm,
    AssignForm,
    BasicsForm,
    ComplaintForm,
    DeskForm,
    EndForm,
    HandOverForm,
    HearForm,
    MergeForm,
    ReasonForm,
    ResolveForm,
    SatisfactionForm,
    SayForm,
    WaiveForm,
)
from tickets.forms.macros import ReplyForm
from tickets.forms.splitting import SplitForm
from tickets.forms.waiting import WaitForm
from tickets.models import Ticket

Act = Callable[..., Ticket]


class Verb(NamedTuple):
    """`part`: where its form stands: `say` (composer), `card` (a stage), `drawer`, or none.

    `move`: its name in Ticket.MOVES. `told`: what is said when it is done. `guarded`: refused when
    others changed the ticket since the page was read. `refreshes`: the composer starts anew.
    """

    form: type[DeskForm]
    act: Act
    move: str
    part: str
    told: str | Promise
    title: str | Promise = ""
    button: str | Promise = ""
    guarded: bool = False
    refreshes: bool = False


def _take(number: int, *, by: User, now: datetime) -> Ticket:
    return actions.assign(number, by=by, to=by, now=now)


def _reply(
    number: int, *, by: User, now: datetime, macro: int | None, steps: bool, **given: Any
) -> Ticket:
    """The answer; with the quick reply that it was begun with, what that does besides (W1)."""
    if macro is None:
        return actions.respond(number, by=by, now=now, **given)
    return actions.use_macro(number, by=by, macro=macro, steps=steps, now=now, **given)


def _end(number: int, *, by: User, now: datetime, **given: Any) -> Ticket:
    return actions.resolve(number, by=by, now=now, **given)


VERBS: Mapping[str, Verb] = {
    "respond": Verb(
        ReplyForm, _reply, "respond", "say", _("Reply sent"), guarded=True, refreshes=True
    ),
    "note": Verb(
        SayForm, actions.note, "note", "say", _("Note saved"), guarded=True, refreshes=True
    ),
    "log_call": Verb(
        SayForm, actions.log_call, "respond", "say", _("Call logged"), guarded=True, refreshes=True
    ),
    "hear": Verb(
        HearForm, actions.hear, "hear", "drawer", _("Saved"),
        _("The customer got in touch again"), _("Save"),
    ),
    "record_basics": Verb(
        BasicsForm, actions.record_basics, "record_basics", "card", _("Basics saved"),
        _("Change the basics"), _("Save"), guarded=True,
    ),
    "analyse": Verb(
        AnalysisForm, actions.analyse, "analyse", "card", _("On to the resolution"), guarded=True
    ),
    "resolve": Verb(
        ResolveForm, actions.resolve, "resolve", "card", _("The service has ended"), guarded=True
    ),
    "withdraw": Verb(
        EndForm, _end, "withdraw", "drawer", _("The contact has ended"),
        _("End without service"), _("End the contact"), guarded=True, refreshes=True,
    ),
    "satisfaction": Verb(
        SatisfactionForm, actions.record_satisfaction, "satisfaction", "card", _("Rating recorded")
    ),
    "refuse_satisfaction": Verb(
        DeskForm, actions.refuse_satisfaction, "satisfaction", "", _("Refusal recorded")
    ),
    "close": Verb(DeskForm, actions.close, "close", "", _("Ticket closed"), refreshes=True),
    "reopen": Verb(
        ReasonForm, actions.reopen, "reopen", "drawer", _("Open again"),
        _("Open the ticket again"), _("Reopen"), refreshes=True,
    ),
    "hand_over": Verb(
        HandOverForm, actions.hand_over, "hand_over", "drawer", _("Handed over"),
        _("Hand over"), _("Hand over"), guarded=True,
    ),
    "accept": Verb(DeskForm, actions.accept, "accept", "", _("The ticket is yours")),
    "return_back": Verb(
        ReasonForm, actions.return_back, "return_back", "drawer", _("Returned"),
        _("Return the ticket"), _("Return"),
    ),
    "wait": Verb(
        WaitForm, actions.wait, "wait", "drawer", _("Paused"), _("Wait for somebody"), _("Pause"),
    ),
    "resume": Verb(DeskForm, actions.resume, "resume", "", _("Going on")),
    "take": Verb(DeskForm, _take, "assign", "", _("The ticket is yours")),
    "assign": Verb(
        AssignForm, actions.assign, "assign", "drawer", _("Assigned"),
        _("Assign to somebody else"), _("Assign"), guarded=True,
    ),
    "merge": Verb(
        MergeForm, actions.merge, "merge", "drawer", _("Merged"),
        _("Merge with another ticket"), _("Merge"), refreshes=True,
    ),
    "waive": Verb(
        WaiveForm, actions.waive, "waive", "drawer", _("The waiver is on record"),
        _("Waive a broken promise"), _("Waive"),
    ),
    "set_aside": Verb(DeskForm, actions.set_aside, "set_aside", "", _("Set aside"), refreshes=True),
    "unmerge": Verb(DeskForm, actions.unmerge, "unmerge", "", _("The merge is undone")),
    "split": Verb(
        SplitForm, actions.split, "split", "drawer", _("Split off as a new ticket"),
        _("Split off another matter"), _("Split off"), guarded=True,
    ),
    "unsplit": Verb(DeskForm, actions.unsplit, "unsplit", "", _("The split is undone")),
    "mark_complaint": Verb(
        ComplaintForm, actions.mark_complaint, "mark_complaint", "", _("Saved")
    ),
}  # fmt: skip
