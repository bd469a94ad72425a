"""Learning needs: what makes them, what meets them, whether it helped; pages and API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from csservice.lib.proportions import Share
from teams.models import Group, User
from tests.factories import T0, after, make_category, make_ticket, make_user
from tests.training.factories import make_course, make_need, make_review
from tickets.models import Clock, Ticket
from training import actions, effect
from training.actions._book import book
from training.models import Evidence, Need

NOW = after(7200)


def breached(ticket: Ticket, **over: Any) -> None:
    told = {"metric": "first_response", "cycle": 1, "due": after(300).isoformat()} | over
    record("clock.breached", "ticket", ticket.pk, by=None, now=after(301), **told)


def poorly_rated(ticket: Ticket, score: int = 1) -> None:
    record(
        "feedback.received", "ticket", ticket.pk, by=None, now=after(400), score=score, via="link"
    )


def find() -> int:
    return actions.find_needs(now=NOW, limit=100)


# ---- the rule -----------------------------------------------------------------------------------
def test_too_few_tickets_are_said() -> None:
    few = effect.measured(Share(1, 9), Share(9, 9), Share(50, 100), Share(50, 100))
    assert (few.verdict, few.estimate) == ("too_few", None)
    others = effect.measured(Share(1, 30), Share(29, 30), Share(5, 19), Share(50, 100))
    assert others.verdict == "too_few"


@pytest.mark.parametrize(
    ("before", "after_", "others", "verdict"),
    [
        (Share(5, 30), Share(28, 30), (Share(60, 100), Share(60, 100)), "better"),
        (Share(28, 30), Share(5, 30), (Share(60, 100), Share(60, 100)), "worse"),
        (Share(20, 30), Share(22, 30), (Share(60, 100), Share(60, 100)), "not_shown"),
        # colleagues got better as much without the course
        (Share(5, 30), Share(28, 30), (Share(16, 100), Share(94, 100)), "not_shown"),
    ],
)
def test_an_effect_is_more_than_what_colleagues_did_too(
    before: Share, after_: Share, others: tuple[Share, Share], verdict: str
) -> None:
    assert effect.measured(before, after_, *others).verdict == verdict


SHARES = st.integers(20, 60).flatmap(lambda n: st.integers(0, n).map(lambda k: Share(k, n)))


@given(SHARES, SHARES, SHARES, SHARES)
def test_a_verdict_never_contradicts_its_interval(a: Share, b: Share, c: Share, d: Share) -> None:
    found = effect.measured(a, b, c, d)
    assert found.estimate is not None
    assert (found.verdict == "better") == (found.estimate.low > 0)
    assert (found.verdict == "worse") == (found.estimate.high < 0)


# ---- what makes a need --------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_breach_a_poor_rating_and_a_failed_item_make_needs_with_their_evidence(
    group: Group, owner: User
) -> None:
    course = make_course()
    ticket = make_ticket(group=group, owner=owner, category=make_category())
    breached(ticket)
    poorly_rated(ticket)
    review = make_review(ticket=make_ticket(step="closed", group=group, owner=owner))
    record("review.rated", "review", review.pk, by=None, now=after(500), ticket=review.ticket_id)
    assert find() == 3
    needs = {need.why: need for need in Need.objects.filter(user=owner)}
    assert {why: need.area for why, need in needs.items()} == {
        "breach": "service",
        "rating": "communication",
        "review": "communication",
    }
    assert needs["breach"].category == ticket.category
    assert (needs["breach"].course, needs["rating"].course) == (None, course)
    assert needs["review"].evidence.get().item == "greets"


@pytest.mark.django_db
def test_it_is_found_once_and_more_of_it_is_more_evidence(group: Group, owner: User) -> None:
    breached(make_ticket(group=group, owner=owner))
    assert (find(), find()) == (1, 0)
    breached(make_ticket(group=group, owner=owner))
    assert find() == 1
    assert Need.objects.get().evidence.count() == 2


@pytest.mark.django_db
def test_an_outage_of_the_beat_loses_nothing(group: Group, owner: User) -> None:
    for _n in range(5):
        breached(make_ticket(group=group, owner=owner))
    assert actions.find_needs(now=NOW, limit=2) == 2
    assert actions.find_needs(now=NOW + timedelta(days=20), limit=100) == 3


@pytest.mark.django_db
def test_what_is_nobodys_fault_makes_no_need(group: Group, owner: User) -> None:
    breached(make_ticket(group=group, owner=None))
    breached(make_ticket(group=group, owner=owner, is_drill=True))
    breached(make_ticket(group=group, owner=owner), metric="resolution")
    inherited = make_ticket(group=group, owner=owner)
    Clock.objects.filter(ticket=inherited, metric="first_response").update(inherited=True)
    breached(inherited)
    waived = make_ticket(group=group, owner=owner)
    waived.clocks.get(metric="first_response").events.create(kind="waive", at=NOW, noted_at=NOW)
    breached(waived)
    poorly_rated(make_ticket(group=group, owner=owner), score=3)
    assert find() == 0
    assert not Evidence.objects.exists()


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_what_was_seen_before(
    group: Group, owner: User, sql_of: Callable[..., list[str]]
) -> None:
    breached(make_ticket(group=group, owner=owner))
    find()
    once = len(sql_of(find))
    for _n in range(9):
        breached(make_ticket(group=group, owner=owner))
    find()
    assert len(sql_of(find)) == once


# ---- by hand ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_manager_asks_and_the_course_about_it_is_proposed(manager: User, owner: User) -> None:
    short = make_course(area="product", minutes=10)
    make_course(area="product", minutes=40)
    asked: dict[str, Any] = {"user": owner, "area": "product", "note": "New fund"}
    need = actions.ask_need(by=manager, now=NOW, **asked)
    assert (need.course, need.by) == (short, manager)
    with pytest.raises(InvalidError, match="already"):
        actions.ask_need(by=manager, now=NOW, **asked)


@pytest.mark.django_db
def test_nobody_asks_for_people_they_do_not_run(manager: User, stranger: User, owner: User) -> None:
    with pytest.raises(InvalidError) as refusal:
        actions.ask_need(by=manager, now=NOW, user=stranger, area="product", note="New fund")
    assert refusal.value.field == "user"
    with pytest.raises(PermissionDenied):
        actions.ask_need(by=owner, now=NOW, user=stranger, area="product", note="New fund")
    assert not Need.objects.exists()


@pytest.mark.django_db
def test_a_need_is_dismissed_with_a_reason_once_and_not_by_oneself(
    manager: User, owner: User, director: User
) -> None:
    need = make_need(user=owner)
    with pytest.raises(InvalidError):
        actions.dismiss_need(need.pk, by=manager, now=NOW, reason=" ")
    done = actions.dismiss_need(need.pk, by=manager, now=NOW, reason="Learnt at the desk")
    assert (done.ended_at, done.dismissed_because) == (NOW, "Learnt at the desk")
    with pytest.raises(RefusedError, match="already"):
        actions.dismiss_need(need.pk, by=manager, now=NOW, reason="Again")
    own = make_need(user=director)
    with pytest.raises(RefusedError, match="Your own"):
        actions.dismiss_need(own.pk, by=director, now=NOW, reason="Never mind")


# ---- what meets it ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_passing_the_course_meets_the_need_and_failing_does_not(
    owner: User, colleague: User
) -> None:
    course = make_course()
    need, other = make_need(user=owner, course=course), make_need(user=colleague, course=course)
    told: dict[str, Any] = {
        "area": course.area,
        "way": "course",
        "course": course,
        "by": owner,
        "now": NOW,
    }
    book(owner, source="enrolment:1", at=NOW, passed=False, **told)
    need.refresh_from_db()
    assert need.ended_at is None
    passed = book(owner, source="enrolment:2", at=NOW, **told)
    need.refresh_from_db()
    other.refresh_from_db()
    met = Need.objects.get(pk=need.pk)
    assert (met.record, met.ended_at, other.ended_at) == (passed, NOW, None)


@pytest.mark.django_db
def test_the_effect_compares_with_colleagues_who_have_not_had_it(
    group: Group, owner: User, colleague: User
) -> None:
    course, category = make_course(), make_category()
    need = make_need(user=owner, course=course, category=category)
    passed_at = T0 + timedelta(days=10)

    def rate(who: User, *, days: int, scores: list[int]) -> None:
        for place, score in enumerate(scores):
            at = T0 + timedelta(days=days, minutes=place * 240 // (len(scores) - 1))
            told = {"satisfaction": "answered", "score": score, "answered_via": "link"}
            told |= {"satisfaction_at": at + timedelta(hours=4)}
            make_ticket(
                step="closed", group=group, owner=who, category=category, received_at=at, **told
            )

    rate(owner, days=2, scores=[1] * 12)
    rate(owner, days=11, scores=[5] * 12)
    rate(colleague, days=2, scores=[5, 1] * 10)
    rate(colleague, days=11, scores=[5, 1] * 10)
    trained = make_user(groups=[group])
    rate(trained, days=11, scores=[5] * 20)
    told: dict[str, Any] = {
        "area": course.area,
        "way": "course",
        "course": course,
        "by": None,
        "now": passed_at,
    }
    book(trained, source="enrolment:9", at=passed_at, **told)
    book(owner, source="enrolment:2", at=passed_at, **told)
    need.refresh_from_db()
    found = need.effect()
    assert found is not None
    assert (found.before, found.after) == (Share(0, 12), Share(12, 12))
    assert found.others_before == Share(10, 20)  # the trained one is no comparison
    assert found.verdict == "better"


# ---- pages and API ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_pages_show_a_need_and_a_manager_dismisses_it(
    browser_of: Callable[[User], Client], manager: User, owner: User, group: Group
) -> None:
    breached(make_ticket(group=group, owner=owner, subject="Card refused"))
    find()
    need = Need.objects.get()
    mine = browser_of(owner).get("/training/needs/")
    assert "A promise was broken" in mine.content.decode()
    assert "Card refused" in browser_of(owner).get(f"/training/needs/{need.pk}/").content.decode()
    client = browser_of(manager)
    refused = client.post(f"/training/needs/{need.pk}/dismiss/", {"reason": ""})
    assert refused.status_code == 422
    done = client.post(f"/training/needs/{need.pk}/dismiss/", {"reason": "Outage"})
    assert done.status_code == 302
    need.refresh_from_db()
    assert need.ended_at is not None


@pytest.mark.django_db
def test_a_manager_makes_a_need_on_the_page(
    manager_browser: Client, owner: User, clock: Any
) -> None:
    sent = {"user": owner.pk, "area": "product", "note": "New fund"}
    assert manager_browser.post("/training/needs/new/", {**sent, "note": ""}).status_code == 422
    assert manager_browser.post("/training/needs/new/", sent).status_code == 302
    assert Need.objects.get().note == "New fund"


@pytest.mark.django_db
def test_the_list_asks_as_much_for_one_row_as_for_ten(
    manager_browser: Client, group: Group, sql_of: Callable[..., list[str]]
) -> None:
    def asked(n: int) -> int:
        for _n in range(n):
            make_need(user=make_user(groups=[group]), course=make_course())
        manager_browser.get("/training/needs/")
        return len(sql_of(lambda: manager_browser.get("/training/needs/")))

    assert asked(1) == asked(9)


@pytest.mark.django_db
def test_programs_read_ask_and_dismiss(
    api_of: Callable[[User], APIClient], manager: User, owner: User, stranger: User
) -> None:
    client = api_of(manager)
    sent = {"user": owner.pk, "area": "product", "note": "New fund"}
    made = client.post("/api/v1/needs/", sent, format="json")
    assert made.status_code == 201
    assert client.post("/api/v1/needs/", sent, format="json").status_code == 400
    key = made.json()["id"]
    assert [
        row["id"] for row in api_of(owner).get("/api/v1/needs/?open=true").json()["results"]
    ] == [key]
    assert api_of(stranger).get(f"/api/v1/needs/{key}/").status_code == 404
    done = client.post(f"/api/v1/needs/{key}/dismiss/", {"reason": "Learnt"}, format="json")
    assert done.json()["dismissed_because"] == "Learnt"
    assert client.get("/api/v1/needs/?open=true").json()["results"] == []
