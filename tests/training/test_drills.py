"""Emergency drills: planned, run through the real workflow, debriefed, booked (L4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from tests.factories import T0, after, make_category, make_manager
from tests.training.drills_support import Lapse, levels, make_drill, script
from tickets import actions as tickets
from tickets.models import Alert, Customer, Message, Ticket
from training import actions
from training.models import Drill, DrillCue, DrillRating, Record, Scenario

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db: None) -> User:
    return make_manager(username="second")


@pytest.fixture
def drill(manager: User, owner: User, colleague: User, second: User) -> Drill:
    return make_drill(manager, [owner, colleague], second)


@pytest.fixture
def running(drill: Drill, manager: User) -> Drill:
    return actions.start_drill(drill.pk, by=manager, now=T0)


def beat(seconds: float, limit: int = 100) -> int:
    return actions.run_drills(now=after(seconds), limit=limit)


def guests(drill: Drill) -> list[Ticket]:
    return list(Ticket.objects.filter(is_drill=True).order_by("pk"))


# ---- scenarios --------------------------------------------------------------------------------
def test_a_script_that_cannot_be_played_is_refused_where_it_is_wrong(manager: User) -> None:
    wrong = script().replace('channel = "email"', 'channel = "fax"')
    with pytest.raises(InvalidError, match="contact 2"):
        actions.save_scenario(None, by=manager, text=wrong, now=T0)
    assert not Scenario.objects.exists()


def test_a_scenario_changes_and_planned_drills_keep_their_text(drill: Drill, manager: User) -> None:
    assert drill.scenario is not None
    changed = script(5)
    actions.save_scenario(drill.scenario.pk, by=manager, text=changed, now=after(1), seen=1)
    drill.refresh_from_db()
    assert len(drill.script().visitors) == 3
    with pytest.raises(ChangedError):
        actions.save_scenario(drill.scenario.pk, by=manager, text=changed, now=after(2), seen=1)


def test_a_specialist_writes_no_scenario_and_plans_no_drill(
    owner: User, colleague: User, second: User
) -> None:
    with pytest.raises(PermissionDenied):
        actions.save_scenario(None, by=owner, text=script(), now=T0)
    with pytest.raises(PermissionDenied):
        actions.plan_drill(
            by=owner, people=[colleague], second=second, planned_for=T0, now=T0, code="card-fraud"
        )
    assert not Drill.objects.exists()


# ---- planning -----------------------------------------------------------------------------------
def test_only_people_whom_the_trainer_runs_take_part(
    manager: User, owner: User, stranger: User, second: User
) -> None:
    with pytest.raises(InvalidError) as refused:
        make_drill(manager, [owner, stranger], second)
    assert refused.value.field == "people"
    assert not Drill.objects.exists()


@pytest.mark.parametrize("who", ["owner", "manager", "colleague"])
def test_the_second_rater_runs_training_and_neither_leads_nor_takes_part(
    who: str, manager: User, owner: User, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(InvalidError) as refused:
        make_drill(manager, [owner], request.getfixturevalue(who))
    assert refused.value.field == "second"


def test_a_shipped_scenario_is_planned_by_its_code(
    manager: User, owner: User, second: User
) -> None:
    planned = actions.plan_drill(
        by=manager, people=[owner], second=second, planned_for=T0, now=T0, code="card-fraud"
    )
    assert planned.name == "Card fraud wave"
    assert planned.seats.count() == 1


# ---- a run --------------------------------------------------------------------------------------
def test_customers_come_when_it_is_time_and_only_once(running: Drill) -> None:
    beat(0)
    assert len(guests(running)) == 1
    beat(0)
    beat(29)
    assert len(guests(running)) == 1
    beat(60)
    assert len(guests(running)) == 3
    assert beat(70) == 0


def test_they_are_dealt_evenly_among_those_who_take_part(
    running: Drill, owner: User, colleague: User
) -> None:
    beat(60)
    assert sorted(running.seats.values_list("served", flat=True)) == [1, 2]
    assert {t.owner for t in guests(running)} == {owner, colleague}
    assert {t.assigned_because["rule"] for t in guests(running)} == {"drill"}


def test_a_simulated_customer_is_marked_and_found_by_nobody(running: Drill) -> None:
    beat(0)
    customer = guests(running)[0].customer
    assert customer.is_drill
    assert "drill 演练" in customer.name
    assert not Customer.objects.found_by("Guest").exists()
    assert not tickets.doubles(name=customer.name, contacts=[])
    assert not customer.contacts.exists()


def test_twice_the_speed_takes_half_the_time(manager: User, owner: User, second: User) -> None:
    drill = make_drill(manager, [owner], second, speed=Decimal(2))
    actions.start_drill(drill.pk, by=manager, now=T0)
    beat(15)
    assert len(guests(drill)) == 2


def test_who_is_not_answered_writes_again_and_who_was_answered_does_not(running: Drill) -> None:
    beat(30)
    first, other = guests(running)
    owner = other.owner
    assert owner is not None
    tickets.respond(other.pk, by=owner, text="We are on it", now=after(40))
    beat(150)
    heard = Message.objects.filter(kind="contact", ticket=first)
    assert [message.text for message in heard] == ["unanswered 0"]
    assert not Message.objects.filter(ticket=other, text__startswith="unanswered").exists()


def test_a_customer_goes_on_a_while_after_what_they_wait_for(running: Drill) -> None:
    beat(0)
    ticket = guests(running)[0]
    assert ticket.owner is not None
    tickets.respond(ticket.pk, by=ticket.owner, text="We are on it", now=after(10))
    beat(11)
    assert not Message.objects.filter(text="answered 0").exists()
    beat(31)
    assert Message.objects.get(text="answered 0").ticket == ticket
    beat(60)
    assert Message.objects.filter(text="answered 0").count() == 1


def test_a_pause_moves_what_is_to_come(running: Drill, manager: User) -> None:
    beat(0)
    actions.pause_drill(running.pk, by=manager, now=after(10))
    assert beat(100) == 0
    actions.resume_drill(running.pk, by=manager, now=after(100))
    assert beat(119) == 0
    assert beat(120) == 1


def test_the_trainer_announces_and_sends_a_customer_live(running: Drill, manager: User) -> None:
    beat(0)
    actions.announce(running.pk, by=manager, text="All lines are busy", now=after(5))
    actions.send_customer(
        running.pk, by=manager, name="Mr Lin", subject="Late", text="Where is it?", now=after(6)
    )
    beat(7)
    assert guests(running)[-1].subject == "Late"
    injected = running.cues.filter(injected_by=manager)
    assert {cue.kind for cue in injected} == {"event", "contact"}


def test_only_its_trainer_leads_a_drill(running: Drill, second: User, owner: User) -> None:
    with pytest.raises(RefusedError):
        actions.pause_drill(running.pk, by=second, now=after(1))
    with pytest.raises(PermissionDenied):
        actions.end_drill(running.pk, by=owner, now=after(1))
    running.refresh_from_db()
    assert running.step == "running"


def test_the_end_closes_every_simulated_ticket(running: Drill, manager: User) -> None:
    beat(60)
    first = guests(running)[0]
    assert first.owner is not None
    tickets.respond(first.pk, by=first.owner, text="We are on it", now=after(61))
    actions.end_drill(running.pk, by=manager, now=after(90))
    assert {t.step for t in guests(running)} == {"closed"}
    assert not running.cues.open().exists()
    assert beat(1000) == 0


def test_what_cannot_be_played_is_skipped_with_its_reason(
    running: Drill, owner: User, colleague: User
) -> None:
    for user in (owner, colleague):
        user.is_active = False
        user.save()
    beat(0)
    cue = running.cues.get(kind="contact", due_at=T0)
    assert cue.skipped
    assert cue.why
    assert not guests(running)


def test_nobody_else_is_told_of_a_drills_clocks(
    running: Drill, owner: User, colleague: User, manager: User
) -> None:
    beat(60)
    for second in range(60, 600, 60):
        tickets.flag_breaches(now=after(second), limit=100)
    told = set(Alert.objects.values_list("user", flat=True))
    assert told <= {owner.pk, colleague.pk}
    owners = dict(Ticket.objects.values_list("pk", "owner"))
    assert {(a.ticket_id, a.user_id) for a in Alert.objects.all()} <= set(owners.items())


def test_a_drill_is_known_to_who_takes_part_and_to_trainers_only(
    running: Drill, manager: User, director: User, group: Any
) -> None:
    from tests.factories import make_user

    other = make_user(groups=[group])
    beat(0)
    ticket = guests(running)[0]
    assert ticket.owner is not None
    for user in (ticket.owner, manager, director):
        assert Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()
    assert not Ticket.objects.visible_to(other).filter(pk=ticket.pk).exists()


def test_a_drill_is_handed_over_by_name_only(running: Drill, group: Any) -> None:
    beat(0)
    ticket = guests(running)[0]
    by = ticket.owner
    assert by is not None
    tickets.respond(ticket.pk, by=by, text="We are on it", now=after(1))
    tickets.record_basics(ticket.pk, by=by, now=after(2))
    with pytest.raises(InvalidError) as refused:
        tickets.hand_over(ticket.pk, by=by, to=group, reason="x", context="", now=after(3))
    assert refused.value.field == "to"


def test_a_drill_never_becomes_a_real_customers(running: Drill) -> None:
    from tests.factories import make_customer

    beat(0)
    ticket = guests(running)[0]
    assert ticket.owner is not None
    with pytest.raises(InvalidError):
        tickets.record_basics(ticket.pk, by=ticket.owner, now=T0, customer=make_customer())


def test_absent_people_keep_their_simulated_customers(running: Drill) -> None:
    beat(0)
    tickets.release_absent(now=after(5), limit=10)  # everybody is away
    assert guests(running)[0].owner is not None


# ---- the debriefing -------------------------------------------------------------------------
@pytest.fixture
def ended(running: Drill, manager: User) -> Drill:
    beat(60)
    return actions.end_drill(running.pk, by=manager, now=after(600))


def test_both_rate_and_everybody_is_booked_with_the_mean(
    ended: Drill, manager: User, second: User, owner: User
) -> None:
    actions.rate_drill(ended.pk, by=manager, levels=levels(ended, 2), now=after(700))
    with pytest.raises(RefusedError):
        actions.debrief_drill(ended.pk, by=manager, lessons="Block first", now=after(800))
    actions.rate_drill(ended.pk, by=second, levels=levels(ended, 1, calm=0), now=after(710))
    actions.debrief_drill(ended.pk, by=manager, lessons="Block first", now=after(800))
    booked = Record.objects.get(user=owner)
    assert (booked.area, booked.way, booked.source) == ("emergency", "drill", f"drill:{ended.pk}")
    assert booked.score == Decimal("62.50")
    assert booked.passed
    assert booked.at == after(600)
    assert booked.minutes == 10
    assert Record.objects.count() == 2


def test_nobody_rates_twice_or_leaves_a_line_out_or_is_no_rater(
    ended: Drill, manager: User, director: User
) -> None:
    short = {key: {"calm": 1} for key in levels(ended)}
    with pytest.raises(InvalidError):
        actions.rate_drill(ended.pk, by=manager, levels=short, now=after(700))
    with pytest.raises(RefusedError):
        actions.rate_drill(ended.pk, by=director, levels=levels(ended), now=after(700))
    assert not DrillRating.objects.exists()
    actions.rate_drill(ended.pk, by=manager, levels=levels(ended), now=after(700))
    with pytest.raises(RefusedError):
        actions.rate_drill(ended.pk, by=manager, levels=levels(ended), now=after(701))


def test_what_a_trainer_does_is_on_record(ended: Drill) -> None:
    kinds = set(Entry.objects.filter(subject="drill").values_list("kind", flat=True))
    assert {"drill.planned", "drill.started", "drill.ended"} <= kinds


def test_no_mail_leaves_and_nobody_is_surveyed(running: Drill, owner: User, manager: User) -> None:
    lapse = Lapse(running, make_category(), start=T0)
    lapse.run(T0 + timedelta(seconds=300))
    assert {t.step for t in guests(running)} == {"feedback"}
    assert mail.outbox == []
    assert not any(t.invitations.exists() for t in guests(running))
    assert DrillCue.objects.filter(when="resolved", skipped=False, done_at__isnull=False).exists()


@pytest.mark.postgres
def test_the_beat_finds_what_is_due_and_what_waits_by_index(
    indexes_of: Callable[[Any], set[str]],
) -> None:
    assert "drill_cue_due" in indexes_of(DrillCue.objects.due(T0))
    assert "drill_cue_waits" in indexes_of(DrillCue.objects.met())
