"""What pages become: refused, empty, opened, ended. axe finds nothing there either."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens
from tests.browser.looks import LOOKS, faults, looked_at, wear
from tests.browser.world import World
from tests.factories import make_invitation, make_ticket, make_user

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = (
    ("specialist", "/t/new/", "#contact"),
    ("specialist", "/customers/new/", ""),
    ("specialist", "/settings/api/", ""),
    ("specialist", "/t/{reception}/", "#composer"),
    ("specialist", "/t/{analysis}/", "#stage-analysis"),
    ("specialist", "/t/{resolution}/", "#stage-resolution"),
    ("specialist", "/t/{feedback}/", "#stage-feedback form"),
    ("specialist", "/t/{resolution}/hand_over/", ""),
    ("manager", "/settings/products/new/", ""),
    ("manager", "/settings/guides/new/", ""),
    ("manager", "/settings/skills/", ""),
    ("manager", "/settings/hours/new/", ""),
    ("manager", "/team/people/new/", ""),
    ("director", "/team/groups/new/", ""),
    ("nobody", "/accounts/login/", ""),
    ("nobody", "/accounts/password/reset/", ""),
    ("nobody", "/s/{token}/", ""),
)
EMPTY = (
    *(("specialist", f"/queue/?view={view}") for view in ("mine", "unassigned", "team", "closed")),
    *(("specialist", f"/{page}/") for page in ("customers", "mentions", "team", "search")),
    ("specialist", "/queue/?view=team&q=nothing"),
    ("specialist", "/customers/?q=nobody"),
    ("specialist", "/search/?q=nothing"),
    *(
        ("manager", f"/settings/{section}/")
        for section in ("products", "guides", "skills", "hours")
    ),
    ("manager", "/live/"),
    ("manager", "/settings/audit/?q=nothing"),
    ("support", "/status/"),
)


@pytest.mark.parametrize("language", LOOKS)
def test_a_form_that_was_refused(language: str, opens: Opens) -> None:
    world, wrong = World(language), []
    windows = {who: opens(user, locale=language) for who, user in world.people.items()}
    places = {step: ticket.pk for step, ticket in world.steps.items()}
    for who, address, form in REFUSED:
        page = windows[who].page
        wear(page, "light", 1440)
        page.goto(address.format(**places, token=world.invitation.token))
        inside = form or "main form[method=post]"
        page.locator(f"{inside} button.btn-primary").first.click()
        expect(page.locator(".error-summary")).to_be_focused()
        wrong += looked_at(page, language)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LOOKS)
def test_a_page_with_nothing_on_it(language: str, opens: Opens) -> None:
    wrong: list[str] = []
    windows = {
        role: opens(make_user(role=role, language=language))
        for role in ("specialist", "manager", "support")
    }
    for who, address in EMPTY:
        page = windows[who].page
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        wrong += looked_at(page, language)
    assert not wrong, "\n".join(wrong)


# ---- what opens over a page ---------------------------------------------------------------------
def the_drawer(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.locator("#contact-q")).to_be_focused()
    expect(page.locator("#drawer:not(.showing)")).to_be_visible()
    page.locator("#contact-q").press_sequentially("li na")
    expect(page.locator("#contact-options [role=option]").first).to_be_visible()


def the_filter(page: Page) -> None:
    page.keyboard.press("f")
    expect(page.locator("#queue-q")).to_be_visible()


def the_keys(page: Page) -> None:
    if page.locator("a[data-keys-open][data-key]").is_visible():
        page.keyboard.press("?")
        expect(page.locator("dialog[open]")).to_be_visible()


def my_menu(page: Page) -> None:
    page.locator("button.presence").click()
    expect(page.locator(".person-menu")).to_be_visible()


def the_rest_of_the_bar(page: Page) -> None:
    more = page.locator(".tabs-phone button")
    if more.is_visible():
        more.click()
        expect(page.locator("#more:not(.showing)")).to_be_visible()


def found_in_the_bar(page: Page) -> None:
    box = page.locator("#search-box")
    if box.is_visible():
        box.press_sequentially("li")
        expect(page.locator("#search-found a").first).to_be_visible()


OPENED: tuple[Callable[[Page], None], ...] = (
    *(the_drawer, the_filter, the_keys, my_menu, the_rest_of_the_bar, found_in_the_bar),
)
# What is found lies over the page without closing it off: what shines out beneath is no target.
OVER: dict[Callable[[Page], None], str] = {found_in_the_bar: "header"}


@pytest.mark.parametrize("language", LOOKS)
def test_what_opens_over_the_page(language: str, opens: Opens) -> None:
    world, wrong = World(language), []
    page = opens(world.people["specialist"], reduced_motion="reduce").page
    for theme, width in LOOKS[language]:
        for opened in OPENED:
            page.goto("/queue/?view=team")
            wear(page, theme, width)
            opened(page)
            found = faults(page, within=OVER.get(opened, "html"))
            wrong += [f"{opened.__name__} {theme} {width}: {fault}" for fault in found]
    assert not wrong, "\n".join(wrong)


# ---- what ends, and what is not there -----------------------------------------------------------
@pytest.mark.parametrize("language", LOOKS)
def test_what_has_ended_or_is_not_there(language: str, opens: Opens) -> None:
    world, wrong = World(language), []
    now = timezone.now()
    ended = {
        end: make_invitation(
            ticket=make_ticket(step="feedback", group=world.group), end=end, ended_at=now
        )
        for end in ("answered", "refused", "expired", "withdrawn")
    }
    pages = [f"/s/{one.token}/" for one in ended.values()]
    pages += [f"/s/{ended['answered'].token}/thanks/", "/s/nothing/", "/nothing/", "/live/"]
    for who in ("nobody", "specialist"):
        page = opens(world.people[who], locale=language).page
        for address in pages:
            page.goto(address)
            wrong += looked_at(page, language)
    assert not wrong, "\n".join(wrong)
