"""Analysis, experts, waiting: the service itself (W2, W3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import (
    T0,
    after,
    make_calendar,
    make_category,
    make_customer,
    make_group,
    make_guide,
    make_product,
    make_ticket,
    make_user,
)
from tests.tickets.support import NOW, kinds, last, unchanged
from tickets import actions
from tickets.models import Category, Handover, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(owner: User, group: Group) -> Ticket:
    """The owner's, in analysis."""
    return make_ticket(step="analysis", owner=owner, group=group)


def analyse(ticket: Ticket, category: Category | None, **over: Any) -> Ticket:
    fields: dict[str, Any] = {
        "need": " A new card ",
        "solution": " Send one ",
        "answers": {"lost": "no"},
    }
    owner = ticket.owner
    assert owner is not None
    return actions.analyse(
        ticket.pk,
        by=owner,
        category=category,
        now=NOW,
        **fields | over,
    )


# ---- analysis (W2) --------------------------------------------------------------------------
def test_the_analysis_keeps_need_answers_and_solution_and_goes_on(served: Ticket) -> None:
    guide = make_guide()
    done = analyse(served, guide.category)
    assert (done.step, done.need, done.solution) == ("resolution", "A new card", "Send one")
    assert (done.category, done.guide, done.answers) == (guide.category, guide, {"lost": "no"})
    assert last(served).data["guide"] == guide.pk
    assert Ticket.objects.found_by("new send").get() == served


def test_a_category_without_a_guide_asks_nothing(served: Ticket) -> None:
    assert analyse(served, make_category()).guide is None


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"need": " "}, "need"),
        ({"solution": ""}, "solution"),
        ({"answers": {}}, "answers.lost"),
        ({"answers": {"lost": "maybe"}}, "answers.lost"),
        ({"answers": {"lost": "yes"}}, "answers.lost_on"),
    ],
)
def test_the_analysis_is_whole_before_it_ends(
    over: dict[str, Any], field: str, served: Ticket
) -> None:
    guide = make_guide()
    with unchanged(), pytest.raises(InvalidError) as refusal:
        analyse(served, guide.category, **over)
    assert refusal.value.field == field


def test_the_analysis_names_what_it_is_about(served: Ticket) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        analyse(served, None)
    assert refusal.value.field == "category"


def test_a_draft_keeps_what_there_is_and_stays(served: Ticket) -> None:
    guide = make_guide()
    done = analyse(served, guide.category, need="", answers={"lost": "yes"}, draft=True)
    assert (done.step, done.need, done.answers) == ("analysis", "", {"lost": "yes"})
    assert kinds(served) == []
    with unchanged(), pytest.raises(InvalidError):
        analyse(served, None, answers={"lost": "yes"})


def test_no_draft_is_kept_before_or_after_the_analysis(owner: User) -> None:
    for step in ("reception", "resolution", "feedback"):
        ticket = make_ticket(step=step, owner=owner)
        with unchanged(), pytest.raises(RefusedError, match="Not possible now"):
            analyse(ticket, None, draft=True)


def test_a_ticket_keeps_the_guide_version_it_was_asked_with(served: Ticket) -> None:
    old = make_guide()
    analyse(served, old.category, draft=True)
    old.in_force = False
    old.save()
    make_guide(category=old.category, version=2)
    assert analyse(served, old.category).guide == old


def test_another_category_brings_its_own_questions(served: Ticket) -> None:
    first, second = make_guide(), make_guide()
    analyse(served, first.category, draft=True)
    assert analyse(served, second.category).guide == second


@pytest.mark.parametrize(
    ("profile", "level", "said"),
    [("C2", "R3", "exceeds"), ("C3", "R3", "suits"), ("", "R1", "unknown")],
)
def test_a_product_above_the_customers_risk_is_warned_of_not_refused(
    profile: str, level: str, said: str, owner: User
) -> None:
    ticket = make_ticket(step="analysis", owner=owner, customer=make_customer(risk_profile=profile))
    product = make_product(risk_level=level)
    done = analyse(ticket, make_category(), product=product)
    assert (done.step, done.suitability, done.product) == ("resolution", said, product)
    assert last(ticket).data["suitability"] == said


# ---- experts (W3) ---------------------------------------------------------------------------
def hand_over(ticket: Ticket, by: User, to: User | Group) -> Ticket:
    return actions.hand_over(
        ticket.pk, by=by, to=to, reason=" Loans ", context=" Was told Friday ", now=NOW
    )


def test_a_hand_over_carries_what_is_known_and_keeps_the_owner(
    served: Ticket, owner: User, stranger: User
) -> None:
    analyse(served, make_guide().category, draft=True)
    done = hand_over(served, owner, stranger)
    assert (done.owner, done.waiting_on, done.handed_to) == (owner, "expert", stranger)
    offer = Handover.objects.get()
    assert (offer.giver, offer.to, offer.reason) == (owner, stranger, "Loans")
    assert offer.context["note"] == "Was told Friday"
    assert (offer.context["need"], offer.context["answers"]) == ("A new card", {"lost": "no"})
    assert done.resolve_by == served.resolve_by


def test_the_expert_accepts_and_is_the_one_owner(
    served: Ticket, owner: User, stranger: User, other_group: Group
) -> None:
    hand_over(served, owner, stranger)
    done = actions.accept(served.pk, by=stranger, now=NOW)
    assert (done.owner, done.group, done.waiting_on) == (stranger, other_group, "nobody")
    assert (done.handed_to, done.handed_to_group) == (None, None)
    offer = Handover.objects.get()
    assert (offer.accepted_by, offer.accepted_at, offer.returned_at) == (stranger, NOW, None)
    assert last(served).data == {"owner": stranger.pk, "before": owner.pk}
    assert not Ticket.objects.visible_to(owner).exists()


def test_anybody_of_the_group_accepts(
    served: Ticket, owner: User, stranger: User, other_group: Group
) -> None:
    hand_over(served, owner, other_group)
    assert actions.accept(served.pk, by=stranger, now=NOW).group == other_group


def test_a_colleague_of_the_same_group_keeps_the_ticket_there(
    served: Ticket, owner: User, colleague: User, group: Group
) -> None:
    hand_over(served, owner, colleague)
    assert actions.accept(served.pk, by=colleague, now=NOW).group == group


def test_an_expert_of_no_group_leaves_the_ticket_where_it_was(
    served: Ticket, owner: User, support: User, group: Group
) -> None:
    hand_over(served, owner, support)
    assert actions.accept(served.pk, by=support, now=NOW).group == group


def test_a_colleague_does_not_accept_what_was_offered_to_another(
    served: Ticket, owner: User, colleague: User, stranger: User, manager: User
) -> None:
    hand_over(served, owner, stranger)
    for verb in ("accept", "return_back"):
        more = {"reason": "No"} if verb == "return_back" else {}
        with unchanged(), pytest.raises(RefusedError, match="offered to somebody else"):
            getattr(actions, verb)(served.pk, by=colleague, now=NOW, **more)
    assert actions.accept(served.pk, by=manager, now=NOW).owner == manager


def test_the_expert_returns_it_with_a_reason_and_the_owner_goes_on(
    served: Ticket, owner: User, stranger: User
) -> None:
    hand_over(served, owner, stranger)
    done = actions.return_back(served.pk, by=stranger, reason=" Not mine ", now=NOW)
    assert (done.owner, done.waiting_on, done.handed_to) == (owner, "nobody", None)
    offer = Handover.objects.get()
    assert (offer.return_reason, offer.returned_at, offer.accepted_at) == ("Not mine", NOW, None)
    hand_over(served, owner, stranger)
    actions.return_back(served.pk, by=owner, reason="Found it myself", now=NOW)
    assert kinds(served) == ["ticket.handed_over", "ticket.returned"] * 2


def test_it_is_handed_to_somebody_else_who_works_tickets(
    served: Ticket, owner: User, director: User
) -> None:
    gone = make_user(is_active=False)
    for nobody in (owner, director, gone):
        with unchanged(), pytest.raises(InvalidError) as refusal:
            hand_over(served, owner, nobody)
        assert refusal.value.field == "to"


# ---- waiting --------------------------------------------------------------------------------
def test_the_resolution_clock_stands_still_while_the_customer_is_waited_for(
    served: Ticket, owner: User
) -> None:
    done = actions.wait(served.pk, by=owner, reason=" Passport ", now=after(600))
    assert (done.waiting_on, done.waiting_reason) == ("customer", "Passport")
    assert (done.waiting_since, done.resolve_by) == (after(600), served.resolve_by)
    done = actions.resume(served.pk, by=owner, now=after(4200))
    assert (done.waiting_on, done.waiting_since) == ("nobody", None)
    assert done.resolve_by == served.resolve_by + timedelta(hours=1)


def test_the_customers_words_end_the_wait(served: Ticket, owner: User) -> None:
    actions.wait(served.pk, by=owner, reason="Passport", now=after(600))
    done = actions.hear(served.pk, by=owner, text="Here it is", channel="email", now=after(1200))
    assert (done.waiting_on, done.resolve_by) == (
        "nobody",
        served.resolve_by + timedelta(minutes=10),
    )
    assert last(served).data["resumed"] is True
    actions.hear(served.pk, by=owner, text="And?", channel="email", now=after(1300))
    assert last(served).data["resumed"] is False


def test_a_hand_over_ends_the_wait_and_the_clock_runs(
    served: Ticket, owner: User, stranger: User
) -> None:
    actions.wait(served.pk, by=owner, reason="Passport", now=after(60))
    done = hand_over(served, owner, stranger)
    assert done.resolve_by == served.resolve_by + timedelta(seconds=60)


def test_an_expert_is_asked_by_hand_over_not_by_waiting(served: Ticket, owner: User) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        actions.wait(served.pk, by=owner, reason="Ada", now=NOW, for_="expert")
    assert refusal.value.field == "for"


def test_only_open_time_counts_for_the_wait(owner: User) -> None:
    week = {str(day): [[32400, 61200]] for day in range(7)}
    office = make_group(calendar=make_calendar(time_zone="UTC", week=week))
    ticket = make_ticket(step="analysis", owner=owner, group=office)
    actions.wait(ticket.pk, by=owner, reason="Passport", now=T0 + timedelta(hours=7))
    done = actions.resume(ticket.pk, by=owner, now=T0 + timedelta(days=1, hours=1))
    assert done.resolve_by == ticket.resolve_by + timedelta(hours=2)
