"""Every page, as each role finds it: axe finds nothing, the console is silent, 320 px do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from teams.models import Group, User
from tests.browser.conftest import Opens
from tests.browser.hands import Watched
from tests.factories import (
    make_beat,
    make_calendar,
    make_customer,
    make_guide,
    make_identifier,
    make_invitation,
    make_manager,
    make_message,
    make_product,
    make_skill,
    make_ticket,
    make_token,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
# Each theme at each width, in one language or the other.
LOOKS = [
    ("en", "light", 1440), ("en", "dark", 390),
    ("zh-hans", "dark", 1440), ("zh-hans", "light", 390),
]  # fmt: skip
# Not pages of ours to look at: parts of pages, files, deeds without a page, machines' addresses.
WIDEST = """[...document.querySelectorAll('main *')].filter(
    (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table-responsive')
).map((e) => e.tagName + '.' + e.className).slice(0, 4)"""
NO_PAGES = frozenset(
    {
        *("queue-rows", "ticket-new-hint", "ticket-look", "attachment", "customer-search"),
        *("live-assign", "live-release", "presence", "switch-language", "policy", "audit-csv"),
        *("token-revoke", "member-verb", "member-invite", "ticket-invitation", "customer-unmask"),
        *("healthz", "readyz", "metrics", "home", "settings", "survey-thanks", "status-mail"),
    }
)


class Page(NamedTuple):
    who: str
    name: str
    place: Callable[[World], dict[str, Any]] = lambda world: {}
    query: str = ""


class World:
    """One row of everything, and somebody of each role."""

    def __init__(self, language: str) -> None:
        manager = make_manager(username="manager", language=language)
        self.group = Group.objects.create(
            name="Cards", segment="personal", manager=manager, calendar=make_calendar()
        )
        mine = {"groups": [self.group], "language": language}
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
        self.product, self.guide, self.skill = make_product(), make_guide(), make_skill()
        common = {"group": self.group, "owner": owner, "customer": self.customer}
        self.steps = {
            step: make_ticket(step=step, **common)
            for step in ("reception", "analysis", "resolution", "feedback", "closed")
        }
        make_message(ticket=self.steps["resolution"])
        self.invitation = make_invitation(
            ticket=make_ticket(step="feedback", **common),
            expires_at=timezone.now() + timedelta(days=14),
        )
        assert owner is not None
        make_token(owner)
        make_beat(name="ledger.seal")


def _step(step: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"number": world.steps[step].pk}


def _of(what: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": getattr(world, what).pk}


PAGES = (
    Page("specialist", "queue"),
    Page("specialist", "queue", query="?view=unassigned"),
    Page("specialist", "queue", query="?view=closed"),
    *(Page("specialist", "ticket", _step(step)) for step in ("reception", "analysis")),
    *(Page("specialist", "ticket", _step(step)) for step in ("resolution", "feedback", "closed")),
    Page("manager", "ticket", _step("resolution")),
    *(
        Page("specialist", "ticket-verb", lambda w, v=verb: _step("resolution")(w) | {"verb": v})
        for verb in ("hand_over", "wait", "merge", "hear")
    ),
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
    Page("manager", "calendar", lambda w: {"pk": w.group.calendar_id}),
    Page("manager", "settings-audit"),
    Page("director", "live"),
    Page("director", "team", query="?view=list"),
    Page("director", "member", lambda w: {"pk": w.people["specialist"].pk}),
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


def named(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) not in {"admin/", "accounts/", "api/"}:
                found |= named(pattern.url_patterns)
        elif pattern.name:
            found.add(pattern.name)
    return found


def test_every_page_is_looked_at() -> None:
    seen = {page.name for page in PAGES} | NO_PAGES
    assert {name for name in named(get_resolver().url_patterns) if name not in seen} == set()


def address(page: Page, world: World) -> str:
    return reverse(page.name, kwargs=page.place(world)) + page.query


def faults(watched: Watched) -> list[str]:
    found = Axe().run(watched.page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"][:3]]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_axe_finds_nothing_on_any_page(language: str, theme: str, width: int, opens: Opens) -> None:
    world, wrong = World(language), []
    windows = {
        who: opens(user, width=width, color_scheme=theme, locale=language)
        for who, user in world.people.items()
    }
    for page in PAGES:
        watched, url = windows[page.who], address(page, world)
        answer = watched.page.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status == 200, (url, answer.status)
        wrong += [f"{page.who} {url}: {fault}" for fault in faults(watched)]
    assert not wrong, "\n".join(wrong)


def test_nothing_has_to_be_scrolled_sideways_at_320_pixels(opens: Opens) -> None:
    world, wide = World("en"), []
    windows = {who: opens(user, width=320) for who, user in world.people.items()}
    for page in PAGES:
        watched, url = windows[page.who], address(page, world)
        watched.page.goto(url, wait_until="load")
        if watched.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append((url, watched.page.evaluate(WIDEST)))
    assert not wide
