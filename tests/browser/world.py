"""One row of everything, somebody of each role, and the pages that each opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone

from teams import actions
from teams.models import Calendar, Group, User
from tests.browser import bank_world as bank
from tests.browser import course_world as course
from tests.browser import cycle_world as cycle
from tests.browser import growth_world as growth
from tests.browser import meeting_world as meeting
from tests.factories import (
    make_beat,
    make_calendar,
    make_category,
    make_customer,
    make_guide,
    make_identifier,
    make_invitation,
    make_macro,
    make_manager,
    make_message,
    make_point,
    make_product,
    make_simulation,
    make_skill,
    make_ticket,
    make_token,
    make_user,
)
from tests.tickets.promises import first_within, said, save
from tickets import actions as desk
from tickets.models import SlaPolicy


class World:
    """One row of everything, and somebody of each role."""

    def __init__(self, language: str) -> None:
        manager = make_manager(username="manager", language=language)
        self.group = Group.objects.create(
            name="Cards", segment="personal", manager=manager, calendar=make_calendar()
        )
        self.hours = hours_of_china(manager)
        mine: dict[str, Any] = {"groups": [self.group], "language": language}
        self.people: dict[str, User | None] = {
            "nobody": None,
            "specialist": make_user(username="anna", presence="available", **mine),
            "manager": manager,
            "director": make_user(role="director", username="director", language=language),
            "support": make_user(role="support", username="support", language=language),
        }
        owner = self.people["specialist"]
        self.customer = make_customer(name="Li Na", contacts=[("phone", "13800138000")])
        make_identifier(customer=self.customer)
        self.promise = promises_of(manager)
        self.product, self.guide, self.skill = make_product(), make_guide(), make_skill()
        common: dict[str, Any] = {"group": self.group, "owner": owner, "customer": self.customer}
        self.steps = {
            step: make_ticket(step=step, **common)
            for step in ("reception", "analysis", "resolution", "feedback", "closed")
        }
        make_message(ticket=self.steps["resolution"])
        steps = [{"do": "wait", "for": "customer", "reason": "Passport"}]
        self.macro = make_macro(name="Documents", name_zh="资料", steps=steps)
        self.point = make_point(text="Check it", text_zh="核对", category=make_category())
        self.steps["resolution"].category = self.point.category
        self.steps["resolution"].save()
        self.invitation = make_invitation(
            ticket=make_ticket(step="feedback", **common),
            expires_at=timezone.now() + timedelta(days=14),
        )
        assert owner is not None
        make_token(owner)
        make_beat(name="ledger.seal")


def hours_of_china(manager: User) -> Calendar:
    """Days and nights that nobody keeps yet, with holidays, a half day and two versions."""
    fields: dict[str, Any] = {"name": "Branch", "time_zone": "Asia/Shanghai", "country": "CN"}
    fields |= {"by": manager, "now": timezone.now()}
    week = {str(day): [[28_800, 43_200], [79_200, 108_000]] for day in range(5)}
    made = actions.save_calendar(None, week=week, **fields)
    days, names = {"2026-12-24": [[28_800, 43_200]]}, {"2026-12-24": "Half day"}
    return actions.save_calendar(made.pk, week=week, days=days, day_names=names, **fields)


def promises_of(manager: User) -> SlaPolicy:
    """A policy with conditions and two versions, before the one for everybody."""
    save(manager, said(), name="Everybody", now=timezone.now())
    what = first_within(240, when={"segment": ["corporate"], "channel": ["phone"]})
    made = save(manager, what, name="Firms", name_zh="企业客户", now=timezone.now())
    return save(manager, what | {"ladder": []}, made, now=timezone.now())


class Page(NamedTuple):
    """A page, who opens it, and what stands in its address."""

    who: str
    name: str
    place: Callable[[World], dict[str, Any]] = lambda world: {}
    query: str = ""

    def address(self, world: World) -> str:
        return reverse(self.name, kwargs=self.place(world)) + self.query


def _step(step: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"number": world.steps[step].pk}


def _verb(verb: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"number": world.steps["resolution"].pk, "verb": verb}


def _clock(step: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: _step(step)(world) | {"metric": "resolution", "cycle": 1}


def _of(what: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": getattr(world, what).pk}


def _complaint(world: World) -> dict[str, Any]:
    ticket, people = world.steps["resolution"], world.people
    director, specialist = people["director"], people["specialist"]
    assert director is not None
    assert specialist is not None
    segment = ticket.customer.segment
    now = timezone.now()
    desk.choose_pack(by=director, segment=segment, pack="cn-nfra", now=now)
    desk.mark_complaint(ticket.pk, by=specialist, now=now)
    return {"number": ticket.pk}


def _colleague(world: World) -> dict[str, Any]:
    specialist = world.people["specialist"]
    assert specialist is not None
    return {"pk": specialist.pk}


PAGES = (
    Page("specialist", "queue"),
    Page("specialist", "queue", query="?view=unassigned"),
    Page("specialist", "queue", query="?view=closed"),
    *(Page("specialist", "ticket", _step(step)) for step in ("reception", "analysis")),
    *(Page("specialist", "ticket", _step(step)) for step in ("resolution", "feedback", "closed")),
    Page("manager", "ticket", _step("resolution")),
    *(
        Page("specialist", "ticket-verb", _verb(verb))
        for verb in ("hand_over", "wait", "merge", "split", "hear", "waive")
    ),
    *(Page("specialist", "ticket-clock", _clock(step)) for step in ("reception", "resolution")),
    Page("specialist", "ticket-new"),
    Page("specialist", "mentions"),
    Page("specialist", "keys"),
    Page("specialist", "customers"),
    Page("specialist", "customers", query="?q=nobody+here"),
    Page("specialist", "customer", _of("customer")),
    Page("specialist", "customer-new"),
    Page("specialist", "customer-edit", _of("customer")),
    Page("specialist", "product", _of("product")),
    Page("specialist", "search", query="?q=li"),
    Page("specialist", "team"),
    Page("specialist", "preferences"),
    Page("specialist", "security"),
    Page("specialist", "settings-api"),
    Page("manager", "live"),
    Page("manager", "heat"),
    Page("manager", "heat-tickets"),
    Page("manager", "settings-promises"),
    Page("manager", "settings-promise-new"),
    Page("manager", "settings-promise", _of("promise")),
    Page("manager", "settings-promise-version", lambda w: {"pk": w.promise.pk, "number": 1}),
    Page("manager", "settings-hours-open", lambda w: {"pk": w.group.calendar_id}),
    Page("manager", "settings-tried"),
    Page("manager", "settings-tried-one", lambda w: {"pk": make_simulation().pk}),
    Page("specialist", "settings-macros"),
    Page("specialist", "settings-macro", _of("macro")),
    Page("specialist", "ticket-macros", _step("resolution")),
    Page("manager", "settings-macros"),
    Page("manager", "settings-macro-new"),
    Page("manager", "settings-macro", _of("macro")),
    Page(
        "manager",
        "settings-checklist",
        lambda w: {"kind": "category", "pk": w.point.category_id},
    ),
    Page("manager", "complaints"),
    Page("manager", "complaint", _complaint),
    Page("specialist", "complaint", _complaint),
    Page("specialist", "complaint-check"),
    Page("director", "settings-complaints"),
    Page("manager", "settings-products"),
    Page("manager", "settings-product-new"),
    Page("manager", "settings-product", _of("product")),
    Page("manager", "settings-guides"),
    Page("manager", "settings-category-new"),
    Page("manager", "settings-category", lambda w: {"pk": w.guide.category_id}),
    Page("manager", "settings-guide", lambda w: {"pk": w.guide.category_id}),
    Page("manager", "settings-skills"),
    Page("manager", "skill", _of("skill")),
    Page("manager", "settings-hours"),
    Page("manager", "calendar-new"),
    Page("manager", "calendar-drawn", query="?day_0=09:00–12:00&day_1=nine"),
    Page("manager", "calendar", lambda w: {"pk": w.group.calendar_id}),
    Page("manager", "calendar", _of("hours")),
    Page("manager", "calendar-import", _of("hours")),
    Page("manager", "calendar-import", lambda w: {"pk": w.group.calendar_id}),
    Page("manager", "calendar-test", _of("hours")),
    Page("manager", "calendar-test", _of("hours"), "?start=2026-09-30T19:58&amount=5&unit=hours"),
    Page("manager", "calendar-version", lambda w: {"pk": w.hours.pk, "number": 1}),
    *(Page(*one) for one in bank.PAGES),
    *(Page(*one) for one in course.PAGES),
    *(Page(*one) for one in cycle.PAGES),
    *(Page(*one) for one in growth.PAGES),
    *(Page(*one) for one in meeting.PAGES),
    Page("manager", "settings-audit"),
    Page("director", "live"),
    Page("director", "team", query="?view=list"),
    Page("director", "member", _colleague),
    Page("director", "member-new"),
    Page("director", "group", _of("group")),
    Page("director", "group-new"),
    Page("director", "settings-access"),
    Page("support", "status"),
    Page("support", "queue"),
    Page("nobody", "account_login"),
    Page("nobody", "account_reset_password"),
    Page("nobody", "survey", lambda w: {"token": w.invitation.token}),
    Page("specialist", "mfa_index"),
    Page("specialist", "account_logout"),
)
# The same pages where another role finds other things on them.
ALSO = (
    *(Page(who, "queue") for who in ("manager", "director")),
    *(Page(who, "ticket", _step("analysis")) for who in ("manager", "director")),
    *(Page(who, "ticket", _step("feedback")) for who in ("manager", "director")),
    *(Page(who, "customers") for who in ("manager", "director")),
    *(Page(who, "customer", _of("customer")) for who in ("manager", "director")),
    *(Page(who, "team") for who in ("manager", "support")),
    *(Page(who, "member", _colleague) for who in ("specialist", "manager", "support")),
    *(Page(who, "group", _of("group")) for who in ("specialist", "manager", "support")),
    *(Page(who, "search", query="?q=li") for who in ("manager", "director", "support")),
    *(Page(who, "preferences") for who in ("manager", "director", "support")),
    *(Page(who, "settings-api") for who in ("manager", "director", "support")),
    *(Page("director", f"settings-{name}") for name in ("products", "guides", "skills", "hours")),
    Page("manager", "settings-access"),
    Page("director", "settings-audit"),
    Page("director", "status"),
    Page("support", "product", _of("product")),
)
NO_PAGES = frozenset(
    {
        *bank.NO_PAGES,
        *course.NO_PAGES,
        *cycle.NO_PAGES,
        *growth.NO_PAGES,
        *meeting.NO_PAGES,
        *("settings-promise-move", "settings-promise-force"),
        *("settings-macro-retire", "ticket-checklist"),
        *("queue-rows", "ticket-new-hint", "ticket-look", "attachment", "customer-search"),
        *("live-assign", "live-release", "presence", "switch-language", "policy", "audit-csv"),
        *("token-revoke", "member-verb", "member-invite", "ticket-invitation", "customer-unmask"),
        *("healthz", "readyz", "metrics", "home", "settings", "survey-thanks", "status-mail"),
        *("customer-hold", "customer-release", "customer-erase"),
        *("complaint-verb", "complaint-check-one"),
    }
)
