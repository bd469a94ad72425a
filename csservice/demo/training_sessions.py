"""Sessions of the demo: past ones with who was there and how it was, one going on, some to come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from django.utils import timezone

from csservice.demo.people import Team
from teams.models import User
from training import actions
from training.actions import Mark
from training.models import Area, Course, Session, SessionMail

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SAID = (
    *("The exercises with real calls helped most.", "Good pace, clear examples."),
    *("案例很实用，建议多留一点讨论时间。", "More time for questions, please."),
    *("", "", "", ""),
)


class Plan(NamedTuple):
    """One session: `days` from today, who leads it, how many places."""

    days: int
    name: str
    name_zh: str
    area: str
    by: str
    places: int
    place: str = "Room 2"
    link: str = ""


PAST = (
    Plan(-150, "Quarterly all-staff session", "季度全员培训", Area.SERVICE, "manager", 60, "Hall"),
    Plan(-110, "What is new in our products", "产品更新", Area.PRODUCT, "manager", 20),
    Plan(-65, "Clear answers in difficult talks", "艰难对话中的清晰回答",
         Area.COMMUNICATION, "manager", 20),
    Plan(-40, "Trade finance in practice", "贸易融资实务", Area.PRODUCT, "manager.corporate", 15),
    Plan(-12, "Card fraud wave: what to do first", "银行卡盗刷潮：首先做什么",
         Area.EMERGENCY, "manager", 20),
)  # fmt: skip
COMING = (
    Plan(2, "System outage: words and steps", "系统故障：话术与步骤", Area.EMERGENCY, "manager", 4),
    Plan(5, "Payments across borders: what firms ask", "跨境支付：企业常问",
         Area.PRODUCT, "manager.corporate", 12, "", "https://meet.bank.example/payments"),
    Plan(16, "Quarterly all-staff session", "季度全员培训", Area.SERVICE, "manager", 60, "Hall"),
)  # fmt: skip
NOW = Plan(0, "Suitability in five minutes", "五分钟讲清适当性", Area.PRODUCT, "manager", 15)


def make_sessions(team: Team, *, random: Random, now: datetime) -> None:
    """Plan, book, hold and rate them through the product's own actions."""
    courses = {course.area: course for course in Course.objects.on_offer().in_order()}
    held = [_hold(plan, team, courses, random=random, now=now) for plan in PAST]
    _make_up(held[-1], now=now)
    for plan in COMING:
        session = _plan(plan, team, made=now - 7 * DAY, start=_at(now, plan.days), courses={})
        _book(session, plan.places + 2, now=now - 6 * DAY)
    going_on = _plan(NOW, team, made=now - 7 * DAY, start=now - HOUR / 3, courses=courses)
    _book(going_on, 8, now=now - 6 * DAY)
    SessionMail.objects.update(delivery=SessionMail.Delivery.SENT)  # long ago


def _at(now: datetime, days: int) -> datetime:
    """Two in the afternoon of a working day about so many days from now."""
    day = timezone.localdate(now) + days * DAY
    return timezone.make_aware(datetime.combine(_working(day), time(14)))


def _working(day: date) -> date:
    return day + max(0, 7 - day.weekday()) * DAY if day.weekday() > 4 else day


def _plan(
    plan: Plan, team: Team, *, made: datetime, start: datetime, courses: dict[str, Course]
) -> Session:
    by = team.people[plan.by]
    return actions.save_session(
        None,
        by=by,
        now=made,
        area=str(plan.area),
        course=courses.get(plan.area),
        name=plan.name,
        name_zh=plan.name_zh,
        place=plan.place,
        link=plan.link,
        trainer=by,
        starts_at=start,
        ends_at=start + 1.5 * HOUR,
        capacity=plan.places,
    )


def _book(session: Session, most: int, *, now: datetime) -> list[User]:
    """Book up to `most` of the people that its trainer runs, the demo's specialists first."""
    people = User.objects.at_work().run_by(session.trainer)
    named = sorted(people, key=lambda user: (not user.username.startswith("specialist"), user.pk))
    chosen = named[:most]
    keys = [user.pk for user in chosen]
    for key in keys:  # one after the other, as they ask: the line is in this order
        actions.book_seats(session.pk, by=session.trainer, users=[key], now=now)
    return chosen


def _hold(
    plan: Plan, team: Team, courses: dict[str, Course], *, random: Random, now: datetime
) -> Session:
    """One that is over: who was there with a score, two who were not, how it was, closed."""
    start = _at(now, plan.days)
    session = _plan(plan, team, made=start - 20 * DAY, start=start, courses=courses)
    people = _book(session, min(plan.places, 16), now=start - 15 * DAY)
    by, over = session.trainer, session.ends_at
    seats = list(session.seats.order_by("pk"))
    marks: dict[int, Any] = {
        seat.pk: Mark(here="attended", score=str(random.randint(72, 100))) for seat in seats
    }
    if len(seats) > 4:
        marks[seats[-1].pk] = Mark(here="absent")
        marks[seats[-2].pk] = Mark(here="excused", reason="Ill that day")
    actions.take_register(session.pk, by=by, marks=marks, now=over)
    for user in people[:-2]:
        if random.random() < 0.7:
            score = random.choice((3, 4, 4, 5, 5))
            said = random.choice(SAID)
            actions.react(session.pk, by=user, score=score, comment=said, now=over)
    return actions.close_session(session.pk, by=by, now=over + HOUR)


def _make_up(missed: Session, *, now: datetime) -> None:
    """Those who missed the last one are booked into another."""
    start = _at(now, 9)
    actions.save_session(
        None,
        by=missed.trainer,
        now=now - DAY,
        makes_up_for=missed,
        take_missed=True,
        starts_at=start,
        ends_at=start + HOUR,
        **{
            name: getattr(missed, name)
            for name in ("area", "course", "name", "name_zh", "place", "link", "trainer")
        },
        capacity=6,
    )
