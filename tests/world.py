"""Standing people, one of each thing, and what is sent where: what the matrix is filled with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser

from teams.models import Group, User
from tests.factories import (
    QUESTIONS,
    T0,
    after,
    make_absence,
    make_attachment,
    make_category,
    make_contact,
    make_customer,
    make_group,
    make_guide,
    make_invitation,
    make_macro,
    make_manager,
    make_message,
    make_product,
    make_response,
    make_simulation,
    make_skill,
    make_ticket,
    make_token,
    make_user,
)
from tests.training import world as training
from tickets import actions
from tickets.models import SlaPolicy, Ticket
from tickets.policy import DEFAULT


class World:
    """Standing people and one of each thing; the owner, manager and ticket are of one group."""

    def __init__(self) -> None:
        self.group: Group = make_group()
        self.nobody = AnonymousUser()
        self.owner: User = make_user(groups=[self.group])
        self.stranger: User = make_user(groups=[make_group()])
        self.manager: User = make_manager(runs=[self.group])
        self.director: User = make_user(role="director")
        self.support: User = make_user(role="support")

    @cached_property
    def ticket(self) -> Ticket:
        return make_ticket(step="analysis", group=self.group, owner=self.owner)

    @cached_property
    def rated(self) -> Ticket:
        return make_ticket(step="feedback", group=self.group, owner=self.owner)

    @cached_property
    def contact(self) -> Any:
        return make_contact(value="13800138000")

    def complain(self) -> None:
        """The ticket is a complaint with its case."""
        segment = self.ticket.customer.segment
        actions.choose_pack(by=self.director, segment=segment, pack="cn-nfra", now=T0)
        actions.mark_complaint(self.ticket.pk, by=self.owner, now=T0)


def _pk(make: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": make(world).pk}


def _number(world: World) -> dict[str, Any]:
    return {"number": world.ticket.pk}


def _file(world: World) -> Any:
    return make_attachment(message=make_message(ticket=world.ticket))


# What stands in an address, by the address's name; else by what its pattern asks for.
PLACES: dict[str, Callable[[World], dict[str, Any]]] = {
    "number": _number,
    "attachment": _pk(_file),
    "api-attachment-detail": _pk(_file),
    "api-absence-detail": _pk(lambda w: make_absence(user=w.owner)),
    "api-clock-detail": _pk(lambda w: w.ticket.clocks.all()[0]),
    "ticket-held": lambda w: _number(w) | {"pk": make_message(ticket=w.ticket, kind="held").pk},
    "ticket-clock": lambda w: _number(w) | {"metric": "resolution", "cycle": 1},
    "customer-unmask": _pk(lambda w: w.contact.customer),
    "api-customer-unmask": _pk(lambda w: w.contact.customer),
    **dict.fromkeys(
        (
            *("customer", "customer-edit", "api-customer-detail"),
            *("customer-erase", "customer-hold", "customer-release"),
            *("api-customer-erase", "api-customer-hold", "api-customer-release"),
        ),
        _pk(lambda w: make_customer()),
    ),
    "product": _pk(lambda w: make_product()),
    "settings-product": _pk(lambda w: make_product()),
    "api-product-detail": _pk(lambda w: make_product()),
    "settings-guide": _pk(lambda w: make_guide().category),
    "settings-category": _pk(lambda w: make_category()),
    "api-category-detail": _pk(lambda w: make_category()),
    "api-question-guide-detail": _pk(lambda w: make_guide()),
    "live-release": _pk(lambda w: w.owner),
    "member": _pk(lambda w: w.owner),
    "member-invite": _pk(lambda w: w.owner),
    "group": _pk(lambda w: w.group),
    "skill": _pk(lambda w: make_skill()),
    **dict.fromkeys(
        (
            *("calendar", "calendar-import", "calendar-test", "api-calendar-detail"),
            "settings-hours-open",
            *("api-calendar-import", "api-calendar-deadline", "api-calendar-versions"),
        ),
        _pk(lambda w: w.group.calendar),
    ),
    "calendar-version": lambda w: {"pk": w.group.calendar.pk, "number": 1},
    **dict.fromkeys(
        (
            *("settings-promise", "settings-promise-move", "settings-promise-force"),
            *("api-sla-policy-detail", "api-sla-policy-versions", "api-sla-policy-preview"),
            *("api-sla-policy-move", "api-sla-policy-activate", "api-sla-policy-deactivate"),
        ),
        _pk(lambda w: SlaPolicy.objects.get()),
    ),
    **dict.fromkeys(
        ("settings-tried-one", "api-simulation-detail"), _pk(lambda w: make_simulation())
    ),
    **dict.fromkeys(
        (
            *("settings-macro", "settings-macro-retire"),
            *("api-macro-detail", "api-macro-retire", "api-macro-restore"),
        ),
        _pk(lambda w: make_macro()),
    ),
    "settings-checklist": lambda w: {"kind": "category", "pk": make_category().pk},
    "settings-promise-version": lambda w: {"pk": SlaPolicy.objects.get().pk, "number": 1},
    "policy": lambda w: {"role": "specialist"},
    "token-revoke": lambda w: {"pk": make_token(w.owner) and w.owner.tokens.get().pk},
    "api-invitation-detail": _pk(lambda w: make_invitation(ticket=w.rated)),
    "api-response-detail": _pk(lambda w: make_response(ticket=w.rated)),
    "api-group-detail": _pk(lambda w: w.group),
    "api-skill-detail": _pk(lambda w: make_skill()),
    **dict.fromkeys(
        (
            *("api-user-detail", "api-user-activate", "api-user-deactivate"),
            *("api-user-groups", "api-user-presence", "api-user-role"),
        ),
        _pk(lambda w: w.owner),
    ),
    "survey": lambda w: {"token": make_invitation(ticket=w.rated).token},
    "survey-thanks": lambda w: {"token": make_invitation(ticket=w.rated).token},
    **training.PLACES,
}
REASON = {"reason": "A reason"}
TEXT = {"text": "Hello there"}
# What is sent, where a body is looked at before the rows are.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "api-absence-list": lambda w: {
        "user": w.owner.pk,
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-06",
        "kind": "leave",
    },
    **dict.fromkeys(
        (
            *("api-customer-erase", "api-customer-hold", "api-customer-release"),
            *("api-ticket-reopen", "api-ticket-return-back", "api-ticket-wait"),
            *("api-user-activate", "api-user-deactivate"),
        ),
        lambda w: REASON,
    ),
    **dict.fromkeys(
        (
            *("api-ticket-log-call", "api-ticket-note", "api-ticket-respond"),
            *("api-complaint-acknowledge", "api-complaint-draft"),
        ),
        lambda w: TEXT,
    ),
    "api-complaint-extend": lambda w: {"key": "complex", "notice": "We need more time"} | REASON,
    "api-complaint-stop": lambda w: (
        {"key": "appraisal", "evidence": "Order 7"} | {"notice": "An expert is asked"} | REASON
    ),
    "api-complaint-go-on": lambda w: {"found": "The expert wrote"},
    "api-complaint-release": lambda w: {"letter": 1},
    "api-complaint-causes": lambda w: {"kind": "process", "detail": "Lost", "step": "Scan"},
    "settings-complaints": lambda w: {"segment": "personal", "pack": "cn-nfra"},
    "api-ticket-list": lambda w: {
        "channel": "web",
        "subject": "Card",
        "customer": make_customer().pk,
        "group": w.group.pk,
    },
    "api-ticket-analyse": lambda w: {
        "need": "A card",
        "solution": "Send one",
        "category": make_category().pk,
    },
    "api-ticket-assign": lambda w: {"to": w.owner.pk},
    "api-ticket-hand-over": lambda w: {"to": make_user().pk} | REASON,
    "api-ticket-hear": lambda w: {"channel": "phone"} | TEXT,
    "api-ticket-merge": lambda w: {
        "into": make_ticket(group=w.group, customer=w.ticket.customer).pk
    },
    "api-ticket-split": lambda w: {"subject": "A loan", "opening": True},
    "api-simulation-list": lambda w: {
        "said": dict(DEFAULT),
        "start": T0.isoformat(),
        "end": after(9).isoformat(),
    },
    "api-macro-list": lambda w: {
        "scope": "everybody",
        "shortcut": "hi",
        "name": "Hi",
        "text_en": "Hello",
    },
    "api-ticket-macro": lambda w: {"macro": make_macro().pk},
    "api-ticket-tick": lambda w: {"item": 1},
    "api-ticket-waive": lambda w: {"metric": "first_response"} | REASON,
    "api-ticket-release-reply": lambda w: {"message": 1},
    "api-ticket-return-reply": lambda w: {"message": 1} | REASON,
    "api-ticket-resolve": lambda w: {"outcome": "withdrawn", "summary": "Hung up"},
    "api-ticket-satisfaction": lambda w: {"score": 5},
    "api-customer-list": lambda w: {"segment": "personal", "name": "Ada"},
    "api-customer-unmask": lambda w: {"what": "contact", "key": w.contact.pk} | REASON,
    "api-product-list": lambda w: {
        "code": "steady",
        "name": "Steady",
        "kind": "fund",
        "risk_level": "R1",
    },
    "api-category-list": lambda w: {"code": "cards", "name": "Cards"},
    "api-question-guide-list": lambda w: {
        "category": make_category().pk,
        "questions": [QUESTIONS[0]],
    },
    "api-group-list": lambda w: {
        "name": "Loans",
        "segment": "personal",
        "calendar": w.group.calendar.pk,
    },
    **dict.fromkeys(("api-skill-list", "api-skill-detail"), lambda w: {"name": "Loans"}),
    "api-sla-policy-list": lambda w: {"name": "VIP"} | dict(DEFAULT),
    "api-sla-policy-detail": lambda w: {"name": "Standard"} | dict(DEFAULT),
    "api-sla-policy-preview": lambda w: dict(DEFAULT),
    "api-sla-policy-move": lambda w: {"to": "up"},
    "api-calendar-list": lambda w: {"name": "Always", "time_zone": "UTC", "week": None},
    "api-calendar-detail": lambda w: {"name": "Always", "time_zone": "UTC", "week": None},
    "api-calendar-import": lambda w: {"year": 2027, "text": "2027-01-01 off New Year"},
    "api-user-list": lambda w: {
        "username": "ada",
        "name": "Ada",
        "email": "ada@bank.example",
        "role": "specialist",
        "groups": [w.group.pk],
    },
    "api-user-groups": lambda w: {"groups": [w.group.pk]} | REASON,
    "api-user-presence": lambda w: {"presence": "busy"},
    "api-user-role": lambda w: {"role": "support"} | REASON,
    "customer-unmask": lambda w: {"what": "contact", "key": w.contact.pk} | REASON,
    "presence": lambda w: {"presence": "busy"},
    **training.BODIES,
}
