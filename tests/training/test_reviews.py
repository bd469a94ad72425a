"""Quality reviews: forms, drawing, rating, blind second ratings, disputes; pages and API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, make_manager, make_message, make_ticket, make_user
from training import actions
from training.models import Dispute, Review, ReviewForm, ReviewRound

pytestmark = pytest.mark.django_db
LATER = T0 + timedelta(days=30)
LINES = [
    {"key": "greets", "name": "Greets by name", "weight": 1, "area": "communication"},
    {"key": "identity", "name": "Checks identity", "weight": 3, "critical": True},
]
GOOD = {"greets": "met", "identity": "met"}
POOR = {"greets": "not_met", "identity": "met"}


@pytest.fixture
def form(manager: User) -> ReviewForm:
    return actions.save_review_form(None, by=manager, now=T0, name="Calls", items=LINES)


@pytest.fixture
def drawn(group: Group, manager: User, owner: User, form: ReviewForm) -> ReviewRound:
    for _n in range(4):
        make_ticket(step="closed", group=group, owner=owner)
    return draw(manager, group, form, each=2, twice=0)


def draw(by: User, group: Group, form: ReviewForm, **over: Any) -> ReviewRound:
    period = {"since": T0 - timedelta(days=1), "until": T0 + timedelta(days=20)}
    asked: dict[str, Any] = {"group": group, "form": form, "each": 2, "twice": 0} | period | over
    return actions.draw_reviews(by=by, now=LATER, **asked)


# ---- forms -------------------------------------------------------------------------------------
def test_other_lines_make_the_next_version_and_ratings_keep_theirs(
    manager: User, form: ReviewForm, drawn: ReviewRound
) -> None:
    changed = [{**LINES[0], "weight": 2}, LINES[1]]
    saved = actions.save_review_form(form.pk, by=manager, now=LATER, name="Calls", items=changed)
    assert saved.current is not None
    assert saved.current.number == 2
    assert drawn.form.number == 1
    again = actions.save_review_form(form.pk, by=manager, now=LATER, name="Calls 2", items=changed)
    assert again.current == saved.current  # another name is no other form


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], "1 to 40 lines"),
        ([{"name": " "}], "line 1"),
        ([{"name": "A", "weight": 101}], "1 to 100"),
        ([{"name": "A", "area": "sales"}], "four areas"),
        ([{"name": "A", "key": "k"}, {"name": "B", "key": "k"}], "same key"),
    ],
)
def test_a_form_that_says_nothing_is_refused(manager: User, items: Any, said: str) -> None:
    with pytest.raises(InvalidError, match=said), transaction.atomic():
        actions.save_review_form(None, by=manager, now=T0, name="Form", items=items)
    assert not ReviewForm.objects.exists()


def test_a_specialist_neither_writes_forms_nor_draws(
    owner: User, group: Group, form: ReviewForm
) -> None:
    with pytest.raises(PermissionDenied):
        actions.save_review_form(None, by=owner, now=T0, name="Form", items=LINES)
    with pytest.raises(PermissionDenied):
        draw(owner, group, form)


# ---- drawing -----------------------------------------------------------------------------------
def test_everybody_gets_the_same_number_and_drills_and_reviewed_ones_are_left_out(
    group: Group, manager: User, owner: User, form: ReviewForm, drawn: ReviewRound
) -> None:
    other = make_user(groups=[group])
    for _n in range(3):
        make_ticket(step="closed", group=group, owner=other)
    make_ticket(step="closed", group=group, owner=other, is_drill=True)
    first = set(drawn.reviews.values_list("ticket", flat=True))
    again = draw(manager, group, form, each=20)
    tickets = list(again.reviews.values_list("ticket", flat=True))
    assert len(first) == 2
    assert not first & set(tickets)
    assert again.reviews.filter(person=owner).count() == 2
    assert again.reviews.filter(person=other).count() == 3
    assert not again.reviews.filter(ticket__is_drill=True).exists()


def test_nothing_to_draw_is_said_and_leaves_no_round(
    group: Group, manager: User, form: ReviewForm
) -> None:
    with pytest.raises(RefusedError, match="Nobody"):
        draw(manager, group, form)
    assert not ReviewRound.objects.exists()


@pytest.mark.parametrize(
    ("over", "field"),
    [({"each": 0}, "each"), ({"each": 21}, "each"), ({"until": T0 - timedelta(days=9)}, "until")],
)
def test_a_draw_that_makes_no_sense_is_refused(
    group: Group, manager: User, form: ReviewForm, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        draw(manager, group, form, **over)
    assert refusal.value.field == field


def test_a_manager_draws_only_from_groups_they_run(form: ReviewForm, group: Group) -> None:
    stranger = make_manager()
    with pytest.raises(InvalidError) as refusal:
        draw(stranger, group, form)
    assert refusal.value.field == "group"


def test_a_share_is_given_to_a_second_rater_who_may_see_the_tickets(
    group: Group, manager: User, owner: User, form: ReviewForm, director: User
) -> None:
    make_manager()  # of another group: never a rater here
    for _n in range(10):
        make_ticket(step="closed", group=group, owner=owner)
    made = draw(manager, group, form, each=10, twice=30)
    seconds = made.reviews.filter(first__isnull=False)
    assert seconds.count() == 3
    assert set(seconds.values_list("rater", flat=True)) == {director.pk}
    assert made.reviews.filter(first=None, rater=manager).count() == 10


# ---- rating ------------------------------------------------------------------------------------
def test_a_rating_is_kept_scored_and_on_the_ledger(manager: User, drawn: ReviewRound) -> None:
    review = drawn.reviews.all()[0]
    message = make_message(ticket=review.ticket)
    done = actions.rate(
        review.pk,
        by=manager,
        now=LATER,
        answers=POOR,
        comments={"greets": "No name used"},
        on_timeline={message.pk: "Here", 999_999: "of another ticket"},
    )
    assert (done.score, done.failed, done.critical) == (Decimal("75.00"), ["greets"], 0)
    assert [row.text for row in done.on_timeline.all()] == ["Here"]
    entry = Entry.objects.get(kind="review.rated")
    assert entry.data["score"] == "75.00"
    with pytest.raises(RefusedError, match="already"):
        actions.rate(review.pk, by=manager, now=LATER, answers=GOOD)


@pytest.mark.parametrize(
    ("answers", "comments", "field"),
    [
        ({"greets": "met"}, {}, "answers.identity"),
        ({**GOOD, "greets": "great"}, {}, "answers.greets"),
        (POOR, {}, "comments.greets"),
        ({**GOOD, "identity": "partly"}, {"greets": "?"}, "comments.identity"),
    ],
)
def test_half_a_rating_is_refused_and_nothing_is_kept(
    manager: User, drawn: ReviewRound, answers: Any, comments: Any, field: str
) -> None:
    review = drawn.reviews.all()[0]
    with pytest.raises(InvalidError) as refusal:
        actions.rate(review.pk, by=manager, now=LATER, answers=answers, comments=comments)
    assert refusal.value.field == field
    review.refresh_from_db()
    assert (review.done_at, review.answers) == (None, {})


def test_a_rating_is_for_who_it_was_given_to_and_as_it_was_read(
    manager: User, drawn: ReviewRound, director: User
) -> None:
    review = drawn.reviews.all()[0]
    with pytest.raises(RefusedError, match="somebody else"):
        actions.rate(review.pk, by=director, now=LATER, answers=GOOD)
    with pytest.raises(ChangedError):
        actions.rate(review.pk, by=manager, now=LATER, answers=GOOD, seen=99)
    with pytest.raises(Review.DoesNotExist):
        actions.rate(review.pk, by=make_manager(), now=LATER, answers=GOOD)


def test_two_ratings_of_one_ticket_are_blind_until_both_are_in(
    group: Group, manager: User, owner: User, form: ReviewForm, director: User
) -> None:
    make_ticket(step="closed", group=group, owner=owner)
    made = draw(manager, group, form, twice=100)
    first, second = made.reviews.order_by("pk")
    actions.rate(first.pk, by=manager, now=LATER, answers=GOOD)
    seen = Review.objects.visible_to(director)
    assert set(seen) == {second}
    assert set(Review.objects.visible_to(manager)) == {first, second}  # the other is not rated yet
    actions.rate(second.pk, by=director, now=LATER, answers=POOR, comments={"greets": "No"})
    assert set(Review.objects.visible_to(director)) == {first, second}
    assert set(Review.objects.visible_to(owner)) == {first}  # the second only measures agreement


def test_the_database_lets_nobody_rate_themselves(drawn: ReviewRound, owner: User) -> None:
    review = drawn.reviews.all()[0]
    review.rater = owner
    with pytest.raises(IntegrityError), transaction.atomic():
        review.save()


# ---- disputes ----------------------------------------------------------------------------------
@pytest.fixture
def rated(drawn: ReviewRound, manager: User) -> Review:
    review = drawn.reviews.all()[0]
    return actions.rate(
        review.pk, by=manager, now=LATER, answers=POOR, comments={"greets": "No name"}
    )


def test_a_dispute_is_answered_by_somebody_else_and_may_change_the_rating(
    rated: Review, owner: User, manager: User, director: User
) -> None:
    actions.dispute(rated.pk, by=owner, now=LATER, text="I did greet")
    with pytest.raises(RefusedError, match="did not rate"):
        actions.answer_dispute(rated.pk, by=manager, now=LATER, answer="No")
    found = actions.answer_dispute(rated.pk, by=director, now=LATER, answer="You did", answers=GOOD)
    rated.refresh_from_db()
    assert (found.outcome, rated.score, rated.failed) == ("changed", Decimal("100.00"), [])
    assert found.before["score"] == "75.00"
    with pytest.raises(RefusedError, match="no open"):
        actions.answer_dispute(rated.pk, by=director, now=LATER, answer="Again")


def test_a_rating_that_stands_keeps_its_score(rated: Review, owner: User, director: User) -> None:
    actions.dispute(rated.pk, by=owner, now=LATER, text="I did greet")
    found = actions.answer_dispute(rated.pk, by=director, now=LATER, answer="Not by name")
    rated.refresh_from_db()
    assert (found.outcome, rated.score) == ("upheld", Decimal("75.00"))


def test_only_the_rated_person_objects_and_once(
    rated: Review, owner: User, manager: User, stranger: User
) -> None:
    with pytest.raises(RefusedError, match="Only the person"):
        actions.dispute(rated.pk, by=manager, now=LATER, text="No")
    with pytest.raises(Review.DoesNotExist):
        actions.dispute(rated.pk, by=stranger, now=LATER, text="No")
    with pytest.raises(InvalidError):
        actions.dispute(rated.pk, by=owner, now=LATER, text="  ")
    actions.dispute(rated.pk, by=owner, now=LATER, text="I did")
    with pytest.raises(RefusedError, match="already"):
        actions.dispute(rated.pk, by=owner, now=LATER, text="I did")
    assert Dispute.objects.count() == 1


# ---- pages -------------------------------------------------------------------------------------
def test_a_manager_writes_a_form_draws_rates_and_the_person_objects(
    browser_of: Callable[[User], Client], group: Group, manager: User, owner: User, director: User
) -> None:
    make_ticket(step="closed", group=group, owner=owner)
    client = browser_of(manager)
    lines = {
        "items-TOTAL_FORMS": "2",
        "items-INITIAL_FORMS": "0",
        "items-0-name": "Greets",
        "items-0-weight": "2",
        "items-1-name": "",
        "items-1-weight": "1",
    }
    assert (
        client.post(
            "/training/reviews/forms/new/", {"name": "Calls", "active": "on", **lines}
        ).status_code
        == 302
    )
    form = ReviewForm.objects.get()
    asked = {
        "group": group.pk,
        "form": form.pk,
        "since": (T0 - timedelta(days=1)).date().isoformat(),
        "until": (T0 + timedelta(days=20)).date().isoformat(),
        "each": "1",
        "twice": "0",
    }
    answer = client.post("/training/reviews/draw/", asked)
    assert answer.status_code == 302
    review = Review.objects.get()
    address = f"/training/reviews/{review.pk}/"
    refused = client.post(address, {"answers.i1": "not_met"})
    assert refused.status_code == 422
    assert "Say what was missing" in refused.content.decode()
    sent = {"answers.i1": "not_met", "comments.i1": "No name used"}
    assert client.post(address, sent).status_code == 302
    theirs = browser_of(owner)
    assert "No name used" in theirs.get(address).content.decode()
    assert theirs.post(f"{address}dispute/", {"text": "I did"}).status_code == 302
    judge = browser_of(director)
    sent = {"answer": "You did", "change": "on", "answers.i1": "met"}
    assert judge.post(f"{address}answer/", sent).status_code == 302
    assert "The rating is changed" in theirs.get(address).content.decode()


def test_the_list_asks_as_much_for_one_row_as_for_ten(
    browser_of: Callable[[User], Client],
    group: Group,
    manager: User,
    form: ReviewForm,
    sql_of: Callable[..., list[str]],
) -> None:
    client = browser_of(manager)

    def rows(n: int) -> int:
        for _n in range(n):
            make_ticket(step="closed", group=group)
        draw(manager, group, form)
        client.get("/training/reviews/")
        return len(sql_of(lambda: client.get("/training/reviews/")))

    assert rows(1) == rows(9)


def test_a_blind_rating_is_not_found_by_its_address(
    browser_of: Callable[[User], Client],
    group: Group,
    manager: User,
    owner: User,
    form: ReviewForm,
    director: User,
) -> None:
    make_ticket(step="closed", group=group, owner=owner)
    first, second = draw(manager, group, form, twice=100).reviews.order_by("pk")
    actions.rate(first.pk, by=manager, now=LATER, answers=GOOD)
    assert browser_of(director).get(f"/training/reviews/{first.pk}/").status_code == 404
    assert browser_of(director).get(f"/training/reviews/{second.pk}/").status_code == 200


# ---- API ---------------------------------------------------------------------------------------
def test_programs_read_and_rate(
    api_of: Callable[[User], APIClient], rated: Review, manager: User, owner: User
) -> None:
    mine = api_of(owner).get("/api/v1/reviews/").json()["results"]
    assert [row["id"] for row in mine] == [rated.pk]
    assert mine[0]["score"] == "75.00"
    waiting = Review.objects.to_rate(manager)[0]
    client = api_of(manager)
    refused = client.post(f"/api/v1/reviews/{waiting.pk}/rate/", {"answers": POOR}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "comments.greets")
    done = client.post(f"/api/v1/reviews/{waiting.pk}/rate/", {"answers": GOOD}, format="json")
    assert (done.status_code, done.json()["score"]) == (200, "100.00")
    assert (
        client.post(
            f"/api/v1/reviews/{waiting.pk}/rate/", {"answers": GOOD}, format="json"
        ).status_code
        == 409
    )
    objected = api_of(owner).post(
        f"/api/v1/reviews/{rated.pk}/dispute/", {"text": "I did"}, format="json"
    )
    assert objected.json()["dispute"]["outcome"] == ""
    assert len(client.get("/api/v1/reviews/?done=true").json()["results"]) == 2
