"""Writes of emergency drills: written, planned, run by the trainer, debriefed (plan L4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from teams.roles import ROLES, Can
from tickets.actions import end_drill as end_tickets
from training import scripts
from training.actions._book import book
from training.models import (
    Area,
    Drill,
    DrillCue,
    DrillRating,
    DrillSeat,
    Scenario,
    Way,
)

SLOWEST, FASTEST = Decimal("0.25"), Decimal(20)
MOST_PEOPLE = 100
Kind = DrillCue.Kind


# ---- scenarios --------------------------------------------------------------------------------
@transaction.atomic
def save_scenario(
    scenario_id: int | None,
    *,
    by: User,
    text: str,
    now: datetime,
    active: bool = True,
    seen: int | None = None,
) -> Scenario:
    """Keep a script of one's own (None: a new one). Drills keep the text they were planned with.

    Raises PermissionDenied, Scenario.DoesNotExist, ChangedError, InvalidError (`text`).
    """
    by.must(Can.AUTHOR_COURSES)
    row = Scenario.objects.select_for_update().get(pk=scenario_id) if scenario_id else Scenario()
    if seen is not None and seen != row.version:
        raise ChangedError(_("This scenario has changed since you opened it. Read it again."))
    script = readable(text)
    if Scenario.objects.filter(name=script.name.en).exclude(pk=row.pk).exists():
        raise InvalidError("text", _("There is a scenario with this name. Give another one."))
    row.kind, row.name, row.name_zh = script.kind, script.name.en, script.name.zh
    row.text, row.active, row.changed_at, row.changed_by = text, active, now, by
    row.version = row.version + 1 if row.pk else 1
    row.save()
    record("scenario.saved", "scenario", row.pk, by=by, now=now, version=row.version)
    return row


def readable(text: str) -> scripts.Script:
    """The script. Raises InvalidError (`text`) that names where it cannot be played."""
    try:
        return scripts.read(text)
    except scripts.ScriptError as error:
        if error.where == "toml":
            said = _("The script cannot be read: %(what)s.") % {"what": error.field}
        else:
            said = _("In “%(where)s” the value of “%(what)s” is missing or not possible.")
            said = said % {"where": error.where, "what": error.field}
        raise InvalidError("text", said) from None


# ---- a run ------------------------------------------------------------------------------------
@transaction.atomic
def plan_drill(
    *,
    by: User,
    people: Iterable[User],
    second: User,
    planned_for: datetime,
    now: datetime,
    scenario: Scenario | None = None,
    code: str = "",
    speed: Decimal = Decimal(1),
) -> Drill:
    """Plan a run of one's own scenario or of a shipped one (`code`), by `by` as its trainer.

    `people`: whom `by` runs and who work tickets; `second` rates beside the trainer.
    Raises PermissionDenied, InvalidError (`people`, `second`, `scenario`, `speed`).
    """
    by.must(Can.RUN_TRAINING)
    text = scenario.text if scenario is not None else scripts.shipped().get(code)
    if text is None or (scenario is not None and not scenario.active):
        raise InvalidError("scenario", _("Choose a scenario that is in use."))
    if not SLOWEST <= speed <= FASTEST:
        raise InvalidError("speed", _("Enter a speed from 0.25 to 20."))
    seats = _fit(people, by=by)
    if not second.can(Can.RUN_TRAINING) or not second.is_active or second.pk in {by.pk, *seats}:
        said = _("Choose a second rater who runs training and does not take part.")
        raise InvalidError("second", said)
    script = readable(text)
    drill = Drill.objects.create(
        scenario=scenario,
        kind=script.kind,
        name=script.name.en,
        name_zh=script.name.zh,
        text=text,
        speed=speed,
        trainer=by,
        second=second,
        planned_for=planned_for,
        made_at=now,
    )
    DrillSeat.objects.bulk_create(DrillSeat(drill=drill, user_id=user) for user in seats)
    record("drill.planned", "drill", drill.pk, by=by, now=now, people=seats, second=second.pk)
    return drill


def second_raters(but: User) -> list[User]:
    """Who may rate beside `but`, by name."""
    roles = [role for role, can in ROLES.items() if Can.RUN_TRAINING in can]
    found = User.objects.at_work().filter(role__in=roles).exclude(pk=but.pk).in_name_order()
    return list(found)


def _fit(people: Iterable[User], *, by: User) -> list[int]:
    wanted = {user.pk for user in people}
    mine = User.objects.at_work().working_tickets().run_by(by).filter(pk__in=wanted)
    found = sorted(mine.exclude(pk=by.pk).values_list("pk", flat=True))
    if not 1 <= len(found) <= MOST_PEOPLE or len(found) < len(wanted):
        said = _("Choose 1 to %(most)s people whom you run and who work tickets.")
        raise InvalidError("people", said % {"most": MOST_PEOPLE})
    return found


@transaction.atomic
def start_drill(drill_id: int, *, by: User, now: datetime) -> Drill:
    """Begin: from now on the script plays by itself. Raises as `pause_drill`."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "start", by=by)
    drill.started_at = now
    _kept(drill, "started_at", by=by, now=now, verb="started")
    script = drill.script()
    cues = [_cue(drill, Kind.EVENT, one.at, _told(one.text), now) for one in script.happenings]
    cues += [_cue(drill, Kind.CONTACT, one.at, visitor(one), now) for one in script.visitors]
    DrillCue.objects.bulk_create(cues)
    return drill


@transaction.atomic
def pause_drill(drill_id: int, *, by: User, now: datetime) -> Drill:
    """Nothing more of the script happens; the clocks of the tickets go on, as in real life.

    Raises PermissionDenied (not the trainer), Drill.DoesNotExist, RefusedError (not open now).
    """
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "pause", by=by)
    drill.paused_at = now
    _kept(drill, "paused_at", by=by, now=now, verb="paused")
    return drill


@transaction.atomic
def resume_drill(drill_id: int, *, by: User, now: datetime) -> Drill:
    """Go on where it stood: what was to come moves by the pause. Raises as `pause_drill`."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "resume", by=by)
    stood = now - drill.paused_at if drill.paused_at else now - now
    drill.cues.open().filter(due_at__isnull=False).update(due_at=F("due_at") + stood)
    drill.paused_at = None
    _kept(drill, "paused_at", by=by, now=now, verb="resumed")
    return drill


@transaction.atomic
def end_drill(drill_id: int, *, by: User, now: datetime) -> Drill:
    """The end: nothing more comes, open simulated tickets are closed. Raises as `pause_drill`."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "end", by=by)
    drill.ended_at, drill.paused_at = now, None
    _kept(drill, "ended_at", "paused_at", by=by, now=now, verb="ended")
    while drill.cues.open().exists():  # it waits for a beat, which may leave what is to be said
        drill.cues.open().update(done_at=now, skipped=True)
    tickets = drill.cues.filter(kind=Kind.CONTACT, ticket__isnull=False)
    end_tickets(tickets.values_list("ticket", flat=True), by=by, now=now)
    return drill


@transaction.atomic
def cancel_drill(drill_id: int, *, by: User, now: datetime) -> Drill:
    """Call off what was planned. Raises as `pause_drill`."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "cancel", by=by)
    _kept(drill, by=by, now=now, verb="cancelled")
    return drill


@transaction.atomic
def announce(drill_id: int, *, by: User, text: str, now: datetime, text_zh: str = "") -> DrillCue:
    """Tell everybody who takes part something, now. Raises as `pause_drill`, InvalidError."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "announce", by=by)
    both = scripts.Both(text.strip()[:2000], text_zh.strip()[:2000])
    if not both.en and not both.zh:
        raise InvalidError("text", _("Write what is announced."))
    cue = _cue(drill, Kind.EVENT, 0, _told(both), now, by=by)
    cue.done_at = now
    cue.save()
    record("drill.announced", "drill", drill.pk, by=by, now=now, cue=cue.pk)
    return cue


@transaction.atomic
def send_customer(
    drill_id: int,
    *,
    by: User,
    name: str,
    subject: str,
    text: str,
    now: datetime,
    channel: str = "phone",
    language: str = "zh-hans",
    segment: str = "personal",
) -> DrillCue:
    """Let another simulated customer turn up at the next beat. Raises as `announce`."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "contact", by=by)
    given = {"name": name.strip()[:60], "subject": subject.strip()[:180], "text": text.strip()}
    for field, value in given.items():
        if not value:
            raise InvalidError(field, _("Fill in this field."))
    known = (channel, scripts.CHANNELS), (language, scripts.LANGUAGES), (segment, scripts.SEGMENTS)
    if any(value not in among for value, among in known):
        raise InvalidError("channel", _("Choose one of the options."))
    said = {**given, "channel": channel, "language": language, "segment": segment, "says": []}
    cue = _cue(drill, Kind.CONTACT, 0, said, now, by=by)
    cue.save()
    record("drill.customer_sent", "drill", drill.pk, by=by, now=now, cue=cue.pk)
    return cue


def visitor(one: scripts.Visitor) -> dict[str, Any]:
    """What a cue keeps of a simulated customer, in the customer's language."""
    return {
        "name": one.name.of(one.language),
        "language": one.language,
        "segment": one.segment,
        "channel": one.channel,
        "subject": one.subject.of(one.language),
        "text": one.text.of(one.language),
        "says": [
            {"when": say.when, "after": say.after, "text": say.text.of(one.language)}
            for say in one.says
        ],
    }


def _told(text: scripts.Both) -> dict[str, str]:
    return {"text": text.en, "text_zh": text.zh}


def _cue(
    drill: Drill,
    kind: str,
    at: float,
    said: Mapping[str, Any],
    now: datetime,
    *,
    by: User | None = None,
) -> DrillCue:
    from_start = drill.started_at if by is None and drill.started_at else now
    due = from_start + drill.pace(at)
    return DrillCue(drill=drill, kind=kind, after_s=at, said=dict(said), due_at=due, injected_by=by)


def _moved(drill_id: int, verb: str, *, by: User) -> Drill:
    """The trainer's drill, locked, moved in memory. Its key is not: a beat adds cues to it."""
    rows = Drill.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    drill = rows.get(pk=drill_id)
    if drill.trainer_id != by.pk:
        raise RefusedError(_("Only the trainer of this drill can do that."))
    drill.move(verb)
    return drill


def _kept(drill: Drill, *fields: str, by: User, now: datetime, verb: str) -> None:
    drill.version += 1
    drill.save(update_fields=["step", "version", *fields])
    record(f"drill.{verb}", "drill", drill.pk, by=by, now=now)


# ---- the debriefing ---------------------------------------------------------------------------
@transaction.atomic
def rate_drill(
    drill_id: int,
    *,
    by: User,
    levels: Mapping[str, Mapping[str, int]],
    now: datetime,
    remark: str = "",
) -> DrillRating:
    """One rater's rubric, once: person's key -> criterion -> level. The other does not see it yet.

    Raises PermissionDenied, Drill.DoesNotExist, RefusedError (no rater of it, or rated already, or
    not ended), InvalidError (`levels`).
    """
    by.must(Can.RUN_TRAINING)
    drill = Drill.objects.visible_to(by).select_for_update(of=("self",)).get(pk=drill_id)
    drill.move("rate")
    if by.pk not in drill.raters:
        raise RefusedError(_("Only the trainer and the second rater rate this drill."))
    if drill.ratings.filter(rater=by).exists():
        raise RefusedError(_("You have rated this drill already."))
    kept = {
        str(seat.user_id): _levels(levels.get(str(seat.user_id), {}), drill.script().criteria)
        for seat in drill.seats.order_by("user")
    }
    row = DrillRating.objects.create(
        drill=drill, rater=by, levels=kept, remark=remark.strip()[:2000], at=now
    )
    record("drill.rated", "drill", drill.pk, by=by, now=now)
    return row


def _levels(given: Mapping[str, int], criteria: Sequence[scripts.Criterion]) -> dict[str, int]:
    for one in criteria:
        level = given.get(one.key)
        if not isinstance(level, int) or not 0 <= level < len(one.levels):
            raise InvalidError("levels", _("Choose a level for everybody and every line."))
    return {one.key: given[one.key] for one in criteria}


@transaction.atomic
def debrief_drill(drill_id: int, *, by: User, lessons: str, now: datetime) -> Drill:
    """Close the debriefing once both have rated: everybody's training is booked, with the mean of
    both ratings. Raises as `pause_drill`, InvalidError (`lessons`)."""
    by.must(Can.RUN_TRAINING)
    drill = _moved(drill_id, "debrief", by=by)
    ratings = list(drill.ratings.all())
    if len(ratings) < len(drill.raters):
        raise RefusedError(_("The debriefing is closed when both raters have rated."))
    drill.lessons, drill.debriefed_at = lessons.strip()[:4000], now
    if not drill.lessons:
        raise InvalidError("lessons", _("Write what you learnt from it together."))
    script = drill.script()
    for seat in drill.seats.select_related("user").order_by("pk"):
        found = [scripts.score(one.levels[str(seat.user_id)], script.criteria) for one in ratings]
        seat.score = Decimal(sum(found) / len(found)).quantize(Decimal("0.01"))
        seat.save(update_fields=["score"])
        _booked(drill, seat, passed=seat.score >= script.pass_mark, by=by, now=now)
    _kept(drill, "lessons", "debriefed_at", by=by, now=now, verb="debriefed")
    return drill


def _booked(drill: Drill, seat: DrillSeat, *, passed: bool, by: User, now: datetime) -> None:
    began, ended = drill.started_at, drill.ended_at
    took = (ended - began).total_seconds() if began and ended else 0
    book(
        seat.user,
        area=Area.EMERGENCY,
        way=Way.DRILL,
        source=f"drill:{drill.pk}",
        name=drill.name,
        at=ended or now,
        now=now,
        by=by,
        minutes=max(1, round(took / 60)),
        score=seat.score,
        passed=passed,
    )
