"""Doing a verb of a ticket from its page: the form read, the action called, the answer given."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import Group, User
from teams.roles import Can
from tickets.forms.desk import DeskForm, HandOverForm, ReasonForm
from tickets.forms.guide import read_answers, told
from tickets.models import Guide, Ticket
from tickets.views.ticket import found_by, ticket_of, whole
from tickets.views.ticket_page import Bound, analysis, may
from tickets.views.ticket_thread import Seen, news
from tickets.views.ticket_verbs import VERBS, Verb

# Verbs whose own card shows what is wrong; the others say it above the cards.
CARDS = frozenset({"record_basics", "analyse", "resolve", "satisfaction"})


@require_http_methods(["GET", "POST"])
def ticket_verb(request: Request, number: int, verb: str) -> HttpResponse:
    """One verb of one ticket. 403: the role has no work here; 404: unseen, or no such verb;
    422: refused or incomplete; 409: others changed the ticket since, and nothing typed is lost."""
    known = VERBS.get(verb)
    if known is None:
        raise Http404(verb)
    request.user.must(Can.WORK_TICKETS)
    found = ticket_of(request.user, number)
    if request.method == "GET":
        return _ask(request, found, verb, known)
    form = _form(known, verb, found, request)
    if not form.is_valid():
        return _again(request, found, verb, known, form, status=422)
    try:
        _do(request, found, verb, known, form)
    except ChangedError:
        return _changed(request, found, verb, known, form)
    except RefusedError as refusal:
        field = refusal.field if isinstance(refusal, InvalidError) else None
        form.add_error(field if field in form.fields else None, str(refusal))
        found = ticket_of(request.user, number)
        return _again(request, found, verb, known, form, status=422, fault=refusal)
    return _done(request, number, verb, known)


def _form(known: Verb, verb: str, found: Ticket, request: Request) -> DeskForm:
    posted = request.method == "POST"
    form = known.form(
        request.POST if posted else None,
        request.FILES if posted else None,
        ticket=found,
        user=request.user,
    )
    if isinstance(form, ReasonForm):
        form.ask(verb)
    if isinstance(form, HandOverForm):
        form.offer(*_experts(found, request.user))
    return form


def _ask(request: Request, found: Ticket, verb: str, known: Verb) -> HttpResponse:
    """The form of a verb by itself: in a drawer, or as a page where there is no script."""
    if known.part not in {"drawer", "card"} or known.move not in found.moves:
        return redirect("ticket", found.pk)
    form = _form(known, verb, found, request)
    return page(request, "tickets/verb.html", _asked(found, verb, known, form), partial="drawer")


def _asked(found: Ticket, verb: str, known: Verb, form: DeskForm) -> dict[str, Any]:
    guide = found.guide
    return {
        "ticket": found,
        "verb": verb,
        "title": known.title,
        "button": known.button,
        "form": form,
        "told": told(guide.questions, found.answers) if guide and verb == "hand_over" else [],
        "url": reverse("ticket-verb", args=[found.pk, verb]),
    }


def _do(request: Request, found: Ticket, verb: str, known: Verb, form: DeskForm) -> None:
    """Call the verb's action. `seen` goes with it where others must not have changed the ticket."""
    given = form.given
    if verb == "log_call":
        given.pop("files", None)
    if verb == "analyse":
        given["answers"] = _answers(found, form)
        given["draft"] = request.GET.get("draft") == "1"
    if known.guarded:
        given["seen"] = _read_version(found, request.user, form)
    known.act(found.pk, by=request.user, now=timezone.now(), **given)


def _read_version(found: Ticket, user: User, form: DeskForm) -> int | None:
    """The version that the person has read. Their own steps and the clock's are no news to them."""
    seen = Seen.read(form.cleaned_data.get("seen", ""))
    if seen is None:
        return None
    if seen.version != found.version and not news(found, user, seen).items:
        return found.version
    return seen.version


def _answers(found: Ticket, form: DeskForm) -> dict[str, Any]:
    category = form.cleaned_data.get("category")
    if category is None:
        return {}
    guide = found.guide if category.pk == found.category_id else None
    guide = guide or Guide.objects.in_force().filter(category=category).first()
    return read_answers(guide.questions, form.data) if guide else {}  # type: ignore[arg-type]


# ---- answers ------------------------------------------------------------------------------------
def _told(found: Ticket | None, known: Verb) -> str:
    """What is said when it is done; a reply may wait for its release."""
    if known is VERBS["respond"] and found is not None and found.messages.held().exists():
        return _("Your reply waits for release")
    return str(known.told)


def _done(request: Request, number: int, verb: str, known: Verb) -> HttpResponse:
    """Done: the workspace as it now is, or back to the ticket or the queue."""
    found = found_by(request.user, number)
    draft = verb == "analyse" and request.GET.get("draft") == "1"
    if draft and request.htmx:
        return _draft(request, found)
    if found is None or not request.htmx:
        return _away(request, found, _("Draft saved") if draft else _told(found, known))
    opens = request.headers.get("HX-Target", "").endswith("#work")
    context = whole(request, found) | {
        "composer_too": known.refreshes,
        "moved": known.part != "say" and not opens,
        "opened": opens,
        "beside_too": verb in {"record_basics", "merge"},
    }
    part = "work" if opens else "swap"
    answer = render(request, f"tickets/ticket.html#{part}", context)
    if opens:
        answer["HX-Push-Url"] = reverse("ticket", args=[number])
    said = str(known.told)
    answer["HX-Trigger"] = json.dumps(
        {"toast": {"text": said}, "queue:changed": "", "drawer:close": ""}
    )
    return answer


def _away(request: Request, found: Ticket | None, said: str) -> HttpResponse:
    """On to another page: the ticket, or the queue where it was asked for or the ticket is no
    longer ours to see."""
    messages.success(request, said)
    queue = reverse("queue")
    if found is None or request.POST.get("next") == queue:
        address = queue
    else:
        address = reverse("ticket", args=[found.pk])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _draft(request: Request, found: Ticket | None) -> HttpResponse:
    """What a kept draft changes on the page: the questions that follow, and when it was kept."""
    if found is None:
        raise Http404
    card = analysis(found, request.user, may(found, request.user), Bound())
    context = {**card, "ticket": found, "kept_at": timezone.now()}
    return render(request, "tickets/_draft.html", context)


def _again(
    request: Request,
    found: Ticket,
    verb: str,
    known: Verb,
    form: DeskForm,
    *,
    status: int,
    fault: Exception | None = None,
) -> HttpResponse:
    """The form as it was filled in, with what is wrong; the rest of the page as it now is."""
    if known.part == "drawer":
        return _drawer(request, _asked(found, verb, known, form), status=status)
    bound = _bound(found, verb, form, fault)
    context = whole(request, found, bound)
    if known.part == "say":
        context["mode"] = verb
    if not request.htmx:
        return render(request, "tickets/ticket.html", context, status=status)
    if known.part == "say":
        return _composer(request, context, status=status)
    if verb == "analyse" and request.GET.get("draft") == "1":
        return HttpResponse(status=204)
    return render(request, "tickets/ticket.html#swap", context, status=status)


def _drawer(request: Request, context: dict[str, Any], *, status: int) -> HttpResponse:
    """The drawer's form again: it stays open, the workspace beneath it as it was."""
    answer = page(request, "tickets/verb.html", context, partial="drawer", status=status)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#drawer-part", "outerMorph"
    return answer


def _composer(request: Request, context: dict[str, Any], *, status: int) -> HttpResponse:
    """The composer alone, morphed: text and chosen files stay where they are."""
    answer = render(request, "tickets/ticket.html#composer", context, status=status)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#composer", "outerMorph"
    return answer


def _bound(found: Ticket, verb: str, form: DeskForm, fault: Exception | None) -> Bound:
    place = "say" if VERBS[verb].part == "say" else verb
    bound = Bound(forms={place: form})
    if verb == "analyse":
        bound.answers = _answers(found, form) if hasattr(form, "cleaned_data") else None
        field = fault.field if isinstance(fault, InvalidError) else ""
        if field.startswith("answers."):
            bound.errors = {field.removeprefix("answers."): str(fault)}
    shown = place == "say" or (place in CARDS and VERBS[verb].move in found.moves)
    if not shown:
        bound.refused = " ".join(str(said) for said in form.non_field_errors())
    return bound


def _changed(
    request: Request, found: Ticket, verb: str, known: Verb, form: DeskForm
) -> HttpResponse:
    """Others were quicker: what is new is shown, what was typed stays, it can be sent anyway."""
    found = ticket_of(request.user, found.pk)
    seen = Seen.read(form.cleaned_data.get("seen", ""))
    fresh = news(found, request.user, seen) if seen else None
    if known.part == "drawer":
        said = _("This ticket has changed since you opened it. Read what is new, then send again.")
        form.add_error(None, said)
        context = _asked(found, verb, known, form) | {"fresh": fresh, "seen": fresh and fresh.seen}
        return _drawer(request, context, status=409)
    bound = _bound(found, verb, form, None)
    bound.news = fresh
    context = whole(request, found, bound)
    if known.part == "say":
        context["mode"] = verb
    if not request.htmx:
        return render(request, "tickets/ticket.html", context, status=409)
    if known.part == "say":
        return _composer(request, context, status=409)
    return render(request, "tickets/ticket.html#swap", context, status=409)


def _experts(found: Ticket, user: User) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Whom a ticket can be handed to: people with the skill first, then who is available."""
    skill = found.category.skill_id if found.category else None
    people = User.objects.at_work().working_tickets().exclude(pk=found.owner_id or user.pk)
    skilled = set(people.filter(skills=skill).values_list("pk", flat=True)) if skill else set()
    rows = sorted(
        people.values_list("pk", "name", "presence"),
        key=lambda row: (row[0] not in skilled, row[2] != "available", row[1]),
    )
    presences = dict(User._meta.get_field("presence").choices)  # type: ignore[arg-type]
    told_people = []
    for pk, name, presence in rows:
        values = {"name": name, "presence": presences[presence]}
        fits = _("%(name)s · %(presence)s · has the skill")
        said = fits if pk in skilled else _("%(name)s · %(presence)s")
        told_people.append((f"person:{pk}", said % values))
    groups = Group.objects.visible_to(user).order_by("name")
    return told_people, [(f"group:{group.pk}", str(group)) for group in groups]
