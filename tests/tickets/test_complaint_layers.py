"""Packs in layers: what they warn of, whom they tell, which deadline binds (C1, C2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from tests.factories import (
    T0,
    make_group,
    make_manager,
    make_product,
)
from tests.tickets.complaining import (
    DAY,
    WORDS,
    due,
    layered,
    pack_for,
)
from tests.tickets.support import clock_of, told
from tickets import actions, complaints
from tickets.clock import Kind
from tickets.complaints import Layers, PackError
from tickets.models import (
    Alert,
    Complaint,
    ComplaintLayer,
    Ticket,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(ticket: Ticket, owner: User, director: User) -> Complaint:
    """The owner's ticket, answered and marked under the Chinese pack."""
    pack_for(director)
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.mark_complaint(ticket.pk, by=owner, now=T0)
    return Complaint.objects.get(ticket=ticket)


# ---- the rules ------------------------------------------------------------------------------
def test_a_pack_warns_at_shares_and_days_and_climbs_the_ladder() -> None:
    pack = complaints.packs()["cn-nfra"]
    marks = pack.marks("complaint_final", 20 * 86_400)
    warned = sorted(mark.seconds / 86_400 for mark in marks if mark.kind is Kind.WARN)
    assert warned == [10, 15, 17, 18, 19]
    rungs = [(mark.to, mark.seconds / 86_400) for mark in marks if mark.to]
    assert rungs == [("owner", 10), ("group", 15), ("manager", 18), ("director", 20)]
    assert not pack.marks("first_response", 300)


@pytest.mark.parametrize(
    "wrong",
    [
        {"warn_shares": [1.0]},
        {"warn_days": [0]},
        {"ladder": [["chairman", 0.5]]},
        {"ladder": [["owner", 0]]},
        {"stops": [{"key": "appraisal", "level": "clerk"}]},
    ],
)
def test_a_pack_with_a_wrong_warning_is_no_pack(wrong: dict[str, Any]) -> None:
    said = json.loads(complaints.packs()["cn-nfra"].text) | wrong
    with pytest.raises(PackError):
        complaints.read(json.dumps(said))


def test_layers_come_back_from_the_text_that_a_case_keeps() -> None:
    known = complaints.packs()
    packs = Layers(tuple(known[code] for code in ("uk-disp", "eu-psd2")))
    for one in (Layers((known["cn-nfra"],)), packs):
        again = complaints.layers(one.text)
        assert again == one
        assert [pack.digest for pack in again.packs] == [pack.digest for pack in one.packs]
    assert (packs.code, packs.keep_years) == ("uk-disp+eu-psd2", 5)
    assert [offer.key for offer in packs.offers] == ["uk-disp.delay", "eu-psd2.holding"]


def test_the_clock_stands_only_for_what_every_layer_knows() -> None:
    known = complaints.packs()
    assert [stop.key for stop in Layers((known["cn-nfra"],)).stops] == ["appraisal"]
    assert not Layers((known["cn-nfra"], known["hk-hkma"])).stops


def test_a_file_of_the_29th_of_february_is_kept_to_the_end_of_its_years() -> None:
    leap = T0.replace(year=2028, month=2, day=29)
    assert complaints.kept_until(leap, 3).date().isoformat() == "2031-03-01"
    assert complaints.kept_until(leap, 4).date().isoformat() == "2032-02-29"


# ---- warnings and the ladder ----------------------------------------------------------------
def test_a_complaint_warns_and_climbs_each_once(case: Complaint, owner: User) -> None:
    end = due(case)
    whole = end - T0
    boss = make_manager(runs=[case.ticket.group])
    case.ticket.group.manager = boss
    case.ticket.group.save()
    actions.acknowledge(case.ticket_id, by=owner, text=WORDS, now=T0)
    seen = []
    for now in (T0 + whole * 0.49, T0 + whole * 0.51, T0 + whole * 0.76, end - DAY / 2):
        for _again in range(2):
            actions.flag_breaches(now=now, limit=99)
        row = clock_of(case.ticket, "complaint_final")
        alerts = Alert.objects.filter(clock=row)
        seen.append((told(row).count("warn"), alerts.values("seconds").distinct().count()))
    assert seen == [(0, 0), (1, 1), (2, 2), (5, 3)]
    last = Alert.objects.filter(clock__metric="complaint_final").latest("pk")
    assert (last.user, last.rung) == (boss, "manager")


def test_after_an_outage_a_complaint_says_late_what_it_missed(case: Complaint) -> None:
    row = clock_of(case.ticket, "complaint_final")
    actions.flag_breaches(now=due(case) + DAY, limit=99)
    events = list(row.events.filter(kind__in=["warn", "breach"]))
    assert [event.kind for event in events] == ["warn"] * 5 + ["breach"]
    assert all(event.data == {"late": True} for event in events)
    before = row.events.count()
    actions.flag_breaches(now=due(case) + 2 * DAY, limit=99)
    assert row.events.count() == before


def test_an_extension_is_warned_of_anew(case: Complaint, owner: User, manager: User) -> None:
    near = due(case) - DAY / 2
    actions.flag_breaches(now=near, limit=99)
    actions.ask_extension(
        case.ticket_id, by=owner, key="complex", reason="An expert", notice=WORDS, now=near
    )
    actions.approve_extension(case.ticket_id, by=manager, now=near)
    row = clock_of(case.ticket, "complaint_final")
    before = told(row).count("warn")
    actions.flag_breaches(now=due(case) - DAY / 2, limit=99)
    assert told(clock_of(case.ticket, "complaint_final")).count("warn") > before
    assert not list(actions.false_clocks(now=near))


# ---- layers ---------------------------------------------------------------------------------
def test_of_two_packs_the_earlier_deadline_binds_and_both_are_kept(
    ticket: Ticket, owner: User, director: User, manager: User
) -> None:
    case = layered(ticket, owner, director)
    assert case.pack == "uk-disp+eu-psd2"
    uk, eu = due(case, pack="uk-disp"), due(case, pack="eu-psd2")
    assert eu < uk
    assert clock_of(ticket, "complaint_final").due_at == eu
    actions.respond(ticket.pk, by=owner, text="Hello, I look into it.", now=T0)
    actions.ask_extension(
        ticket.pk, by=owner, key="eu-psd2.holding", reason="Bank", notice=WORDS, now=T0
    )
    actions.approve_extension(ticket.pk, by=manager, now=T0)
    moved = due(case, pack="eu-psd2")
    assert due(case, pack="uk-disp") == uk
    assert clock_of(ticket, "complaint_final").due_at == min(moved, uk)
    actions.draft_letter(ticket.pk, by=owner, text=WORDS, now=T0 + DAY)
    letter = case.letters.get().pk
    actions.release_letter(ticket.pk, by=manager, letter=letter, now=T0 + DAY)
    assert not case.milestones.filter(key="final", met_at=None).exists()


def test_a_pack_of_a_group_may_stand_in_place_of_the_customers(
    ticket: Ticket, owner: User, director: User
) -> None:
    assert layered(ticket, owner, director, instead=True).pack == "eu-psd2"


def test_a_pack_of_another_group_or_product_does_not_apply(
    ticket: Ticket, owner: User, director: User
) -> None:
    actions.lay_pack(by=director, pack="hk-hkma", group=make_group(), product=None, now=T0)
    actions.lay_pack(by=director, pack="sg-mas", group=None, product=make_product(), now=T0)
    assert layered(ticket, owner, director).pack == "uk-disp+eu-psd2"


def test_laying_a_pack_is_checked_and_said_once(director: User, manager: User) -> None:
    group = make_group()
    said: dict[str, Any] = {"pack": "hk-hkma", "group": group, "product": None, "now": T0}
    with pytest.raises(PermissionDenied):
        actions.lay_pack(by=manager, **said)
    with pytest.raises(InvalidError, match="packs"):
        actions.lay_pack(by=director, **said | {"pack": "xx"})
    with pytest.raises(InvalidError, match="group"):
        actions.lay_pack(by=director, **said | {"group": None})
    assert not ComplaintLayer.objects.exists()
    row = actions.lay_pack(by=director, **said)
    with pytest.raises(RefusedError, match="already"):
        actions.lay_pack(by=director, **said)
    with pytest.raises(PermissionDenied):
        actions.lift_pack(row.pk, by=manager, now=T0)
    actions.lift_pack(row.pk, by=director, now=T0)
    assert not ComplaintLayer.objects.exists()
    kinds = Entry.objects.filter(subject="complaint_layer").order_by("pk")
    assert [entry.kind for entry in kinds] == ["complaint.pack_laid", "complaint.pack_lifted"]
