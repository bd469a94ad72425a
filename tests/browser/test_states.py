"""What pages become: refused, empty, opened, ended. axe finds nothing there either."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens
from tests.browser.hands import Watched
from tests.browser.test_pages import World, faults
from tests.factories import make_invitation, make_ticket, make_user
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [("en", "light", 1440), ("zh-hans", "dark", 390)]
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
    *(("manager", f"/settings/{section}/") for section in ("products", "guides", "skills", "hours")),
    ("manager", "/live/"),
    ("manager", "/settings/audit/?q=nothing"),
    ("support", "/status/"),
)
Windows = dict[str, Watched]


def windows(world: World, opens: Opens, language: str, theme: str, width: int) -> Windows:
    look = {"width": width, "color_scheme": theme, "locale": language}
    return {who: opens(user, **look) for who, user in world.people.items()}


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_a_form_that_was_refused(language: str, theme: str, width: int, opens: Opens) -> None:
    world, wrong = World(language), []
    seen = windows(world, opens, language, theme, width)
    places = {step: ticket.pk for step, ticket in world.steps.items()}
    for who, address, form in REFUSED:
        page = seen[who].page
        page.goto(address.format(**places, token=world.invitation.token))
        inside = form or "main form[method=post]"
        page.locator(f"{inside} button.btn-primary").first.click()
        try:
            expect(page.locator(".error-summary")).to_be_focused()
        except AssertionError:
            wrong.append(f"{address}: no summary in focus")
            continue
        wrong += [f"{address}: {fault}" for fault in faults(seen[who])]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_a_page_with_nothing_on_it(language: str, theme: str, width: int, opens: Opens) -> None:
    people = {
        role: make_user(role=role, language=language)
        for role in ("specialist", "manager", "director", "support")
    }
    wrong = []
    look = {"width": width, "color_scheme": theme, "locale": language}
    seen = {role: opens(user, **look) for role, user in people.items()}
    for who, address in EMPTY:
        answer = seen[who].page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        wrong += [f"{address}: {fault}" for fault in faults(seen[who])]
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
    *(the_drawer, the_filter, my_menu, the_rest_of_the_bar, found_in_the_bar),
)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_what_opens_over_the_page(language: str, theme: str, width: int, opens: Opens) -> None:
    world, wrong = World(language), []
    watched = opens(
        world.people["specialist"], width=width, color_scheme=theme, reduced_motion="reduce"
    )
    for opened in OPENED if width < 600 else (*OPENED, the_keys):
        watched.page.goto("/queue/?view=team")
        opened(watched.page)
        wrong += [f"{opened.__name__}: {fault}" for fault in faults(watched)]
    assert not wrong, "\n".join(wrong)


# ---- what ends, and what is not there -----------------------------------------------------------
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_what_has_ended_or_is_not_there(
    language: str, theme: str, width: int, opens: Opens
) -> None:
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
    seen = windows(world, opens, language, theme, width)
    for who in ("nobody", "specialist"):
        for address in pages:
            seen[who].page.goto(address)
            wrong += [f"{who} {address}: {fault}" for fault in faults(seen[who])]
    assert not wrong, "\n".join(wrong)


# ---- fingers ------------------------------------------------------------------------------------
SMALL = """least => [...document.querySelectorAll(
  'a[href], button, select, textarea, summary, input:not([type=hidden])')].filter(one => {
  if (!one.checkVisibility({visibilityProperty: true}) || one.closest('.visually-hidden, .skip-link'))
    return false;
  const target = one.matches('[type=radio], [type=checkbox]') ? one.closest('label') ?? one : one;
  const isInText = getComputedStyle(target).display === 'inline' && target.matches('a');
  const {width, height} = target.getBoundingClientRect();
  return !isInText && width > 1 && (width < least - 0.5 || height < least - 0.5);
}).map(one => one.outerHTML.slice(0, 140))"""


def test_customers_and_whoever_signs_in_have_targets_of_44_pixels(opens: Opens) -> None:
    world = World("en")
    page = opens(width=390).page
    small = []
    for address in ("/accounts/login/", f"/s/{world.invitation.token}/", "/s/nothing/"):
        page.goto(address)
        small += page.evaluate(SMALL, 44)
    assert not small, "\n".join(small)


def test_staff_have_targets_of_24_pixels(opens: Opens) -> None:
    world, small = World("en"), []
    for width in (390, 1440):
        page = opens(world.people["manager"], width=width).page
        places = [f"/t/{ticket.pk}/" for ticket in Ticket.objects.all()]
        for address in ["/queue/?view=team", "/live/", "/customers/", "/team/", *places]:
            page.goto(address)
            small += [f"{address} {one}" for one in page.evaluate(SMALL, 24)]
    assert not small, "\n".join(small)
