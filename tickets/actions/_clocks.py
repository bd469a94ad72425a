"""How the clocks of a ticket follow it: what every write of a ticket does to its promises (W1).

The facts are the ticket's; a clock starts, stands, goes on and ends because of them, in this order
in one save: counted anew, ended, paused or resumed, owned, started. So an answer with a pause is
met and never paused, and no verb can forget a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from csservice.ledger.models import record
from csservice.lib.bulk import update_each
from csservice.lib.prepared import Prepared
from csservice.lib.rows import insert, update
from teams.hours import Hours, deadline, elapsed, read
from teams.models import CalendarVersion, User
from tickets import clock, complaints, policy
from tickets.actions._ends import due_to_start, ending, standing
from tickets.actions._policy import ALWAYS, EVERY_SECOND, Rule, counted_in, facts_of, rule_for
from tickets.actions._projected import PROJECTED, project
from tickets.clock import Event, Kind, Metric, Mode
from tickets.models import Clock, ClockEvent, Complaint, Ticket
from tickets.models.choices import PAUSES

_CLOCKS = Prepared(
    lambda ticket: (
        Clock.objects.filter(ticket=ticket).select_related("policy", "calendar").order_by("pk")
    )
)
TOOK = ("respond_took_s", "resolve_took_s")


@dataclass
class Clocks:
    """The clocks of one locked ticket, and what is to be written of them."""

    ticket: Ticket
    rows: list[Clock]
    now: datetime
    by: User | None = None
    quiet: bool = False  # what was broken long ago is no news for the ledger
    hours: dict[int, Hours] = field(default_factory=lambda: {ALWAYS: EVERY_SECOND})
    specs: dict[int, policy.Policy] = field(default_factory=dict)
    states: dict[tuple[str, int], clock.State] = field(default_factory=dict)
    events: list[ClockEvent] = field(default_factory=list)
    changed: dict[tuple[str, int], Clock] = field(default_factory=dict)
    fresh: list[Clock] = field(default_factory=list)
    _rule: Rule | None = None
    _layers: complaints.Layers | None = None

    @classmethod
    def of(cls, ticket: Ticket, *, now: datetime, by: User | None) -> Clocks:
        """Read in one query. A ticket from before there were clocks gets them from its columns."""
        clocks = cls(ticket, _CLOCKS(ticket.pk), now, by)
        for row in clocks.rows:
            if row.calendar_id and row.calendar:
                clocks.hours[row.calendar_id] = read(row.calendar.spec)
            if row.policy_id and row.policy:
                clocks.specs[row.policy_id] = row.policy.said()
        if not clocks.rows:
            clocks.adopt()
        return clocks

    # ---- reads ----------------------------------------------------------------------------------
    @property
    def rule(self) -> Rule:
        """The policy that applies to the ticket now; read once."""
        if self._rule is None:
            self._rule = rule_for(self.ticket)
        return self._rule

    def open(self, metric: str) -> Clock | None:
        """The clock of `metric` that has not ended."""
        found = [row for row in self.rows if row.metric == metric and row.ended_at is None]
        return found[-1] if found else None

    def cycles(self, metric: str) -> int:
        return sum(row.metric == metric for row in self.rows)

    def state(self, row: Clock) -> clock.State:
        key = row.metric, row.cycle
        if key not in self.states:
            self.states[key] = clock.from_data(row.snapshot)
        return self.states[key]

    def hours_of(self, calendar: int) -> Hours:
        if calendar not in self.hours:
            self.hours[calendar] = CalendarVersion.objects.get(pk=calendar).hours()
        return self.hours[calendar]

    def said(self, row: Clock) -> policy.Policy:
        """What the row's frozen version of its policy says."""
        return self.specs[row.policy_id] if row.policy_id else policy.BUILT_IN

    @property
    def layers(self) -> complaints.Layers:
        """The packs of the ticket's complaint; read once, and only where such a clock is."""
        if self._layers is None:
            self._layers = Complaint.objects.only("said").get(ticket=self.ticket).rules
        return self._layers

    # ---- what happens --------------------------------------------------------------------
    def start(self, metric: str, at: datetime) -> Clock | None:
        """Start the next cycle of `metric`, if the ticket's policy promises it."""
        rule = self.rule
        target_s = rule.said.target_s(metric, self.ticket.priority)
        if target_s is None:
            return None
        key, hours = counted_in(rule.said.targets[metric], self.ticket.group)
        return self._started(metric, at, target_s, key, hours)

    def _started(self, metric: str, at: datetime, target_s: int, key: int, hours: Hours) -> Clock:
        rule, ticket = self.rule, self.ticket
        self.hours[key] = hours
        if rule.version:
            self.specs[rule.version] = rule.said
        row = Clock(
            ticket=ticket,
            metric=metric,
            cycle=self.cycles(metric) + 1,
            started_at=at,
            first_target_s=target_s,
            first_calendar_id=key or None,
            first_owner_id=ticket.owner_id,
            first_group_id=ticket.group_id,
            owner_id=ticket.owner_id,
            group_id=ticket.group_id,
            policy_id=rule.version,
            facts=rule.facts,
        )
        self.rows.append(row)
        self.fresh.append(row)
        said = {"target_s": target_s, "calendar": key}
        self._keep(row, clock.begun(Event(Kind.START, at, said)))
        return row

    def add(self, row: Clock, kind: Kind, at: datetime, **data: Any) -> None:
        """Write an event; a promise that it finds broken is flagged first: none is missed."""
        state = self.state(row)
        at = max(at, row.started_at)
        if kind in {Kind.MEET, Kind.CANCEL, Kind.RETARGET}:
            self._flag_if_late(row, state, at)
        event = Event(kind, at, data)
        self._note(row, kind, at, data)
        self._keep(row, clock.after(state, event, self.hours_of))

    def _note(self, row: Clock, kind: Kind, at: datetime, data: dict[str, Any]) -> None:
        self.events.append(
            ClockEvent(clock=row, kind=kind, at=at, noted_at=self.now, by=self.by, data=data)
        )

    def _flag_if_late(self, row: Clock, state: clock.State, at: datetime) -> None:
        hours = self.hours_of(state.calendar)
        broken = None if row.flagged_at else state.breached_at(hours, at)
        if broken is not None:
            self.flag(row, broken)

    def flag(self, row: Clock, broken: datetime) -> None:
        """Say, once, that the promise broke at `broken`."""
        row.flagged_at = self.now
        if row.metric == Metric.FIRST_RESPONSE:
            self.ticket.breached_at = self.now
        self._note(row, Kind.BREACH, broken, {})
        if self.quiet:
            return
        record(
            "clock.breached",
            "ticket",
            self.ticket.pk,
            by=self.by,
            now=self.now,
            metric=row.metric,
            cycle=row.cycle,
            due=broken.isoformat(),
        )

    def _keep(self, row: Clock, state: clock.State) -> None:
        """The columns of `row` as `state` has them."""
        key = row.metric, row.cycle
        self.states[key], self.changed[key] = state, row
        said = self.layers if row.metric in clock.COMPLAINTS else self.said(row)
        project(row, state, self.hours_of(state.calendar), said)

    # ---- the five steps ------------------------------------------------------------------
    def follow(self) -> list[str]:
        """Bring every clock to where the ticket is, and the ticket's columns with them.

        Returns the names of the ticket's columns that may have changed.
        """
        self._count_anew()
        self._lose_answer()
        self._end()
        self._pause_or_resume()
        self._own()
        self._start_missing()
        return self.show()

    def _count_anew(self) -> None:
        """Another segment, priority, category, product or group: carry what was spent (rule 13)."""
        facts = facts_of(self.ticket)
        for row in self.rows:
            if row.ended_at is None and row.facts != facts:
                self.retarget(row, Mode.CARRY)

    def retarget(self, row: Clock, mode: Mode) -> None:
        """Count an open clock by the policy that applies now; a complaint's stays its pack's."""
        if row.metric in clock.COMPLAINTS:
            return
        rule = self.rule
        row.facts = rule.facts
        self.changed[row.metric, row.cycle] = row
        target_s = rule.said.target_s(row.metric, self.ticket.priority)
        if target_s is None:
            self.add(row, Kind.CANCEL, self.now, why="policy")
            return
        key, hours = counted_in(rule.said.targets[row.metric], self.ticket.group)
        self.hours[key] = hours
        same = row.target_s == target_s and (row.calendar_id or ALWAYS) == key
        if same and mode is Mode.CARRY and row.policy_id == rule.version:
            return
        row.policy_id = rule.version
        if rule.version:
            self.specs[rule.version] = rule.said
        before = {"target_s": row.target_s, "calendar": row.calendar_id or ALWAYS}
        self.add(
            row,
            Kind.RETARGET,
            self.now,
            target_s=target_s,
            calendar=key,
            mode=mode,
            policy=rule.version,
            before=before,
        )

    def _lose_answer(self) -> None:
        """An answer that never reached the customer was none (rule 7)."""
        answered = self.ticket.responded_at
        for row in self.rows:
            first = row.metric == Metric.FIRST_RESPONSE and row.state == "met"
            if first and row.ended_at != answered:
                self.add(row, Kind.UNMEET, self.now)

    def undo_merge(self) -> None:
        """Run on what a merge ended, as if it never had; what it began instead ends (rule 18)."""
        cancelled = {row.metric: row for row in self.rows if row.state == "cancelled"}
        for metric, row in cancelled.items():
            later = self.open(metric)
            if later is not None:
                self.add(later, Kind.CANCEL, self.now, why="unmerge")
            if later is not None or row is self._latest(metric):
                self.add(row, Kind.RESTORE, self.now)

    def _latest(self, metric: str) -> Clock:
        return max((row for row in self.rows if row.metric == metric), key=lambda row: row.cycle)

    def _end(self) -> None:
        for row in [row for row in self.rows if row.ended_at is None]:
            end = ending(row, self.ticket, self.now)
            if end is not None:
                self.add(row, *end)

    def _pause_or_resume(self) -> None:
        ticket = self.ticket
        for row in self.rows:
            if row.ended_at is not None or row.metric in clock.COMPLAINTS:
                continue  # a complaint's stands by approval alone
            stands = (
                ticket.waiting_on in PAUSES
                and row.metric in self.said(row).paused_by(ticket.waiting_on)
                and row.metric != Metric.FIRST_RESPONSE
            )
            if stands and row.state == "running":
                since = ticket.waiting_since or self.now
                self.add(row, Kind.PAUSE, since, reason=ticket.waiting_on)
            elif not stands and row.state == "paused":
                self.add(row, Kind.RESUME, self.now)

    def _own(self) -> None:
        """Each second is booked to whose the ticket is at that time (rule 15)."""
        owner, group = self.ticket.owner_id, self.ticket.group_id
        for row in self.rows:
            if row.ended_at is None and (row.owner_id, row.group_id) != (owner, group):
                row.owner_id, row.group_id = owner, group
                self.add(row, Kind.OWN, self.now, owner=owner, group=group)

    def _start_missing(self) -> None:
        for metric, at in due_to_start(self.ticket, self.now).items():
            if self.open(metric):
                continue
            met = [row for row in self.rows if row.metric == metric and row.state == "met"]
            first = met[0] if met and metric == Metric.RESOLUTION else None
            how = self.said(first).reopened if first else policy.NEW
            if first and how != policy.NEW:  # opened again (rule 12)
                self.add(first, Kind.REOPEN, at)
            if how != policy.CONTINUE:
                self.start(metric, at)

    def start_earlier(self, other: Clocks) -> None:
        """A merged ticket's promises began when the earlier of both came (rule 18)."""
        for metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION):
            mine = self.open(metric)
            began = min(
                (row.started_at for row in other.rows if row.metric == metric), default=None
            )
            if mine and began and began < mine.started_at:
                self.add(mine, Kind.CANCEL, self.now, why="merge")
                self.start(metric, began)

    # ---- the ticket's own columns --------------------------------------------------------
    def show(self) -> list[str]:
        """Copy the deadlines to the ticket, where lists and searches read them, and how much open
        time was spent once it is done: every page counts by the same hours."""
        ticket = self.ticket
        for row in sorted(self.rows, key=standing):
            if row.metric == Metric.FIRST_RESPONSE and row.due_at:
                ticket.respond_by, ticket.respond_s = row.due_at, row.target_s
                ticket.respond_took_s = self._took_s(row)
            elif row.metric == Metric.RESOLUTION and row.due_at:
                ticket.resolve_by, ticket.resolve_s = row.due_at, row.target_s
                ticket.resolve_took_s = self._took_s(row)
        following = self.open(Metric.NEXT_RESPONSE)
        ticket.answer_by = following.due_at if following else None
        shown = ["respond_by", "respond_s", "resolve_by", "resolve_s", "answer_by", "breached_at"]
        return [*shown, *TOOK]

    def _took_s(self, row: Clock) -> int | None:
        """Whole open seconds until it was done; None while it is not."""
        if row.state != "met":
            return None
        state = self.state(row)
        return int(state.spent_s(self.hours_of(state.calendar)))

    def adopt(self) -> None:
        """Clocks from the columns of a ticket that has none: the promises that were made to it."""
        ticket = self.ticket
        for metric, due in (
            (Metric.FIRST_RESPONSE, ticket.respond_by),
            (Metric.RESOLUTION, ticket.resolve_by),
        ):
            at = ticket.received_at
            target = self.rule.said.targets.get(metric) or policy.BUILT_IN.targets[metric]
            key, hours = counted_in(target, ticket.group)
            seconds = max(1, round(elapsed(hours, at, due)))
            if deadline(hours, at, seconds) != due:
                key, hours = ALWAYS, EVERY_SECOND
                seconds = max(1, round((due - at).total_seconds()))
            row = self._started(metric, at, seconds, key, hours)
            if metric == Metric.FIRST_RESPONSE:
                row.flagged_at = ticket.breached_at

    def write(self) -> None:
        """New rows, changed rows, events: three queries at most."""
        old = [row for row in self.changed.values() if not any(row is new for new in self.fresh)]
        if self.fresh:
            insert(*self.fresh)
        if len(old) == 1:
            update(old[0], *PROJECTED)
        elif old:
            update_each(old, PROJECTED)
        if self.events:
            insert(*self.events)


def follow(ticket: Ticket, *, by: User | None, now: datetime) -> list[str]:
    """What every save of a ticket ends with: its clocks follow. Returns the changed columns."""
    clocks = Clocks.of(ticket, now=now, by=by)
    columns = clocks.follow()
    clocks.write()
    return columns


def promised(ticket: Ticket, *, by: User | None, now: datetime) -> Clocks:
    """The first clocks of a contact that is not saved yet, and its deadlines, in memory."""
    clocks = Clocks(ticket, [], now, by)
    clocks.start(Metric.FIRST_RESPONSE, ticket.received_at)
    clocks.start(Metric.RESOLUTION, ticket.received_at)
    if ticket.responded_at:
        clocks.follow()
    clocks.show()
    return clocks
