"""What the page of one ticket shows: stages, cards, conversation, composer, customer (ux.md S3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csservice.lib.templatetags.ui import moment
from teams.models import User
from teams.roles import Can
from tickets import guides, promise, thanks
from tickets.forms.desk import (
    AnalysisForm,
    BasicsForm,
    DeskForm,
    ResolveForm,
    SatisfactionForm,
    SayForm,
)
from tickets.forms.guide import answered, questions_of, told
from tickets.identity import masked_reach
from tickets.models import Category, Guide, Handover, Message, Step, Ticket, Waiting
from tickets.models.catalogue import in_language
from tickets.models.choices import PAUSES
from tickets.suitability import verdict
from tickets.views.clock_panel import panel_of
from tickets.views.complaint_card import card_of
from tickets.views.ticket_checklist import checklist
from tickets.views.ticket_thread import Thread, thread
from tickets.views.ticket_words import names_of, reason

STAGES: tuple[tuple[str, str | Promise], ...] = (
    (Step.RECEPTION, gettext_lazy("Reception")),
    (Step.ANALYSIS, gettext_lazy("Needs analysis")),
    (Step.RESOLUTION, gettext_lazy("Resolution")),
    (Step.FEEDBACK, gettext_lazy("Satisfaction")),
)
# Verbs of the owner alone (or a manager): one owner at a time (N4).
OWNERS = frozenset({"analyse", "hand_over", "wait", "resume", "resolve", "withdraw", "merge"})


class Stage(NamedTuple):
    """One place of the stepper. `state`: done, now or todo."""

    key: str
    label: str | Promise
    state: str
    words: str


@dataclass
class Bound:
    """What a refused post brings back to the page: the form with what was typed, and why."""

    forms: dict[str, DeskForm] = field(default_factory=dict)
    answers: Mapping[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    news: Thread | None = None
    refused: str = ""


def may(ticket: Ticket, user: User) -> dict[str, bool]:
    """The verbs that the page offers `user`: open now, and theirs to do."""
    works = user.can(Can.WORK_TICKETS)
    owner = ticket.owner_id == user.pk or user.can(Can.ASSIGN_TICKETS)
    free = ticket.owner_id is None
    offered = (
        ticket.handed_to_id == user.pk
        or (ticket.handed_to_group_id is not None and ticket.handed_to_group_id in user.group_ids)
        or user.can(Can.ASSIGN_TICKETS)
    )
    own = {
        "accept": offered and ticket.owner_id != user.pk,
        "return_back": offered or owner,
        "assign": user.can(Can.ASSIGN_TICKETS),
        "merge": owner or free,
        "withdraw": owner or free,
        "close": bool(ticket.satisfaction),
        "satisfaction": not ticket.satisfaction,
        "set_aside": owner and ticket.heard_after_the_end,
        "unmerge": owner and ticket.merged_into_id is not None,
        "split": owner or free,
        "unsplit": (owner or free) and ticket.split_from_id is not None,
        "waive": ticket.breached_at is not None
        or (ticket.resolved_at is not None and ticket.resolved_at > ticket.resolve_by),
        "reopen": bool(ticket.need and ticket.solution and not ticket.merged_into_id),
    }
    allowed = {
        verb: works and own.get(verb, owner if verb in OWNERS else True) for verb in ticket.moves
    }
    allowed["take"] = works and free and "assign" in ticket.moves
    return {verb: True for verb, yes in allowed.items() if yes}


def workspace(
    ticket: Ticket, user: User, *, now: datetime, bound: Bound | None = None
) -> dict[str, Any]:
    """Everything that the swappable part of the page prints."""
    bound = bound or Bound()
    talk = thread(ticket, user)
    verbs = may(ticket, user)
    return {
        "ticket": ticket,
        "user": user,
        "verbs": verbs,
        "url": reverse("ticket", args=[ticket.pk]),
        "stages": stages(ticket),
        "first": promise.first_response(
            received_at=ticket.received_at,
            due=ticket.respond_by,
            responded_at=ticket.responded_at,
            target_s=ticket.respond_s,
            took_s=ticket.respond_took_s,
            now=now,
        ),
        "resolution": promise.resolution(
            received_at=ticket.received_at,
            due=ticket.resolve_by,
            resolved_at=ticket.resolved_at,
            paused=ticket.waiting_on in PAUSES,
            target_s=ticket.resolve_s,
            took_s=ticket.resolve_took_s,
            now=now,
        ),
        "following": _following(ticket, now),
        "since_end": _since_end(ticket, talk),
        "panel": panel_of(ticket, now=now),
        "complaint": card_of(ticket, user, now=now),
        "because": _because(ticket),
        "reach": masked_reach(ticket.reach_at),
        "thread": talk,
        "seen": str(talk.seen),
        "bound": bound,
        "offer": _offer(ticket),
        "mode": "respond" if "respond" in verbs else "note",
        "say": bound.forms.get("say") or SayForm(ticket=ticket, user=user),
        **_stage_card(ticket, user, verbs, bound),
    }


def _following(ticket: Ticket, now: datetime) -> promise.Chip | None:
    """The clock of what the customer wrote since the last answer."""
    if ticket.answer_by is None or ticket.heard_at is None:
        return None
    owed_s = int((ticket.answer_by - ticket.heard_at).total_seconds())
    return promise.next_response(due=ticket.answer_by, target_s=owed_s, now=now)


class SinceEnd(NamedTuple):
    """What the customer said after the end, and whether it reads like thanks."""

    words: list[str]
    thanks: bool


def _since_end(ticket: Ticket, talk: Thread) -> SinceEnd | None:
    """None unless something said after the end waits to be looked at (rule 12)."""
    ended, heard = ticket.resolved_at, ticket.heard_at
    if ended is None or heard is None or not ticket.heard_after_the_end:
        return None
    said = [item for item in talk.items if item.kind == Message.Kind.CONTACT and item.at >= heard]
    soon = all(item.at <= ended + thanks.THANKS_FOR for item in said)
    words = [item.text for item in said]
    return SinceEnd(words, soon and all(thanks.reads_like_thanks(text) for text in words))


def _because(ticket: Ticket) -> str:
    because = ticket.assigned_because
    known = {ticket.owner.pk: ticket.owner.name} if ticket.owner else {}
    ids = {because[k] for k in ("by", "before") if isinstance(because.get(k), int)}
    return reason(because, known | names_of(ids - set(known)))


def _offer(ticket: Ticket) -> Handover | None:
    """The hand-over that waits to be accepted."""
    if ticket.waiting_on != Waiting.EXPERT:
        return None
    pending = Handover.objects.filter(ticket=ticket, accepted_at=None, returned_at=None)
    return pending.select_related("giver", "to", "to_group").first()


def stages(ticket: Ticket) -> list[Stage]:
    """The stepper: each stage's state in words beside its picture."""
    order = [key for key, _label in STAGES]
    closed = ticket.step == Step.CLOSED
    now_at = len(order) if closed else order.index(ticket.step)
    return [
        Stage(key, label, state, _stage_words(ticket, key, state))
        for place, (key, label) in enumerate(STAGES)
        for state in ["done" if place < now_at else "now" if place == now_at else "todo"]
    ]


def _stage_words(ticket: Ticket, key: str, state: str) -> str:
    if state == "todo":
        return _("Not started")
    if state == "now":
        return _words_now(ticket, key)
    if key == Step.FEEDBACK:
        return ticket.get_satisfaction_display() or _("Not asked")
    times = {Step.RECEPTION: ticket.responded_at, Step.RESOLUTION: ticket.resolved_at}
    ended = times.get(Step(key))
    if ended is None:
        return _("Not needed") if key == Step.RECEPTION else _("Done")
    return _("Done %(time)s") % {"time": moment(ended)}


def _words_now(ticket: Ticket, key: str) -> str:
    if key == Step.RECEPTION:
        return _("Basics are missing") if ticket.responded_at else _("Answer is owed")
    if key == Step.ANALYSIS:
        if ticket.guide is None:
            return _("In progress")
        done, of = answered(ticket.guide.questions, ticket.answers)
        return _("%(done)s of %(of)s answered") % {"done": done, "of": of}
    if key == Step.RESOLUTION:
        waits = {
            Waiting.CUSTOMER: _("Waits for the customer"),
            Waiting.EXPERT: _("Waits for an expert"),
            Waiting.THIRD: _("Waits for a third party"),
            Waiting.HOLD: _("Held by the regulator"),
        }
        return waits.get(Waiting(ticket.waiting_on), _("In progress"))
    return ticket.get_satisfaction_display() or _("To be asked")


# ---- the card of the current stage ------------------------------------------------------------
def _stage_card(
    ticket: Ticket, user: User, verbs: Mapping[str, bool], bound: Bound
) -> dict[str, Any]:
    """The form of the stage that the ticket is at, if `user` may fill it in; and what is done."""
    make = {
        Step.RECEPTION: _basics,
        Step.ANALYSIS: analysis,
        Step.RESOLUTION: _resolve,
        Step.FEEDBACK: _rating,
    }.get(Step(ticket.step))
    card = make(ticket, user, verbs, bound) if make else {}
    return {**card, "told": _told(ticket), "checklist": checklist(ticket)}


def _basics(t: Ticket, user: User, verbs: Mapping[str, bool], bound: Bound) -> dict[str, Any]:
    if "record_basics" not in verbs or t.basics_at:
        return {}
    form = bound.forms.get("record_basics") or BasicsForm(ticket=t, user=user)
    return {"basics": form}


def _resolve(t: Ticket, user: User, verbs: Mapping[str, bool], bound: Bound) -> dict[str, Any]:
    if "resolve" not in verbs:
        return {}
    return {"resolve": bound.forms.get("resolve") or ResolveForm(ticket=t, user=user)}


def _rating(t: Ticket, user: User, verbs: Mapping[str, bool], bound: Bound) -> dict[str, Any]:
    if "satisfaction" not in verbs:
        return {}
    via = t.channel if t.channel in {"branch", "chat"} else "phone"
    form = bound.forms.get("satisfaction") or SatisfactionForm(
        ticket=t, user=user, initial={"via": via}
    )
    return {"rating": form}


def analysis(ticket: Ticket, user: User, verbs: Mapping[str, bool], bound: Bound) -> dict[str, Any]:
    """The needs analysis: its form, the guide's questions that apply, and the product's verdict."""
    if "analyse" not in verbs:
        return {}
    form = bound.forms.get("analyse")
    suggested = None
    if form is None and ticket.category is None:
        suggested = suggest(ticket.subject)
    form = form or AnalysisForm(
        ticket=ticket, user=user, initial={"category": suggested.pk} if suggested else {}
    )
    guide = _guide(ticket, form, suggested)
    answers = ticket.answers if bound.answers is None else bound.answers
    questions = guide.questions if guide else []
    return {
        "analysis": form,
        "suggested": suggested,
        "guide": guide,
        "questions": questions_of(questions, answers, bound.errors),
        **product_of(ticket, form),
    }


def _guide(ticket: Ticket, form: DeskForm, suggested: Category | None) -> Guide | None:
    """The guide version that the ticket keeps, else the one in force for the chosen category."""
    chosen = form.data.get("category") if form.is_bound else None
    category = int(chosen) if chosen and chosen.isdecimal() else ticket.category_id
    if suggested is not None:
        category = suggested.pk
    if category is None:
        return None
    if ticket.guide is not None and category == ticket.category_id:
        ticket.guide.category = ticket.category or ticket.guide.category
        return ticket.guide
    return Guide.objects.in_force().filter(category=category).select_related("category").first()


def suggest(subject: str) -> Category | None:
    """The category whose words the subject holds; None when none speaks up."""
    known = Category.objects.in_use().exclude(words="")
    found = guides.suggested(subject, known.values_list("pk", "words"))
    return Category.objects.get(pk=found) if found else None


def product_of(ticket: Ticket, form: DeskForm) -> dict[str, Any]:
    """The product that is chosen, and whether its risk suits the customer (N3)."""
    chosen = form.data.get("product") if form.is_bound else ticket.product_id
    if not chosen:
        return {}
    products: Any = form.fields["product"]
    product = next((p for p in products.queryset if str(p.pk) == str(chosen)), None)
    if product is None:
        return {}
    profile = ticket.customer.risk_profile
    suits = verdict(risk_level=product.risk_level, risk_profile=profile)
    told_of = [
        (_("Features"), in_language(product.features, product.features_zh)),
        (_("Risks"), in_language(product.risks, product.risks_zh)),
        (_("Suitable for"), in_language(product.suitable, product.suitable_zh)),
    ]
    return {"product": product, "suits": suits, "product_told": told_of}


def _told(ticket: Ticket) -> list[tuple[str, str]]:
    """The guide's questions with the answers given, for the summary of the finished analysis."""
    if ticket.guide is None or ticket.step in {Step.RECEPTION, Step.ANALYSIS}:
        return []
    return told(ticket.guide.questions, ticket.answers)
