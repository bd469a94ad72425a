"""Reminders: each exactly once, none missing, whatever stood still meanwhile (issue 4, proof 3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from teams.models import Group, Membership, User
from tests.factories import make_group, make_manager, make_user
from tests.training.factories import make_cycle, make_member
from training import actions, tasks
from training.actions._book import book
from training.models import Area, Cycle, CycleMember, Letter, Reminder

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LAST = date(2026, 3, 31)


def morning(day: date) -> datetime:
    """Nine in the morning in Shanghai."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def beat(day: date) -> None:
    """What the worker does on one day."""
    now = morning(day)
    actions.open_due(now=now)
    actions.follow_people(now=now)
    while actions.remind(now=now, limit=500) == 500:
        pass
    while actions.send_letters(now=now, limit=200) == 200:
        pass


def steps(member: CycleMember) -> list[str]:
    return list(member.reminders.order_by("pk").values_list("step", flat=True))


@pytest.fixture
def member(owner: User, manager: User) -> CycleMember:
    """The owner, in product knowledge of the first quarter; the manager runs the group."""
    return make_member(user=owner)


# ---- one person -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 3, 16), []),
        (date(2026, 3, 17), ["d14"]),
        (date(2026, 3, 24), ["d14", "d7"]),
        (date(2026, 3, 30), ["d14", "d7", "d1"]),
        (date(2026, 3, 31), ["d14", "d7", "d1"]),
        (date(2026, 4, 1), ["d14", "d7", "d1", "missed", "escalated"]),
    ],
)
def test_reminders_go_on_their_days(member: CycleMember, day: date, told: list[str]) -> None:
    for n in range((day - date(2026, 3, 10)).days + 1):
        actions.remind(now=morning(date(2026, 3, 10) + n * DAY), limit=10)
    assert steps(member) == told
    assert actions.remind(now=morning(day), limit=10) == 0


def test_what_an_outage_overtook_goes_late_in_one_mail_each_once(
    member: CycleMember, owner: User, manager: User
) -> None:
    actions.remind(now=morning(date(2026, 4, 2)), limit=10)
    assert steps(member) == ["d14", "d7", "d1", "missed", "escalated"]
    actions.send_letters(now=morning(date(2026, 4, 2)), limit=10)
    assert [sent.to for sent in mail.outbox] == [[owner.email], [manager.email]]
    mine, theirs = (str(sent.body) for sent in mail.outbox)
    assert "It was due on 2026-03-31" in mine
    assert "to go out on 2026-03-17 and comes late" in mine
    assert owner.name in theirs
    assert mail.outbox[1].subject == "Training missed by 1 person"


def test_a_mail_carries_all_areas_of_a_person(member: CycleMember, owner: User) -> None:
    make_member(user=owner, cycle=make_cycle(area="service"))
    actions.remind(now=morning(date(2026, 3, 17)), limit=10)
    actions.send_letters(now=morning(date(2026, 3, 17)), limit=10)
    assert len(mail.outbox) == 1
    body = str(mail.outbox[0].body)
    assert "Product knowledge, Service awareness. Due on 2026-03-31." in body
    assert "late" not in body


def test_a_mail_is_in_its_readers_language(member: CycleMember, owner: User) -> None:
    owner.language = "zh-hans"
    owner.save(update_fields=["language"])
    actions.remind(now=morning(date(2026, 3, 17)), limit=10)
    assert Letter.objects.get().delivery == "queued"
    actions.send_letters(now=morning(date(2026, 3, 17)), limit=10)
    assert "/training/cycles/" in str(mail.outbox[0].body)


def test_who_attended_is_excused_or_gone_is_not_reminded(
    owner: User, colleague: User, stranger: User, manager: User
) -> None:
    rows = [make_member(user=user) for user in (owner, colleague, stranger)]
    now = morning(date(2026, 3, 10))
    book(owner, area="product", way="course", source="x", at=now, now=now, by=None)
    actions.excuse(rows[1].pk, by=manager, reason="why", now=now)
    stranger.leave(now)
    stranger.save(update_fields=User.LEAVE_FIELDS)
    beat(date(2026, 3, 17))
    reminded = Reminder.objects.filter(member__in=rows)
    assert not reminded.exists()


def test_a_miss_of_a_manager_is_told_to_a_director(manager: User, director: User) -> None:
    row = make_member(user=manager, group=manager.manages.get())
    actions.remind(now=morning(date(2026, 4, 1)), limit=10)
    told = Reminder.objects.get(member=row, step="escalated").letter
    assert told is not None
    assert told.reader == director


def test_where_there_is_nobody_to_tell_it_is_noted_all_the_same(stranger: User) -> None:
    row = make_member(user=stranger)
    actions.remind(now=morning(date(2026, 4, 1)), limit=10)
    assert Reminder.objects.get(member=row, step="escalated").letter is None
    assert Letter.objects.count() == 1


def test_who_has_no_address_is_not_mailed_but_noted(member: CycleMember, owner: User) -> None:
    owner.email = ""
    owner.save(update_fields=["email"])
    actions.remind(now=morning(date(2026, 3, 17)), limit=10)
    assert steps(member) == ["d14"]
    assert Letter.objects.get().delivery == ""


def test_no_step_can_be_said_twice(member: CycleMember) -> None:
    said: dict[str, Any] = {"member": member, "planned_on": LAST, "made_at": morning(LAST)}
    Reminder.objects.create(step="d14", due_on=LAST, **said)
    Reminder.objects.create(step="missed", due_on=LAST, **said)
    for step, due in (("d14", LAST), ("d14", LAST + DAY), ("missed", LAST)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(step=step, due_on=due, **said)
    Reminder.objects.create(step="missed", due_on=LAST + DAY, **said)


def test_support_sends_again_what_was_given_up(member: CycleMember, support: User) -> None:
    now = morning(date(2026, 3, 17))
    actions.remind(now=now, limit=10)
    Letter.objects.update(delivery="failed", tries=12)
    assert actions.send_letters_again(by=support, now=now) == 1
    assert actions.send_letters(now=now, limit=10) == 1
    assert Letter.objects.get().delivery == "sent"


def test_the_beats_do_it_all(clock: Any, owner: User) -> None:
    User.objects.update(date_joined=LONG_AGO)
    clock.now = morning(date(2026, 3, 17))
    tasks.run_cycles()
    assert Cycle.objects.count() == 4
    clock.now = morning(date(2026, 4, 25))  # opened late: due 25 days after the quarter's end
    tasks.run_cycles()
    tasks.send_letters()
    assert len(mail.outbox) == 1
    assert Cycle.objects.count() == 8


# ---- two quarters, 500 people -----------------------------------------------------------------
class Life(NamedTuple):
    """What happens to one person: when they join and leave; which of them attend, and when."""

    joins: date | None
    leaves: date | None
    attends: dict[tuple[str, int], date]


FIRST_DAY, END = date(2026, 1, 1), date(2026, 8, 31)
QUARTERS = [(date(2026, 1, 1), LAST), (date(2026, 4, 1), date(2026, 6, 30))]
# The worker is away three days: over the turn of the quarter, so that the opening, the misses and
# the escalations fall into it; and over a day of notices.
AWAY = {date(2026, 3, 31) + n * DAY for n in range(3)} | {
    date(2026, 6, 15) + n * DAY for n in range(3)
}


def life(n: int) -> Life:
    """The fate of person `n`: nothing random, everything in it."""
    joins = FIRST_DAY + (n * 7 % 170) * DAY if n % 10 == 0 else None
    leaves = FIRST_DAY + (n * 11 % 190) * DAY if n % 9 == 4 else None
    attends = {}
    for place, area in enumerate(Area.values):
        for quarter, (first, _last) in enumerate(QUARTERS):
            if (n + place + quarter) % 3 == 0:
                day = first + (n * 13 + place * 17) % 90 * DAY
                if (joins is None or day > joins) and (leaves is None or day < leaves):
                    attends[area, quarter] = day
    return Life(joins, leaves, attends)


@pytest.mark.slow
def test_over_two_quarters_each_of_500_people_gets_each_reminder_once_and_none_is_missing() -> None:
    """Joiners, leavers, people who attend, and a worker that stands still for three days twice.

    What must have been sent is reckoned here from the people's fates alone, not by the rule.
    """
    lives = [life(n) for n in range(500)]
    groups = [make_group() for _ in range(10)]
    managers = [make_manager(runs=[group], date_joined=LONG_AGO) for group in groups]
    director = make_user(role="director", date_joined=LONG_AGO)
    people = _people(lives, groups)
    events: dict[date, list[tuple[str, int, Any]]] = defaultdict(list)
    for n, fate in enumerate(lives):
        if fate.joins:
            events[fate.joins].append(("join", n, None))
        if fate.leaves:
            events[fate.leaves].append(("leave", n, None))
        for (area, quarter), day in fate.attends.items():
            events[day].append(("attend", n, (area, quarter)))
    day = FIRST_DAY
    while day <= END:
        for what, n, which in sorted(events[day]):
            _happens(what, people[n], which, day)
        if day not in AWAY:
            beat(day)
        day += DAY
    _check(lives, people)
    _check_letters({person.pk for person in (*managers, director)}, nobody_above=director)


def _people(lives: list[Life], groups: list[Group]) -> list[User]:
    people = [
        User(
            username=f"p{n}",
            name=f"Person {n}",
            email=f"p{n}@bank.example",
            is_active=fate.joins is None,
            date_joined=morning(fate.joins) if fate.joins else LONG_AGO,
            role="specialist",
        )
        for n, fate in enumerate(lives)
    ]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create(
        Membership(user=user, group=groups[n % 10]) for n, user in enumerate(people)
    )
    return people


def _happens(what: str, user: User, which: Any, day: date) -> None:
    at = morning(day) - timedelta(hours=1)
    if what == "join" and not user.presence_at:
        user.is_active = True
        user.save(update_fields=["is_active"])
    elif what == "leave":
        user.leave(at)
        user.save(update_fields=User.LEAVE_FIELDS)
    elif what == "attend":
        source = f"{which}"
        book(user, area=which[0], way="course", source=source, at=at, now=at, by=None)


def _sweep(day: date) -> date:
    """The first day from `day` on that the worker is there."""
    while day in AWAY:
        day += DAY
    return day


def _due(fate: Life, quarter: int) -> date | None:
    """The due day of a person in a quarter; None who is not in it at all."""
    first, last = QUARTERS[quarter]
    if fate.joins is not None and fate.joins > last:
        return None
    if fate.leaves is not None:
        start = max(first, fate.joins or first)
        if fate.leaves <= _sweep(start):
            return None  # gone, before the worker saw them
    missed = max(0, (fate.joins - first).days) if fate.joins else 0
    whole = (last - first).days + 1
    return last + -(-30 * missed // whole) * DAY


def _attended(fate: Life, quarter: int, area: str) -> date | None:
    """When they attended a quarter: one training counts once, for the quarter due first."""
    first, second = (fate.attends.get((area, n)) for n in (0, 1))
    due = _due(fate, 0)
    if first is None and second is not None and due is not None and second <= due:
        first, second = second, None
    return second if quarter else first


def _expected(fate: Life, quarter: int, area: str) -> set[str]:
    due = _due(fate, quarter)
    if due is None:
        return set()
    ends = [day for day in (fate.leaves, _attended(fate, quarter, area)) if day]
    found = set()
    for step, days in (("d14", -14), ("d7", -7), ("d1", -1), ("missed", 1), ("escalated", 1)):
        sent = _sweep(due + days * DAY)
        if not any(day <= sent for day in ends):
            found.add(step)
    return found


def _check(lives: list[Life], people: list[User]) -> None:
    said: Counter[tuple[int, int, str, str]] = Counter()
    rows = Reminder.objects.select_related("member__cycle")
    for row in rows.filter(member__user__in=people, member__cycle__starts_on__lt="2026-07-01"):
        cycle = row.member.cycle
        quarter = 0 if cycle.starts_on == FIRST_DAY else 1
        said[row.member.user_id, quarter, cycle.area, row.step] += 1
    assert set(said.values()) == {1}
    must = {
        (user.pk, quarter, area, step)
        for user, fate in zip(people, lives, strict=True)
        for quarter in (0, 1)
        for area in Area.values
        for step in _expected(fate, quarter, area)
    }
    assert set(said) == must
    assert len(must) > 9000


def _check_letters(leaders: set[int], *, nobody_above: User) -> None:
    """Each reminder is in one mail that left; nobody got two mails about the same in one go."""
    untold = Reminder.objects.filter(letter=None)
    assert set(untold.values_list("member__user", "step")) == {(nobody_above.pk, "escalated")}
    assert set(Letter.objects.values_list("delivery", flat=True)) == {"sent"}
    assert len(mail.outbox) == Letter.objects.count()
    own = Letter.objects.filter(about="own")
    assert own.values("reader", "made_at").distinct().count() == own.count()
    told = Letter.objects.filter(about="people").values_list("reader", flat=True)
    assert set(told) == leaders
