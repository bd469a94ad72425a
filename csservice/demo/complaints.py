"""A few complaints of the demo, each at another point of its way, made by the product's actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from csservice.demo.people import Team
from teams.models import User
from tickets import actions
from tickets.actions._complaint_mark import begin
from tickets.clock import Metric
from tickets.models import Complaint, Product, Ticket

RECENT = timedelta(days=21)
WORDS = {
    "en": "Thank you for telling us. We look into it and write to you by the date named above.",
    "zh": "感谢您的反馈。我们正在核查，并将在上述日期前书面答复您。",
}
LETTER = {
    "en": "We have looked into your complaint. The fee was charged in error and is paid back.",
    "zh": "您的投诉我们已核查完毕。该费用系误收，现已退还。",
}
APPRAISAL = {
    "en": ("The signature is disputed", "Order 2026-118 to the appraisal centre"),
    "zh": ("客户对签名有异议", "司法鉴定委托书 2026-118"),
}
CAUSE = {
    "en": ("The fee table was old", "The table is checked every month"),
    "zh": ("收费表未及时更新", "每月核对收费表"),
}


def make_complaints(team: Team, *, made: datetime, now: datetime) -> None:
    """The Chinese pack holds for personal customers, European payments beside it for a product; the
    latest complaints go their ways."""
    director = team.people["director"]
    actions.choose_pack(by=director, segment="personal", pack="cn-nfra", now=made)
    product = Product.objects.filter(kind="card").order_by("pk").first()
    if product is not None:
        actions.lay_pack(by=director, pack="eu-psd2", group=None, product=product, now=made)
    rows = Ticket.objects.filter(is_complaint=True, customer__segment="personal")
    rows = rows.filter(received_at__gte=now - RECENT, owner__isnull=False)
    latest = rows.exclude(responded_at=None).select_related("customer", "owner").order_by("-pk")
    for n, ticket in enumerate(latest[: 2 * len(WAYS)]):
        if ticket.owner is None:
            continue
        begin(ticket, ticket.owner, now, None)
        for step in WAYS[n % len(WAYS)]:
            step(ticket, team, now)


def _acknowledge(ticket: Ticket, team: Team, now: datetime) -> None:
    said = _said(ticket, WORDS)
    actions.acknowledge(ticket.pk, by=_owner(ticket), text=said, now=now)


def _extend(ticket: Ticket, team: Team, now: datetime) -> None:
    said = _said(ticket, WORDS)
    key = Complaint.objects.get(ticket=ticket).rules.offers[0].key
    actions.ask_extension(ticket.pk, by=_owner(ticket), key=key, reason=said, notice=said, now=now)


def _ask_stop(ticket: Ticket, team: Team, now: datetime) -> None:
    reason, evidence = APPRAISAL[ticket.customer.language[:2]]
    case = Complaint.objects.get(ticket=ticket)
    owed = case.milestones.filter(metric=Metric.COMPLAINT_FINAL, met_at=None)
    if case.rules.stops and not owed.filter(due_at__lt=now).exists():
        said = {"reason": reason, "evidence": evidence, "notice": _said(ticket, WORDS)}
        actions.ask_stop(ticket.pk, by=_owner(ticket), key="appraisal", now=now, **said)


def _stop(ticket: Ticket, team: Team, now: datetime) -> None:
    if Complaint.objects.get(ticket=ticket).stops.exists():
        actions.approve_stop(ticket.pk, by=team.people["director"], now=now)


def _draft(ticket: Ticket, team: Team, now: datetime) -> None:
    actions.draft_letter(ticket.pk, by=_owner(ticket), text=_said(ticket, LETTER), now=now)


def _release(ticket: Ticket, team: Team, now: datetime) -> None:
    letter = Complaint.objects.get(ticket=ticket).letters.latest("pk")
    by = team.people["director"]
    actions.release_letter(ticket.pk, by=by, letter=letter.pk, now=now)


def _cause(ticket: Ticket, team: Team, now: datetime) -> None:
    detail, step = CAUSE[ticket.customer.language[:2]]
    actions.record_cause(
        ticket.pk, by=_owner(ticket), kind="price", detail=detail, step=step, now=now
    )


def _said(ticket: Ticket, words: dict[str, str]) -> str:
    return words[ticket.customer.language[:2]]


def _owner(ticket: Ticket) -> User:
    if ticket.owner is None:
        raise LookupError(f"#{ticket.pk} has no owner.")
    return ticket.owner


WAYS: tuple[tuple[Callable[[Ticket, Team, datetime], None], ...], ...] = (
    (),
    (_acknowledge,),
    (_acknowledge, _extend),
    (_acknowledge, _ask_stop),
    (_acknowledge, _ask_stop, _stop),
    (_acknowledge, _draft),
    (_acknowledge, _draft, _release, _cause),
)
