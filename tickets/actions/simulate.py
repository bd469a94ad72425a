"""Running a draft of a promise on the past: the worker reads, nothing of the past changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError
from teams import hours as rules
from teams.models import Calendar, Group, User
from teams.roles import Can
from tickets import clock, policy
from tickets.actions._policy import EVERY_SECOND
from tickets.clock import Metric
from tickets.models import Clock, Simulation, SlaPolicy
from tickets.simulation import Past, Tally, kept_under

LONGEST = timedelta(days=800)
STALE = timedelta(minutes=10)  # a worker that died leaves its run to the next one
CHUNK = 5000
FACTS = ("ticket__customer__segment", "ticket__priority", "ticket__channel")
NAMES = ("segment", "priority", "channel", "category", "product")
COLUMNS = (
    *("ticket", "metric", "started_at", "ended_at", "state", "breached_at", "snapshot"),
    *("ticket__group", *FACTS, "ticket__category", "ticket__product"),
)


@transaction.atomic
def simulate(
    *,
    by: User,
    start: datetime,
    end: datetime,
    now: datetime,
    policy_id: int | None = None,
    said: dict[str, Any] | None = None,
    calendar_id: int | None = None,
    hours: str = "",
) -> Simulation:
    """Queue a run of a draft over the tickets received in [start, end); the worker does it.

    `said`: what policy `policy_id` (None: a new one, tried first) would say. `hours`: the text of
    opening hours (teams.hours.read) that calendar `calendar_id` would have.
    Raises PermissionDenied, InvalidError (`start`, `said`, `hours`), …DoesNotExist.
    """
    by.must(Can.MANAGE_PROMISES)
    if not start < end or end - start > LONGEST:
        raise InvalidError("start", _("Choose a period of at most 800 days, its start first."))
    if said is None and calendar_id is None:
        raise InvalidError("said", _("Give a draft of a policy or of opening hours to try."))
    row = Simulation(made_by=by, made_at=now, start=start, end=end)
    if said is not None:
        row.policy = SlaPolicy.objects.get(pk=policy_id) if policy_id else None
        row.said = policy.text(said)
        _readable("said", policy.read, row.said)
    if calendar_id is not None:
        row.calendar, row.hours = Calendar.objects.get(pk=calendar_id), hours
        _readable("hours", rules.read, hours)
    row.save()
    record("simulation.asked", "simulation", row.pk, by=by, now=now)
    return row


def _readable(field: str, read: Any, text: str) -> None:
    try:
        read(text)
    except (ValueError, TypeError, KeyError):
        said = _("This draft cannot be kept. Mend it, then try again.")
        raise InvalidError(field, said) from None


def run_simulations(*, now: datetime) -> int:
    """Run what waits, and what a dead worker left. Returns how many were run.

    Claimed first, so that two workers never run the same; progress is written as it goes.
    """
    done = 0
    while (row := _claim(now)) is not None:
        try:
            _run(row, now=now)
        except (LookupError, ValueError) as error:
            row.state, row.result = Simulation.State.FAILED, {"error": str(error)[:200]}
        row.ended_at = now
        row.save()
        done += 1
    return done


@transaction.atomic
def _claim(now: datetime) -> Simulation | None:
    running = Simulation.State.RUNNING
    left = models.Q(state=running, begun_at__lt=now - STALE)
    rows = Simulation.objects.filter(models.Q(state=Simulation.State.QUEUED) | left)
    row = rows.order_by("pk").select_for_update(skip_locked=True).first()
    if row is not None:
        row.state, row.begun_at, row.done = running, now, 0
        row.save(update_fields=["state", "begun_at", "done"])
    return row


def _run(row: Simulation, *, now: datetime) -> None:
    clocks = Clock.objects.filter(
        started_at__gte=row.start, started_at__lt=row.end, cycle=1, ticket__is_drill=False
    ).exclude(state="cancelled")
    row.total = clocks.count()
    row.save(update_fields=["total"])
    desk, tallies = Draft(row), {metric.value: Tally() for metric in Metric}
    for done, (past, key) in enumerate(_past(clocks, desk, now), 1):
        after = past.kept
        if key is not None:
            hours, target_s = key
            after = kept_under(past, hours, target_s)
        tallies[past.metric].count(past, after)
        if done % CHUNK == 0:
            Simulation.objects.filter(pk=row.pk).update(done=done)
    row.done, row.state = row.total, Simulation.State.DONE
    row.result = {name: tally.data() for name, tally in tallies.items() if tally.clocks}


class Draft:
    """The policies as they would stand with the draft, and the hours as they would be."""

    def __init__(self, row: Simulation) -> None:
        self.offers = _offers(row)
        current = row.policy.current if row.said and row.policy else None
        self.before = current.said() if current else None
        self.hours: dict[int, rules.Hours] = {}
        self.touched: set[int] = set()
        for group in Group.objects.select_related("calendar"):
            drafted = bool(row.hours) and group.calendar_id == row.calendar_id
            self.hours[group.pk] = rules.read(row.hours) if drafted else group.calendar.hours()
            if drafted:
                self.touched.add(group.pk)
        self.kept: dict[Any, tuple[rules.Hours, float] | None] = {}

    def key(
        self, metric: str, group: int, facts: tuple[Any, ...]
    ) -> tuple[rules.Hours, float] | None:
        """(hours, target) that the clock would be counted by; None: as it was. Kept by its kind."""
        known = metric, group, facts
        if known not in self.kept:
            self.kept[known] = self._key(metric, group, dict(zip(NAMES, facts, strict=True)))
        return self.kept[known]

    def _key(
        self, metric: str, group: int, ticket: dict[str, Any]
    ) -> tuple[rules.Hours, float] | None:
        drafted, said = next(
            (offer for offer in self.offers if offer[1].matches(ticket)), (False, policy.BUILT_IN)
        )
        target_s = said.target_s(metric, ticket["priority"])
        same = self.before is not None and self.before.targets.get(metric) == said.targets.get(
            metric
        )
        moved = drafted and not (same and self.before and self.before.matches(ticket))
        if target_s is None or not (moved or group in self.touched):
            return None
        wanted = said.targets[metric].hours
        if wanted == policy.GROUP:
            return self.hours[group], target_s
        if wanted == policy.ALWAYS:
            return EVERY_SECOND, target_s
        return Calendar.objects.get(pk=int(wanted)).hours(), target_s


def _offers(row: Simulation) -> list[tuple[bool, policy.Policy]]:
    """(is the draft, what it says) in the order they are tried; a new policy is tried first."""
    in_force = list(SlaPolicy.objects.in_force().select_related("current"))
    found = [
        (False, policy.read(known.current.spec))
        for known in in_force
        if known.current and not (row.said and known.pk == row.policy_id)
    ]
    if row.said:
        keys = [known.pk for known in in_force]
        place = keys.index(row.policy_id) if row.policy_id in keys else 0
        found.insert(place, (True, policy.read(row.said)))
    return found


def _past(
    clocks: models.QuerySet[Clock], desk: Draft, now: datetime
) -> Iterator[tuple[Past, tuple[rules.Hours, float] | None]]:
    """Each clock as it was, and what it would be counted by."""
    rows = clocks.values_list(*COLUMNS).iterator(chunk_size=CHUNK)
    spans: clock.Spans
    for ticket, metric, started, ended, state, broken, snapshot, group, *facts in rows:
        running = state in {"running", "paused"}
        spans = ((started, ended or now),)
        if metric != Metric.FIRST_RESPONSE:  # which never pauses
            spans = _spans(clock.from_data(snapshot), now)
        kept = False if broken is not None else None if running else True
        past = Past(ticket, metric, spans, running, kept)
        yield past, desk.key(metric, group, tuple(facts))


def _spans(state: clock.State, now: datetime) -> clock.Spans:
    return state.all_spans + (((state.since, now),) if state.since else ())
