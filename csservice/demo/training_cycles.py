"""The quarters of the demo: two finished ones and the present one, as a worker would run them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from csservice.demo.people import ACCOUNTS, Team
from teams.models import User
from training import actions, quarters
from training.actions._book import book
from training.models import Area, Course, Cycle, CycleMember, Letter, Way
from training.quarters import Quarter

ATTENDED = (0.9, 0.97)  # of a hundred, in the finished quarters, the earlier one first
PRESENT = 0.75  # of those whose day was already, in the present quarter
EXCUSES = ("Maternity leave", "Seconded to the regional office until the end of the quarter")
NAMES = {
    Area.SERVICE: "Quarterly all-staff session",
    Area.PRODUCT: "What is new in our products",
    Area.COMMUNICATION: "Clear answers in difficult talks",
    Area.EMERGENCY: "Card fraud wave: what to do first",
}


def make_cycles(team: Team, *, random: Random, now: datetime) -> None:
    """Open each quarter on its first day, let people attend, excuse some, send the reminders."""
    present = Quarter.of(timezone.localdate(now))
    shown = [present.before().before(), present.before(), present]
    first = quarters.bounds(shown[0]).first
    _joined_before(
        team, _at(first) - timedelta(days=400), present=_at(quarters.bounds(present).first)
    )
    courses = {course.area: course for course in Course.objects.on_offer().in_order()}
    for quarter, share in zip(shown, (*ATTENDED, PRESENT), strict=True):
        _live(quarter, share, courses, random=random, now=now)
    # they went long ago: nothing of it is to be mailed today
    Letter.objects.update(delivery=Letter.Delivery.SENT, send_at=None)


def _at(day: object) -> datetime:
    """Ten in the morning of a day where the institution is."""
    return timezone.make_aware(datetime.combine(day, time(10)))  # type: ignore[arg-type]


def _joined_before(team: Team, at: datetime, *, present: datetime) -> None:
    """Everybody was there long before, but for one who joined within the present quarter."""
    User.objects.update(date_joined=at)
    others = [user for name, user in team.people.items() if name not in ACCOUNTS]
    newest = next((user for user in reversed(others) if user.role == "specialist"), None)
    if newest is not None:
        User.objects.filter(pk=newest.pk).update(date_joined=present + timedelta(days=20))


def _live(
    quarter: Quarter, share: float, courses: dict[str, Course], *, random: Random, now: datetime
) -> None:
    """One quarter, day by day where anything happens, no further than `now`."""
    days = quarters.bounds(quarter)
    actions.open_due(now=min(now, _at(days.first)))
    _attend(quarter, share, courses, random=random, now=now)
    _excuse(quarter, random=random, now=min(now, _at(days.first) + timedelta(days=30)))
    for back in (70, 14, 7, 1, -1):
        at = _at(days.last - timedelta(days=back))
        if at < now:
            actions.follow_people(now=at)
            actions.remind(now=at, limit=1000)
    actions.follow_people(now=min(now, _at(days.last)))


def _attend(
    quarter: Quarter, share: float, courses: dict[str, Course], *, random: Random, now: datetime
) -> None:
    rows = CycleMember.objects.filter(cycle__in=Cycle.objects.of(quarter), record=None)
    days = quarters.bounds(quarter)
    for row in rows.select_related("cycle", "user").order_by("pk"):
        at = _at(
            row.since + timedelta(days=random.randint(3, max(4, (days.last - row.since).days)))
        )
        score = Decimal(random.randint(78, 100))
        if random.random() > share or at >= now:
            continue
        area, course = row.cycle.area, courses.get(row.cycle.area)
        book(
            row.user,
            area=area,
            way=Way.COURSE if course else Way.SESSION,
            source=f"demo:{quarter}:{area}",
            at=at,
            now=at,
            by=None,
            course=course,
            name="" if course else NAMES[Area(area)],
            minutes=45,
            score=score if course else None,
        )


def _excuse(quarter: Quarter, *, random: Random, now: datetime) -> None:
    """In each quarter one person of a manager is excused from all that is left to them."""
    asked = CycleMember.objects.filter(cycle__in=Cycle.objects.of(quarter)).asked()
    open_ = asked.filter(group__manager__isnull=False, user__role="specialist")
    people = sorted(set(open_.values_list("user", flat=True)))
    if not people:
        return
    chosen, reason = random.choice(people), random.choice(EXCUSES)
    for row in open_.filter(user=chosen).select_related("group__manager"):
        manager = row.group.manager if row.group else None
        if manager is not None:
            actions.excuse(row.pk, by=manager, reason=reason, now=now)
