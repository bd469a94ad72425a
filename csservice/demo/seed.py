"""The whole of the demo's data, in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from csservice.demo.arrivals import quarter_start
from csservice.demo.catalogue import make_catalogue
from csservice.demo.complaints import make_complaints
from csservice.demo.customers import make_customers
from csservice.demo.history import World, make_history
from csservice.demo.macros import make_macros
from csservice.demo.people import make_team
from csservice.demo.training_bank import make_bank, make_tests
from csservice.demo.training_courses import make_courses, make_learners
from csservice.demo.training_cycles import make_cycles
from csservice.demo.training_drills import make_drills
from csservice.demo.training_reviews import make_reviews
from csservice.demo.training_sessions import make_sessions
from csservice.ledger import actions as ledger
from teams.models import User
from tickets.actions import adopt_clocks
from training import actions as training

CUSTOMERS = 1200
Progress = Callable[[str, float], None]


class NotEmptyError(Exception):
    """The database holds people already."""


@transaction.atomic
def seed(*, tickets: int, number: int, now: datetime, progress: Progress) -> None:
    """Fill an empty database with the team, the catalogue, customers and `tickets` contacts.

    `number` seeds the chance: the same number, size and `now` give the same data.
    `progress(what, share)` is told how far it is, `share` from 0 to 1.
    Raises NotEmptyError when somebody is there already; then nothing is written.
    """
    if User.objects.exists():
        raise NotEmptyError
    random = Random(number)
    progress("people, products and customers", 0)
    team = make_team(now)
    start = quarter_start(now, ZoneInfo(team.groups["care"].calendar.time_zone))
    before = start - timedelta(days=1)
    catalogue = make_catalogue(team, before)
    make_macros(team, catalogue, made=before, now=now)
    # at least three contacts a customer on average, as a bank's service line has
    customers = make_customers(min(CUSTOMERS, max(60, tickets // 2)), random=random, now=before)
    ledger.seal(now=now, limit=100_000)
    world = World(team, catalogue, customers, now, random)
    make_history(
        world,
        number=tickets,
        report=lambda done, total: progress("contacts of two quarters", done / total),
    )
    while adopt_clocks(now=now, limit=1000):
        pass
    make_complaints(team, made=before, now=now)
    _train(world, number=number, made=before)
    ledger.seal(now=now, limit=100_000)


def _train(world: World, *, number: int, made: datetime) -> None:
    """Courses and who took them, tests, sessions, drills, reviews, and the quarters they fill.

    Where a part takes `Random(number)`, its chance is its own: others stay as they were.
    """
    team, random, now = world.team, world.random, world.now
    make_bank(team, made=made)
    courses = make_courses(team, world.catalogue, made=made)
    make_learners(team, courses, random=random, since=made, now=now)
    make_tests(team, random=Random(number), since=made, now=now)
    make_reviews(team, random=random, now=now)
    make_sessions(team, random=Random(number), now=now)
    make_cycles(team, random=random, now=now)
    make_drills(team, random=random, now=now)
    training.find_needs(now=now, limit=1000, since=now - timedelta(days=40))
