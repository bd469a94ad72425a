"""Writes of quick replies: kept by managers or their owner, used in an answer (W1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import Group, User
from teams.roles import Can
from tickets import macros
from tickets.actions._row import given, locked, save
from tickets.actions.files import Upload
from tickets.actions.outcome import mark_complaint
from tickets.actions.thread import note, respond
from tickets.actions.waiting import wait
from tickets.models import Macro, MacroUse, Priority, Ticket
from tickets.models.choices import PAUSES

SCOPES = ("everybody", "group", "own")
TEXTS = ("text_en", "text_zh")
MOST_OWN = 100
CHOICES = {"value": set(Priority.values), "for": {str(one) for one in PAUSES}}


@transaction.atomic
def save_macro(
    macro_id: int | None, *, by: User, now: datetime, seen: int | None = None, **fields: Any
) -> Macro:
    """Make a macro (`macro_id` None) or change what is given of one.

    `scope`: everybody, group (with `group`) or own; whose it is stays once it is made.

    Raises PermissionDenied, Macro.DoesNotExist, ChangedError (`seen`), InvalidError (a field; an
    unknown placeholder or step; a shortcut that is taken); then nothing is written.
    """
    by.must(Can.KEEP_OWN)
    macro = _locked(macro_id, by=by, seen=seen) if macro_id else Macro()
    if macro_id is None:
        _for_whom(macro, by=by, scope=fields.get("scope", "own"), group=fields.get("group"))
    fields = {name: value for name, value in fields.items() if name not in {"scope", "group"}}
    _may_keep(macro, by=by)
    fields = _checked(macro, fields)
    changed = sorted(key for key, value in fields.items() if getattr(macro, key) != value)
    for key, value in fields.items():
        setattr(macro, key, value)
    if macro_id and not changed:
        return macro
    _one_meaning(macro)
    macro.version += 1 if macro_id else 0
    macro.save(force_insert=not macro_id, update_fields=[*fields, "version"] if macro_id else None)
    kind = "macro.changed" if macro_id else "macro.made"
    record(kind, "macro", macro.pk, by=by, now=now, scope=macro.scope, fields=changed)
    return macro


@transaction.atomic
def retire_macro(
    macro_id: int, *, by: User, now: datetime, seen: int | None = None, active: bool = False
) -> Macro:
    """Take a macro out of use, or bring it back (`active`). What was written with it stays.

    Raises PermissionDenied, Macro.DoesNotExist, ChangedError, RefusedError (it is so already),
    InvalidError (its shortcut is taken meanwhile).
    """
    by.must(Can.KEEP_OWN)
    macro = _locked(macro_id, by=by, seen=seen)
    _may_keep(macro, by=by)
    if macro.active == active:
        raise RefusedError(_("It is in use already.") if active else _("It is retired already."))
    macro.active = active
    if active:
        _one_meaning(macro)
    macro.version += 1
    macro.save(update_fields=["active", "version"])
    kind = "macro.restored" if active else "macro.retired"
    record(kind, "macro", macro.pk, by=by, now=now, scope=macro.scope)
    return macro


@transaction.atomic
def use_macro(
    ticket_id: int,
    *,
    by: User,
    macro: int,
    now: datetime,
    text: str | None = None,
    steps: bool = True,
    seen: int | None = None,
    files: Sequence[Upload] = (),
) -> Ticket:
    """Answer with a macro, then do its steps, all or nothing. The answer is `respond`: it stops the
    five-minute clock (W1).

    `text`: as it was edited; None: as the macro fills it in. `steps` False: the answer alone, as
    where it waits for release.
    Raises as `respond`, InvalidError (`macro`: not theirs, retired), RefusedError (a step that is
    not open now).
    """
    by.must(Can.WORK_TICKETS)
    ticket = locked(ticket_id, by=by, seen=seen)
    found = Macro.objects.at_hand(by).in_use().filter(pk=macro).first()
    if found is None:
        raise InvalidError("macro", _("This quick reply is no longer in use. Choose another."))
    answer = found.filled(ticket, by).text if text is None else text
    ticket = respond(ticket_id, by=by, text=answer, now=now, files=files)
    held = by.learns_in(ticket.group, now) and not ticket.is_drill
    wanted = found.steps if steps and not held else []
    for step in wanted:
        ticket = _do(ticket, step, by=by, now=now)
    done = [step["do"] for step in wanted]
    record("ticket.macro_used", "ticket", ticket.pk, by=by, now=now, macro=found.pk, steps=done)
    if not ticket.is_drill:
        _count(found, by=by, now=now)
    return ticket


def _do(ticket: Ticket, step: macros.Step, *, by: User, now: datetime) -> Ticket:
    """Notes and reasons are for colleagues: in the language of who leaves them."""
    said = partial(macros.words, step, language=by.language)
    deeds: dict[str, Callable[[], Ticket]] = {
        "priority": lambda: _set_priority(ticket.pk, step["value"], by=by, now=now),
        "complaint": lambda: mark_complaint(ticket.pk, by=by, now=now),
        "note": lambda: note(ticket.pk, by=by, text=said("text"), now=now),
        "wait": lambda: wait(ticket.pk, by=by, reason=said("reason"), for_=step["for"], now=now),
    }
    try:
        return deeds[step["do"]]()
    except RefusedError as refusal:
        raise RefusedError(
            _("%(why)s Or send the text alone, without what the quick reply does besides.")
            % {"why": refusal}
        ) from refusal


def _set_priority(ticket_id: int, priority: str, *, by: User, now: datetime) -> Ticket:
    ticket = locked(ticket_id, by=by)
    if ticket.priority != priority:
        ticket.priority = Priority(priority)
        save(ticket, "priority", by=by, now=now)
        record("ticket.priority_set", "ticket", ticket.pk, by=by, now=now, priority=priority)
    return ticket


def _count(macro: Macro, *, by: User, now: datetime) -> None:
    """One more use. The macro's own row comes last: others who use it wait for this lock."""
    on = timezone.localdate(now)
    known = MacroUse.objects.filter(macro=macro, user=by, on=on)
    if not known.update(n=F("n") + 1):
        row, first = MacroUse.objects.get_or_create(macro=macro, user=by, on=on)
        if not first:
            known.filter(pk=row.pk).update(n=F("n") + 1)
    Macro.objects.filter(pk=macro.pk).update(uses=F("uses") + 1, last_used_at=now)


def _locked(macro_id: int, *, by: User, seen: int | None) -> Macro:
    macro = Macro.objects.visible_to(by).select_for_update().get(pk=macro_id)
    if seen is not None and seen != macro.version:
        raise ChangedError(_("This has changed since you read it. Read it again, then repeat."))
    return macro


def _may_keep(macro: Macro, *, by: User) -> None:
    by.must(Can.WORK_TICKETS if macro.owner_id else Can.KEEP_CATALOGUE)


def _for_whom(macro: Macro, *, by: User, scope: str, group: Group | None) -> None:
    if scope not in SCOPES:
        raise InvalidError("scope", _("Choose whom it is for."))
    if scope == "own":
        macro.owner = by
        if Macro.objects.filter(owner=by, active=True).count() >= MOST_OWN:
            raise InvalidError("scope", _("You have many of your own. Retire one first."))
    if scope == "group":
        if group is None:
            raise InvalidError("group", _("Choose the group."))
        macro.group = group


def _checked(macro: Macro, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises InvalidError with the first that is wrong."""
    new = macro.pk is None
    if new or "name" in fields:
        fields["name"] = given("name", fields.get("name", ""), _("Enter the name."))
    if new or "shortcut" in fields:
        fields["shortcut"] = macros.shortcut_of(fields.get("shortcut", ""))
        said = _("Enter a shortcut of letters, digits, - and _, for example greet.")
        given("shortcut", fields["shortcut"], said)
    for name in TEXTS:
        if name in fields:
            fields[name] = fields[name].strip()
            for hole in macros.unknown(fields[name]):
                raise InvalidError(name, unknown_placeholder(hole))
    if not any(fields.get(name, getattr(macro, name)) for name in TEXTS):
        raise InvalidError("text_en", _("Write the text, in one language at least."))
    if "steps" in fields:
        fields["steps"] = _steps(fields["steps"])
    return fields


def unknown_placeholder(hole: str) -> str:
    """What is wrong with {hole}, and what may stand there."""
    known = " ".join(f"{{{name}}}" for name in macros.PLACEHOLDERS)
    said = _("Nothing is known for {%(hole)s}. What can be filled in: %(known)s")
    return said % {"hole": hole, "known": known}


def _steps(steps: Sequence[Any]) -> list[macros.Step]:
    sentences = {
        "unknown": _("Choose one of the steps."),
        "twice": _("Name each step once."),
        "value": _("Choose the priority."),
        "text": _("Write the note that is left."),
        "for": _("Choose who is waited for."),
        "reason": _("Enter what is waited for."),
    }
    try:
        return macros.steps_of(steps, CHOICES)
    except ValueError as fault:
        raise InvalidError("steps", sentences[str(fault)]) from None


def _one_meaning(macro: Macro) -> None:
    """Raises InvalidError when the shortcut means another one to the same people."""
    same = Macro.objects.in_use().filter(owner=macro.owner_id, group=macro.group_id)
    if macro.active and same.filter(shortcut=macro.shortcut).exclude(pk=macro.pk).exists():
        raise InvalidError("shortcut", _("Enter another shortcut: this one is taken."))
