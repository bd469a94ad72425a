"""Headless Chromium against the product: one browser a run, a fresh context a test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from teams.models import User
from tests.browser.hands import Watched
from tests.browser.traffic import Traffic

PATIENCE_MS = 15_000
ROOT = Path(__file__).resolve().parents[2]
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or what CHROMIUM names."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop in this thread
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    assert found, "Install Chromium, or name it in CHROMIUM."
    subprocess.run([sys.executable, "deploy/build_assets.py"], cwd=ROOT, check=True)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*SWITCHES])
        yield browser
        browser.close()


Opens = Callable[..., Watched]


@pytest.fixture
def traffic() -> Iterator[Traffic]:
    """The requests of this test."""
    with Traffic().counted() as counted:
        yield counted


@pytest.fixture
def opens(chromium: Browser, live_server: object, traffic: Traffic) -> Iterator[Opens]:
    """`opens(user, width=1440, …)`: a page of a new context, signed in by cookie unless None.

    What the console says against us (CSP, errors), or a call to anywhere else, fails the test at
    its end.
    """
    contexts: list[BrowserContext] = []
    seen: list[Watched] = []
    base = str(live_server)

    def page_of(user: User | None = None, *, width: int = 1440, **options: Any) -> Watched:
        height = 900 if width > 600 else 844
        context = chromium.new_context(
            viewport={"width": width, "height": height}, base_url=base, **options
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": base}])
        watched = Watched(context.new_page(), base)
        seen.append(watched)
        return watched

    yield page_of
    for context in contexts:
        context.close()
    # A page's own refresh may be under way: on SQLite it locks the tables that are emptied next.
    traffic.settle()
    assert not [line for watched in seen for line in watched.complaints]


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)
