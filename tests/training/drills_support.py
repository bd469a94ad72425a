"""Drills for tests: a script of any length, a run, and people who work it by time-lapse."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from feedback import actions as feedback
from teams.models import User
from tests.factories import T0, after, make_manager
from tickets import actions as tickets
from tickets.models import Category, Step, Ticket
from training import actions
from training.models import Drill, Scenario

RUBRIC = """
[[criterion]]
key = "calm"
name = "Stays calm"
name_zh = "保持冷静"
levels = ["No", "Partly", "Yes"]
levels_zh = ["否", "部分", "是"]

[[criterion]]
key = "facts"
name = "Says facts"
name_zh = "只说事实"
levels = ["No", "Partly", "Yes"]
levels_zh = ["否", "部分", "是"]
"""


def script(customers: int = 3, *, every: int = 30, name: str = "Wave") -> str:
    """A wave of customers who answer, get angry when nobody answers, and thank; one bulletin."""
    said: list[str] = [
        f'kind = "fraud"\nname = "{name}"\nname_zh = "演练"',
        'brief = "Block first"\nbrief_zh = "先冻结"\n',
        '[[event]]\nat = 0\ntext = "System X is down"\ntext_zh = "X系统中断"\n',
    ]
    for n in range(customers):
        language = ("en", "zh-hans")[n % 2]
        channel = ("phone", "email", "chat", "web")[n % 4]
        said.append(
            f'[[contact]]\nat = {n * every}\nname = "Guest {n}"\nname_zh = "访客{n}"\n'
            f'language = "{language}"\nchannel = "{channel}"\n'
            'subject = "My card"\nsubject_zh = "我的卡"\n'
            'text = "It was used without me"\ntext_zh = "被盗刷了"\n'
        )
        for when, wait in (("unanswered", 120), ("answered", 20), ("analysed", 0)):
            said.append(
                f'[[contact.says]]\nwhen = "{when}"\nafter = {wait}\n'
                f'text = {json.dumps(f"{when} {n}")}\ntext_zh = "话{n}"\n'
            )
        said.append(
            '[[contact.says]]\nwhen = "resolved"\nafter = 5\ntext = "Thanks"\ntext_zh = "谢谢"\n'
        )
    return "\n".join(said) + RUBRIC


def make_drill(
    by: User, people: Iterable[User], second: User, *, text: str = "", **over: Any
) -> Drill:
    """A planned drill of a script of one's own."""
    wanted = text or script()
    known = Scenario.objects.filter(text=wanted).first()
    scenario = known or actions.save_scenario(None, by=by, text=wanted, now=T0)
    fields: dict[str, Any] = {"planned_for": T0, "now": T0, "scenario": scenario}
    return actions.plan_drill(by=by, people=people, second=second, **fields | over)


def levels(drill: Drill, level: int = 2, **other: int) -> dict[str, dict[str, int]]:
    """One level for everybody in every line; `other`: of the criterion of that name."""
    lines = {one.key: level for one in drill.script().criteria} | other
    return {str(seat.user_id): dict(lines) for seat in drill.seats.all()}


class Lapse:
    """A drill worked in steps of time: the beats run, those who take part serve."""

    def __init__(self, drill: Drill, category: Category, *, start: datetime) -> None:
        self.drill, self.category, self.now = drill, category, start

    def run(self, until: datetime, *, step: int = 10, idle: frozenset[int] = frozenset()) -> None:
        """`idle`: places of customers whom nobody answers."""
        while self.now < until:
            self.now += timedelta(seconds=step)
            self.beat()
            for place, ticket in enumerate(self.tickets()):
                if place not in idle:
                    self.serve(ticket)

    def beat(self) -> None:
        """Every beat of the product that looks at tickets."""
        actions.run_drills(now=self.now, limit=100)
        tickets.flag_breaches(now=self.now, limit=100)
        tickets.release_absent(now=self.now, limit=100)
        tickets.assign_waiting(now=self.now, limit=100)
        tickets.send_replies(now=self.now, limit=100)
        feedback.ask(now=self.now, limit=100)
        feedback.send_invitations(now=self.now, limit=100)
        feedback.collect(now=self.now, limit=100)
        tickets.close_settled(now=self.now, limit=100)
        actions.find_needs(now=self.now, limit=100)

    def tickets(self) -> list[Ticket]:
        mine = Ticket.objects.filter(drill_cues__drill=self.drill, drill_cues__kind="contact")
        return list(mine.order_by("pk").select_related("owner"))

    def serve(self, ticket: Ticket) -> None:
        """One step of the real workflow, at least 40 s after the customer came."""
        by, now, pk = ticket.owner, self.now, ticket.pk
        assert by is not None
        if now < ticket.received_at + timedelta(seconds=40):
            return
        if ticket.responded_at is None:
            tickets.respond(pk, by=by, text="We block your card now.", now=now)
        elif ticket.step == Step.RECEPTION:
            tickets.record_basics(pk, by=by, now=now, reach_at="real@mail.example")
        elif ticket.step == Step.ANALYSIS:
            tickets.analyse(
                pk,
                by=by,
                need="Wants the card blocked",
                category=self.category,
                answers={},
                solution="Block it",
                now=now,
            )
        elif ticket.step == Step.RESOLUTION:
            tickets.resolve(pk, by=by, outcome="solved", summary="Blocked", now=now)


def begun(by: User, people: Iterable[User], *, ended: bool = False) -> Drill:
    """A drill that runs, with its first customer; or one that has ended."""
    drill = make_drill(by, people, make_manager())
    actions.start_drill(drill.pk, by=by, now=T0)
    actions.run_drills(now=T0, limit=10)
    if ended:
        actions.end_drill(drill.pk, by=by, now=after(600))
    drill.refresh_from_db()
    return drill
