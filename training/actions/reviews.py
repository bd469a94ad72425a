"""Quality reviews: forms are written, tickets drawn and rated, a rating is disputed (K1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import Group, User
from teams.roles import ROLES, Can
from tickets.models import Message, Ticket
from training import quality
from training.models import (
    Area,
    Dispute,
    Review,
    ReviewComment,
    ReviewForm,
    ReviewRound,
)

MOST_EACH = 20
RATED = ("answers", "comments", "remark", "score", "failed", "critical", "done_at", "version")


@transaction.atomic
def save_review_form(
    form_id: int | None,
    *,
    by: User,
    now: datetime,
    name: str,
    items: Sequence[Mapping[str, Any]],
    name_zh: str = "",
    active: bool = True,
) -> ReviewForm:
    """Make a form (`form_id` None) or change one; other items make its next version.

    Ratings keep the version they were made by. `items`: see training.quality.Item; without `key`
    a new one is given. Raises PermissionDenied, ReviewForm.DoesNotExist, InvalidError.
    """
    by.must(Can.REVIEW_QUALITY)
    form = ReviewForm.objects.select_for_update(of=("self",)).get(pk=form_id) if form_id else None
    form = form or ReviewForm()
    wanted = _checked(items)
    form.name, form.name_zh, form.active = name.strip(), name_zh.strip(), active
    if not form.name:
        raise InvalidError("name", _("Enter the name."))
    if ReviewForm.objects.filter(name=form.name).exclude(pk=form.pk).exists():
        raise InvalidError("name", _("There is a review form with this name. Choose another."))
    form.save()
    if form.current is None or form.current.items != wanted:
        number = form.versions.count() + 1
        form.current = form.versions.create(number=number, items=wanted, made_at=now, made_by=by)
        form.save(update_fields=["current"])
    record("review_form.saved", "review_form", form.pk, by=by, now=now, version=form.current.number)
    return form


def _checked(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Items as a version keeps them. Raises InvalidError."""
    wanted: list[dict[str, Any]] = []
    taken = {str(one.get("key", "")) for one in items}
    for place, one in enumerate(items, 1):
        key = str(one.get("key") or next(f"i{n}" for n in range(1, 999) if f"i{n}" not in taken))
        taken.add(key)
        texts = {
            name: str(one.get(name, "")).strip() for name in ("name", "name_zh", "help", "help_zh")
        }
        weight, area = int(one.get("weight") or 1), str(one.get("area", ""))
        if not texts["name"]:
            said = _("Enter what is looked for in line %(line)s.") % {"line": place}
            raise InvalidError("items", said)
        if not 1 <= weight <= 100:
            raise InvalidError("items", _("Enter weights from 1 to 100."))
        if area and area not in Area.values:
            raise InvalidError("items", _("Choose one of the four areas."))
        critical = bool(one.get("critical"))
        wanted.append({"key": key, **texts, "weight": weight, "critical": critical, "area": area})
    if not 1 <= len(wanted) <= quality.MOST_ITEMS:
        said = _("Write 1 to %(most)s lines.") % {"most": quality.MOST_ITEMS}
        raise InvalidError("items", said)
    if len({one["key"] for one in wanted}) < len(wanted):
        raise InvalidError("items", _("Two lines have the same key."))
    return wanted


# ---- drawing ----------------------------------------------------------------------------------
@transaction.atomic
def draw_reviews(
    *,
    by: User,
    now: datetime,
    group: Group,
    form: ReviewForm,
    since: datetime,
    until: datetime,
    each: int,
    twice: int = 20,
) -> ReviewRound:
    """Draw `each` resolved tickets for everybody in `group`, at random; nobody chooses them.

    `twice` per cent of them are given to a second rater too, blind. Tickets that were reviewed,
    drills and erased ones are not drawn. The rater is `by`; the second another person who may rate
    the group. Raises PermissionDenied, InvalidError, RefusedError (nothing to draw).
    """
    by.must(Can.REVIEW_QUALITY)
    if not Group.objects.run_by(by).filter(pk=group.pk).exists():
        raise InvalidError("group", _("Choose a group that you run."))
    if not since < until <= now:
        raise InvalidError("until", _("Enter a period that has ended, from its first day on."))
    if not 1 <= each <= MOST_EACH:
        said = _("Enter a number from 1 to %(most)s.") % {"most": MOST_EACH}
        raise InvalidError("each", said)
    if form.current is None or not form.active:
        raise InvalidError("form", _("Choose a review form that is in use."))
    made = ReviewRound.objects.create(
        group=group,
        form=form.current,
        since=since,
        until=until,
        each=each,
        twice=twice,
        seed=f"{group.pk}.{form.current_id}.{now.isoformat()}",
        made_at=now,
        made_by=by,
    )
    firsts = _firsts(made, by=by, now=now)
    if not firsts:
        raise RefusedError(_("Nobody in the group has a resolved ticket in this period."))
    seconds = _seconds(made, firsts, now=now)
    record(
        "review.drawn",
        "review_round",
        made.pk,
        by=by,
        now=now,
        group=group.pk,
        form=form.current_id,
        tickets=len(firsts),
        twice=len(seconds),
    )
    return made


def _firsts(made: ReviewRound, *, by: User, now: datetime) -> list[Review]:
    """The drawn reviews: one query for the tickets of all, one for the rows."""
    found = _resolved(made).filter(group=made.group).exclude(owner=by)
    theirs: dict[int, list[int]] = {}
    for owner, ticket in found.values_list("owner", "pk"):
        theirs.setdefault(owner, []).append(ticket)
    return Review.objects.bulk_create(
        Review(
            round=made,
            ticket_id=ticket,
            person_id=person,
            rater=by,
            form=made.form,
            made_at=now,
        )
        for person, tickets in sorted(theirs.items())
        for ticket in quality.drawn(tickets, made.each, seed=f"{made.seed}.{person}")
    )


def _resolved(made: ReviewRound) -> Any:
    """Tickets of real service that were resolved in the period and not reviewed yet."""
    return (
        Ticket.objects.filter(
            resolved_at__gte=made.since, resolved_at__lt=made.until, owner__isnull=False
        )
        .filter(is_drill=False, owner__is_active=True)
        .exclude(pk__in=Review.objects.values("ticket"))
        .order_by("pk")
    )


def _seconds(made: ReviewRound, firsts: Sequence[Review], *, now: datetime) -> list[Review]:
    """A share of them once more, for another person who may see them; none where nobody is."""
    others = second_raters(made.group, but=made.made_by)
    if not others or not made.twice:
        return []
    n = max(1, round(len(firsts) * made.twice / 100))
    chosen = set(quality.drawn([row.pk for row in firsts], n, seed=f"{made.seed}.twice"))
    again = [row for row in firsts if row.pk in chosen]
    return Review.objects.bulk_create(
        Review(
            round=made,
            ticket_id=row.ticket_id,
            person_id=row.person_id,
            rater=others[place % len(others)],
            form=made.form,
            first=row,
            made_at=now,
        )
        for place, row in enumerate(again)
        if others[place % len(others)].pk != row.person_id
    )


def second_raters(group: Group, *, but: User) -> list[User]:
    """Who else may rate tickets of `group`: its manager, and whoever sees all tickets."""
    may = [
        user
        for user in User.objects.at_work().filter(role__in=_RATERS).in_name_order()
        if user.pk != but.pk
    ]
    return [u for u in may if u.can(Can.SEE_ALL_TICKETS) or u.pk == group.manager_id]


_RATERS = [role for role, can in ROLES.items() if Can.REVIEW_QUALITY in can]


# ---- rating -----------------------------------------------------------------------------------
@transaction.atomic
def rate(
    review_id: int,
    *,
    by: User,
    now: datetime,
    answers: Mapping[str, str],
    comments: Mapping[str, str] | None = None,
    remark: str = "",
    on_timeline: Mapping[int, str] | None = None,
    seen: int | None = None,
) -> Review:
    """Rate one drawn ticket; done once. A failed item needs a comment: it is to be learnt from.

    `answers`: item key -> met, partly, not_met, does_not_apply; `on_timeline`: message key -> text.
    Raises PermissionDenied, Review.DoesNotExist, RefusedError (done already), ChangedError,
    InvalidError; then nothing is written.
    """
    by.must(Can.REVIEW_QUALITY)
    review = _locked(review_id, by=by, seen=seen)
    if review.rater_id != by.pk:
        raise RefusedError(_("This review was given to somebody else."))
    if review.done_at is not None:
        raise RefusedError(_("This review is done already."))
    _fill(review, answers, comments or {}, remark)
    review.done_at = now
    review.save(update_fields=RATED)
    _remark(review, on_timeline or {}, now=now)
    record(
        "review.rated",
        "review",
        review.pk,
        by=by,
        now=now,
        ticket=review.ticket_id,
        person=review.person_id,
        score=None if review.score is None else str(review.score),
        failed=review.failed,
        second=review.first_id is not None,
    )
    return review


def _locked(review_id: int, *, by: User, seen: int | None = None) -> Review:
    rows = Review.objects.visible_to(by).select_for_update(of=("self",))
    review = rows.select_related("form").get(pk=review_id)
    if seen is not None and seen != review.version:
        raise ChangedError(
            _("This review has changed since you opened it. Read what is new, then send again.")
        )
    return review


def _fill(
    review: Review, answers: Mapping[str, str], comments: Mapping[str, str], remark: str
) -> None:
    """Answers, comments and what they come to, in memory. Raises InvalidError."""
    items = review.form.lines()
    missing = quality.missing(items, answers)
    if missing:
        raise InvalidError(f"answers.{missing[0]}", _("Choose an answer."))
    found = quality.scored(items, answers)
    said = {key: text.strip()[:2000] for key, text in comments.items() if text.strip()}
    for key in found.failed:
        if key not in said:
            raise InvalidError(
                f"comments.{key}", _("Say what was missing: the person is to learn from it.")
            )
    review.answers = {item.key: answers[item.key] for item in items}
    review.comments = {item.key: said[item.key] for item in items if item.key in said}
    review.remark = remark.strip()[:2000]
    review.score, review.failed = found.score, list(found.failed)
    review.critical = len(found.critical)
    review.version += 1


def _remark(review: Review, on_timeline: Mapping[int, str], *, now: datetime) -> None:
    said = {key: text.strip()[:2000] for key, text in on_timeline.items() if text.strip()}
    known = Message.objects.filter(ticket=review.ticket_id, pk__in=said).values_list("pk")
    ReviewComment.objects.bulk_create(
        ReviewComment(review=review, message_id=key, text=said[key], at=now) for (key,) in known
    )


# ---- disputes ---------------------------------------------------------------------------------
@transaction.atomic
def dispute(review_id: int, *, by: User, now: datetime, text: str) -> Dispute:
    """The rated person does not agree, once a review. Raises as `rate`."""
    by.must(Can.KEEP_OWN)
    review = _locked(review_id, by=by)
    if review.person_id != by.pk:
        raise RefusedError(_("Only the person who was rated can dispute a rating."))
    if Dispute.objects.filter(review=review).exists():
        raise RefusedError(_("This rating is disputed already."))
    text = text.strip()[:2000]
    if not text:
        raise InvalidError("text", _("Say what you do not agree with."))
    made = Dispute.objects.create(review=review, text=text, at=now)
    record("review.disputed", "review", review.pk, by=by, now=now)
    return made


@transaction.atomic
def answer_dispute(
    review_id: int,
    *,
    by: User,
    now: datetime,
    answer: str,
    answers: Mapping[str, str] | None = None,
    comments: Mapping[str, str] | None = None,
) -> Dispute:
    """Answer a dispute; `answers` (all items) change the rating, None lets it stand.

    Never by the rater. What it was before stays in the dispute. Raises as `rate`.
    """
    by.must(Can.REVIEW_QUALITY)
    review = _locked(review_id, by=by)
    found = Dispute.objects.select_for_update(of=("self",)).filter(review=review).first()
    if found is None or found.answered_at is not None:
        raise RefusedError(_("There is no open dispute."))
    if by.pk in {review.rater_id, review.person_id}:
        raise RefusedError(_("Somebody who did not rate it answers a dispute."))
    answer = answer.strip()[:2000]
    if not answer:
        raise InvalidError("answer", _("Give the reason: the person will read it."))
    found.before = {"answers": review.answers, "score": str(review.score or "")}
    if answers is not None:
        _fill(review, answers, {**review.comments, **(comments or {})}, review.remark)
        review.save(update_fields=RATED)
    found.answer, found.answered_at, found.answered_by = answer, now, by
    found.outcome = Dispute.Outcome.UPHELD if answers is None else Dispute.Outcome.CHANGED
    found.save()
    record("review.answered", "review", review.pk, by=by, now=now, outcome=found.outcome)
    return found
