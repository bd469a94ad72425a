"""Emergency drills of the demo: one that was run and debriefed, one that is planned (L4)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from csservice.demo.people import Team
from teams.models import User
from tickets import actions as tickets
from tickets.models import Category, Step, Ticket
from training import actions
from training.models import Drill

PEOPLE = 3
LENGTH, STEP = timedelta(minutes=14), timedelta(seconds=30)
SAID = {
    "zh-hans": "我们已收到您的反馈，正在处理。系统恢复后会第一时间通知您，您的款项是安全的。",
    "en": "We have your report and are on it. Your money is safe; we write as soon as it works.",
}
LESSONS = (
    "Answer first, then read the whole message: two customers waited too long. Nobody promised a"
    " time, and that was right. The bulletin belongs on the second screen."
)


def make_drills(team: Team, *, random: Random, now: datetime) -> None:
    """The outage of twelve days ago; a wave of card fraud planned for the day after tomorrow."""
    manager, second = team.people["manager"], team.people["director"]
    held = timezone.make_aware(
        datetime.combine(timezone.localdate(now - timedelta(days=12)), time(10))
    )
    drill = _planned("system-outage", manager, second, held, now=held - timedelta(days=3))
    _played(drill, manager, held, random)
    _debriefed(drill, manager, second, held + timedelta(hours=1), random)
    other = team.people["manager.corporate"]
    soon = timezone.make_aware(
        datetime.combine(timezone.localdate(now + timedelta(days=2)), time(15))
    )
    _planned("card-fraud", other, second, soon, now=now)


def _planned(code: str, by: User, second: User, at: datetime, *, now: datetime) -> Drill:
    known = User.objects.at_work().working_tickets().run_by(by).order_by("pk")
    first = [user for user in known if user.username.startswith("specialist")]
    others = [user for user in known if user not in first and user.role == "specialist"]
    people = (first + others)[:PEOPLE]
    return actions.plan_drill(
        by=by, people=people, second=second, planned_for=at, now=now, code=code
    )


def _played(drill: Drill, by: User, start: datetime, random: Random) -> None:
    """Those who take part serve as people do: one after the other, one or two too late."""
    actions.start_drill(drill.pk, by=by, now=start)
    category = Category.objects.in_use().order_by("pk").first()
    delays: dict[int, int] = {}
    at = start
    while at < start + LENGTH:
        at += STEP
        actions.run_drills(now=at, limit=50)
        if at == start + 10 * STEP:
            actions.announce(
                drill.pk,
                by=by,
                text="The press asks: pass every question on to the press office.",
                text_zh="媒体来电请一律转新闻办公室。",
                now=at,
            )
        mine = Ticket.objects.filter(drill_cues__drill=drill, drill_cues__kind="contact")
        for ticket in mine.select_related("owner", "customer").order_by("pk"):
            wait = delays.setdefault(ticket.pk, random.choice((60, 90, 120, 180, 330)))
            if at >= ticket.received_at + timedelta(seconds=wait):
                _served(ticket, category, at)
    actions.end_drill(drill.pk, by=by, now=at)


def _served(ticket: Ticket, category: Category | None, now: datetime) -> None:
    by = ticket.owner
    if by is None:
        return
    if ticket.responded_at is None:
        tickets.respond(ticket.pk, by=by, text=SAID[ticket.customer.language], now=now)
    elif ticket.step == Step.RECEPTION:
        tickets.record_basics(ticket.pk, by=by, now=now)
    elif ticket.step == Step.ANALYSIS and ticket.pk % 3:
        tickets.analyse(
            ticket.pk,
            by=by,
            need="Needs the payment to go through today",
            category=category,
            answers={},
            solution="Tell when it works; the payment counts as in time",
            now=now,
            draft=True,
        )
    elif ticket.step == Step.ANALYSIS:
        summary = "Told that the payment counts as in time"
        tickets.resolve(ticket.pk, by=by, outcome="withdrawn", summary=summary, now=now)


def _debriefed(drill: Drill, by: User, second: User, at: datetime, random: Random) -> None:
    """The second rater mostly sees what the first saw."""
    criteria = drill.script().criteria
    seats = list(drill.seats.values_list("user", flat=True))
    first = {
        str(user): {one.key: random.choice((1, 1, 2, 2, 2)) for one in criteria} for user in seats
    }
    other = {
        user: {key: level if random.random() < 0.75 else 1 for key, level in lines.items()}
        for user, lines in first.items()
    }
    actions.rate_drill(drill.pk, by=by, levels=first, now=at, remark="Calm throughout.")
    actions.rate_drill(drill.pk, by=second, levels=other, now=at + timedelta(hours=2))
    actions.debrief_drill(drill.pk, by=by, lessons=LESSONS, now=at + timedelta(hours=3))
