"""Quality reviews of the demo: a form, a round that is rated and disputed, one that waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from csservice.demo.people import Team
from csservice.demo.stories import read
from csservice.lib.errors import RefusedError
from teams.models import Group, User
from training import actions
from training.models import Review, ReviewForm

MET = ("met",) * 24 + ("partly",) * 3 + ("not_met", "does_not_apply")
ROUND = timedelta(days=28)


def make_reviews(team: Team, *, random: Random, now: datetime) -> None:
    """Every group that has a manager: last month's round is rated, this month's waits."""
    data, director = read("reviews"), team.people["director"]
    lines = [{key: one[key] for key in one if key != "why"} for one in data["items"]]
    named = {"name": data["name"], "name_zh": data["name_zh"]}
    form = actions.save_review_form(None, by=director, now=now - 3 * ROUND, items=lines, **named)
    why = {one["key"]: one["why"] for one in data["items"]}
    for group in Group.objects.filter(manager__isnull=False).in_name_order():
        _past(group, form, data["remark"], why, random, now)
        _waiting(group, form, now)
    for review in Review.objects.first_ratings().finished().filter(critical__gt=0)[:2]:
        text = "The customer had proved who she was on the call before."
        actions.dispute(review.pk, by=review.person, now=now - timedelta(days=2), text=text)


def _past(
    group: Group,
    form: ReviewForm,
    remark: str,
    why: dict[str, str],
    random: Random,
    now: datetime,
) -> None:
    drawn_at = now - ROUND
    made = _drawn(group, form, since=now - 2 * ROUND, until=drawn_at, now=drawn_at)
    if made is None:
        return
    for review in made.reviews.select_related("form").order_by("pk"):
        answers = _answers(review, random)
        actions.rate(
            review.pk,
            by=User.objects.get(pk=review.rater_id),
            now=drawn_at + timedelta(days=random.randint(1, 6)),
            answers=answers,
            comments={key: why[key] for key, answer in answers.items() if answer != "met"},
            remark=remark if random.random() < 0.2 else "",
        )


def _answers(review: Review, random: Random) -> dict[str, str]:
    """Chance, and a second rater who mostly sees what the first saw."""
    first = review.first.answers if review.first else {}
    return {
        item.key: first[item.key] if first and random.random() < 0.85 else random.choice(MET)
        for item in review.form.lines()
    }


def _waiting(group: Group, form: ReviewForm, now: datetime) -> None:
    _drawn(group, form, since=now - ROUND, until=now - timedelta(days=1), now=now)


def _drawn(group: Group, form: ReviewForm, **period: Any) -> Any:
    """A round by the group's manager; None where nobody resolved anything in a small demo."""
    manager = group.manager
    assert manager is not None  # noqa: S101 (asked for by the caller)
    try:
        return actions.draw_reviews(by=manager, group=group, form=form, each=2, twice=30, **period)
    except RefusedError:
        return None
