"""A draft run on the past: what would have been kept, and nothing of the past changed (rule 20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from csservice.lib.errors import InvalidError
from teams.hours import Hours, Window
from teams.models import Group, User
from tests.factories import (
    T0,
    after,
    make_calendar,
    make_group,
    make_simulation,
    make_ticket,
    make_user,
)
from tests.tickets.support import make_policy, promising, unchanged
from tickets import actions, policy
from tickets.models import Clock, Simulation, SlaPolicy
from tickets.simulation import Past, Tally, due_in, kept_under, shares

ALWAYS = Hours.always("UTC")
WEEK = timedelta(days=7)


# ---- the rule ----------------------------------------------------------------------------------
def test_pauses_are_as_they_were() -> None:
    spans = ((T0, after(100)), (after(500), after(700)))
    assert due_in(ALWAYS, spans, 150) == after(550)
    assert due_in(ALWAYS, spans, 300) is None, "the last instant keeps it"
    assert due_in(ALWAYS, spans, 299) == after(699)


def test_a_promise_that_still_runs_is_broken_or_undecided() -> None:
    past = Past(1, "resolution", ((T0, after(100)),), running=True, kept=None)
    assert kept_under(past, ALWAYS, 99) is False
    assert kept_under(past, ALWAYS, 100) is None


def test_closed_hours_do_not_count() -> None:
    night = Hours("UTC", {6: (Window(0, 3600),)})
    assert kept_under(Past(1, "x", ((T0, after(9999)),), running=False, kept=True), night, 60)


def test_a_tally_counts_what_was_decided_and_names_what_flips() -> None:
    tally = Tally()
    for ticket, before, would in (
        (1, True, False),
        (2, False, True),
        (3, None, None),
        (4, True, True),
    ):
        tally.count(Past(ticket, "x", (), running=before is None, kept=before), would)
    assert (tally.before_due, tally.before_kept, tally.after_due, tally.after_kept) == (3, 2, 3, 2)
    assert (tally.broken, tally.mended, tally.to_broken, tally.to_kept) == ([1], [2], 1, 1)
    assert shares(tally.data()) == (2 / 3, 2 / 3)
    assert shares(Tally().data()) == (None, None)


# ---- a run -------------------------------------------------------------------------------------
@pytest.fixture
def boss() -> User:
    return make_user(role="director")


def answered(seconds: float, group: Group, **over: Any) -> int:
    ticket = make_ticket(
        step="analysis", group=group, responded_at=after(seconds), basics_at=after(seconds), **over
    )
    return int(ticket.pk)


def run(boss: User, **draft: Any) -> Simulation:
    period = {"start": T0 - WEEK, "end": T0 + WEEK}
    row = actions.simulate(by=boss, now=after(9000), **period | draft)
    assert actions.run_simulations(now=after(9000)) == 1
    row.refresh_from_db()
    return row


@pytest.mark.django_db
def test_a_shorter_promise_names_the_tickets_it_would_have_broken(boss: User, group: Group) -> None:
    quick, slow, late = (answered(n, group) for n in (50, 200, 400))
    row = run(boss, policy_id=None, said=promising(120))
    first = row.result["first_response"]
    assert (row.state, row.done, row.total) == ("done", 6, 6)
    assert (first["before_kept"], first["before_due"]) == (2, 3)
    assert (first["after_kept"], first["after_due"]) == (1, 3)
    assert (first["broken"], first["mended"]) == ([slow], [])
    assert {quick, late}.isdisjoint(first["broken"])


@pytest.mark.django_db
def test_a_longer_promise_mends_and_a_draft_for_others_changes_nothing(
    boss: User, group: Group
) -> None:
    late = answered(400, group)
    assert run(boss, said=promising(600)).result["first_response"]["mended"] == [late]
    other = run(boss, said=promising(600, channel=["chat"])).result["first_response"]
    assert (other["mended"], other["to_kept"], other["after_kept"]) == ([], 0, 0)


@pytest.mark.django_db
def test_a_draft_stands_where_its_policy_stands(boss: User, group: Group) -> None:
    """A policy before it in the order still catches its own."""
    make_policy(promising(100, channel=["web"]), position=1)
    standard = SlaPolicy.objects.get(name="Standard")
    answered(400, group, channel="web")
    kept = answered(400, group, channel="email")
    result = run(boss, policy_id=standard.pk, said=promising(900)).result["first_response"]
    assert result["mended"] == [kept]


@pytest.mark.django_db
def test_a_promise_that_the_draft_leaves_alone_is_as_it_was(boss: User, group: Group) -> None:
    ticket = answered(50, group)
    Clock.objects.filter(ticket=ticket, metric="resolution").update(breached_at=after(60))
    standard = SlaPolicy.objects.get(name="Standard")
    found = run(boss, policy_id=standard.pk, said=promising(600)).result["resolution"]
    assert (found["to_kept"], found["to_broken"], found["mended"]) == (0, 0, [])


@pytest.mark.django_db
def test_draft_hours_move_the_deadlines_of_their_groups_only(boss: User) -> None:
    """Open from an hour later: what was late would have been in time."""
    mine, theirs = make_group(calendar=make_calendar()), make_group(calendar=make_calendar())
    late = answered(900, mine)
    answered(900, theirs)
    hours = mine.calendar
    hours.week = {str(day): [[18 * 3600, 20 * 3600]] for day in range(7)}
    row = run(boss, calendar_id=hours.pk, hours=hours.text())
    assert row.result["first_response"]["mended"] == [late]


@pytest.mark.django_db
def test_a_run_changes_nothing_of_the_past(boss: User, group: Group) -> None:
    answered(400, group)
    actions.simulate(by=boss, now=after(9), start=T0, end=T0 + WEEK, said=promising(600))
    with unchanged():
        actions.run_simulations(now=after(9000))
    assert actions.run_simulations(now=after(9001)) == 0, "once"


@pytest.mark.django_db
def test_what_a_dead_worker_left_is_run_by_the_next(boss: User, group: Group) -> None:
    answered(400, group)
    row = actions.simulate(by=boss, now=T0, start=T0, end=T0 + WEEK, said=promising(600))
    Simulation.objects.filter(pk=row.pk).update(state="running", begun_at=T0)
    assert actions.run_simulations(now=after(599)) == 0
    assert actions.run_simulations(now=after(601)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"start": T0, "end": T0}, "start"),
        ({"start": T0 - timedelta(days=900)}, "start"),
        ({"said": None}, "said"),
        ({"said": {"targets": {}}}, "said"),
        ({"said": None, "calendar_id": 0, "hours": '{"tz": "UTC"}'}, "hours"),
    ],
)
def test_a_draft_that_cannot_be_run_is_refused_and_not_kept(
    boss: User, group: Group, over: dict[str, Any], field: str
) -> None:
    if "calendar_id" in over:
        over |= {"calendar_id": group.calendar_id}
    asked: dict[str, Any] = {"start": T0, "end": T0 + WEEK, "said": promising(60)}
    with pytest.raises(InvalidError) as refusal:
        actions.simulate(by=boss, now=T0, **asked | over)
    assert refusal.value.field == field
    assert not Simulation.objects.exists()


@pytest.mark.django_db
def test_a_specialist_tries_no_drafts(owner: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.simulate(by=owner, now=T0, start=T0, end=T0 + WEEK, said=dict(policy.DEFAULT))
    assert not Simulation.objects.visible_to(owner).exists()


@pytest.mark.django_db
def test_a_run_costs_the_same_queries_for_one_clock_and_for_many(
    boss: User, group: Group, django_assert_max_num_queries: Any
) -> None:
    for seconds in range(12):
        answered(seconds, group)
    actions.simulate(by=boss, now=T0, start=T0, end=T0 + WEEK, said=promising(600))
    with django_assert_max_num_queries(14):
        actions.run_simulations(now=after(9000))
    assert Clock.objects.count() == 24


# ---- the pages and the API -----------------------------------------------------------------------
@pytest.fixture
def desk(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def typed(page: Any) -> dict[str, Any]:
    """What the editor's form holds, as a browser would send it."""
    form = page.context["form"]
    return {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "")}


@pytest.mark.django_db
def test_a_draft_is_tried_from_the_editor_and_nothing_is_saved(desk: Client, group: Group) -> None:
    late = answered(400, group)
    standard = SlaPolicy.objects.get(name="Standard")
    url = f"/settings/promises/{standard.pk}/"
    sent = typed(desk.get(url)) | {"do": "try", "days": "365"}
    sent |= {f"first_response_{name}": "10:00" for name in policy.PRIORITIES}
    answer = desk.post(url, sent)
    run_now = Simulation.objects.get()
    assert answer["Location"] == f"/settings/promises/tried/{run_now.pk}/"
    assert standard.versions.count() == 1
    assert "The worker begins within seconds." in desk.get(answer["Location"]).content.decode()
    Simulation.objects.update(start=T0 - WEEK, end=T0 + WEEK)
    actions.run_simulations(now=after(9000))
    shown = desk.get(answer["Location"]).content.decode()
    assert f'href="/t/{late}/"' in shown
    assert "100.0 %" in shown
    assert "hx-trigger" not in shown.split('id="run"')[1], "it no longer asks again"


@pytest.mark.django_db
def test_other_hours_are_tried_from_the_list(desk: Client, group: Group) -> None:
    other = make_calendar(week={"0": [[0, 3600]]})
    page = "/settings/promises/tried/"
    refused = desk.post(page, {"calendar": group.calendar_id, "days": "90"})
    assert refused.status_code == 422
    assert not Simulation.objects.exists()
    sent = {"calendar": group.calendar_id, "instead": other.pk, "days": "90"}
    answer = desk.post(page, sent, headers={"HX-Request": "true"})
    row = Simulation.objects.get()
    assert answer["HX-Redirect"] == f"/settings/promises/tried/{row.pk}/"
    assert (row.calendar, row.hours) == (group.calendar, other.text())


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("state", Simulation.State.values)
def test_a_run_is_shown_in_every_state(desk: Client, boss: User, language: str, state: str) -> None:
    User.objects.filter(pk=boss.pk).update(language=language)
    row = make_simulation(state=state, made_by=boss, total=9, done=4, result={"error": "no"})
    for url in ("/settings/promises/tried/", f"/settings/promises/tried/{row.pk}/"):
        assert desk.get(url).status_code == 200


@pytest.mark.django_db
def test_a_program_asks_for_a_run_and_reads_its_result(
    desk: Client, boss: User, group: Group
) -> None:
    answered(400, group)
    draft = {
        "said": promising(600),
        "start": (T0 - WEEK).isoformat(),
        "end": after(999).isoformat(),
    }
    made = desk.post("/api/v1/simulations/", draft, content_type="application/json")
    assert (made.status_code, made.json()["state"], made.json()["result"]) == (201, "queued", [])
    actions.run_simulations(now=after(9000))
    found = desk.get(f"/api/v1/simulations/{made.json()['id']}/").json()
    first = next(line for line in found["result"] if line["metric"] == "first_response")
    assert (first["before_share"], first["after_share"], first["to_kept"]) == (0.0, 1.0, 1)
    wrong = draft | {"said": {"targets": {}}}
    refused = desk.post("/api/v1/simulations/", wrong, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "said")


@pytest.mark.django_db
def test_the_list_of_runs_costs_the_same_for_one_and_for_many(
    desk: Client, boss: User, django_assert_max_num_queries: Any
) -> None:
    for _one in range(10):
        make_simulation(made_by=boss)
    with django_assert_max_num_queries(12):
        desk.get("/settings/promises/tried/")
