"""Every page, as each role finds it: axe finds nothing, the console is silent, 320 px do."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.conftest import Opens
from tests.browser.looks import LOOKS, SMALL, looked_at
from tests.browser.world import ALSO, NO_PAGES, PAGES, Page, World

pytestmark = pytest.mark.django_db(transaction=True)


def named(patterns: Iterable[URLPattern | URLResolver]) -> set[str]:
    """The names of all addresses of ours."""
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


def wrong_with(pages: Iterable[Page], language: str, opens: Opens) -> str:
    world, wrong = World(language), []
    windows = {who: opens(user, locale=language) for who, user in world.people.items()}
    for page in pages:
        url, shown = page.address(world), windows[page.who].page
        answer = shown.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status == 200, (page.who, url, answer.status)
        wrong += [f"{page.who} {fault}" for fault in looked_at(shown, language)]
    return "\n".join(wrong)


@pytest.mark.parametrize("language", LOOKS)
def test_axe_finds_nothing_on_any_page(language: str, opens: Opens) -> None:
    assert not wrong_with(PAGES, language, opens)


def test_axe_finds_nothing_where_another_role_finds_more_or_less(opens: Opens) -> None:
    assert not wrong_with(ALSO, "en", opens)


def test_customers_and_whoever_signs_in_have_targets_of_44_pixels(opens: Opens) -> None:
    world, small = World("en"), []
    page = opens(width=390).page
    for address in ("/accounts/login/", f"/s/{world.invitation.token}/", "/s/nothing/"):
        page.goto(address)
        small += page.evaluate(SMALL, 44)
    assert not small, "\n".join(small)


def test_staff_have_targets_of_24_pixels(opens: Opens) -> None:
    world, small = World("en"), []
    for width in (390, 1440):
        page = opens(world.people["manager"], width=width).page
        places = [f"/t/{ticket.pk}/" for ticket in world.steps.values()]
        for address in ["/queue/?view=team", "/live/", "/customers/", "/team/", *places]:
            page.goto(address)
            small += [f"{address} {one}" for one in page.evaluate(SMALL, 24)]
    assert not small, "\n".join(small)
